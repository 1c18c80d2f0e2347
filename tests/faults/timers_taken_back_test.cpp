// Timers that are taken back long before their time, or whose keys are gone.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <unistd.h>

#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

using Keyed = std::pair<std::int64_t, std::int64_t>;  // the second number is a time in milliseconds

Time at(std::int64_t milliseconds) { return Time{std::chrono::milliseconds{milliseconds}}; }

constexpr std::chrono::minutes kTimeout{20};

/// Emits when a key's timer rings, which each of its items sets anew.
struct Timeout {
  using State = Time;
  using Output = std::int64_t;

  static void on_item(const std::int64_t& /*key*/, std::optional<Time>& rings, std::int64_t&& time,
                      KeyedEmit<std::int64_t, std::int64_t>& /*emit*/, Timers& timers) {
    if (rings) {
      timers.cancel_event(*rings);
    }
    rings = at(time) + kTimeout;
    timers.set_event(*rings);
  }
  static void on_timer(const std::int64_t& /*key*/, std::optional<Time>& rings, const Timer& timer,
                       KeyedEmit<std::int64_t, std::int64_t>& emit, Timers& /*timers*/) {
    emit(std::chrono::duration_cast<std::chrono::milliseconds>(timer.at.time_since_epoch()).count());
    rings.reset();
  }
};

/// Likewise by the system's time, and nothing rings.
struct SystemTimeout {
  using State = Time;
  using Output = std::int64_t;

  static void on_item(const std::int64_t& /*key*/, std::optional<Time>& rings, std::int64_t&& /*time*/,
                      KeyedEmit<std::int64_t, std::int64_t>& /*emit*/, Timers& timers) {
    if (rings) {
      timers.cancel_system(*rings);
    }
    rings = timers.system_time() + 1h;
    timers.set_system(*rings);
  }
  static void on_timer(const std::int64_t& /*key*/, std::optional<Time>& /*rings*/, const Timer& /*timer*/,
                       KeyedEmit<std::int64_t, std::int64_t>& /*emit*/, Timers& /*timers*/) {}
};

long resident_kilobytes() {
  long total = 0;
  long resident = 0;
  std::ifstream{"/proc/self/statm"} >> total >> resident;
  return resident * ::sysconf(_SC_PAGESIZE) / 1'024;
}

// More of them are taken back within the timeout than are looked at before some are dropped.
TEST(TimersThatAreTakenBack, LeaveTheOthersToRing) {
  constexpr std::int64_t kItems = 300'000;
  constexpr std::int64_t kStep = 10;  // so there are 120,000 items within the timeout
  std::vector<std::vector<Keyed>> items(1);
  std::vector<Keyed> expected;
  for (std::int64_t i = 0; i < kItems; ++i) {
    const std::int64_t key = i / 50'000 * 10 + i % 10;  // keys come and go
    items.front().emplace_back(key, i * kStep);
    if (i % 50'000 >= 49'990) {
      expected.emplace_back(key, i * kStep + 1'000 * 60 * kTimeout.count());
    }
  }
  for (const std::size_t workers : {1U, 4U}) {
    const auto rung = testing::run_over(
        items,
        [](auto in) {
          return in | op::event_time("time", EventClock{[](const Keyed& item) { return at(item.second); }, 0s}) |
                 op::stateful("timeout", Timeout{});
        },
        workers);
    EXPECT_THAT(rung, ::testing::UnorderedElementsAreArray(expected));
  }
}

TEST(TimersThatAreTakenBack, LeaveMemory) {
  constexpr std::int64_t kItems = 3'000'000;  // whose timers would have 48 MB
  long before = 0;
  long after = 0;
  Dataflow flow{"timers"};
  flow.input("in", RangeInput{std::views::iota(std::int64_t{0}, kItems)}) |
      op::map("keyed",
              [&](std::int64_t number) {
                if (number == kItems / 10) {
                  before = resident_kilobytes();
                } else if (number == kItems - 1) {
                  after = resident_kilobytes();
                }
                return Keyed{number % 100, number};
              }) |
      op::stateful("timeout", SystemTimeout{}) | op::output("out", testing::Collected<Keyed>{});
  RunOptions options;
  options.workers = 1;
  run(flow, options);
  EXPECT_LT(after - before, 15'000);
}

}  // namespace
}  // namespace weir
