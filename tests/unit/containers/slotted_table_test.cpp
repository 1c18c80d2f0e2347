#include "weir/detail/containers/slotted_table.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "simulation/rng.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/key.hpp"

namespace weir::detail {
namespace {

using Table = containers::SlottedTable<std::string, std::unique_ptr<int>>;

// Keys without a value may be found or not, but those that are kept long after they lost it.
TEST(SlottedTable, HoldsWhatAMapHoldsWithEachEntryWhereItWas) {
  simulation::Rng rng{1};
  Table table{0, SeededKeyHash<std::string>{7}};
  std::map<std::string, Table::iterator> map;
  for (int i = 0; i < 20'000; ++i) {
    if (rng.percent(30)) {
      table.forget_departed();
    }
    const std::string key = "key number " + std::to_string(rng.below(1'000));
    const auto known = map.find(key);
    const Table::iterator found = table.find(key);
    ASSERT_EQ(found != nullptr && found->second ? found : nullptr, known != map.end() ? known->second : nullptr);
    if (rng.percent(60)) {
      const auto [entry, is_new] = table.try_emplace(key);
      ASSERT_EQ(is_new, found == nullptr);
      ASSERT_EQ(entry->first, key);
      ASSERT_EQ(entry->second == nullptr, known == map.end());
      ASSERT_EQ(&table.entry(entry->slot), entry);
      if (known != map.end() || rng.percent(80)) {
        entry->second = std::make_unique<int>(i);
        ASSERT_EQ(table.at(entry->slot), entry);
        if (map.emplace(key, entry).second) {
          table.note_value();
        }
      } else {
        table.erase(entry, false);
      }
    } else if (known != map.end()) {
      const containers::Slot slot = known->second->slot;
      table.erase(known->second, true);
      ASSERT_EQ(table.at(slot), nullptr);
      map.erase(known);
    }
    ASSERT_EQ(table.size(), map.size());
  }
  std::size_t count = 0;
  for (Table::iterator entry = table.next(0); entry != nullptr; entry = table.next(entry->slot + 1)) {
    EXPECT_EQ(map.at(entry->first), entry);
    ++count;
  }
  EXPECT_EQ(count, map.size());
}

TEST(SlottedTable, GivesThePlacesOfKeysThatDoNotComeAgainToOthers) {
  containers::SlottedTable<std::uint64_t, std::unique_ptr<int>> table{0, SeededKeyHash<std::uint64_t>{7}};
  containers::Slot highest = 0;
  for (std::uint64_t key = 0; key < 100'000; ++key) {
    table.forget_departed();
    const auto entry = table.try_emplace(key).first;
    entry->second = std::make_unique<int>();
    table.note_value();
    highest = std::max(highest, entry->slot);
    table.erase(entry, true);
    EXPECT_EQ(table.at(entry->slot), nullptr);
  }
  EXPECT_LT(highest, 128);
  EXPECT_EQ(table.find(1'000), nullptr);
}

TEST(SlottedTable, KnowsAKeyForAWhileAfterItLostItsValue) {
  containers::SlottedTable<std::uint64_t, std::unique_ptr<int>> table{0, SeededKeyHash<std::uint64_t>{7}};
  const auto entry = table.try_emplace(1).first;
  entry->second = std::make_unique<int>();
  table.note_value();
  table.erase(entry, true);
  table.forget_departed();
  EXPECT_EQ(table.find(1), entry);
  EXPECT_EQ(table.size(), 0);
}

}  // namespace
}  // namespace weir::detail
