#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "dataflow/every_worker_count.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using Number = std::pair<std::uint32_t, std::uint32_t>;
using Count = std::pair<std::uint32_t, std::uint64_t>;

constexpr std::uint32_t kItems = 60'000;

/// Items whose keys come in turn, dealt to partitions in turn.
std::vector<std::vector<Number>> keyed(std::uint32_t keys, std::uint32_t partitions = 2) {
  std::vector<std::vector<Number>> dealt(partitions);
  for (std::uint32_t n = 0; n < kItems; ++n) {
    dealt[n % partitions].emplace_back(n / partitions % keys, n);
  }
  return dealt;
}

/// How a run of a step on 2 workers went.
struct Ran {
  std::uint64_t items = 0;  ///< of the step
  std::uint64_t serialized_bytes = 0;
};

template <typename Steps>
Ran run_on_two(const std::vector<std::vector<Number>>& items, Steps steps) {
  Dataflow flow{"flow"};
  steps(flow.input("in", testing::Scripted<Number>{items})) | op::output("out", Callback{[](const Count&) {}});
  RunOptions options;
  options.workers = 2;
  options.profile = true;
  const RunReport report = run(flow, options);
  Ran ran;
  for (const StepReport& each : report.steps) {
    ran.items += each.step_id == "step" ? each.items : 0;
  }
  for (const WorkerProfile& worker : report.profile) {
    for (const auto& each : worker.steps) {
      ran.serialized_bytes += each.step_id == "step" ? each.serialized_bytes : 0;
    }
  }
  return ran;
}

TEST(FoldsBeforeTheExchange, CrossInPlaceOfItemsWhereKeysComeAgain) {
  const auto items = keyed(100);
  const Ran folded = run_on_two(items, [](const auto& in) { return in | op::sum_final("step"); });
  const Ran each = run_on_two(items, [](const auto& in) { return in | op::sum_final("step").uncombined(); });
  EXPECT_LT(folded.serialized_bytes * 10, each.serialized_bytes);
  EXPECT_EQ(folded.items, kItems) << "items are counted, not folds";
  EXPECT_EQ(each.items, kItems);
}

TEST(FoldsBeforeTheExchange, AreGivenUpWhereKeysDoNotComeAgain) {
  const auto items = keyed(kItems);
  const Ran folded = run_on_two(items, [](const auto& in) { return in | op::sum_final("step"); });
  const Ran each = run_on_two(items, [](const auto& in) { return in | op::sum_final("step").uncombined(); });
  const Ran always = run_on_two(items, [](const auto& in) { return in | op::sum_final("step").combined(); });
  EXPECT_LT(folded.serialized_bytes, each.serialized_bytes * 6 / 5);
  EXPECT_GT(always.serialized_bytes, folded.serialized_bytes) << "a sum is longer than a value";
  EXPECT_EQ(folded.items, kItems);
}

TEST(FoldsBeforeTheExchange, AreNotMadeOfWhatNeedNotBeAssociative) {
  const auto items = keyed(100);
  const auto add = [](std::uint32_t a, std::uint32_t b) { return a + b; };
  const auto to_count = op::map_value("count", [](std::uint32_t n) { return std::uint64_t{n}; });
  const Ran each = run_on_two(items, [&](const auto& in) { return in | op::reduce_final("step", add) | to_count; });
  const Ran folded =
      run_on_two(items, [&](const auto& in) { return in | op::reduce_final("step", add).combined() | to_count; });
  EXPECT_LT(folded.serialized_bytes * 10, each.serialized_bytes);
}

/// The text of a key's values in their order.
struct Joined {
  std::string first(std::uint32_t value) const { return std::to_string(value); }
  void add(std::string& so_far, std::uint32_t value) const { merge(so_far, first(value)); }
  void merge(std::string& so_far, const std::string& other) const { so_far += "," + other; }
  std::string result(std::string so_far) const { return so_far; }
};

