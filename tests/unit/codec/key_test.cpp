#include "weir/key.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <boost/unordered/unordered_flat_map.hpp>

namespace weir {
namespace {

struct Place {
  std::string country;
  std::uint32_t zip;
  bool operator==(const Place&) const = default;
};

[[maybe_unused]] auto weir_key(const Place& place) { return std::tie(place.country, place.zip); }

struct Name {
  std::string text;
  double weight;
  bool operator==(const Name& other) const { return text == other.text; }
};

[[maybe_unused]] std::string_view weir_key(const Name& name) { return name.text; }

struct Weighed {
  double weight;
  bool operator==(const Weighed&) const = default;
};

[[maybe_unused]] double weir_key(const Weighed& weighed) { return weighed.weight; }

enum class Colour : std::uint8_t { kRed, kBlue };
enum class Depth : std::int16_t { kLow = -1 };

TEST(AKey, IsTextAnIntegerAnEnumAPairOrATypeThatOptsIn) {
  static_assert(Key<std::string> && Key<int> && Key<bool> && Key<char> && Key<Colour>);
  static_assert(Key<std::uint64_t> && Key<std::pair<std::string, int>>);
  static_assert(Key<std::tuple<int, std::string, Colour>> && Key<std::pair<std::pair<int, int>, bool>>);
  static_assert(Key<Place> && Key<Name> && Key<std::pair<Place, int>>);
  static_assert(!Key<double> && !Key<std::pair<int, double>> && !Key<std::vector<int>> && !Key<const char*>);
  static_assert(!Key<Weighed>);
}

TEST(AKey, OwnsWhatItIsMadeOf) {
  static_assert(!Key<std::string_view> && !Key<std::pair<int, std::string_view>>);
  static_assert(!Key<std::tuple<const std::string&>> && !Key<std::tuple<int&, int>>);
}

// State on disk is dealt by these, so they are the same in every version.
TEST(AKeysHash, NeverChanges) {
  EXPECT_EQ(key_hash(std::string{"ann"}).value, 15320867547930216776U);
  EXPECT_EQ(key_hash(std::uint64_t{0}).value, 3343084031058739458U);
  EXPECT_EQ(key_hash(std::uint64_t{42}).value, 6828250769354908783U);
  EXPECT_EQ(key_hash(std::uint32_t{0xFFFF'FFFF}).value, 6005674710679957594U);
  EXPECT_EQ(key_hash(std::int64_t{-1}).value, 7342374250525974828U);
  EXPECT_EQ(key_hash(true).value, 6310538366703177531U);
  EXPECT_EQ(key_hash(Depth::kLow).value, 7342374250525974828U);
  EXPECT_EQ(key_hash(std::pair<std::string, int>{"ann", 1}).value, 8348719401912369235U);
  EXPECT_EQ(key_hash(std::tuple<std::string, std::int32_t, bool>{"ann", -1, true}).value, 17542200092341347399U);
  EXPECT_EQ(key_hash(std::pair<std::pair<int, int>, std::string>{{1, 2}, "x"}).value, 9674711788793557361U);
}

TEST(AKeysHash, NeverChangesForTextsOfAnyLength) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += static_cast<char>('a' + i % 26);
  }
  const std::vector<std::pair<std::size_t, std::uint64_t>> hashes{
      {0, 3985879818411753575U},    {1, 13684229025271950179U},  {3, 12279893792025046729U},
      {4, 10193392091071488486U},   {8, 15579013567192610319U},  {9, 6236982971068911287U},
      {16, 9059656003733014662U},   {17, 6664125383231999084U},  {128, 16084763863736003530U},
      {129, 6492014393720806764U},  {240, 5284582435875220690U}, {241, 14379443785811724372U},
      {1000, 9230486448103930732U},
  };
  for (const auto& [length, hash] : hashes) {
    EXPECT_EQ(key_hash(text.substr(0, length)).value, hash) << length;
  }
}

TEST(AKeysHash, MindsTheOrderAndTheBordersOfItsParts) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_NE(key_hash(Pair{"a", "b"}), key_hash(Pair{"b", "a"}));
  EXPECT_NE(key_hash(Pair{"ab", ""}), key_hash(Pair{"a", "b"}));
  EXPECT_NE(key_hash(Pair{"", "ab"}), key_hash(Pair{"ab", ""}));
  EXPECT_NE(key_hash(std::pair{1, 2}), key_hash(std::pair{2, 1}));
}

TEST(AKeysHash, IsThatOfItsPartsForATypeThatOptsIn) {
  EXPECT_EQ(key_hash(Place{"nl", 1}), key_hash(std::tuple<std::string, std::uint32_t>{"nl", 1}));
  EXPECT_EQ(key_hash(Name{"ann", 0.5}), key_hash(std::string{"ann"}));
}

TEST(AKeysHash, DoesNotDependOnWhetherTheMachinesCharIsSigned) {
  EXPECT_EQ(key_hash('\xe9'), key_hash(std::uint8_t{0xE9}));
}

/// Sees that keys spread over the groups as if by chance: chi-squared of 4,095 degrees of freedom, six sigmas wide.
template <typename Make>
void expect_spread(Make make, const char* what) {
  constexpr double kKeys = 400'000;
  std::vector<double> keys(detail::kKeyGroups);
  for (std::uint64_t n = 0; n < static_cast<std::uint64_t>(kKeys); ++n) {
    ++keys[detail::key_group(key_hash(make(n)))];
  }
  const double expected = kKeys / static_cast<double>(detail::kKeyGroups);
  double chi_squared = 0;
  for (const double count : keys) {
    chi_squared += (count - expected) * (count - expected) / expected;
  }
  const double freedom = static_cast<double>(detail::kKeyGroups) - 1;
  EXPECT_NEAR(chi_squared, freedom, 6 * std::sqrt(2 * freedom)) << what;
}

TEST(TheGroupsOfKeys, AreFilledAlikeByKeysThatAreNot) {
  expect_spread([](std::uint64_t n) { return n; }, "consecutive");
  expect_spread([](std::uint64_t n) { return n << 12; }, "multiples of 4,096");
  expect_spread([](std::uint64_t n) { return n << 45; }, "high bits alone");
  expect_spread([](std::uint64_t n) { return -static_cast<std::int64_t>(n); }, "negative");
  expect_spread([](std::uint64_t n) { return std::to_string(n); }, "decimal text");
  expect_spread([](std::uint64_t n) { return "user-" + std::to_string(n) + "@example.com"; }, "longer text");
  expect_spread([](std::uint64_t n) { return std::pair{n % 632, n / 632}; }, "pairs");
  expect_spread([](std::uint64_t n) { return std::pair{std::to_string(n % 632), n / 632}; }, "pairs with text");
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
  for (std::uint32_t workers = 1; workers <= 1024; ++workers) {
    EXPECT_EQ(detail::owner_of(KeyHash{0}, WorkerCount{workers}).value, 0U);
    EXPECT_EQ(detail::owner_of(KeyHash{~std::uint64_t{0}}, WorkerCount{workers}).value, workers - 1);
    std::set<std::uint32_t> owners;
    for (std::uint64_t group = 0; group < detail::kKeyGroups; ++group) {
      owners.insert(detail::owner_of(KeyHash{group << 52}, WorkerCount{workers}).value);
    }
    EXPECT_EQ(owners.size(), workers);
  }
}

TEST(TheHashInsideAWorker, DiffersByTheSeedOfTheRun) {
  EXPECT_NE(detail::SeededKeyHash<std::string>{1}("ann"), detail::SeededKeyHash<std::string>{2}("ann"));
  EXPECT_NE(detail::SeededKeyHash<int>{1}(7), detail::SeededKeyHash<int>{2}(7));
  EXPECT_NE((detail::SeededKeyHash<std::pair<int, std::string>>{1}({7, "a"})),
            (detail::SeededKeyHash<std::pair<int, std::string>>{2}({7, "a"})));
}

TEST(TheHashInsideAWorker, SpreadsTheKeysOfOneGroup) {
  const detail::SeededKeyHash<std::uint64_t> hash{12345};
  std::array<int, 16> by_high_bits{};
  std::array<int, 16> by_low_bits{};
  int keys = 0;
  for (std::uint64_t n = 0; keys < 16'000; ++n) {
    if (detail::key_group(key_hash(n)) == 7) {
      ++by_high_bits.at(hash(n) >> 60);
      ++by_low_bits.at(hash(n) & 15);
      ++keys;
    }
  }
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_NEAR(by_high_bits.at(i), 1'000, 200);
    EXPECT_NEAR(by_low_bits.at(i), 1'000, 200);
  }
}

TEST(TheHashInsideAWorker, SpreadsNumbersAtEqualDistancesWhateverTheSeed) {
  constexpr std::uint64_t kKeys = 8'192;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const detail::SeededKeyHash<std::uint64_t> hash{seed * 0x9E3779B97F4A7C15};
    for (const int shift : {0, 3, 12, 32, 40}) {
      std::array<int, 512> by_high_bits{};
      for (std::uint64_t n = 0; n < kKeys; ++n) {
        ++by_high_bits.at(hash(n << shift) >> 55);
      }
      EXPECT_LT(*std::ranges::max_element(by_high_bits), 60) << "of 16 on average, seed " << seed << " shift " << shift;
    }
  }
}

TEST(TheHashInsideAWorker, ServesATable) {
  static_assert(boost::unordered::hash_is_avalanching<detail::SeededKeyHash<std::string>>::value);
  boost::unordered_flat_map<std::string, int, detail::SeededKeyHash<std::string>> table{
      0, detail::SeededKeyHash<std::string>{7}};
  for (int n = 0; n < 1000; ++n) {
    table[std::to_string(n)] = n;
  }
  EXPECT_EQ(table.size(), 1000U);
  EXPECT_EQ(table.at("77"), 77);
}

TEST(AKeysText, IsShortAndReadable) {
  EXPECT_EQ(detail::key_text(std::string{"u77"}), "u77");
  EXPECT_EQ(detail::key_text(std::uint64_t{18'446'744'073'709'551'615U}), "18446744073709551615");
  EXPECT_EQ(detail::key_text(Colour::kBlue), "1");
  EXPECT_EQ(detail::key_text(std::pair{std::string{"a"}, -1}), "(a, -1)");
  EXPECT_EQ(detail::key_text(std::tuple{std::pair{1, 2}, std::string{}, true}), "((1, 2), , 1)");
  EXPECT_EQ(detail::key_text(Place{"nl", 1}), "(nl, 1)");
  EXPECT_EQ(detail::key_text(std::string(100, 'x')).size(), 64U);
}

TEST(AKeysText, IsCutBetweenCharacters) {
  EXPECT_EQ(detail::key_text(std::string(63, 'x') + "\xc3\xa9"), std::string(63, 'x'));
  EXPECT_EQ(detail::key_text(std::string(62, 'x') + "\xc3\xa9"), std::string(62, 'x') + "\xc3\xa9");
  EXPECT_EQ(detail::key_text(std::string(61, 'x') + "\xf0\x9f\x98\x80"), std::string(61, 'x'));
}

}  // namespace
}  // namespace weir
