#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "weir/testing_recovery.hpp"

namespace weir {
namespace {

using Number = std::pair<std::string, int>;

/// Items at which a step threw, and what the exceptions said.
template <typename T>
using Failures = std::vector<std::pair<T, std::string>>;

[[noreturn]] void boom() { throw std::domain_error{"boom"}; }
int same(int n) { return n; }
int at_50(int n) { return n == 50 ? (boom(), n) : n; }

template <typename T>
std::vector<T> sorted(std::vector<T> items) {
  std::ranges::sort(items);
  return items;
}

std::uint64_t items_of(const RunReport& report, const std::string& step_id) {
  for (const StepReport& step : report.steps) {
    if (step.step_id == step_id) {
      return step.items;
    }
  }
  ADD_FAILURE() << "no step is called " << step_id;
  return 0;
}

/// Calls `check(options)` with every worker count and both exchange modes.
void everywhere(const std::function<void(const RunOptions&)>& check) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    for (const ExchangeMode mode : {ExchangeMode::kCereal, ExchangeMode::kMove}) {
      SCOPED_TRACE(std::to_string(workers) + " workers, " + (mode == ExchangeMode::kMove ? "move" : "cereal"));
      RunOptions options;
      options.workers = workers;
      options.exchange = mode;
      check(options);
    }
  }
}

/// Expects that `step` gives these results and fails at these items, under both policies.
/// @param policy  nothing, or `copy_before`
template <typename T, typename Step, typename U, typename... Policy>
void expect_policies_of_run(const RunOptions& options, const std::vector<std::vector<T>>& partitions, const Step& step,
                            const std::vector<U>& results, const Failures<T>& failures, Policy... policy) {
  Dataflow skipping{"skipping"};
  const testing::Collected<U> kept;
  skipping.input("in", testing::Scripted<T>{partitions}) | op::skip_errors(step, policy...) | op::output("out", kept);
  const RunReport report = run(skipping, options);
  EXPECT_EQ(sorted(kept.items()), sorted(results));
  EXPECT_EQ(items_of(report, "step.skipped"), failures.size());

  Dataflow catching{"catching"};
  const testing::Collected<U> made;
  const testing::Collected<Failed<T>> caught;
  const auto [out, failed] = catching.input("in", testing::Scripted<T>{partitions}) | op::catch_errors(step, policy...);
  out | op::output("out", made);
  failed | op::output("failed", caught);
  run(catching, options);
  Failures<T> found;
  for (Failed<T>& each : caught.items()) {
    found.emplace_back(std::move(each.item), std::move(each.error));
  }
  EXPECT_EQ(sorted(made.items()), sorted(results));
  EXPECT_EQ(sorted(found), sorted(failures));
}

template <typename T, typename Step, typename U, typename... Policy>
void expect_policies(const std::vector<std::vector<T>>& partitions, const Step& step, std::vector<U> results,
                     Failures<T> failures, Policy... policy) {
  everywhere([&](const RunOptions& options) {
    expect_policies_of_run(options, partitions, step, results, failures, policy...);
  });
}

/// The numbers below `count`, but for these.
std::vector<int> numbers_without(int count, const std::vector<int>& poisoned) {
  std::vector<int> left;
  for (int n = 0; n < count; ++n) {
    if (std::ranges::find(poisoned, n) == poisoned.end()) {
      left.push_back(n);
    }
  }
  return left;
}

Failures<int> failures_of(const std::vector<int>& poisoned) {
  Failures<int> failures;
  for (const int n : poisoned) {
    failures.emplace_back(n, "boom");
  }
  return failures;
}

class AStepWithAPolicyGivenPoisonedItems : public ::testing::TestWithParam<std::vector<int>> {
 protected:
  static constexpr int kCount = 200;

  /// Throws at what is poisoned.
  [[nodiscard]] auto checked() const {
    return
        [poisoned = GetParam()](int n) { return std::ranges::find(poisoned, n) == poisoned.end() ? n : (boom(), n); };
  }

