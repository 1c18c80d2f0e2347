#include "weir/detail/keyed/state_table.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

#include "weir/key.hpp"

namespace weir::detail::keyed {
namespace {

/// A key that can be made anew, but not assigned a copy.
struct Once {
  std::string name;
  Once() = default;
  explicit Once(std::string text) : name{std::move(text)} {}
  Once(const Once&) = default;
  Once(Once&&) = default;
  Once& operator=(const Once&) = delete;
  Once& operator=(Once&&) = default;
  ~Once() = default;
  bool operator==(const Once&) const = default;
};

const std::string& weir_key(const Once& key) { return key.name; }

static_assert(Key<Once>);

template <typename K>
K key_of(int number) {
  if constexpr (std::is_integral_v<K>) {
    return static_cast<K>(number);
  } else {
    return K{"key" + std::to_string(number)};
  }
}

template <typename K>
class SlotsOfAFlatTable : public ::testing::Test {};

// The slot is in the entry of the first two, and beside the table for the third, whose entries it would make larger.
using Keys = ::testing::Types<std::string, Once, std::uint32_t>;
TYPED_TEST_SUITE(SlotsOfAFlatTable, Keys);

TYPED_TEST(SlotsOfAFlatTable, FindTheirEntriesWhereverTheseMove) {
  FlatStates<TypeParam, std::optional<int>> states{7};
  constexpr int kKeys = 1000;
  for (int i = 0; i < kKeys; ++i) {
    const auto entry = states.add(key_of<TypeParam>(i));
    entry->second.state = i;
    EXPECT_EQ(states.slot_of(entry), static_cast<containers::Slot>(i));
  }
  for (int i = 0; i < kKeys; ++i) {
    EXPECT_EQ(states.at(static_cast<containers::Slot>(i))->second.state, i);
    EXPECT_EQ(states.slot_of(states.find(key_of<TypeParam>(i))), static_cast<containers::Slot>(i));
  }
}

TYPED_TEST(SlotsOfAFlatTable, AreGivenToOthersOnceReleased) {
  FlatStates<TypeParam, std::optional<int>> states{7};
  const auto first = states.add(key_of<TypeParam>(1));
  const containers::Slot slot = states.slot_of(first);
  EXPECT_EQ(states.release_slot(first), slot);
  EXPECT_EQ(states.release_slot(first), containers::kNoSlot);
  states.erase(first, true);
  const auto second = states.add(key_of<TypeParam>(2));
  EXPECT_EQ(states.release_slot(second), containers::kNoSlot);
  EXPECT_EQ(states.slot_of(second), slot);
  EXPECT_EQ(states.at(slot)->first, key_of<TypeParam>(2));
}

TEST(AFlatTable, HasNoLargerEntriesForSlots) {
  using Small = FlatStates<std::uint32_t, std::optional<std::int32_t>>;
  EXPECT_EQ(Small::kEntryBytes, 16U);
}

}  // namespace
}  // namespace weir::detail::keyed
