#include <cstddef>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "unit/operators/one_step.hpp"

namespace weir {
namespace {

using Pair = std::pair<int, int>;
using Sizes = std::vector<std::size_t>;

std::vector<int> first(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

bool even(int n) { return n % 2 == 0; }

TEST(AStatelessStep, EmitsABatchForABatch) {
  OneStep<int, int> map{op::map("step", [](int n) { return 10 * n; })};
  map.push_all(first(4));
  EXPECT_EQ(map.take(), (std::vector<int>{0, 10, 20, 30}));
  EXPECT_EQ(map.take_batches(), (Sizes{4}));
  EXPECT_EQ(map.code->items(), 4U);

  OneStep<int, int> filter{op::filter("step", even)};
  filter.push_all(first(5));
  EXPECT_EQ(filter.take(), (std::vector<int>{0, 2, 4}));
  EXPECT_EQ(filter.take_batches(), (Sizes{3}));

  OneStep<int, int> filter_map{
      op::filter_map("step", [](int n) { return even(n) ? std::optional{n + 1} : std::nullopt; })};
  filter_map.push_all(first(5));
  EXPECT_EQ(filter_map.take(), (std::vector<int>{1, 3, 5}));
  EXPECT_EQ(filter_map.take_batches(), (Sizes{3}));

  OneStep<Pair, Pair> map_value{op::map_value("step", [](int n) { return -n; })};
  map_value.push_all({{1, 2}, {3, 4}});
  EXPECT_EQ(map_value.take(), (std::vector<Pair>{{1, -2}, {3, -4}}));
  EXPECT_EQ(map_value.take_batches(), (Sizes{2}));
}

TEST(AStatelessStep, EmitsNothingForABatchOfWhichNothingIsLeft) {
  OneStep<int, int> filter{op::filter("step", [](int) { return false; })};
  filter.push_all(first(64));
  EXPECT_EQ(filter.take_batches(), (Sizes{}));
}

TEST(AStatelessStep, KeepsTheOrderOfBatchesAndSingleItems) {
  OneStep<int, Pair> step{op::key_on("step", [](int n) { return n % 3; })};
  step.push(7);
  step.push_all({5, 6});
  step.push(8);
  EXPECT_EQ(step.take(), (std::vector<Pair>{{1, 7}, {2, 5}, {0, 6}, {2, 8}}));
  EXPECT_EQ(step.take_batches(), (Sizes{2}));
}

TEST(AStatelessStep, HandsLargeItemsOnOneByOne) {
  OneStep<int, std::string> step{op::map("step", [](int n) { return std::to_string(n); })};
  step.push_all(first(3));
  EXPECT_EQ(step.take(), (std::vector<std::string>{"0", "1", "2"}));
  EXPECT_EQ(step.take_batches(), (Sizes{}));
}

TEST(AStatelessStep, HandsNoItemOnFromTheOneAtWhichItThrows) {
  OneStep<int, int> step{op::map("step", [](int n) { return n == 2 ? throw std::runtime_error{"two"} : n; })};
  EXPECT_THROW(step.push_all(first(4)), StepError);
  for (const int n : step.take()) {
    EXPECT_LT(n, 2);
  }
}

}  // namespace
}  // namespace weir