  /// Expects that only the poisoned items are missing from what the step does with numbers.
  template <typename Step, typename Result>
  void expect(const Step& step, Result result) {
    using U = std::invoke_result_t<Result, int>;
    std::vector<U> results;
    for (const int n : numbers_without(kCount, GetParam())) {
      results.push_back(result(n));
    }
    expect_policies(numbers(kCount), step, std::move(results), failures_of(GetParam()));
  }

  [[nodiscard]] std::vector<std::vector<Number>> keyed() const {
    std::vector<std::vector<Number>> partitions(3);
    for (int n = 0; n < kCount; ++n) {
      partitions[static_cast<std::size_t>(n % 3)].emplace_back("k" + std::to_string(n % 7), n);
    }
    return partitions;
  }

  /// Likewise with numbers under keys.
  template <typename Step, typename Result>
  void expect_keyed(const Step& step, Result result) {
    using U = std::pair<std::string, std::invoke_result_t<Result, int>>;
    std::vector<U> results;
    Failures<Number> failures;
    for (const auto& partition : keyed()) {
      for (const auto& [key, n] : partition) {
        if (std::ranges::find(GetParam(), n) == GetParam().end()) {
          results.emplace_back(key, result(n));
        } else {
          failures.emplace_back(Number{key, n}, "boom");
        }
      }
    }
    expect_policies(keyed(), step, std::move(results), std::move(failures));
  }
};

TEST_P(AStepWithAPolicyGivenPoisonedItems, WhenItMapsThenOnlyTheseAreMissing) {
  expect(op::map("step", checked()), [](int n) { return n; });
  expect(op::map("step", [check = checked()](int n) { return std::to_string(check(n)); }),
         [](int n) { return std::to_string(n); });
  expect(op::filter_map("step", [check = checked()](int n) { return std::optional{check(n)}; }),
         [](int n) { return n; });
}

TEST_P(AStepWithAPolicyGivenPoisonedItems, WhenItFiltersOrLooksThenOnlyTheseAreMissing) {
  expect(op::filter("step", [check = checked()](int n) { return check(n) >= 0; }), [](int n) { return n; });
  expect(op::inspect("step", [check = checked()](int n) { check(n); }), [](int n) { return n; });
}

TEST_P(AStepWithAPolicyGivenPoisonedItems, WhenItMakesKeysThenOnlyTheseAreMissing) {
  expect(op::key_on("step", [check = checked()](int n) { return check(n) % 5; }),
         [](int n) { return std::pair{n % 5, n}; });
}

TEST_P(AStepWithAPolicyGivenPoisonedItems, WhenItWorksOnValuesThenOnlyTheseAreMissing) {
  expect_keyed(op::map_value("step", checked()), same);
  expect_keyed(op::filter_value("step", [check = checked()](int n) { return check(n) >= 0; }), same);
  expect_keyed(op::filter_map_value("step", [check = checked()](int n) { return std::optional{check(n)}; }), same);
  expect_keyed(op::flat_map_value("step", [check = checked()](int n) { return std::vector{check(n)}; }), same);
}

TEST_P(AStepWithAPolicyGivenPoisonedItems, WhenItHasSeveralOutputsThenOnlyTheseAreMissing) {
  const auto even = [check = checked()](int n) { return check(n) % 2 == 0; };
  const auto half = [check = checked()](int n) {
    return check(n) % 2 == 0 ? std::variant<int, std::string>{n / 2} : std::to_string(n);
  };
  const auto left = numbers_without(kCount, GetParam());
  expect_everywhere(
      numbers(kCount),
      [&](auto in) {
        const auto [streams, failed] = in | op::catch_errors(op::branch("even", even));
        return op::merge("all", streams.first, streams.second);
      },
      left);
  expect_everywhere(
      numbers(kCount),
      [&](auto in) {
        const auto [evens, odds] = in | op::skip_errors(op::split("even", even));
        return op::merge("all", evens, odds);
      },
      left);
  std::vector<int> halves;
  for (const int n : left) {
    halves.insert(halves.end(), n % 2 == 0 ? 1 : 0, n / 2);
  }
  expect_everywhere(
      numbers(kCount), [&](auto in) { return std::get<0>(in | op::skip_errors(op::try_map("half", half))); }, halves);
}

