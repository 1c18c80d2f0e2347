#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <latch>
#include <memory>
#include <numeric>
#include <optional>
#include <ranges>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"

namespace weir {
namespace {

using ::testing::ElementsAre;

/// Wakes nothing and does nothing.
struct Nobody final : detail::WakeTarget, IoThread {
  void wake() override {}
  void submit(std::function<void()> /*job*/) override {}
  void when_readable(int /*descriptor*/, std::function<void()> /*job*/) override {}
  void when_writable(int /*descriptor*/, std::function<void()> /*job*/) override {}
};

RunOptions with_workers(std::size_t workers) {
  RunOptions options;
  options.workers = workers;
  return options;
}

TEST(AQueueSource, GivesWhatManyThreadsPushAndEachThreadsItemsInOrder) {
  constexpr int kThreads = 4;
  constexpr int kItems = 20'000;
  for (const std::size_t workers : testing::kWorkerCounts) {
    QueueSource<std::pair<int, int>> queue{8};
    Dataflow flow{"flow"};
    std::vector<int> next(kThreads);
    bool in_order = true;
    flow.input("in", queue) | op::output("out", Callback{[&](std::pair<int, int> item) {
                                           in_order &= next[static_cast<std::size_t>(item.first)]++ == item.second;
                                         }});
    RunHandle handle = start(flow, with_workers(workers));
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&queue, thread] {
        for (int n = 0; n < kItems; ++n) {
          ASSERT_TRUE(queue.push({thread, n}));
        }
      });
    }
    threads.clear();
    queue.close();
    EXPECT_EQ(handle.wait().outcome, Outcome::kDone);
    EXPECT_TRUE(in_order);
    EXPECT_EQ(next, std::vector<int>(kThreads, kItems)) << workers << " workers";
    EXPECT_FALSE(queue.push({0, 0}));
  }
}

TEST(AQueueSource, TakesNoMoreThanItHoldsWhileNoRunReadsIt) {
  QueueSource<int> queue{4};
  for (int n = 0; n < 4; ++n) {
    EXPECT_TRUE(queue.push(n));
  }
  EXPECT_FALSE(queue.push(4));
  int kept = 5;
  EXPECT_FALSE(queue.try_push(kept));
  EXPECT_EQ(kept, 5);
}

TEST(AQueueSource, EmitsWhatWasPushedBeforeAStopAndKeepsTheRestForTheNextRun) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    QueueSource<int> queue{1024};
    Dataflow flow{"flow"};
    std::vector<int> seen;
    flow.input("in", queue) | op::output("out", Callback{[&](int n) { seen.push_back(n); }});
    RunHandle first = start(flow, with_workers(workers));
    for (int n = 0; n < 500; ++n) {
      ASSERT_TRUE(queue.push(n));
    }
    first.stop();
    EXPECT_EQ(first.wait().outcome, Outcome::kDrained);
    EXPECT_EQ(seen.size(), 500U);
    ASSERT_TRUE(queue.push(500));
    RunHandle second = start(flow, with_workers(workers));
    ASSERT_TRUE(queue.push(501));
    queue.close();
    EXPECT_EQ(second.wait().outcome, Outcome::kDone);
    ASSERT_EQ(seen.size(), 502U);
    EXPECT_EQ(seen.back(), 501);
  }
}

TEST(AQueueSource, IsReadByOneRunAtATime) {
  QueueSource<int> queue;
  Dataflow flow{"flow"};
  flow.input("in", queue) | op::output("out", testing::Collected<int>{});
  RunHandle handle = start(flow, with_workers(2));
  EXPECT_THROW(run(flow), UsageError);
  queue.close();
  handle.wait();
}

TEST(AQueueSource, IsReadByOneOfTwoRunsThatStartAtOnce) {
  for (int round = 0; round < 200; ++round) {
    QueueSource<int> queue;
    Nobody nobody;
    std::latch both{2};
    std::latch tried{2};
    std::atomic<int> refused{0};
    const auto try_start = [&] {
      both.arrive_and_wait();
      try {
        const auto partition =
            queue.open("queue", std::nullopt, OpenContext{{WorkerIndex{0}, WorkerCount{1}}, Waker{nobody}, nobody});
        tried.arrive_and_wait();  // holds the queue until both have tried
      } catch (const UsageError&) {
        ++refused;
        tried.count_down();
      }
    };
    std::jthread other{try_start};
    try_start();
    other.join();
    ASSERT_EQ(refused, 1);
  }
}

