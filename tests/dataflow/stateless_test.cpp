#include <algorithm>
#include <atomic>
#include <functional>
#include <latch>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "dataflow/every_worker_count.hpp"

namespace weir {
namespace {

std::vector<int> first(int count) {
  std::vector<int> all;
  for (int n = 0; n < count; ++n) {
    all.push_back(n);
  }
  return all;
}

TEST(Map, ReplacesEveryItem) {
  std::vector<std::string> expected;
  for (const int n : first(100)) {
    expected.push_back(std::to_string(n));
  }
  expect_everywhere(
      numbers(100), [](auto in) { return in | op::map("text", [](int n) { return std::to_string(n); }); }, expected);
}

TEST(Map, GivesEachWorkerItsOwnMoveOnlyLogic) {
  const auto logic =
      per_worker([](WorkerContext) { return [one = std::make_unique<int>(1)](int n) { return n + *one; }; });
  expect_everywhere(
      std::vector<std::vector<int>>{{1, 2}, {3}}, [&](auto in) { return in | op::map("add", logic); },
      std::vector<int>{2, 3, 4});
}

TEST(Filter, LetsThroughWhatThePredicateAccepts) {
  expect_everywhere(
      numbers(10), [](auto in) { return in | op::filter("even", [](int n) { return n % 2 == 0; }); },
      std::vector<int>{0, 2, 4, 6, 8});
}

TEST(FilterMap, DropsWhatBecomesNothing) {
  const auto half = [](int n) { return n % 2 == 0 ? std::optional{n / 2} : std::nullopt; };
  expect_everywhere(numbers(6), [&](auto in) { return in | op::filter_map("half", half); }, std::vector<int>{0, 1, 2});
}

TEST(FlatMap, EmitsEveryItemOfTheRange) {
  const auto copies = [](int n) { return std::vector<int>(static_cast<std::size_t>(n), n); };
  expect_everywhere(
      std::vector<std::vector<int>>{{0, 1, 2}, {3}}, [&](auto in) { return in | op::flat_map("copies", copies); },
      std::vector<int>{1, 2, 2, 3, 3, 3});
}

Generator<int> count_to(int n) {
  for (int i = 0; i < n; ++i) {
    co_yield i;
  }
}

TEST(FlatMap, TakesAGenerator) {
  expect_everywhere(
      std::vector<std::vector<int>>{{2}, {3}}, [](auto in) { return in | op::flat_map("count", count_to); },
      std::vector<int>{0, 0, 1, 1, 2});
}

TEST(FlatMap, KeepsTheOrderOfRangesThatAreLargerThanAWorkersShare) {
  const auto many = [](int n) { return std::views::iota(n * 10'000, (n + 1) * 10'000); };
  const auto twice = [](int n) { return std::vector<int>{n, n}; };
  std::vector<int> expected;
  for (int n = 0; n < 30'000; ++n) {
    expected.insert(expected.end(), 2, n);
  }
  for (const std::size_t workers : testing::kWorkerCounts) {
    const auto out = testing::run_over(
        std::vector<std::vector<int>>{{0, 1, 2}},
        [&](auto in) { return in | op::flat_map("many", many) | op::flat_map("twice", twice); }, workers);
    EXPECT_EQ(out, expected);
  }
}

TEST(ValueSteps, ChangeTheValueAndKeepTheKey) {
  using Keyed = std::pair<std::string, int>;
  const std::vector<std::vector<Keyed>> in{{{"a", 1}, {"b", 2}}, {{"a", 3}}};
  expect_everywhere(
      in,
      [](auto s) {
        return s | op::map_value("double", [](int n) { return n * 2; }) |
               op::filter_value("large", [](const int& n) { return n > 2; });
      },
      std::vector<Keyed>{{"a", 6}, {"b", 4}});
}

TEST(FilterMapValue, DropsItemsOfWhichItMakesNothingAndKeepsTheKeysOfTheOthers) {
  using Keyed = std::pair<std::string, int>;
  expect_everywhere(
      std::vector<std::vector<Keyed>>{{{"a", 1}, {"b", 2}}, {{"a", 4}}},
      [](auto in) {
        return in | op::filter_map_value("even_halves", [](int n) {
                 return n % 2 == 0 ? std::optional{std::to_string(n / 2)} : std::nullopt;
               });
      },
      std::vector<std::pair<std::string, std::string>>{{"b", "1"}, {"a", "2"}});
}

TEST(Flatten, GivesTheItemsInTheItems) {
  expect_everywhere(
      std::vector<std::vector<std::vector<std::string>>>{{{"a", "b"}, {}}, {{"c"}}},
      [](auto in) { return in | op::flatten("flat"); }, std::vector<std::string>{"a", "b", "c"});
}

TEST(Keys, ArePutOnAndTakenOff) {
  expect_everywhere(
      numbers(4),
      [](auto in) { return in | op::key_on("key", [](const int& n) { return n % 2; }) | op::key_rm("no_key"); },
      first(4));
}

TEST(Branch, SendsEachItemOneWay) {
  expect_everywhere(
      numbers(6),
      [](auto in) {
        const auto [even, odd] = in | op::branch("even", [](const int& n) { return n % 2 == 0; });
        return op::merge("all", even | op::map("tens", [](int n) { return n * 10; }), odd);
      },
      std::vector<int>{0, 20, 40, 1, 3, 5});
}

TEST(Split, SendsEachItemToTheFirstPredicateThatAcceptsItElseToTheLastStream) {
  expect_everywhere(
      numbers(9),
      [](auto in) {
        const auto [small, even, rest] =
            in | op::split("kinds", [](const int& n) { return n < 3; }, [](const int& n) { return n % 2 == 0; });
        return op::merge("all", small, even | op::map("tens", [](int n) { return n * 10; }),
                         rest | op::map("negate", [](int n) { return -n; }));
      },
      std::vector<int>{0, 1, 2, 40, 60, 80, -3, -5, -7});
}

TEST(Split, MakesAStreamOfEachAlternativeOfAVariant) {
  using Either = std::variant<int, std::string, int>;
  expect_everywhere(
      std::vector<std::vector<Either>>{{Either{std::in_place_index<0>, 1}, Either{"a"}},
                                       {Either{std::in_place_index<2>, 3}, Either{"b"}}},
      [](auto in) {
        const auto [first, text, third] = in | op::split("kinds");
        return op::merge("all", first | op::map("one", [](int n) { return "first " + std::to_string(n); }), text,
                         third | op::map("three", [](int n) { return "third " + std::to_string(n); }));
      },
      std::vector<std::string>{"first 1", "a", "third 3", "b"});
}

TEST(Merge, TakesStreamsOfDifferentStages) {
  expect_everywhere(
      numbers(2'000),
      [](auto in) {
        return op::merge("all", in | op::redistribute("deal"), in | op::map("negate", [](int n) { return -n - 1; }));
      },
      [] {
        std::vector<int> all = first(2'000);
        for (int n = 0; n < 2'000; ++n) {
          all.push_back(-n - 1);
        }
        return all;
      }());
}

TEST(Redistribute, LosesNothing) {
  expect_everywhere(numbers(5'000, 1), [](auto in) { return in | op::redistribute("deal"); }, first(5'000));
}

TEST(ATruthValue, CrossesWorkersAndBordersLikeAnyItem) {
  const auto odd = [](int n) { return n % 2 == 1; };
  std::vector<int> expected(5'000, 0);
  expected.resize(10'000, 1);
  expect_everywhere(
      numbers(5'000, 1),
      [&](auto in) {
        return op::merge("all", in | op::map("odd", odd) | op::redistribute("deal"),
                         in | op::map("even", std::not_fn(odd))) |
               op::map("number", [](bool truth) { return truth ? 1 : 0; });
      },
      expected);
}

TEST(Merge, TakesItemsFromOtherStagesThatCannotBeSerialized) {
  const auto box = [](int n) { return std::make_unique<int>(n); };
  expect_everywhere(
      numbers(2'000, 1),
      [&](auto in) {
        return op::merge("all", in | op::redistribute("deal") | op::map("box_one", box), in | op::map("box_two", box)) |
               op::map("unbox", [](std::unique_ptr<int> boxed) { return *boxed % 1'000; });
      },
      [] {
        std::vector<int> expected;
        for (int n = 0; n < 4'000; ++n) {
          expected.push_back(n % 1'000);
        }
        return expected;
      }());
}

TEST(Inspect, ShowsItemsAndPassesThemOn) {
  std::atomic<int> sum{0};
  const auto out = testing::run_over(
      numbers(10),
      [&](auto in) {
        return in | op::inspect("sum", [&](const int& n) { sum += n; }) |
               op::inspect_debug("where", [](const int&, Epoch epoch, WorkerIndex worker) {
                 EXPECT_GE(epoch.value, 1U);
                 EXPECT_LT(worker.value, 2U);
               });
      },
      2);
  EXPECT_EQ(out.size(), 10U);
  EXPECT_EQ(sum, 45);
}

TEST(AStream, IsCopiedToEveryConsumer) {
  expect_everywhere(
      std::vector<std::vector<std::string>>{{"a", "b"}},
      [](auto in) { return op::merge("all", in, in | op::map("twice", [](std::string s) { return s + s; }), in); },
      std::vector<std::string>{"a", "a", "aa", "b", "b", "bb"});
}

TEST(AStep, CanBeAFunctionOfStreams) {
  const auto evens_as_text = [](const Stream<int>& in) {
    return in | op::filter("even", [](int n) { return n % 2 == 0; }) |
           op::map("text", [](int n) { return std::to_string(n); });
  };
  expect_everywhere(numbers(4), [&](auto in) { return in | evens_as_text; }, std::vector<std::string>{"0", "2"});
}

TEST(TryMap, GivesAStreamOfEachAlternative) {
  const auto half = [](int n) -> std::variant<int, std::string> {
    if (n % 2 == 0) {
      return n / 2;
    }
    return std::to_string(n) + " is odd";
  };
  const auto steps = [&](auto in) {
    const auto [halves, errors] = in | op::try_map("half", half);
    return op::merge("all", halves | op::map("text", [](int n) { return std::to_string(n); }), errors);
  };
  expect_everywhere(numbers(6), steps, std::vector<std::string>{"0", "1", "2", "1 is odd", "3 is odd", "5 is odd"});
}

TEST(TryMap, TellsEqualAlternativesApart) {
  const auto which = [](int n) -> std::variant<int, int> {
    return n < 3 ? std::variant<int, int>{std::in_place_index<0>, n}
                 : std::variant<int, int>{std::in_place_index<1>, n};
  };
  expect_everywhere(
      numbers(6), [&](auto in) { return std::get<1>(in | op::try_map("which", which)); }, std::vector<int>{3, 4, 5});
}

TEST(FlatMapBatch, TakesManyItemsAtOnceAndLosesNone) {
  const auto steps = [](auto in) {
    return in |
           op::flat_map_batch(
               "batch",
               [](std::vector<int> batch) {
                 EXPECT_GE(batch.size(), 1U);
                 EXPECT_LE(batch.size(), 7U);
                 batch.push_back(-1);
                 return batch;
               },
               7) |
           op::filter("items", [](int n) { return n >= 0; });
  };
  expect_everywhere(numbers(1'000), steps, first(1'000));
  expect_everywhere(numbers(0), steps, std::vector<int>{});
}

TEST(FlatMapBatch, HoldsNoItemBackWhenNothingElseComes) {
  std::latch seen{3};
  Dataflow flow{"flow"};
  flow.input("in", testing::Scripted<int>{{{1, 2, 3}}, testing::Then::kPause}) |
      op::flat_map_batch("batch", [](std::vector<int> batch) { return batch; }) |
      op::output("out", Callback{[&seen](int) { seen.count_down(); }});
  RunHandle handle = start(flow);
  seen.wait();
  handle.stop();
  EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
}

TEST(FlatMapBatch, GoesOnWithARangeOfWhichNothingIsSentAtFirst) {
  std::latch seen{1};
  Dataflow flow{"flow"};
  flow.input("in", testing::Scripted<int>{{{5'000}}, testing::Then::kPause}) |
      op::flat_map_batch("count",
                         [](const std::vector<int>& batch) {
                           std::vector<int> all;
                           for (const int most : batch) {
                             for (int n = 1; n <= most; ++n) {
                               all.push_back(n);
                             }
                           }
                           return all;
                         }) |
      op::filter("last", [](int n) { return n == 5'000; }) |
      op::output("out", Callback{[&seen](int) { seen.count_down(); }});
  RunHandle handle = start(flow);
  seen.wait();
  handle.stop();
  EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
}

TEST(FlatMapBatch, RefusesBatchesOfNothing) {
  const auto same = [](std::vector<int> batch) { return batch; };
  EXPECT_THROW(static_cast<void>(op::flat_map_batch("batch", same, 0)), BuildError);
}

TEST(Broadcast, GivesEveryWorkerEveryItem) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    for (const ExchangeMode mode : {ExchangeMode::kCereal, ExchangeMode::kMove}) {
      const auto steps = [](auto in) {
        return in | op::broadcast("all") |
               op::map("where", per_worker([](WorkerContext worker) {
                         return [worker](std::string text) { return text + " " + std::to_string(worker.index.value); };
                       }));
      };
      std::vector<std::string> expected;
      std::vector<std::vector<std::string>> texts(3);
      for (int n = 0; n < 300; ++n) {
        texts[static_cast<std::size_t>(n % 3)].push_back("text number " + std::to_string(n));
        for (std::size_t worker = 0; worker < workers; ++worker) {
          expected.push_back("text number " + std::to_string(n) + " " + std::to_string(worker));
        }
      }
      auto found = testing::run_over(texts, steps, workers, mode);
      std::ranges::sort(found);
      std::ranges::sort(expected);
      EXPECT_EQ(found, expected) << workers << " workers";
    }
  }
}

TEST(Broadcast, KeepsTheOrderOfEachWorker) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    const auto steps = [](auto in) {
      return in | op::broadcast("all") |
             op::filter("on_the_last", per_worker([](WorkerContext worker) {
                          return [last = worker.index.value + 1 == worker.count.value](int) { return last; };
                        }));
    };
    EXPECT_EQ(testing::run_over(std::vector<std::vector<int>>{first(5'000)}, steps, workers), first(5'000));
  }
}

TEST(Raises, FailsTheRunWithTheItem) {
  const auto steps = [](auto in) {
    in | op::filter("large", [](int n) { return n > 8; }) |
        op::raises("no_large_ones", [](int n) { return std::to_string(n); });
    return in;
  };
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_EQ(testing::run_over(numbers(9), steps, workers).size(), 9U);
    try {
      testing::run_over(numbers(10), steps, workers);
      FAIL() << "it did not fail";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), "no_large_ones");
      EXPECT_NE(std::string{error.what()}.find("an item came: 9"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace weir