TEST_P(AStepWithAPolicyGivenPoisonedItems, WhenItMakesContainersThenOnlyTheirsAreMissing) {
  std::vector<int> copies;
  const auto count = [](int n) { return static_cast<std::size_t>(n % 50 == 0 ? 3'000 : n % 3); };
  for (const int n : numbers_without(kCount, GetParam())) {
    copies.insert(copies.end(), count(n), n);
  }
  // A large container is interrupted; the items of its batch then wait.
  expect_policies(
      numbers(kCount),
      op::flat_map("step", [check = checked(), count](int n) { return std::vector<int>(count(n), check(n)); }), copies,
      failures_of(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(OnError, AStepWithAPolicyGivenPoisonedItems,
                         ::testing::Values(std::vector<int>{}, std::vector{0}, std::vector{101}, std::vector{199},
                                           std::vector{0, 1, 2, 51, 52, 100, 197, 198, 199}));

TEST(AStepWithAPolicy, MayFailAtEveryItem) {
  expect_policies(
      std::vector<std::vector<std::string>>{{"a", "b"}, {"c"}},
      op::map("step", [](const std::string& text) -> int { throw std::runtime_error{"no number: " + text}; }),
      std::vector<int>{}, Failures<std::string>{{"a", "no number: a"}, {"b", "no number: b"}, {"c", "no number: c"}});
}

TEST(AStepWithAPolicy, GivesBackItemsAsTheyCame) {
  const auto spoil = [](std::string&& text) {
    const std::string taken = std::move(text);
    text = "spoilt";
    return taken.size() > 30 ? (boom(), taken) : taken;
  };
  const std::string text = "a text that is too long to be in its object";
  expect_policies(std::vector<std::vector<std::string>>{{"a", text, "b"}}, op::map("step", spoil),
                  std::vector<std::string>{"a", "b"}, Failures<std::string>{{text, "boom"}});
}

TEST(AStepWithAPolicy, MayBeOneThatAFunctionAdds) {
  expect_policies(
      numbers(4),
      [](const Stream<int>& in) { return in | op::map("step", [](int n) { return n == 2 ? (boom(), n) : n; }); },
      std::vector<int>{0, 1, 3}, failures_of({2}));
}

TEST(AStepWithAPolicy, TellsOfExceptionsThatAreNoStandardOnes) {
  expect_policies(numbers(3), op::map("step", [](int n) { return n == 1 ? throw n : n; }), std::vector<int>{0, 2},
                  Failures<int>{{1, "an exception that is no std::exception"}});
}

TEST(SkipErrors, TakesItemsThatCannotBeCopied) {
  const auto box = [](int n) { return std::make_unique<int>(n); };
  expect_everywhere(
      numbers(9),
      [&](auto in) {
        return in | op::map("box", box) | op::skip_errors(op::map("unbox", [](std::unique_ptr<int> boxed) {
                 return *boxed % 2 == 0 ? *boxed : (boom(), 0);
               }));
      },
      std::vector<int>{0, 2, 4, 6, 8});
}

TEST(SkipErrors, HasRunMainSayHowManyItemsWereLeftOut) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto run_program = [](const std::vector<int>& poisoned) {
    Dataflow flow{"program"};
    flow.input("in", testing::Scripted<int>{numbers(9)}) |
        op::skip_errors(op::map(
            "parse",
            [&poisoned](int n) { return std::ranges::find(poisoned, n) == poisoned.end() ? n : (boom(), n); })) |
        op::output("out", testing::Collected<int>{});
    const char* const arguments[] = {"program", "--log-level", "off"};
    return run_main(std::move(flow), 3, arguments);
  };
  EXPECT_EXIT(std::exit(run_program({1, 7})), ::testing::ExitedWithCode(0),
              "^step \"parse\": 2 items at which its logic threw were left out\n$");
  EXPECT_EXIT(std::exit(run_program({1})), ::testing::ExitedWithCode(0),
              "^step \"parse\": 1 item at which its logic threw was left out\n$");
  EXPECT_EXIT(std::exit(run_program({})), ::testing::ExitedWithCode(0), "^$");
}

/// Yields `n` items, and then throws if `n` is odd.
Generator<int> count_to(int n) {
  for (int i = 0; i < n; ++i) {
    co_yield i;
  }
  if (n % 2 == 1) {
    boom();
  }
}

TEST(FlatMapWithAPolicy, KeepsWhatARangeGaveBeforeItThrew) {
  // Some throw at once, others after they were interrupted, and others come to wait behind those.
  const std::vector<int> lengths{0, 1, 2, 5'001, 3, 4'000, 1, 1'025, 7, 1'024, 1'023};
  std::vector<int> counted;
  Failures<int> failures;
  for (const int n : lengths) {
    for (int i = 0; i < n; ++i) {
      counted.push_back(i);
    }
    if (n % 2 == 1) {
      failures.emplace_back(n, "boom");
    }
  }
  expect_policies(std::vector<std::vector<int>>{lengths, {}}, op::flat_map("step", count_to), counted, failures);
  const auto in_order = testing::run_over(
      std::vector<std::vector<int>>{lengths},
      [](auto in) { return in | op::skip_errors(op::flat_map("step", count_to)); }, 1);
  EXPECT_EQ(in_order, counted);
}

TEST(FlatMapWithAPolicy, TakesRangesThatThrowWhereTheyBeginAndWhereTheyEnd) {
  const auto begins = [](int n) {
    return std::views::iota(n) | std::views::filter([n](int) { return n != 1 || (boom(), true); }) |
           std::views::take(2);
  };
  expect_policies(numbers(3), op::flat_map("step", begins), std::vector<int>{0, 1, 2, 3}, failures_of({1}));
  const auto ends = [](int n) {
    return std::views::iota(n) |
           std::views::take_while([n](int i) { return i < n + 2 || (n == 1 ? (boom(), true) : false); });
  };
  expect_policies(numbers(3), op::flat_map("step", ends), std::vector<int>{0, 1, 1, 2, 2, 3}, failures_of({1}));
}

TEST(FlatMapWithAPolicy, GoesOnBehindOneThatIsInterruptedToo) {
  const auto many = [](int n) { return std::vector<int>(100, n); };
  const auto once_or_never = [](int n) {
    return n % 3 == 1 ? (boom(), std::vector<int>{}) : std::vector<int>(1'200, n);
  };
  expect_everywhere(
      numbers(6, 2),
      [&](auto in) {
        return in | op::skip_errors(op::flat_map("many", many)) | op::skip_errors(op::flat_map("some", once_or_never)) |
               op::key_on("key", [](int n) { return n; }) |
               op::count_final("count", [](const std::pair<int, int>& item) { return item.first; });
      },
      std::vector<std::pair<int, std::uint64_t>>{{0, 120'000}, {2, 120'000}, {3, 120'000}, {5, 120'000}});
}

// Keyed steps. All logics below change the state, and then throw at a negative number.
int checked(int n) { return n < 0 ? (boom(), n) : n; }

void add(int& sum, int n) {
  sum += 1'000;
  sum += checked(n) - 1'000;
}

/// Emits before it changes the state and throws, and forgets the key at 0.
struct Sum {
  using State = std::vector<int>;
  using Output = int;
  void on_item(const std::string& /*key*/, std::optional<State>& seen, int&& n, KeyedEmit<std::string, int>& emit) {
    if (!seen) {
      seen.emplace();
    }
    emit(static_cast<int>(seen->size()));
    seen->push_back(n);
    if (n == -1) {
      seen.reset();
    }
    if (checked(n) == 0) {
      seen.reset();
    }
  }
};

class AKeyedStepWithAPolicy : public ::testing::Test {
 protected:
  std::vector<std::vector<Number>> in_{
      {{"new", -3}, {"a", 1}, {"a", -2}, {"a", 2}, {"b", -9}, {"b", 5}, {"a", -1}, {"a", 3}}};
  Failures<Number> failures_{{{"new", -3}, "boom"}, {{"a", -2}, "boom"}, {{"b", -9}, "boom"}, {{"a", -1}, "boom"}};

  template <typename Step, typename U>
  void expect(const Step& step, std::vector<U> results) {
    expect_policies(in_, step, std::move(results), failures_, copy_before);
  }
};

TEST_F(AKeyedStepWithAPolicy, LeavesTheStateOfAScanAsItWas) {
  expect(
      op::scan("step", [] { return 100; }, add), std::vector<Number>{{"a", 101}, {"a", 103}, {"b", 105}, {"a", 106}});
}

TEST_F(AKeyedStepWithAPolicy, LeavesTheStateOfAFoldAsItWas) {
  expect(op::fold(
             "step", [] { return 100; }, add, [](int sum) { return sum == 106 || sum == 105; }),
         std::vector<Number>{{"a", 106}, {"b", 105}});
}

TEST_F(AKeyedStepWithAPolicy, LeavesTheStateOfAReduceAsItWas) {
  // The first value of a key is not shown to a reducer, but to the completion test.
  const auto add_up = [](int& sum, int n) { add(sum, n); };
  expect(op::reduce("step", add_up, [](int sum) { return checked(sum) >= 5; }),
         std::vector<Number>{{"b", 5}, {"a", 6}});
}

TEST_F(AKeyedStepWithAPolicy, PutsOutNothingOfAFailingItem) {
  expect(op::stateful("step", Sum{}), std::vector<Number>{{"a", 0}, {"a", 1}, {"b", 0}, {"a", 2}});
}

TEST_F(AKeyedStepWithAPolicy, LeavesTheStateOfMappersAsItWas) {
  expect(op::stateful_map("step",
                          [](std::optional<int>& sum, int n) {
                            const int before = sum.value_or(0);
                            sum.reset();
                            sum = before + checked(n);
                            return *sum;
                          }),
         std::vector<Number>{{"a", 1}, {"a", 3}, {"b", 5}, {"a", 6}});
  expect(op::stateful_flat_map("step",
                               [](std::optional<int>& sum, int n) {
                                 sum = sum.value_or(0) + n;
                                 return std::vector<int>(2, *sum + 0 * checked(n));
                               }),
         std::vector<Number>{{"a", 1}, {"a", 1}, {"a", 3}, {"a", 3}, {"b", 5}, {"b", 5}, {"a", 6}, {"a", 6}});
}

TEST_F(AKeyedStepWithAPolicy, LeavesTheStateOfAFinalFoldAsItWas) {
  expect(op::fold_final("step", [] { return 0; }, add), std::vector<Number>{{"a", 6}, {"b", 5}});
}

TEST_F(AKeyedStepWithAPolicy, KnowsNoKeyThatCameWithAFailingItemOnly) {
  everywhere([&](const RunOptions& options) {
    Dataflow flow{"flow"};
    flow.input("in", testing::Scripted<Number>{in_}) |
        op::skip_errors(op::scan(
                            "step", [] { return 0; }, add),
                        copy_before) |
        op::output("out", testing::Collected<Number>{});
    const RunReport report = run(flow, options);
    EXPECT_EQ(report.steps[1].step_id, "step");
    EXPECT_EQ(report.steps[1].items, 8U);
    EXPECT_EQ(report.steps[1].keys_held, 2U);
  });
}

TEST_F(AKeyedStepWithAPolicy, DoesSoWithMoreKeysThanTheProcessorsCacheHolds) {
  constexpr int kKeys = 50'000;
  std::vector<std::vector<std::pair<std::int64_t, int>>> numbers(2);
  std::vector<std::pair<std::int64_t, int>> sums;
  Failures<std::pair<std::int64_t, int>> failures;
  for (const int n : {1, -1, 2}) {
    for (std::int64_t key = 0; key < kKeys; ++key) {
      const bool fails = n < 0 && key % 100 == 0;
      numbers[static_cast<std::size_t>(key % 2)].emplace_back(key, n < 0 && !fails ? 5 : n);
      if (fails) {
        failures.emplace_back(std::pair{key, n}, "boom");
      } else {
        const int before = n == 1 ? 0 : n < 0 ? 1 : key % 100 == 0 ? 1 : 6;
        sums.emplace_back(key, before + (n < 0 ? 5 : n));
      }
    }
  }
  RunOptions options;
  options.workers = 1;  // which has all of them
  expect_policies_of_run(options, numbers, op::scan("step", [] { return 0; }, add), sums, failures, copy_before);
}

TEST(AKeyedStepBehindAPolicy, StaysWhereTheKeyIs) {
  // No second exchange: the guarded step leaves its output partitioned.
  Dataflow flow{"flow"};
  flow.input("in", testing::Scripted<Number>{{{{"a", 1}, {"b", 2}}}}) |
      op::skip_errors(op::scan(
                          "first", [] { return 0; }, add),
                      copy_before) |
      op::scan("second", [] { return 0; }, add) | op::output("out", Callback{[](const Number&) {}});
  RunOptions options;
  options.workers = 4;
  options.profile = true;
  const RunReport report = run(flow, options);
  for (const WorkerProfile& worker : report.profile) {
    EXPECT_EQ(worker.steps[3].step_id, "second");
    EXPECT_EQ(worker.steps[3].serialized_bytes, 0U);
  }
}

TEST(CountFinalWithAPolicy, LeavesOutItemsThatHaveNoKey) {
  const auto key_of = [](int n) { return n % 10 == 3 ? (boom(), 0) : n % 2; };
  for (const bool combined : {false, true}) {
    expect_everywhere(
        numbers(100),
        [&](auto in) {
          return combined ? in | op::skip_errors(op::count_final("count", key_of).combined())
                          : in | op::skip_errors(op::count_final("count", key_of));
        },
        std::vector<std::pair<int, std::uint64_t>>{{0, 50}, {1, 40}});
  }
}

/// Runs a flow and expects that a step stopped it.
void expect_stopped(const std::string& step_id, const std::function<void(Stream<int>)>& add_steps) {
  everywhere([&](const RunOptions& options) {
    Dataflow flow{"flow"};
    add_steps(flow.input("in", testing::Scripted<int>{numbers(100)}));
    try {
      run(flow, options);
      ADD_FAILURE() << "nothing stopped it";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), step_id);
    }
  });
}

template <typename U>
auto to_nowhere() {
  return op::output("out", testing::Collected<U>{});
}

TEST(AStepBehindOneWithAPolicy, StopsTheRunUnderItsOwnName) {
  const auto key = op::key_on("key", [](int) { return std::string{"k"}; });
  expect_stopped("later", [&](Stream<int> in) {
    in | op::skip_errors(op::map("step", same)) | op::map("later", at_50) | to_nowhere<int>();
  });
  expect_stopped("later", [&](Stream<int> in) {
    (in | op::catch_errors(op::map("step", same))).first | op::filter("between", [](int) { return true; }) |
        op::map("later", at_50) | to_nowhere<int>();
  });
  expect_stopped("later", [&](Stream<int> in) {
    in | op::skip_errors(op::flat_map("step", [](int n) { return std::vector<int>(3'000, n); })) |
        op::map("later", at_50) | to_nowhere<int>();
  });
  expect_stopped("later", [&](Stream<int> in) {
    in | key |
        op::skip_errors(op::scan(
                            "step", [] { return 0; }, [](int& last, int n) { last = n; }),
                        copy_before) |
        op::map_value("later", at_50) | to_nowhere<Number>();
  });
}

TEST(AStepOnAStreamOfFailures, StopsTheRunUnderItsOwnName) {
  expect_stopped("later", [](Stream<int> in) {
    (in | op::catch_errors(op::map("step", at_50))).second |
        op::map("later", [](const Failed<int>& failed) { return failed.item == 50 ? (boom(), 0) : 0; }) |
        to_nowhere<int>();
  });
}

TEST(AStepOnAStreamOfFailures, MayHaveAPolicyToo) {
  expect_everywhere(
      numbers(100),
      [](auto in) {
        const auto [good, bad] =
            in | op::catch_errors(op::map("first", [](int n) { return n % 10 == 0 ? (boom(), n) : n; }));
        return bad | op::map("item", [](const Failed<int>& failed) { return failed.item; }) |
               op::skip_errors(op::map("second", at_50));
      },
      std::vector<int>{0, 10, 20, 30, 40, 60, 70, 80, 90});
}

TEST(AStepWithAPolicy, StopsTheRunForWantOfMemory) {
  const auto starve = [](int n) { return n == 50 ? throw std::bad_alloc{} : n; };
  expect_stopped("step", [&](Stream<int> in) { in | op::skip_errors(op::map("step", starve)) | to_nowhere<int>(); });
}

/// Throws at the end of the input.
struct FailsAtEnd {
  using State = int;
  using Output = int;
  void on_item(int /*key*/, std::optional<int>& state, int&& n, KeyedEmit<int, int>& /*emit*/) { state = n; }
  void on_end(int /*key*/, std::optional<int>& /*state*/, KeyedEmit<int, int>& /*emit*/) { boom(); }
};

TEST(AStepWithAPolicy, StopsTheRunByWhatItThrowsAtTheEndOfTheInput) {
  expect_stopped("step", [](Stream<int> in) {
    in | op::key_on("key", same) | op::skip_errors(op::stateful("step", FailsAtEnd{}), copy_before) | op::key_rm("rm") |
        to_nowhere<int>();
  });
}

/// Cannot be copied once it has the number 50.
struct Fragile {
  int number = 0;
  Fragile() = default;
  explicit Fragile(int n) : number{n} {}
  Fragile(const Fragile& other) : number{at_50(other.number)} {}
  Fragile(Fragile&&) = default;
  Fragile& operator=(const Fragile&) = default;
  Fragile& operator=(Fragile&&) = default;
  ~Fragile() = default;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};

TEST(AStreamThatCannotBeCopiedToTwo, StopsTheRunThoughTheStepBeforeHasAPolicy) {
  everywhere([](const RunOptions& options) {
    Dataflow flow{"flow"};
    const auto look = [](const std::pair<int, Fragile>&) {};
    const auto boxed = flow.input("in", testing::Scripted<int>{numbers(100)}) | op::key_on("key", same) |
                       op::skip_errors(op::stateful_map("step",
                                                        [](std::optional<int>& state, int n) {
                                                          state = n;
                                                          return Fragile{n};
                                                        }),
                                       copy_before);
    boxed | op::output("one", Callback{look});
    boxed | op::output("two", Callback{look});
    EXPECT_THROW(run(flow, options), std::domain_error);
  });
}

TEST(AggregatesWithAPolicy, LeaveAValueOutAtWhichByThrowsThoughItIsTheFirst) {
  const auto by = [](int n) { return n == 5 ? (boom(), n) : n; };
  const std::vector<std::vector<Number>> values{{{"a", 5}, {"a", 1}, {"a", 2}}};
  const Failures<Number> failures{{{"a", 5}, "boom"}};
  expect_policies(values, op::min_final("step", by), std::vector<Number>{{"a", 1}}, failures, copy_before);
  expect_policies(values, op::max_final("step", by), std::vector<Number>{{"a", 2}}, failures, copy_before);
  using Greatest = std::pair<std::string, std::vector<int>>;
  expect_policies(values, op::top_n_final("step", 3, by), std::vector<Greatest>{{"a", {2, 1}}}, failures, copy_before);
}

/// What a BuildError says.
std::string refusal(const std::function<void(Stream<int>)>& add_steps) {
  Dataflow flow{"flow"};
  try {
    add_steps(flow.input("in", testing::Scripted<int>{{}}));
  } catch (const BuildError& error) {
    return error.what();
  }
  return "it was accepted";
}

TEST(SkipErrors, RefusesStepsThatAreMadeOfSeveral) {
  const auto two = [](const Stream<int>& in) { return in | op::map("one", same) | op::map("two", same); };
  EXPECT_EQ(refusal([&](Stream<int> in) { static_cast<void>(in | op::skip_errors(two)); }),
            "dataflow \"flow\": skip_errors: it wraps one step, and was given several: \"one\", \"two\"; wrap each "
            "that may throw");
  const auto batch = op::flat_map_batch("batch", [](std::vector<int> items) { return items; });
  EXPECT_EQ(refusal([&](Stream<int> in) { static_cast<void>(in | op::catch_errors(batch)); }),
            "dataflow \"flow\": catch_errors: it wraps one step, and was given several: \"batch.batch\", "
            "\"batch\"; wrap each that may throw");
  const auto nothing = [](const Stream<int>& in) { return in; };
  EXPECT_THAT(refusal([&](Stream<int> in) { static_cast<void>(in | op::skip_errors(nothing)); }),
              ::testing::HasSubstr("was given none"));
}

TEST(SkipErrors, RefusesStepsThatReadAnotherStream) {
  const auto read_other = [](const Stream<int>& other) {
    return [other](const Stream<int>&) { return other | op::map("step", same); };
  };
  EXPECT_EQ(refusal([&](Stream<int> in) {
              static_cast<void>(in | op::map("before", same) | op::skip_errors(read_other(in)));
            }),
            "dataflow \"flow\": skip_errors: step \"step\" must read the stream before the pipe, and no other");
  EXPECT_THAT(
      refusal([&](Stream<int> in) {
        static_cast<void>(in | op::skip_errors([&](const Stream<int>& up) { return op::merge("all", up, in); }));
      }),
      ::testing::HasSubstr("and no other"));
}

/// A keyed step that cannot be told from others when it is compiled.
Stream<std::pair<int, int>> latest(const Stream<std::pair<int, int>>& in) {
  return in | op::stateful_map("latest", [](std::optional<int>& last, int n) { return last.emplace(n); });
}

/// A state that can be moved only.
struct Only {
  int number = 0;
  Only() = default;
  Only(Only&&) = default;
  Only& operator=(Only&&) = default;
  Only(const Only&) = delete;
  Only& operator=(const Only&) = delete;
  ~Only() = default;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};

TEST(SkipErrors, RefusesKeyedStepsThatDoNotOrCannotCopyTheirState) {
  EXPECT_EQ(refusal([](Stream<int> in) { static_cast<void>(in | op::key_on("key", same) | op::skip_errors(latest)); }),
            "dataflow \"flow\": skip_errors: step \"latest\" keeps a state for every key, which its logic may have "
            "changed when it throws; have the state copied first, by skip_errors(step, weir::copy_before)");
  EXPECT_EQ(refusal([](Stream<int> in) {
              static_cast<void>(in | op::key_on("key", same) | op::skip_errors(latest, copy_before));
            }),
            "it was accepted");
  const auto only = op::stateful_map("only", [](std::optional<Only>& last, int n) {
    last.emplace().number = n;
    return n;
  });
  EXPECT_EQ(refusal([&](Stream<int> in) {
              static_cast<void>(in | op::key_on("key", same) | op::catch_errors(only, copy_before));
            }),
            "dataflow \"flow\": catch_errors: the state of step \"only\" cannot be copied before its logic sees an "
            "item; make it copyable");
}

// Interrupted runs.
TEST(AStepWithAPolicy, GivesEachFailingItemExactlyOnceThoughTheRunIsInterrupted) {
  const auto steps = [](auto in) {
    const auto [good, bad] = in | op::catch_errors(op::map("step", [](int n) { return n % 3 == 0 ? (boom(), n) : n; }));
    return op::merge("all", good, bad | op::map("negative", [](const Failed<int>& failed) { return -failed.item; }));
  };
  std::vector<int> expected;
  expected.reserve(200);
  for (int n = 0; n < 200; ++n) {
    expected.push_back(n % 3 == 0 ? -n : n);
  }
  const auto out = testing::run_over_aborted(numbers(200), steps, {.at = {7, 55, 40, 90, 33}});
  EXPECT_EQ(sorted(out), sorted(expected));
}

TEST(AKeyedStepWithACopy, GivesEachFailingItemExactlyOnceThoughTheRunIsInterrupted) {
  std::vector<std::vector<Number>> in(3);
  std::map<std::string, int> sums;
  std::vector<Number> expected;
  for (int n = 1; n < 300; ++n) {
    const std::string key = "k" + std::to_string(n % 9);
    const int value = n % 5 == 0 ? -n : n;
    in[static_cast<std::size_t>(n % 3)].emplace_back(key, value);
    expected.emplace_back(key, value < 0 ? value : sums[key] += value);
  }
  const auto steps = [](auto numbers) {
    const auto [good, bad] = numbers | op::catch_errors(op::scan("step", [] { return 0; }, add), copy_before);
    return op::merge("all", good, bad | op::map("item", [](const Failed<Number>& failed) { return failed.item; }));
  };
  const auto out = testing::run_over_aborted(in, steps, {.at = {11, 60, 60, 60, 150}});
  EXPECT_EQ(sorted(out), sorted(expected));
}

}  // namespace
}  // namespace weir
