#include "weir/key.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir {
namespace {

struct Place {
  std::string country;
  std::uint32_t zip;
  bool operator==(const Place&) const = default;
};

[[maybe_unused]] auto weir_key(const Place& place) { return std::tie(place.country, place.zip); }

enum class Colour : std::uint8_t { kRed, kBlue };

TEST(AKey, IsTextAnIntegerAnEnumAPairOrATypeThatOptsIn) {
  static_assert(Key<std::string> && Key<int> && Key<bool> && Key<Colour> && Key<std::pair<std::string, int>>);
  static_assert(Key<std::tuple<int, std::string, Colour>> && Key<Place>);
  static_assert(!Key<double> && !Key<std::pair<int, double>> && !Key<std::vector<int>> && !Key<const char*>);
}

// State on disk is dealt by these, so they are the same in every version.
TEST(AKeysHash, NeverChanges) {
  EXPECT_EQ(key_hash(std::string{"ann"}).value, 15320867547930216776U);
  EXPECT_EQ(key_hash(std::string{}).value, 3985879818411753575U);
  EXPECT_EQ(key_hash(std::uint64_t{42}).value, 6828250769354908783U);
  EXPECT_EQ(key_hash(std::pair<std::string, int>{"ann", 1}).value, 8348719401912369235U);
}

TEST(AKeysHash, MindsTheOrderAndTheBordersOfItsParts) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_NE(key_hash(Pair{"a", "b"}), key_hash(Pair{"b", "a"}));
  EXPECT_NE(key_hash(Pair{"ab", ""}), key_hash(Pair{"a", "b"}));
  EXPECT_EQ(key_hash(Place{"nl", 1}), key_hash(std::tuple<std::string, std::uint32_t>{"nl", 1}));
}

TEST(AKeysHash, SpreadsConsecutiveKeysOverAllWorkers) {
  constexpr WorkerCount kWorkers{8};
  std::vector<int> keys(kWorkers.value);
  for (int n = 0; n < 80'000; ++n) {
    ++keys[detail::owner_of(key_hash(n), kWorkers)];
    ++keys[detail::owner_of(key_hash(std::to_string(n)), kWorkers)];
  }
  for (const int count : keys) {
    EXPECT_NEAR(count, 20'000, 1'000);
  }
}

TEST(TheOwnerOfAKey, IsAWorkerOfTheRunAtEveryWorkerCount) {
  for (const std::uint32_t workers : {1U, 2U, 3U, 8U, 64U, 1024U}) {
    EXPECT_EQ(detail::owner_of(KeyHash{0}, WorkerCount{workers}).value, 0U);
    EXPECT_EQ(detail::owner_of(KeyHash{~std::uint64_t{0}}, WorkerCount{workers}).value, workers - 1);
  }
}

TEST(TheHashInsideAWorker, DiffersByTheSeedOfTheRun) {
  const detail::SeededKeyHash<std::string> one{1};
  const detail::SeededKeyHash<std::string> two{2};
  EXPECT_NE(one("ann"), two("ann"));
}

TEST(AKeysText, IsShortAndReadable) {
  EXPECT_EQ(detail::key_text(std::string{"u77"}), "u77");
  EXPECT_EQ(detail::key_text(std::pair{std::string{"a"}, -1}), "(a, -1)");
  EXPECT_EQ(detail::key_text(std::string(100, 'x')).size(), 64U);
}

}  // namespace
}  // namespace weir
