#include "weir/detail/slotted_table.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "simulation/rng.hpp"
#include "weir/detail/slot.hpp"
#include "weir/key.hpp"

namespace weir::detail {
namespace {

using Table = SlottedTable<std::string, std::unique_ptr<int>>;

TEST(SlottedTable, HoldsWhatAMapHoldsWithEachEntryWhereItWas) {
  simulation::Rng rng{1};
  Table table{0, SeededKeyHash<std::string>{7}};
  std::map<std::string, Table::iterator> map;
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "key number " + std::to_string(rng.below(1'000));
    const auto known = map.find(key);
    ASSERT_EQ(table.find(key), known != map.end() ? known->second : nullptr);
    ASSERT_EQ(table.contains(key), known != map.end());
    if (rng.percent(60)) {
      const auto [entry, is_new] = table.try_emplace(key);
      ASSERT_EQ(is_new, known == map.end());
      ASSERT_EQ(entry->first, key);
      ASSERT_EQ(entry->second == nullptr, is_new);
      ASSERT_EQ(table.at(entry->slot), entry);
      entry->second = std::make_unique<int>(i);
      map.emplace(key, entry);
    } else if (known != map.end()) {
      const Slot slot = known->second->slot;
      table.erase(known->second);
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

}  // namespace
}  // namespace weir::detail
