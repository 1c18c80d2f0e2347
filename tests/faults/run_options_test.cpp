#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using std::chrono::nanoseconds;

TEST(RunOptionsThatCannotBeRight, AreRefusedWithTheirRange) {
  struct Wrong {
    std::string name;
    std::string range;
    std::function<void(RunOptions&)> set;
  };
  const std::vector<Wrong> wrong{
      {"workers", "1 to 1024", [](RunOptions& o) { o.workers = 1025; }},
      {"workers", "1 to 1024", [](RunOptions& o) { o.workers = std::numeric_limits<std::size_t>::max(); }},
      {"drain_timeout", "at least 0 ns", [](RunOptions& o) { o.drain_timeout = nanoseconds{-1}; }},
      {"drain_timeout", "at least 0 ns", [](RunOptions& o) { o.drain_timeout = nanoseconds::min(); }},
      {"epoch_interval", "at least 1 ns", [](RunOptions& o) { o.epoch_interval = nanoseconds{0}; }},
      {"epoch_interval", "at least 1 ns", [](RunOptions& o) { o.epoch_interval = std::chrono::hours{-1}; }},
      {"restart_delay", "at least 0 ns", [](RunOptions& o) { o.restart_delay = nanoseconds::min(); }},
      {"restarts", "recovery", [](RunOptions& o) { o.restarts = 1; }},
      {"exchange", "kCereal or kMove", [](RunOptions& o) { o.exchange = static_cast<ExchangeMode>(7); }}};
  const Dataflow flow{"flow"};
  for (const Wrong& each : wrong) {
    RunOptions options;
    each.set(options);
    for (const bool in_background : {false, true}) {
      try {
        in_background ? start(flow, options).wait() : run(flow, options);
        ADD_FAILURE() << each.name << " was taken";
      } catch (const UsageError& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find("RunOptions::" + each.name), std::string::npos) << message;
        EXPECT_NE(message.find(each.range), std::string::npos) << message;
      }
    }
  }
}

// The longest times are wishes like "never".
TEST(RunOptionsOfTheLongestTimes, AreTimesThatAreNeverReached) {
  for (const nanoseconds longest :
       {nanoseconds::max(), nanoseconds::max() - nanoseconds{1}, nanoseconds{std::chrono::hours{300 * 365 * 24 / 2}}}) {
    for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
      const TemporaryFolder folder;
      QueueSource<int> queue;
      Dataflow flow{"flow"};
      std::atomic<int> sum{0};
      flow.input("in", queue) | op::output("out", Callback{[&sum](int n) { sum += n; }});
      RunOptions options;
      options.workers = workers;
      options.drain_timeout = longest;
      options.epoch_interval = longest;
      options.restart_delay = longest;
      options.recovery = folder.path("kept");
      options.epoch_items = std::numeric_limits<std::uint64_t>::max();
      RunHandle handle = start(flow, options);
      for (int n = 0; n < 100; ++n) {
        ASSERT_TRUE(queue.push(n));
      }
      handle.stop();
      EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
      EXPECT_EQ(sum, 4'950);
    }
  }
}

}  // namespace
}  // namespace weir
