// A program that tests its own dataflow: at several worker counts, with late items, with two inputs, with a source that
// fails, and interrupted again and again.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <weir/testing.hpp>
#include <weir/testing_recovery.hpp>
#include <weir/weir.hpp>

namespace op = weir::op;
using namespace std::chrono_literals;
using weir::testing::Collected;
using weir::testing::Scripted;

namespace {

// What is tested. These functions do not know where their streams come from.

struct Click {
  std::string user;
  weir::Time time;
};

auto clicks_per_minute(const weir::Stream<Click>& clicks) {
  return clicks | op::key_on("by_user", &Click::user) |
         op::count_window("per_minute", weir::TumblingWindows{weir::EventClock{&Click::time, 5s}, 1min});
}

using User = std::pair<std::string, std::string>;  // name and country

auto clicks_and_country(const weir::Stream<Click>& clicks, const weir::Stream<User>& users) {
  return op::inner_join("both", clicks | op::count_final("total", &Click::user), users);
}

// The tests.

using Counts = std::vector<std::pair<std::string, weir::InWindow<std::uint64_t>>>;

const weir::Time kNine = std::chrono::sys_days{2026y / 3 / 1} + 9h;

/// Two partitions. The click of bob comes after its window has closed.
const std::vector<std::vector<Click>> kClicks{
    {{"ann", kNine + 10s}, {"ann", kNine + 70s}, {"bob", kNine + 50s}, {"ann", kNine + 80s}},
    {{"ann", kNine + 20s}, {"cid", kNine + 30s}, {"cid", kNine + 75s}}};

template <typename T>
std::vector<T> sorted(std::vector<T> items) {  // the order across workers is free
  std::ranges::sort(items);
  return items;
}

int failures = 0;

void report(const std::string& test, bool passed) {
  std::cout << test << ": " << (passed ? "passed" : "FAILED") << '\n';
  failures += passed ? 0 : 1;
}

void test_every_worker_count() {
  const weir::Window first{.id = kNine.time_since_epoch() / 1min, .start = kNine, .end = kNine + 1min};
  const weir::Window second{.id = first.id + 1, .start = first.end, .end = first.end + 1min};
  const Counts expected{{"ann", {first, 2}}, {"ann", {second, 2}}, {"cid", {first, 1}}, {"cid", {second, 1}}};
  for (const std::size_t workers : weir::testing::kWorkerCounts) {
    const auto found =
        weir::testing::run_over(kClicks, [](const auto& clicks) { return clicks_per_minute(clicks).down; }, workers);
    report("counts on " + std::to_string(workers) + " workers", sorted(found) == expected);
  }
}

void test_late_clicks() {
  const auto late = weir::testing::run_over(
      kClicks, [](const auto& clicks) { return clicks_per_minute(clicks).late | op::key_rm("value"); }, 2);
  report("late clicks", late.size() == 1 && late.front().user == "bob");
}

void test_two_inputs() {
  using Row = std::pair<std::string, std::pair<std::uint64_t, std::string>>;
  const std::vector<std::vector<User>> users{{User{"ann", "NO"}, User{"dan", "PE"}}, {User{"cid", "DK"}}};
  const Collected<Row> found;
  weir::Dataflow flow{"two_inputs"};
  clicks_and_country(flow.input("clicks", Scripted<Click>{kClicks}), flow.input("users", Scripted<User>{users})) |
      op::output("found", found);
  weir::run(flow, {.workers = 3});
  report("two inputs", sorted(found.items()) == std::vector<Row>{{"ann", {4, "NO"}}, {"cid", {2, "DK"}}});
}

void test_failing_source() {
  weir::Dataflow flow{"failing_source"};
  const Collected<std::pair<std::string, weir::InWindow<std::uint64_t>>> found;
  clicks_per_minute(flow.input("clicks", Scripted<Click>{kClicks, weir::testing::Then::kThrow})) |
      op::output("found", found);
  try {
    weir::run(flow, {.workers = 2});
    report("failing source", false);
  } catch (const weir::StepError& error) {
    report("failing source", error.step_id() == "clicks");
  }
}

void test_recovery() {
  const auto steps = [](const auto& clicks) { return clicks_per_minute(clicks).down; };
  const auto undisturbed = weir::testing::run_over(kClicks, steps, 2);
  const auto interrupted =
      weir::testing::run_over_aborted(kClicks, steps, {.at = {4, 2, 3}, .workers = {1, 2, 3, 4}, .epoch_items = 2});
  report("recovery", sorted(interrupted) == sorted(undisturbed));
}

}  // namespace

int main() {
  test_every_worker_count();
  test_late_clicks();
  test_two_inputs();
  test_failing_source();
  test_recovery();
  return failures;
}