TEST(AQueueSource, LetsPushesGoWhenTheRunFails) {
  QueueSource<int> queue{2};
  Dataflow flow{"flow"};
  flow.input("in", queue) | op::inspect("fail", [](int n) {
    if (n == 10) {
      throw std::runtime_error{"ten"};
    }
  }) | op::output("out", testing::Collected<int>{});
  RunHandle handle = start(flow, with_workers(2));
  int n = 0;
  while (queue.push(n)) {
    ++n;
  }
  EXPECT_GE(n, 10);
  EXPECT_THROW(handle.wait(), StepError);
}

TEST(AQueueSource, DestroysWhatIsLeftInIt) {
  auto held = std::make_shared<int>(1);
  {
    QueueSource<std::shared_ptr<int>> queue{8};
    EXPECT_TRUE(queue.push(held));
    EXPECT_TRUE(queue.push(held));
    EXPECT_EQ(held.use_count(), 3);
  }
  EXPECT_EQ(held.use_count(), 1);
}

/// Answers each item of a key with how many came before.
struct CountBefore {
  using State = std::uint64_t;
  using Output = std::uint64_t;
  void on_item(const int& /*key*/, std::optional<State>& count, std::uint64_t&& /*value*/,
               KeyedEmit<int, Output>& emit) const {
    emit(count.value_or(0));
    count = count.value_or(0) + 1;
  }
};

TEST(AQueueSource, HasEveryItemAnsweredWhileItPausesAlsoFromTablesBeyondTheCache) {
  constexpr int kKeys = 100'001;
  for (const std::size_t workers : testing::kWorkerCounts) {
    QueueSource<std::pair<int, std::uint64_t>> queue{1'024};
    Dataflow flow{"flow"};
    std::latch answers{kKeys};
    flow.input("in", queue) | op::stateful("count", CountBefore{}) |
        op::output("out", Callback{[&](std::pair<int, std::uint64_t> /*answer*/) { answers.count_down(); }});
    RunHandle handle = start(flow, with_workers(workers));
    for (int key = 0; key < kKeys; ++key) {
      ASSERT_TRUE(queue.push({key, 0}));
    }
    answers.wait();
    queue.close();
    EXPECT_EQ(handle.wait().outcome, Outcome::kDone);
  }
}

TEST(ARangeInput, IsReadOnceAtEveryWorkerCount) {
  std::vector<int> numbers(3'000);
  std::iota(numbers.begin(), numbers.end(), 0);
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    std::vector<int> seen;
    flow.input("in", RangeInput{numbers}) | op::output("out", Callback{[&](int n) { seen.push_back(n); }});
    run(flow, with_workers(workers));
    EXPECT_EQ(seen, numbers) << workers << " workers";
  }
}

TEST(ARangeInput, TakesViews) {
  Dataflow flow{"flow"};
  std::vector<int> seen;
  flow.input("in", RangeInput{std::views::iota(0, 4)}) | op::output("out", Callback{[&](int n) { seen.push_back(n); }});
  run(flow, with_workers(2));
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3));
}

Generator<std::string> words() {
  for (const char* const word : {"a", "b", "c"}) {
    std::string named = word;
    co_yield named;
  }
}

TEST(AGeneratorInput, IsReadOnceAtEveryWorkerCount) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    std::vector<std::string> seen;
    flow.input("in", GeneratorInput{words}) | op::output("out", Callback{[&](std::string w) { seen.push_back(w); }});
    run(flow, with_workers(workers));
    EXPECT_THAT(seen, ElementsAre("a", "b", "c"));
  }
}

TEST(FlatMapValue, KeepsTheKey) {
  const std::vector<std::vector<std::pair<std::string, int>>> items{{{"ann", 2}, {"bob", 0}}, {{"ann", 1}}};
  const auto repeat = [](int n) { return std::vector<int>(static_cast<std::size_t>(n), n); };
  expect_everywhere(
      items, [&](auto in) { return in | op::flat_map_value("repeat", repeat); },
      std::vector<std::pair<std::string, int>>{{"ann", 2}, {"ann", 2}, {"ann", 1}});
}

// 3,000 values take several shares of a worker's time.
TEST(FlatMapValue, KeepsTheOrderOfAKey) {
  const std::vector<std::vector<std::pair<std::string, int>>> items{{{"ann", 3'000}, {"bob", 10}, {"ann", 5}}};
  for (const std::size_t workers : testing::kWorkerCounts) {
    auto out = testing::run_over(
        items, [](auto in) { return in | op::flat_map_value("numbers", [](int n) { return std::views::iota(0, n); }); },
        workers);
    std::erase_if(out, [](const auto& item) { return item.first == "bob"; });
    ASSERT_EQ(out.size(), 3'005U);
    for (std::size_t n = 0; n < out.size(); ++n) {
      ASSERT_EQ(out[n].second, static_cast<int>(n % 3'000)) << workers << " workers";
    }
  }
}

}  // namespace
}  // namespace weir
