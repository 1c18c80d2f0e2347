#include "weir/emit.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "weir/detail/runtime/activity.hpp"
#include "weir/detail/runtime/batch.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/receiver.hpp"

namespace weir {
namespace {

// Keeps what it takes, and closes the gate when that are so many items.
template <typename T>
class Taker final : public detail::runtime::Receiver<T> {
 public:
  Taker(detail::runtime::Gate& gate, std::size_t room) : gate_{&gate}, room_{room} {}

  void push(T&& item) override { push_all({&item, 1}); }
  void push_all(detail::containers::Items<T> items) override {
    const bool had_room = taken < room_;
    taken += items.size();
    kept.insert(kept.end(), items.begin(), items.end());
    if (had_room && taken >= room_) {
      gate_->close();
    }
  }

  std::size_t taken = 0;
  std::vector<T> kept;

 private:
  detail::runtime::Gate* gate_;
  std::size_t room_;
};

// A number goes on in batches, a text by itself.
template <typename T>
class EmitOf : public ::testing::Test {
 protected:
  static constexpr std::size_t kBatch = detail::runtime::kBatched<T> ? 64 : 1;

  // Emits while it is open. Returns how many that were.
  static std::size_t emit_all(Emit<T>& emit, std::size_t most = 1'000'000) {
    std::size_t count = 0;
    for (; count < most && emit.open(); ++count) {
      emit(T{});
      EXPECT_EQ(emit.emitted(), count + 1);
    }
    return count;
  }

  detail::runtime::Gate gate_;
  detail::runtime::Activity activity_;
};

using ItemTypes = ::testing::Types<int, std::string>;
TYPED_TEST_SUITE(EmitOf, ItemTypes);

TYPED_TEST(EmitOf, AClosedGateIsNotOpen) {
  this->gate_.close();
  Taker<TypeParam> taker{this->gate_, 10};
  Emit<TypeParam> emit{taker, this->gate_, this->activity_};
  EXPECT_FALSE(emit.open());
  EXPECT_EQ(emit.emitted(), 0U);
}

TYPED_TEST(EmitOf, ATurnIsBounded) {
  Taker<TypeParam> taker{this->gate_, 1'000'000};
  Emit<TypeParam> emit{taker, this->gate_, this->activity_};
  EXPECT_EQ(this->emit_all(emit), std::size_t{detail::runtime::Gate::kCursorItems});
  EXPECT_EQ(taker.taken, std::size_t{detail::runtime::Gate::kCursorItems});
}

TYPED_TEST(EmitOf, ItEndsWithTheBatchThatClosesTheGate) {
  Taker<TypeParam> taker{this->gate_, 100};
  Emit<TypeParam> emit{taker, this->gate_, this->activity_};
  EXPECT_EQ(this->emit_all(emit), (100 + this->kBatch - 1) / this->kBatch * this->kBatch);
}

TYPED_TEST(EmitOf, WhenTheRunIsAbortedThenItEndsAtOnce) {
  std::atomic<bool> aborted{false};
  this->gate_.abort_by(aborted);
  Taker<TypeParam> taker{this->gate_, 1'000'000};
  Emit<TypeParam> emit{taker, this->gate_, this->activity_};
  EXPECT_EQ(this->emit_all(emit, 5), 5U);
  aborted = true;
  EXPECT_FALSE(emit.open());
}

TYPED_TEST(EmitOf, WhatIsEmittedAllTheSameIsCountedAndHandedOn) {
  Taker<TypeParam> taker{this->gate_, 1};
  Emit<TypeParam> emit{taker, this->gate_, this->activity_};
  for (int i = 0; i < 2'000; ++i) {
    emit(TypeParam{});
  }
  emit.flush();
  EXPECT_EQ(emit.emitted(), 2'000U);
  EXPECT_EQ(taker.taken, 2'000U);
  EXPECT_FALSE(emit.open());
}

// What was generated goes on as it was made, in order, with what was emitted one by one in between.
TEST(Emit, GeneratesWhatIsMade) {
  detail::runtime::Gate gate;
  detail::runtime::Activity activity;
  Taker<int> taker{gate, 1'000'000};
  Emit<int> emit{taker, gate, activity};
  int next = 0;
  const auto make = [&next] { return next++; };
  for (const std::uint64_t count : {0U, 1U, 62U, 63U, 64U, 65U, 200U}) {
    EXPECT_EQ(emit.generate_n(count, make), count);
    emit(next++);
  }
  emit.flush();
  std::vector<int> all(static_cast<std::size_t>(next));
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(taker.kept, all);
  EXPECT_EQ(emit.emitted(), all.size());
}

TYPED_TEST(EmitOf, GeneratesWhileItIsOpen) {
  Taker<TypeParam> taker{this->gate_, 100};
  Emit<TypeParam> emit{taker, this->gate_, this->activity_};
  const auto make = [] { return TypeParam{}; };
  EXPECT_EQ(emit.generate_n(7, make), 7U);
  const std::size_t most = (100 + this->kBatch - 1) / this->kBatch * this->kBatch;
  EXPECT_EQ(emit.generate_n(1'000'000, make), most - 7);
  EXPECT_EQ(emit.generate_n(1, make), 0U);
  EXPECT_EQ(taker.taken, most);
}

TYPED_TEST(EmitOf, ATurnThatGeneratesIsBounded) {
  Taker<TypeParam> taker{this->gate_, 1'000'000};
  Emit<TypeParam> emit{taker, this->gate_, this->activity_};
  EXPECT_EQ(emit.generate_n(1'000'000, [] { return TypeParam{}; }), std::uint64_t{detail::runtime::Gate::kCursorItems});
}

}  // namespace
}  // namespace weir
