#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "weir/testing_recovery.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

constexpr auto kForEver = std::chrono::nanoseconds::max();

int square_of(int n) { return n * n; }
int last_digits_square(int n, const CachedLookup<int, int>& square) { return n * 100 + square(n % 10); }

std::vector<int> expected_of(int count) {
  std::vector<int> expected;
  expected.reserve(static_cast<std::size_t>(count));
  for (int n = 0; n < count; ++n) {
    expected.push_back(n * 100 + (n % 10) * (n % 10));
  }
  return expected;
}

StepReport report_of(const RunReport& report, const std::string& step_id) {
  const auto found = std::ranges::find(report.steps, step_id, &StepReport::step_id);
  return found != report.steps.end() ? *found : StepReport{};
}

TEST(EnrichCached, GivesItemsWhatTheGetterSaysHoweverManyValuesAreKept) {
  for (const std::size_t most : {1U, 3U, 1'000U}) {
    for (const auto time_to_live : {std::chrono::nanoseconds{1ns}, std::chrono::nanoseconds{1h}, kForEver}) {
      expect_everywhere(
          numbers(1'000),
          [&](auto in) { return in | op::enrich_cached("square", square_of, last_digits_square, time_to_live, most); },
          expected_of(1'000));
    }
  }
}

TEST(EnrichCached, KeepsTheOrderOfItems) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_EQ(
        testing::run_over(
            numbers(1'000, 1),
            [](auto in) { return in | op::enrich_cached("square", square_of, last_digits_square, 1h, 3); }, workers),
        expected_of(1'000));
  }
}

TEST(EnrichCached, CountsHitsAndMissesOverAllWorkers) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    std::atomic<std::uint64_t> got{0};
    Dataflow flow{"counted"};
    flow.input("in", testing::Scripted<int>{numbers(1'000, 8)}) |
        op::enrich_cached(
            "square",
            [&got](int n) {
              got.fetch_add(1, std::memory_order_relaxed);
              return square_of(n);
            },
            last_digits_square, kForEver, 100) |
        op::output("out", testing::Collected<int>{});
    RunOptions options;
    options.workers = workers;
    const StepReport report = report_of(run(flow, options), "square");
    EXPECT_EQ(report.op, "enrich_cached");
    EXPECT_EQ(report.items, 1'000U);
    EXPECT_EQ(report.counters.at("hits") + report.counters.at("misses"), 1'000U);
    EXPECT_EQ(report.counters.at("misses"), got);
    EXPECT_GE(report.counters.at("misses"), 10U);
    EXPECT_LE(report.counters.at("misses"), 10U * workers) << "each worker asks for a key once";
  }
}

TEST(EnrichCached, HasRunMainLogHitsAndMisses) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto run_program = [] {
    Dataflow flow{"program"};
    flow.input("in", testing::Scripted<int>{numbers(30)}) |
        op::enrich_cached("square", square_of, last_digits_square, kForEver, 100) |
        op::output("out", testing::Collected<int>{});
    const char* const arguments[] = {"program", "--log-level", "debug", "--workers", "1"};
    return run_main(std::move(flow), 5, arguments);
  };
  EXPECT_EXIT(std::exit(run_program()), ::testing::ExitedWithCode(0),
              "step square \\(enrich_cached\\): 30 items, 0 keys held, 20 hits, 10 misses\n");
}

TEST(EnrichCached, LooksUpWhatIsNamedAsTheKey) {
  const auto length = [](std::string_view text) { return text.size(); };
  const auto sum = [](int n, auto& length_of) {
    return length_of(std::to_string(n)) + length_of("none") + length_of(std::string(n % 2 == 0 ? 1 : 2, 'x'));
  };
  expect_everywhere(
      std::vector<std::vector<int>>{{5, 60, 700, 61}},
      [&](auto in) { return in | op::enrich_cached<std::string>("length", length, sum, 1h, 100); },
      std::vector<std::size_t>{1 + 4 + 2, 2 + 4 + 1, 3 + 4 + 1, 2 + 4 + 2});
}

TEST(EnrichCached, TakesLogicThatEachWorkerMakes) {
  const auto getter = per_worker([](WorkerContext) {
    return [connection = std::make_unique<int>(1)](int n) noexcept { return square_of(n) * *connection; };
  });
  const auto mapper = per_worker([](WorkerContext) {
    return [one = std::make_unique<int>(1)](int n, const auto& square) { return n * 100 + square(n % 10) * *one; };
  });
  expect_everywhere(
      numbers(100), [&](auto in) { return in | op::enrich_cached("square", getter, mapper, 1h, 100); },
      expected_of(100));
}

TEST(EnrichCached, TakesMappersThatGiveTheValueItself) {
  const auto texts = [](int n) { return std::to_string(n); };
  const auto text = [](int n, auto& text_of) -> const std::string& { return text_of(n % 2); };
  expect_everywhere(
      numbers(4), [&](auto in) { return in | op::enrich_cached("text", texts, text, 1h, 1); },
      std::vector<std::string>{"0", "1", "0", "1"});
}

int no_3(int n) { return n == 3 ? throw std::domain_error{"boom"} : square_of(n); }
int not_at_40(int n, const CachedLookup<int, int>& square) {
  return n == 40 ? throw std::domain_error{"boom"} : last_digits_square(n, square);
}

/// What stops a run of these steps.
template <typename Steps>
std::string failure(Steps steps, std::size_t workers) {
  try {
    testing::run_over(numbers(50), steps, workers);
  } catch (const StepError& error) {
    EXPECT_EQ(error.step_id(), "square");
    return error.what();
  }
  return "nothing stopped it";
}

TEST(EnrichCached, SaysWhetherGetterOrMapperThrewAndAtWhichKey) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_THAT(
        failure([](auto in) { return in | op::enrich_cached("square", no_3, last_digits_square, 1h, 9); }, workers),
        ::testing::ContainsRegex("step \"square\": getter threw on worker .*, key \"3\": boom"));
    EXPECT_THAT(failure([](auto in) { return in | op::enrich_cached("square", square_of, not_at_40, 1h, 9); }, workers),
                ::testing::ContainsRegex("step \"square\": mapper threw on worker .*: boom"));
  }
}

TEST(EnrichCached, TakesErrorPoliciesAsAMapDoes) {
  std::vector<int> expected;
  for (const int n : expected_of(50)) {
    if (n / 100 % 10 != 3 && n / 100 != 40) {
      expected.push_back(n);
    }
  }
  expect_everywhere(
      numbers(50), [](auto in) { return in | op::skip_errors(op::enrich_cached("square", no_3, not_at_40, 1h, 9)); },
      expected);
  for (const int failed : {3, 13, 23, 33, 43, 40}) {
    expected.push_back(-failed);
  }
  const auto caught = [](auto in) {
    const auto [good, bad] = in | op::catch_errors(op::enrich_cached("square", no_3, not_at_40, 1h, 9));
    return op::merge("all", good, bad | op::map("failed", [](const Failed<int>& each) {
                                    EXPECT_EQ(each.error, "boom");
                                    return -each.item;
                                  }));
  };
  expect_everywhere(numbers(50), caught, expected);

  Dataflow flow{"counted"};
  flow.input("in", testing::Scripted<int>{numbers(50, 1)}) |
      op::skip_errors(op::enrich_cached("square", no_3, not_at_40, kForEver, 10)) |
      op::output("out", testing::Collected<int>{});
  RunOptions options;
  options.workers = 1;
  const StepReport report = report_of(run(flow, options), "square");
  EXPECT_EQ(report.counters.at("misses"), 9U + 5U) << "each of the nine good ones once, the bad one each time";
  EXPECT_EQ(report.counters.at("hits"), 50U - 1U - 14U);
}

TEST(EnrichCached, GivesTheSameThoughTheRunIsInterrupted) {
  auto out = testing::run_over_aborted(
      numbers(300), [](auto in) { return in | op::enrich_cached("square", square_of, last_digits_square, 1h, 4); },
      {.at = {11, 60, 60, 60, 150}});
  std::ranges::sort(out);
  EXPECT_EQ(out, expected_of(300));
}

/// What a BuildError says.
std::string refusal(std::chrono::nanoseconds time_to_live, std::size_t max_entries) {
  Dataflow flow{"flow"};
  try {
    static_cast<void>(flow.input("in", testing::Scripted<int>{{}}) |
                      op::enrich_cached("square", square_of, last_digits_square, time_to_live, max_entries));
  } catch (const BuildError& error) {
    return error.what();
  }
  return "it was accepted";
}

TEST(EnrichCached, RefusesValuesThatDoNotLastAndCachesOfNothing) {
  EXPECT_EQ(refusal(0s, 1), "step \"square\": time_to_live is 0 ns; it must be positive, and at most 36 years");
  EXPECT_EQ(refusal(-1ns, 1), "step \"square\": time_to_live is -1 ns; it must be positive, and at most 36 years");
  EXPECT_EQ(refusal(1s, 0), "step \"square\": max_entries is 0; it must be at least 1");
  EXPECT_EQ(refusal(kForEver, 1), "it was accepted");
}

}  // namespace
}  // namespace weir
