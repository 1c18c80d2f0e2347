#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {

/// Runs steps at every worker count and in both exchange modes, and expects these items, in any order.
template <typename T, typename Steps, typename U>
void expect_everywhere(const std::vector<std::vector<T>>& partitions, Steps steps, std::vector<U> expected) {
  std::ranges::sort(expected);
  for (const std::size_t workers : testing::kWorkerCounts) {
    for (const ExchangeMode mode : {ExchangeMode::kCereal, ExchangeMode::kMove}) {
      SCOPED_TRACE(std::to_string(workers) + " workers, " + (mode == ExchangeMode::kMove ? "move" : "cereal"));
      auto out = testing::run_over(partitions, steps, workers, mode);
      std::ranges::sort(out);
      EXPECT_EQ(out, expected);
    }
  }
}

/// `count` numbers from 0, dealt to partitions in turn.
inline std::vector<std::vector<int>> numbers(int count, std::size_t partitions = 3) {
  std::vector<std::vector<int>> dealt(partitions);
  for (int n = 0; n < count; ++n) {
    dealt[static_cast<std::size_t>(n) % partitions].push_back(n);
  }
  return dealt;
}

}  // namespace weir
