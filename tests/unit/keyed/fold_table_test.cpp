#include "weir/detail/keyed/fold_table.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "weir/detail/containers/items.hpp"

namespace weir::detail::keyed {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr std::size_t kMuch = std::size_t{1} << 20;

/// Keys and folds that own memory.
class AFoldTable : public ::testing::Test {
 protected:
  using Table = FoldTable<std::string, std::string>;

  static std::string key_of(int number) { return "a key that is too long for its object " + std::to_string(number); }

  static std::pair<std::string*, std::uint64_t> look_up(Table& table, const std::string& key) {
    std::pair<std::string, int> item{key, 0};
    std::uint64_t hash = 0;
    table.look_up(containers::Items<std::pair<std::string, int>>{&item, 1}, &hash);
    const Table::Place place = table.find(key, hash);
    return {place.taken ? &table.fold(place.index) : nullptr, hash};
  }

  /// Says whether there was room.
  static bool add(Table& table, int number) {
    table.make_room(1);
    if (!table.has_room()) {
      return false;
    }
    const std::string key = key_of(number);
    const std::uint64_t hash = look_up(table, key).second;
    table.add(table.find(key, hash).index, hash, std::string{key}, std::to_string(number));
    return true;
  }

  static std::optional<std::string> find(Table& table, int number) {
    const std::string* const fold = look_up(table, key_of(number)).first;
    return fold != nullptr ? std::optional{*fold} : std::nullopt;
  }
};

TEST_F(AFoldTable, FindsAllKeysHoweverLargeItGrows) {
  Table table{kSeed, kMuch};
  EXPECT_EQ(find(table, 0), std::nullopt);
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_TRUE(add(table, i));
  }
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_EQ(find(table, i), std::to_string(i));
  }
  EXPECT_EQ(find(table, 5'000), std::nullopt);
}

TEST_F(AFoldTable, TakesNoMoreKeysThanItHasRoomFor) {
  constexpr std::size_t kPlaces = 128;
  Table table{kSeed, kPlaces * (sizeof(Table::Entry) + 1)};
  EXPECT_EQ(table.room(), kPlaces / 8 * 7);
  int added = 0;
  while (add(table, added)) {
    ++added;
  }
  EXPECT_EQ(static_cast<std::size_t>(added), table.room());
  EXPECT_FALSE(table.has_room());
  EXPECT_EQ(find(table, 0), "0");
}

TEST_F(AFoldTable, EndsASearchHoweverFewPlacesItHas) {
  for (std::size_t places = 1; places <= 64; ++places) {
    Table table{kSeed, places * (sizeof(Table::Entry) + 1)};
    std::size_t added = 0;
    while (add(table, static_cast<int>(added))) {
      ++added;
    }
    EXPECT_EQ(added, table.room());
    EXPECT_LT(added, places);
    EXPECT_EQ(added > 0, places > 1);
    for (int key = 0; key < 200; ++key) {
      EXPECT_EQ(find(table, key).has_value(), key < static_cast<int>(added));
    }
  }
}

TEST_F(AFoldTable, MakesAsMuchRoomAsItMay) {
  constexpr std::size_t kPlaces = 64;
  Table table{kSeed, kPlaces * (sizeof(Table::Entry) + 1)};
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(add(table, i));
  }
  table.make_room(1'000);
  for (int i = 20; i < static_cast<int>(table.room()); ++i) {
    ASSERT_TRUE(table.has_room());
    ASSERT_TRUE(add(table, i));
  }
  EXPECT_FALSE(table.has_room());
}

TEST_F(AFoldTable, HasNoRoomWhereItMayTakeNoMemory) {
  Table table{kSeed, 100};
  EXPECT_EQ(table.room(), 0U);
  EXPECT_FALSE(add(table, 0));
  EXPECT_EQ(find(table, 0), std::nullopt);
}

TEST_F(AFoldTable, FindsThoseThatAreLeftWhileItIsEmptied) {
  Table table{kSeed, kMuch};
  std::map<std::string, std::string> left;
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_TRUE(add(table, i));
    left.emplace(key_of(i), std::to_string(i));
  }
  while (table.size() > 0) {
    const Table::Entry& entry = table.front();
    ASSERT_EQ(left.at(entry.key), entry.fold);
    left.erase(entry.key);
    table.drop();
    ASSERT_EQ(table.size(), left.size());
    if (table.size() % 100 == 50) {
      table.make_room(1);
      EXPECT_FALSE(table.has_room());
      for (int i = 0; i < 1'000; ++i) {
        ASSERT_EQ(find(table, i).has_value(), left.contains(key_of(i)));
      }
    }
  }
  EXPECT_TRUE(left.empty());
  EXPECT_TRUE(add(table, 3));
  EXPECT_EQ(find(table, 3), "3");
  EXPECT_EQ(find(table, 4), std::nullopt);
}

TEST_F(AFoldTable, CanBeFilledAgainAfterItsMemoryIsFreed) {
  Table table{kSeed, kMuch};
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(add(table, i));
  }
  table.free();
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(find(table, 1), std::nullopt);
  EXPECT_TRUE(add(table, 1));
  EXPECT_EQ(find(table, 1), "1");
}

TEST_F(AFoldTable, FreesItsFoldsAtItsEnd) {  // or the address sanitizer complains
  Table table{kSeed, kMuch};
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(add(table, i));
  }
  table.drop();
}

}  // namespace
}  // namespace weir::detail::keyed
