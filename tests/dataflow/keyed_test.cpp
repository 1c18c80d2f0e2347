#include <cstdint>
#include <map>
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

TEST(Reduce, TakesAReducerByValue) {
  const auto add = [](int a, int b) { return a + b; };
  const auto ten = [](const int& sum) { return sum >= 10; };
  using Keyed = std::pair<int, int>;
  expect_everywhere(
      std::vector<std::vector<Keyed>>{{{1, 4}, {2, 1}, {1, 7}}},
      [&](auto in) { return in | op::reduce("sum", add, ten); }, std::vector<Keyed>{{1, 11}});
}

TEST(CountFinal, CountsEachKeyOverAllWorkers) {
  std::vector<std::vector<std::string>> partitions(3);
  std::map<std::string, std::uint64_t> counts;
  for (int n = 0; n < 20'000; ++n) {
    const std::string word = "w" + std::to_string(n * n % 6'007);
    partitions[static_cast<std::size_t>(n) % 3].push_back(word);
    ++counts[word];
  }
  expect_everywhere(
      partitions, [](auto in) { return in | op::count_final("count", [](std::string w) { return w; }); },
      std::vector<std::pair<std::string, std::uint64_t>>{counts.begin(), counts.end()});
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
