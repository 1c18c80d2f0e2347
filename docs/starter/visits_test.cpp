// Runs the dataflow over a few visits, at every worker count, and through crashes.
#include <algorithm>
#include <chrono>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

#include <weir/testing.hpp>
#include <weir/testing_recovery.hpp>

#include "visits.hpp"

using namespace std::chrono_literals;

namespace {

const weir::Time kNine = std::chrono::sys_days{2026y / 3 / 1} + 9h;

/// Two partitions of the input.
const std::vector<std::vector<Visit>> kVisits{{{"/home", kNine + 5s}, {"/help", kNine + 50s}, {"/home", kNine + 70s}},
                                              {{"/home", kNine + 20s}, {"/home", kNine + 95s}}};

using Row = std::tuple<std::string, weir::Time, std::uint64_t>;

std::vector<Row> rows(const std::vector<Count>& counts) {
  std::vector<Row> rows;
  for (const Count& count : counts) {
    rows.emplace_back(count.page, count.minute, count.visits);
  }
  std::ranges::sort(rows);  // the order across workers is free
  return rows;
}

int failures = 0;

void expect(const std::string& what, const std::vector<Count>& found) {
  const std::vector<Row> expected{{"/help", kNine, 1}, {"/home", kNine, 2}, {"/home", kNine + 1min, 2}};
  const bool passed = rows(found) == expected;
  std::cout << what << ": " << (passed ? "passed" : "FAILED") << '\n';
  failures += passed ? 0 : 1;
}

}  // namespace

int main() {
  for (const std::size_t workers : weir::testing::kWorkerCounts) {
    expect("on " + std::to_string(workers) + " workers", weir::testing::run_over(kVisits, visits_per_minute, workers));
  }
  expect("through crashes", weir::testing::run_over_aborted(kVisits, visits_per_minute,
                                                            {.at = {2, 1, 3}, .workers = {1, 2, 3}, .epoch_items = 1}));
  return failures;
}