TEST(FoldsBeforeTheExchange, KeepTheOrderOfAPartitionsValues) {
  // A few keys that come often, and more keys than a worker of eight has room for: values of one partition alone.
  std::vector<Number> items;
  std::map<std::uint32_t, std::string> joined;
  for (std::uint32_t n = 0; n < 48'000; ++n) {
    const std::uint32_t key = n % 3 == 0 ? n % 7 : n;
    items.emplace_back(key, n);
    std::string& text = joined[key];
    text += (text.empty() ? "" : ",") + std::to_string(n);
  }
  const std::vector<std::pair<std::uint32_t, std::string>> expected{joined.begin(), joined.end()};
  const std::vector<std::vector<Number>> partitions{items};
  expect_everywhere(partitions, [](auto in) { return in | op::aggregate_final("step", Joined{}); }, expected);
  expect_everywhere(
      partitions, [](auto in) { return in | op::aggregate_final("step", Joined{}).combined(); }, expected);
  expect_everywhere(
      partitions, [](auto in) { return in | op::aggregate_final("step", Joined{}).uncombined(); }, expected);
}

TEST(FoldsBeforeTheExchange, KeepTheFirstOfEqualValues) {
  using Value = std::pair<std::uint32_t, std::uint32_t>;
  std::vector<std::pair<std::uint32_t, Value>> items;
  for (std::uint32_t n = 0; n < 10'000; ++n) {
    items.emplace_back(n % 10, Value{1, n});
  }
  std::vector<std::pair<std::uint32_t, Value>> expected;
  for (std::uint32_t key = 0; key < 10; ++key) {
    expected.emplace_back(key, Value{1, key});
  }
  expect_everywhere(
      std::vector<std::vector<std::pair<std::uint32_t, Value>>>{items},
      [](auto in) { return in | op::min_final("step", &Value::first); }, expected);
}

/// Fails at one value.
struct SumButFor {
  std::uint32_t bad;
  std::uint64_t first(std::uint32_t value) const {
    if (value == bad) {
      throw std::runtime_error{"a bad value"};
    }
    return value;
  }
  void add(std::uint64_t& sum, std::uint32_t value) const { sum += first(value); }
  void merge(std::uint64_t& sum, std::uint64_t other) const { sum += other; }
  std::uint64_t result(std::uint64_t sum) const { return sum; }
};

TEST(FoldsBeforeTheExchange, FailAsTheStepThatTheyAreFor) {
  for (const std::uint32_t bad : {5U, 4'005U}) {  // the first value of a key, and a later one
    for (const std::size_t workers : testing::kWorkerCounts) {
      Dataflow flow{"flow"};
      flow.input("in", testing::Scripted<Number>{keyed(10, 3)}) | op::aggregate_final("step", SumButFor{bad}) |
          op::output("out", Callback{[](const Count&) {}});
      RunOptions options;
      options.workers = workers;
      try {
        run(flow, options);
        ADD_FAILURE() << "it did not fail";
      } catch (const StepError& error) {
        EXPECT_EQ(error.step_id(), "step");
        EXPECT_THAT(error.what(), ::testing::HasSubstr("logic threw"));
        EXPECT_THAT(error.what(), ::testing::HasSubstr("key \"" + std::to_string(bad / 3 % 10) + "\""));
      }
    }
  }
}

TEST(FoldsBeforeTheExchange, LeaveOutTheItemsThatAnErrorPolicySkips) {
  std::map<std::uint32_t, std::uint64_t> sums;
  const auto items = keyed(10, 3);
  for (const auto& partition : items) {
    for (const auto& [key, value] : partition) {
      sums[key] += value == 4'005 ? 0 : value;
    }
  }
  expect_everywhere(
      items, [](auto in) { return in | op::skip_errors(op::aggregate_final("step", SumButFor{4'005}), copy_before); },
      std::vector<Count>{sums.begin(), sums.end()});
}

}  // namespace
}  // namespace weir
