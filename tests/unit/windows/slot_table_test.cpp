#include "weir/detail/windows/slot_table.hpp"

#include <cstdint>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "simulation/rng.hpp"
#include "weir/detail/containers/slot.hpp"

namespace weir::detail {
namespace {

struct Marks {
  bool there = false;
  bool is_even = false;
};

/// A table and what a map says of it.
class TableBesideAMap {
 public:
  explicit TableBesideAMap(std::uint64_t seed)
      : rng_{seed}, slots_{static_cast<containers::Slot>(rng_.between(1, 2'000))} {}

  void insert_some() {
    slots_ += static_cast<containers::Slot>(rng_.below(1'000));
    for (std::uint64_t count = rng_.below(rng_.percent(20) ? slots_ + 1 : 20); count > 0; --count) {
      const auto slot = static_cast<containers::Slot>(rng_.below(slots_));
      if (!table_.find(slot)) {
        const std::string text = "row of " + std::to_string(slot);
        const auto row = table_.make(slot, slots_);
        *row.value = text;
        row.marks->is_even = slot % 2 == 0;
        EXPECT_TRUE(map_.emplace(slot, text).second);
      }
    }
  }

  void settle() { table_.settle(); }
  void expect_many() {
    if (table_.size() == 0) {
      table_.expect(rng_.below(slots_ + 1), slots_);
    }
  }
  [[nodiscard]] bool is_array() const { return table_.is_array(); }

  void expect_same() {
    std::map<containers::Slot, std::string> rows;
    table_.for_each([&](containers::Slot slot, const std::string& text, Marks marks) {
      EXPECT_TRUE(marks.there);
      EXPECT_EQ(marks.is_even, slot % 2 == 0);
      EXPECT_TRUE(rows.emplace(slot, text).second);
    });
    EXPECT_EQ(rows, map_);
    EXPECT_EQ(table_.size(), map_.size());
    for (int i = 0; i < 100; ++i) {
      const auto slot = static_cast<containers::Slot>(rng_.below(slots_ * 2));
      const auto found = table_.find(slot);
      ASSERT_EQ(static_cast<bool>(found), map_.contains(slot));
      EXPECT_TRUE(!found || *found.value == map_.at(slot));
    }
  }

 private:
  simulation::Rng rng_;
  containers::Slot slots_;
  windows::SlotTable<std::string, Marks> table_;
  std::map<containers::Slot, std::string> map_;
};

TEST(SlotTable, HoldsWhatAMapHoldsWhicheverFormItTakes) {
  int settled_as_array = 0;
  int settled_as_table = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    TableBesideAMap both{seed};
    both.expect_many();
    for (int round = 0; round < 10; ++round) {
      both.insert_some();
      both.expect_same();
    }
    both.settle();
    both.expect_same();
    (both.is_array() ? settled_as_array : settled_as_table) += 1;
    both.insert_some();
    both.expect_same();
  }
  EXPECT_GT(settled_as_array, 5);
  EXPECT_GT(settled_as_table, 5);
}

}  // namespace
}  // namespace weir::detail
