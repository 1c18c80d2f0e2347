#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dataflow/every_worker_count.hpp"

namespace weir {
namespace {

using Click = std::pair<std::string, std::string>;

void join(std::string& so_far, std::string&& next) { so_far += " " + next; }
bool closes(const std::string& session) { return session.ends_with("close"); }

class ReduceGivenTwoOpenSessions : public ::testing::Test {
 protected:
  std::vector<Click> clicks_{{"ann", "open"}, {"bob", "open"}};

  void expect(std::vector<Click> sessions) {
    expect_everywhere(
        std::vector<std::vector<Click>>{clicks_}, [](auto in) { return in | op::reduce("session", join, closes); },
        std::move(sessions));
  }
};

TEST_F(ReduceGivenTwoOpenSessions, WhenNobodyClosesThenNothingIsEmitted) { expect({}); }

TEST_F(ReduceGivenTwoOpenSessions, WhenOneUserClosesThenOnlyThatSessionIsEmitted) {
  clicks_.emplace_back("ann", "close");
  expect({{"ann", "open close"}});
}

TEST_F(ReduceGivenTwoOpenSessions, WhenAUserComesBackThenANewSessionBegins) {
  clicks_.insert(clicks_.end(), {{"ann", "close"}, {"ann", "open"}, {"ann", "close"}});
  expect({{"ann", "open close"}, {"ann", "open close"}});
}

TEST_F(ReduceGivenTwoOpenSessions, WhenTheInputEndsThenTheReportCountsTheKeysLeft) {
  Dataflow flow{"sessions"};
  flow.input("clicks", testing::Scripted<Click>{{clicks_}}) | op::reduce("session", join, closes) |
      op::output("out", testing::Collected<Click>{});
  for (const std::size_t workers : testing::kWorkerCounts) {
    RunOptions options;
    options.workers = workers;
    const RunReport report = run(flow, options);
    EXPECT_EQ(report.steps[1].step_id, "session");
    EXPECT_EQ(report.steps[1].items, 2U);
    EXPECT_EQ(report.steps[1].keys_held, 2U);
  }
}

/// Adds up a key's numbers until one is 0; then emits the sum and forgets the key.
struct SumUntilZero {
  using State = std::int64_t;
  using Output = std::int64_t;
  void on_item(const std::int64_t& /*key*/, std::optional<State>& sum, std::int64_t&& number,
               KeyedEmit<std::int64_t, Output>& emit) const {
    sum = sum.value_or(0) + number;
    if (number == 0) {
      emit(*sum);
      sum.reset();
    }
  }
};

TEST(Stateful, KeepsApartMoreKeysThanTheProcessorsCacheHoldsWhileTheyComeAndGo) {
  constexpr std::int64_t kKeys = 50'000;
  using Number = std::pair<std::int64_t, std::int64_t>;
  std::vector<Number> numbers;
  std::vector<Number> sums;
  for (std::int64_t key = 0; key < kKeys; ++key) {
    numbers.emplace_back(key, key + 1);
    sums.insert(sums.end(), {{key, key + 3}, {key, 5}});
  }
  for (std::int64_t key = 0; key < kKeys; ++key) {
    numbers.insert(numbers.end(), {{key, 2}, {key, 0}, {key, 5}});
  }
  for (std::int64_t key = kKeys; key-- > 0;) {
    numbers.emplace_back(key, 0);
  }
  expect_everywhere(
      std::vector<std::vector<Number>>{numbers}, [](auto in) { return in | op::stateful("sum", SumUntilZero{}); },
      sums);
}

TEST(Fold, BeginsAnewForEachKeyAndAfterEachFoldThatIsComplete) {
  using Number = std::pair<char, int>;
  expect_everywhere(
      std::vector<std::vector<Number>>{{{'a', 1}, {'b', 9}, {'a', 2}, {'a', 0}, {'b', 0}, {'a', 0}, {'a', 4}}},
      [](auto in) {
        return in | op::fold(
                        "until_zero", [] { return std::vector<std::string>{"of"}; },
                        [](std::vector<std::string>& so_far, int&& n) { so_far.push_back(std::to_string(n)); },
                        [](const std::vector<std::string>& so_far) { return so_far.back() == "0"; });
      },
      std::vector<std::pair<char, std::vector<std::string>>>{
          {'a', {"of", "1", "2", "0"}}, {'a', {"of", "0"}}, {'b', {"of", "9", "0"}}});
}

TEST(Fold, TakesLogicThatEachWorkerMakes) {
  const auto doubled = per_worker([](WorkerContext) { return [](int& sum, int n) { sum += 2 * n; }; });
  expect_everywhere(
      std::vector<std::vector<std::pair<int, int>>>{{{1, 1}, {1, 2}, {2, 4}}},
      [&](auto in) { return in | op::fold("sum", [] { return 0; }, doubled, [](int sum) { return sum >= 6; }); },
      std::vector<std::pair<int, int>>{{1, 6}, {2, 8}});
}

TEST(Scan, EmitsTheFoldOfAKeyAfterEachOfItsValues) {
  using Number = std::pair<std::string, int>;
  const std::vector<std::vector<Number>> numbers{{{"a", 1}, {"b", 10}, {"a", 2}, {"a", 3}, {"b", 20}}};
  for (const std::size_t workers : testing::kWorkerCounts) {
    std::map<std::string, std::vector<int>> sums;
    for (const auto& [key, sum] : testing::run_over(
             numbers,
             [](auto in) { return in | op::scan("sum", [] { return 100; }, [](int& sum, int n) { sum += n; }); },
             workers)) {
      sums[key].push_back(sum);
    }
    EXPECT_EQ(sums, (std::map<std::string, std::vector<int>>{{"a", {101, 103, 106}}, {"b", {110, 130}}}));
  }
}

TEST(StatefulMap, SeesTheStateOfTheKeyAndMayDropIt) {
  const std::vector<std::vector<Click>> clicks{{{"ann", "a"}, {"bob", "b"}, {"ann", "c"}, {"ann", "d"}, {"ann", "e"}}};
  const auto steps = [](auto in) {
    return in | op::stateful_map("third", [](std::optional<std::string>& before, std::string click) {
             std::string all = before.value_or("") + click;
             before = all.size() < 3 ? std::optional{all} : std::nullopt;
             return all;
           });
  };
  expect_everywhere(clicks, steps,
                    std::vector<Click>{{"ann", "a"}, {"bob", "b"}, {"ann", "ac"}, {"ann", "acd"}, {"ann", "e"}});
}

TEST(StatefulFlatMap, EmitsEachElementUnderTheKeyHoweverManyThereAre) {
  using Number = std::pair<std::string, int>;
  const std::vector<std::vector<Number>> counts{{{"ann", 2}, {"bob", 5'000}, {"ann", 1}}};
  const auto steps = [](auto in) {
    return in | op::stateful_flat_map("next", [](std::optional<int>& last, int count) {
             std::vector<int> next;
             for (int i = 0; i < count; ++i) {
               next.push_back(last.emplace(last.value_or(0) + 1));
             }
             return next;
           });
  };
  std::vector<Number> expected{{"ann", 1}, {"ann", 2}, {"ann", 3}};
  for (int i = 1; i <= 5'000; ++i) {
    expected.emplace_back("bob", i);
  }
  expect_everywhere(counts, steps, expected);
}

TEST(Reduce, TakesAReducerByValue) {
  const auto add = [](int a, int b) { return a + b; };
  const auto ten = [](const int& sum) { return sum >= 10; };
  using Keyed = std::pair<int, int>;
  expect_everywhere(
      std::vector<std::vector<Keyed>>{{{1, 4}, {2, 1}, {1, 7}}},
      [&](auto in) { return in | op::reduce("sum", add, ten); }, std::vector<Keyed>{{1, 11}});
}

/// `count` values of `keys` keys: value n has the key n % keys.
std::vector<std::vector<std::pair<std::string, int>>> keyed_numbers(int count, int keys) {
  std::vector<std::vector<std::pair<std::string, int>>> partitions(3);
  for (int n = 0; n < count; ++n) {
    partitions[static_cast<std::size_t>(n % 3)].emplace_back("k" + std::to_string(n % keys), n);
  }
  return partitions;
}

/// What folding each key's numbers by a loop gives.
template <typename Result, typename Fold>
std::vector<std::pair<std::string, Result>> folded(int count, int keys, Result initial, Fold fold) {
  std::map<std::string, Result> results;
  for (int n = 0; n < count; ++n) {
    Result& so_far = results.try_emplace("k" + std::to_string(n % keys), initial).first->second;
    so_far = fold(so_far, n);
  }
  return {results.begin(), results.end()};
}

/// That a step gives the same with and without a combiner, for fewer keys than that has slots and for more.
template <typename Result, typename Step, typename Fold>
void expect_final(Step step, Result initial, Fold fold) {
  for (const int keys : {1, 7, 6'000}) {
    SCOPED_TRACE(std::to_string(keys) + " keys");
    const int count = keys + 2'000;
    const auto expected = folded(count, keys, initial, fold);
    expect_everywhere(keyed_numbers(count, keys), [&](auto in) { return in | step("final"); }, expected);
    expect_everywhere(keyed_numbers(count, keys), [&](auto in) { return in | step("final").combined(); }, expected);
  }
}

TEST(FinalFolds, GiveWhatALoopGivesWithAndWithoutACombiner) {
  using Wide = std::int64_t;
  constexpr int kLeast = std::numeric_limits<int>::min();
  expect_final([](std::string id) { return op::sum_final(std::move(id)); }, Wide{0},
               [](Wide sum, int n) { return sum + n; });
  expect_final([](std::string id) { return op::max_final(std::move(id)); }, kLeast,
               [](int most, int n) { return std::max(most, n); });
  expect_final([](std::string id) { return op::min_final(std::move(id), std::negate<>{}); }, kLeast,
               [](int most, int n) { return std::max(most, n); });
  expect_final([](std::string id) { return op::reduce_final(std::move(id), [](int a, int b) { return a ^ b; }); }, 0,
               [](int so_far, int n) { return so_far ^ n; });
  expect_final([](std::string id) { return op::aggregate_final(std::move(id), agg::Count{}); }, std::uint64_t{0},
               [](std::uint64_t count, int) { return count + 1; });
  expect_final(
      [](std::string id) {
        return op::fold_final(
            std::move(id), [] { return std::vector<int>(2); },
            [](std::vector<int>& so_far, int n) { ++so_far[static_cast<std::size_t>(n % 2)]; },
            [](std::vector<int>& so_far, std::vector<int>&& other) {
              so_far[0] += other[0];
              so_far[1] += other[1];
            });
      },
      std::vector<int>(2),
      [](std::vector<int> so_far, int n) {
        ++so_far[static_cast<std::size_t>(n % 2)];
        return so_far;
      });
}

TEST(FinalFolds, GiveTheMeanOfNumbers) {
  for (const bool combined : {false, true}) {
    expect_everywhere(
        keyed_numbers(3'000, 3),
        [combined](auto in) { return combined ? in | op::mean_final("mean").combined() : in | op::mean_final("mean"); },
        std::vector<std::pair<std::string, double>>{{"k0", 1498.5}, {"k1", 1499.5}, {"k2", 1500.5}});
  }
}

TEST(FinalFolds, KeepTheOrderOfAPartitionsValuesWithoutACombiner) {
  const std::vector<std::vector<std::pair<std::string, std::string>>> partitions{{{"k", "a"}, {"k", "b"}, {"k", "c"}}};
  expect_everywhere(
      partitions,
      [](auto in) {
        return in | op::reduce_final("join", [](std::string& so_far, std::string&& next) { so_far += next; });
      },
      std::vector<std::pair<std::string, std::string>>{{"k", "abc"}});
}

TEST(FinalFolds, TakeLogicThatEachWorkerMakes) {
  const auto larger = per_worker([](WorkerContext) {
    return [kept = std::make_unique<int>(0)](int a, int b) { return std::max({a, b, *kept}); };  // cannot be copied
  });
  const auto largest =
      per_worker([](WorkerContext) { return [](int& so_far, int n) { so_far = std::max(so_far, n); }; });
  const std::vector<std::vector<std::pair<int, int>>> items{{{1, 5}, {2, 3}}, {{1, 7}, {2, 1}}};
  const std::vector<std::pair<int, int>> expected{{1, 7}, {2, 3}};
  expect_everywhere(items, [&](auto in) { return in | op::reduce_final("max", larger); }, expected);
  expect_everywhere(items, [&](auto in) { return in | op::reduce_final("max", larger).combined(); }, expected);
  expect_everywhere(items, [&](auto in) { return in | op::fold_final("max", [] { return 0; }, largest); }, expected);
  expect_everywhere(
      items, [&](auto in) { return in | op::fold_final("max", [] { return 0; }, largest, largest).combined(); },
      expected);
}

TEST(FinalFolds, WrapSumsThatDoNotFit) {
  const std::vector<std::vector<std::pair<int, std::int64_t>>> partitions{
      {{1, std::numeric_limits<std::int64_t>::max()}, {1, 1}}};
  expect_everywhere(
      partitions, [](auto in) { return in | op::sum_final("sum"); },
      std::vector<std::pair<int, std::int64_t>>{{1, std::numeric_limits<std::int64_t>::min()}});
}

TEST(CountFinal, CountsEachKeyOverAllWorkers) {
  std::vector<std::vector<std::string>> partitions(3);
  std::map<std::string, std::uint64_t> counts;
  for (int n = 0; n < 20'000; ++n) {
    const std::string word = "w" + std::to_string(n * n % 6'007);
    partitions[static_cast<std::size_t>(n) % 3].push_back(word);
    ++counts[word];
  }
  const std::vector<std::pair<std::string, std::uint64_t>> expected{counts.begin(), counts.end()};
  const auto by_word = [](std::string word) { return word; };
  expect_everywhere(partitions, [&](auto in) { return in | op::count_final("count", by_word); }, expected);
  expect_everywhere(partitions, [&](auto in) { return in | op::count_final("count", by_word).combined(); }, expected);
}

/// Emits, for each value, the key's values so far: what shows their order.
struct History {
  using State = std::vector<int>;
  using Output = std::vector<int>;
  void on_item(int /*key*/, std::optional<State>& seen, int&& value, KeyedEmit<int, Output>& /*emit*/) {
    if (!seen) {
      seen.emplace();
    }
    seen->push_back(value);
  }
  void on_end(int /*key*/, std::optional<State>& seen, KeyedEmit<int, Output>& emit) { emit(std::move(*seen)); }
};

TEST(AKeysItems, ComeInTheOrderOfTheirPartitionAtEveryWorkerCount) {
  std::vector<std::vector<std::pair<int, int>>> partitions(4);
  std::vector<std::pair<int, std::vector<int>>> expected;
  for (int key = 0; key < 40; ++key) {
    expected.emplace_back(key, std::vector<int>{});
  }
  for (int n = 0; n < 20'000; ++n) {
    const int key = n * 7 % 40;  // a key's items are all in one partition
    partitions[static_cast<std::size_t>(key) % 4].emplace_back(key, n);
    expected[static_cast<std::size_t>(key)].second.push_back(n);
  }
  expect_everywhere(partitions, [](auto in) { return in | op::stateful("history", History{}); }, expected);
}

TEST(AKeysItems, ComeInOrderBehindTwoExchanges) {
  std::vector<std::vector<std::pair<int, int>>> one_partition(1);
  for (int n = 0; n < 10'000; ++n) {
    one_partition[0].emplace_back(n % 10, n);
  }
  struct PassOn {
    using State = int;
    using Output = int;
    void on_item(int /*key*/, std::optional<int>& last, int&& value, KeyedEmit<int, int>& emit) {
      last = value;
      emit(value);
    }
  };
  for (const std::size_t workers : testing::kWorkerCounts) {
    const auto out = testing::run_over(
        one_partition,
        [](auto in) {
          return in | op::stateful("first", PassOn{}) |
                 op::map("same_key", [](std::pair<int, int> item) { return item; }) |  // forgets how it is partitioned
                 op::stateful("second", History{});
        },
        workers);
    ASSERT_EQ(out.size(), 10U);
    for (const auto& [key, values] : out) {
      EXPECT_TRUE(std::ranges::is_sorted(values)) << "key " << key << ", " << workers << " workers";
      EXPECT_EQ(values.size(), 1'000U);
    }
  }
}

}  // namespace
}  // namespace weir
