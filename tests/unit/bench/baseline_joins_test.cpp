#include "bench/baseline_joins.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "bench/joins.hpp"

namespace weir::bench {
namespace {

constexpr std::uint64_t kSizes[] = {0, 1, 2, 99'999, 100'000, 250'000};

// Item n of a stream is `make(n)`.
template <typename Make>
std::vector<JoinItem> sorted_by_key(std::uint64_t items, Make make) {
  std::vector<JoinItem> sorted;
  for (std::uint64_t n = 0; n < items; ++n) {
    sorted.push_back(make(n));
  }
  std::ranges::sort(sorted);
  return sorted;
}

TEST(TheHandWrittenJoin, GivesThePairsOfTheSortedSides) {
  for (const std::uint64_t items : kSizes) {
    const std::vector<JoinItem> lefts = sorted_by_key(items, make_left);
    const std::vector<JoinItem> rights = sorted_by_key(items, [&](std::uint64_t n) { return make_right(n, items); });
    Tally due;
    for (std::size_t i = 0; i < items; ++i) {
      ASSERT_EQ(lefts[i].first, rights[i].first) << "every key is once on each side";
      tally_pair(due, lefts[i].first, lefts[i].second, rights[i].second);
    }
    const Outcome found = hand_written_join(items);
    EXPECT_EQ(found.events, 2 * items);
    EXPECT_EQ(found.outputs, due.outputs);
    EXPECT_EQ(found.sum, due.sum) << items << " items";
  }
}

}  // namespace
}  // namespace weir::bench
