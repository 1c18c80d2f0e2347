#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "unit/operators/one_step.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

/// Counts how many of them there are.
struct CountedKey {
  std::uint64_t number = 0;

  static inline int living = 0;

  explicit CountedKey(std::uint64_t key = 0) : number{key} { ++living; }
  CountedKey(const CountedKey& other) : number{other.number} { ++living; }
  CountedKey& operator=(const CountedKey&) = default;
  ~CountedKey() { --living; }

  friend bool operator==(const CountedKey& a, const CountedKey& b) { return a.number == b.number; }
  friend std::uint64_t weir_key(const CountedKey& key) { return key.number; }
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};

/// Keeps nothing, though it might be called back.
struct KeepsNothing {
  using State = int;
  using Output = int;
  void on_item(const CountedKey& /*key*/, std::optional<int>& /*state*/, int&& /*value*/,
               KeyedEmit<CountedKey, int>& /*emit*/, Timers& /*timers*/) const {}
  void on_timer(const CountedKey& /*key*/, std::optional<int>& /*state*/, const Timer& /*timer*/,
                KeyedEmit<CountedKey, int>& /*emit*/, Timers& /*timers*/) const {}
};

template <typename Step>
int living_after_many(Step step) {
  using Keyed = std::pair<CountedKey, int>;
  OneStep<Keyed, Keyed> one{std::move(step)};
  one.stage.system = Time{1h};
  const int before = CountedKey::living;
  for (std::uint64_t key = 0; key < 5'000; ++key) {
    one.push({CountedKey{key}, 1});
  }
  EXPECT_EQ(one.code->counts().keys_held, 0);
  return CountedKey::living - before;
}

TEST(KeysOfWhichNothingIsKept, AreForgottenThoughTimeStandsStill) {
  const auto step = op::stateful("step", KeepsNothing{});
  EXPECT_LT(living_after_many(step), 500);
  EXPECT_LT(living_after_many(op::time_to_live(1h, step)), 500);
}

}  // namespace
}  // namespace weir
