#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "faults/comes_true.hpp"
#include "os/clock_system.hpp"
#include "os/steady_clock.hpp"
#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

std::atomic<std::int64_t> set_by{0};     // how far the clock on the wall is from the right time
std::atomic<std::uint64_t> readings{0};  // of that clock

}  // namespace

namespace detail::os {

// In place of the library's own: the clock that these tests set.
std::chrono::nanoseconds system_offset() {
  const std::chrono::nanoseconds shift{set_by.load()};
  const auto system = std::chrono::system_clock::now().time_since_epoch() + shift;
  const auto offset = system - steady_now().time_since_epoch();
  ++readings;
  return offset;
}

}  // namespace detail::os

namespace {

using Lines = std::vector<std::pair<std::string, std::vector<std::string>>>;
using KeyedLine = std::pair<std::string, std::string>;

void set_clock(std::chrono::nanoseconds shift) {
  set_by = shift.count();
  const std::uint64_t before = readings;
  while (readings < before + 2) {  // the run knows it
    std::this_thread::yield();
  }
}

RunOptions options(std::size_t workers, const std::string& recovery = {}) {
  RunOptions options;
  options.workers = workers;
  options.epoch_interval = 1ms;
  options.recovery = recovery;
  return options;
}

class AClockThatIsSet : public ::testing::TestWithParam<std::size_t> {
 protected:
  AClockThatIsSet() { set_by = 0; }
  ~AClockThatIsSet() override { set_by = 0; }

  [[nodiscard]] auto lines(Dataflow& flow) const {
    return flow.input("in", queue_) | op::key_on("key", [](const std::string& line) { return line; });
  }

  QueueSource<std::string> queue_;
};

TEST_P(AClockThatIsSet, BackDoesNotKeepWhatWaitsForATimeout) {
  Dataflow flow{"timeout"};
  const testing::Collected<Lines::value_type> out;
  lines(flow) | op::collect("parcels", 3, 20ms) | op::output("out", out);
  RunHandle run = start(flow, options(GetParam()));
  queue_.push("z");
  EXPECT_TRUE(faults::comes_true([&] { return out.items().size() == 1; }));
  set_clock(-1h);
  queue_.push("y");
  EXPECT_TRUE(faults::comes_true([&] { return out.items().size() == 2; }));
  set_clock(-240h);
  queue_.push("x");
  EXPECT_TRUE(faults::comes_true([&] { return out.items().size() == 3; }));
}

TEST_P(AClockThatIsSet, ForwardDoesNotRingTimersEarly) {
  Dataflow flow{"timeout"};
  const testing::Collected<Lines::value_type> out;
  lines(flow) | op::collect("parcels", 2, 1h) | op::output("out", out);
  RunHandle run = start(flow, options(GetParam()));
  queue_.push("z");
  set_clock(2h);
  queue_.push("z");
  EXPECT_TRUE(faults::comes_true([&] { return !out.items().empty(); }));
  EXPECT_EQ(out.items(), (Lines{{"z", {"z", "z"}}}));
}

TEST_P(AClockThatIsSet, BackLetsKeysBeForgotten) {
  Dataflow flow{"ids"};
  const testing::Collected<std::string> out;
  flow.input("in", queue_) |
      op::time_to_live(20ms, op::deduplicate("once", [](const std::string& line) { return line; })) |
      op::output("out", out);
  RunHandle run = start(flow, options(GetParam()));
  queue_.push("id");
  EXPECT_TRUE(faults::comes_true([&] { return out.items().size() == 1; }));
  set_clock(-1h);
  EXPECT_TRUE(faults::comes_true([&] {
    queue_.push("id");
    std::this_thread::sleep_for(40ms);  // its time must pass, without an item that begins it anew
    return out.items().size() == 2;
  }));
}

TEST_P(AClockThatIsSet, BackDoesNotKeepWindowsOpen) {
  Dataflow flow{"windows"};
  const testing::Collected<std::pair<std::string, InWindow<std::uint64_t>>> out;
  const auto in = lines(flow);
  (in | op::count_window("tumbling", TumblingWindows{SystemClock{}, 20ms})).down | op::output("out", out);
  (in | op::count_window("sliding", SlidingWindows{SystemClock{}, 20ms, 10ms})).down | op::output("out_2", out);
  (in | op::count_window("session", SessionWindows{SystemClock{}, 20ms})).down | op::output("out_3", out);
  RunHandle run = start(flow, options(GetParam()));
  queue_.push("z");
  EXPECT_TRUE(faults::comes_true([&] { return out.items().size() == 4; }));
  set_clock(-1h);
  queue_.push("y");
  EXPECT_TRUE(faults::comes_true([&] { return out.items().size() == 8; }));
}

TEST_P(AClockThatIsSet, ForwardIsFollowedByWindows) {
  Dataflow flow{"windows"};
  const testing::Collected<std::pair<std::string, InWindow<std::uint64_t>>> out;
  (lines(flow) | op::count_window("tumbling", TumblingWindows{SystemClock{}, 10ms})).down | op::output("out", out);
  RunHandle run = start(flow, options(GetParam()));
  queue_.push("z");
  EXPECT_TRUE(faults::comes_true([&] { return out.items().size() == 1; }));
  set_clock(2h);
  queue_.push("y");
  ASSERT_TRUE(faults::comes_true([&] { return out.items().size() == 2; }));
  EXPECT_GT(out.items()[1].second.window.start - out.items()[0].second.window.start, 119min);
}

TEST_P(AClockThatIsSet, BackSinceTheSnapshotDoesNotStopARunThatResumes) {
  const TemporaryFolder folder;
  Dataflow flow{"resumed"};
  const testing::Collected<Lines::value_type> parcels;
  const testing::Collected<std::pair<std::string, InWindow<std::uint64_t>>> windows;
  const auto in = lines(flow);
  in | op::collect("parcels", 3, 20ms) | op::output("out", parcels);
  (in | op::count_window("window", TumblingWindows{SystemClock{}, 20ms})).down | op::output("out_2", windows);
  set_by = std::chrono::nanoseconds{240h}.count();
  {
    RunHandle run = start(flow, options(GetParam(), folder.path("recovery")));
    queue_.push("a");
    EXPECT_TRUE(faults::comes_true([&] { return parcels.items().size() == 1 && windows.items().size() == 1; }));
    queue_.push("kept");
    EXPECT_TRUE(faults::comes_true([&] { return parcels.items().size() == 2 && windows.items().size() == 2; }));
    run.stop();
    run.wait();
  }
  set_by = 0;
  RunHandle run = start(flow, options(GetParam(), folder.path("recovery")));
  queue_.push("b");
  EXPECT_TRUE(faults::comes_true([&] { return parcels.items().size() == 3 && windows.items().size() == 3; }));
}

INSTANTIATE_TEST_SUITE_P(On, AClockThatIsSet, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace weir
