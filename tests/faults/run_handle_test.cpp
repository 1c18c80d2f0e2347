#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "weir/weir.hpp"

namespace weir {
namespace {

class ARunHandle : public ::testing::TestWithParam<std::size_t> {
 protected:
  /// A run that ends when it is stopped.
  struct Endless {
    Endless() {
      flow.input("in", queue) | op::output("out", Callback{[this](int n) { sum += n; }});
    }

    QueueSource<int> queue;
    std::atomic<int> sum{0};
    Dataflow flow{"endless"};
  };

  [[nodiscard]] static RunOptions options() {
    RunOptions options;
    options.workers = GetParam();
    return options;
  }
};

TEST_P(ARunHandle, StopsItsRunWhenAnotherIsAssigned) {
  Endless first;
  Endless second;
  RunHandle handle = start(first.flow, options());
  ASSERT_TRUE(first.queue.push(1));
  handle = start(second.flow, options());
  EXPECT_EQ(first.sum, 1);  // that run is over, with all that it had taken
  ASSERT_TRUE(second.queue.push(2));
  handle.stop();
  EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
  EXPECT_EQ(second.sum, 2);
}

TEST_P(ARunHandle, StopsItsRunWhenItGoes) {
  Endless endless;
  {
    std::vector<RunHandle> handles;
    handles.push_back(start(endless.flow, options()));
    ASSERT_TRUE(endless.queue.push(1));
  }
  EXPECT_EQ(endless.sum, 1);
}

TEST_P(ARunHandle, ThatWasMovedFromHasNoRun) {
  Endless endless;
  RunHandle from = start(endless.flow, options());
  RunHandle to = std::move(from);
  from.stop();  // NOLINT(bugprone-use-after-move): what that does is the question
  EXPECT_FALSE(to.done());
  EXPECT_TRUE(from.done());
  EXPECT_THROW(from.wait(), std::logic_error);
  RunHandle& same = to;
  to = std::move(same);
  EXPECT_FALSE(to.done());
  from = std::move(to);
  EXPECT_FALSE(from.done());
  from.stop();
  EXPECT_EQ(from.wait().outcome, Outcome::kDrained);
}

TEST_P(ARunHandle, GivesEveryThreadThatWaitsTheSameAnswer) {
  Endless endless;
  RunHandle handle = start(endless.flow, options());
  ASSERT_TRUE(endless.queue.push(1));
  std::atomic<int> drained{0};
  {
    std::vector<std::jthread> threads;
    for (int n = 0; n < 4; ++n) {
      threads.emplace_back([&] { drained += handle.wait().outcome == Outcome::kDrained ? 1 : 0; });
    }
    handle.stop();
  }
  EXPECT_EQ(drained, 4);
  EXPECT_TRUE(handle.done());
  EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
}

TEST_P(ARunHandle, GivesEveryThreadThatWaitsTheFailure) {
  Dataflow flow{"failing"};
  flow.input("in", RangeInput{std::views::iota(std::int64_t{0}, std::int64_t{10})}) |
      op::map("throws", [](std::int64_t n) -> std::int64_t { throw std::domain_error{"boom " + std::to_string(n)}; }) |
      op::output("out", Callback{[](std::int64_t) {}});
  RunHandle handle = start(flow, options());
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int n = 0; n < 4; ++n) {
      threads.emplace_back([&] {
        try {
          handle.wait();
        } catch (const StepError&) {
          ++failed;
        }
      });
    }
  }
  EXPECT_EQ(failed, 4);
  EXPECT_THROW(handle.wait(), StepError);
}

// What the run calls may ask it to stop.
TEST_P(ARunHandle, IsStoppedFromWithinItsRun) {
  QueueSource<int> queue;
  std::optional<RunHandle> handle;
  std::atomic<bool> there{false};
  Dataflow flow{"flow"};
  flow.input("in", queue) | op::output("out", Callback{[&](int) {
                                         there.wait(false);
                                         handle->stop();
                                       }});
  handle.emplace(start(flow, options()));
  there = true;
  there.notify_all();
  ASSERT_TRUE(queue.push(1));
  EXPECT_EQ(handle->wait().outcome, Outcome::kDrained);
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, ARunHandle, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace weir
