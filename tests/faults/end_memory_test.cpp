#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <time.h>

#include "faults/comes_true.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kKeys = 10'000;
constexpr std::size_t kBytes = 1'000;          // of a result, so that buffers of 64 KiB hold few
constexpr std::uint64_t kMostWaiting = 5'000;  // more than the channels of four workers to one hold
constexpr std::int64_t kHour = 3'600;

struct Event {
  std::uint64_t key = 0;
  std::int64_t second = 0;
};

Time time_of_event(const Event& event) { return Time{std::chrono::seconds{event.second}}; }

/// A door that a sink takes nothing through before it is open.
struct Door {
  std::atomic<bool> open{false};
  std::atomic<std::uint64_t> emitted{0};  ///< results on this side of it
  std::atomic<std::uint64_t> taken{0};
  std::optional<Waker> waker{};

  void let_through() {
    open = true;
    waker->wake();
  }
};

class SinkBehindDoor {
 public:
  static constexpr bool kOnePartition = true;

  explicit SinkBehindDoor(Door& door) : door_{&door} {}

  template <std::same_as<std::string> T>
  [[nodiscard]] std::unique_ptr<SinkPartition<T>> open(const OpenContext& context) const {
    door_->waker.emplace(context.waker);
    return std::make_unique<Partition>(*door_);
  }

 private:
  class Partition final : public SinkPartition<std::string> {
   public:
    explicit Partition(Door& door) : door_{&door} {}
    void write(std::string&& /*result*/) override { ++door_->taken; }
    [[nodiscard]] bool ready() override { return door_->open; }

   private:
    Door* door_;
  };

  Door* door_;
};

std::chrono::nanoseconds processor_time() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds{used.tv_sec} + std::chrono::nanoseconds{used.tv_nsec};
}

/// Whether the process comes to use no processor, with all workers waiting for the door.
bool comes_to_rest(const Door& door) {
  std::chrono::nanoseconds before = processor_time();
  int still = 0;
  return faults::comes_true([&] {
    const std::chrono::nanoseconds now = processor_time();
    still = now - std::exchange(before, now) < 1ms && door.emitted > 0 ? still + 1 : 0;
    return still == 5;
  });
}

using Results = Stream<std::pair<std::uint64_t, std::uint64_t>>;

/// What the keys come to, of which each has an event in the first second; and another of key 0 comes an hour later in
/// every partition.
struct Case {
  std::function<Results(const KeyedStream<std::uint64_t, Event>&)> steps;
  testing::Then then = testing::Then::kEnd;  ///< where it pauses, the event that comes later makes all the results
  bool one_key = false;                      ///< all events of the first second have the same key
};

std::vector<std::vector<Event>> events(bool one_key) {
  std::vector<std::vector<Event>> partitions(4);
  for (std::uint64_t n = 0; n < kKeys; ++n) {
    partitions[n % partitions.size()].push_back({one_key ? 7 : n, 0});
  }
  for (auto& partition : partitions) {
    partition.push_back({0, kHour});
  }
  return partitions;
}

// As many results wait as the channels have room for, and the workers wait for room without using a processor.
void expect_to_wait(const Case& each) {
  for (const std::size_t workers : {1U, 2U, 4U}) {
    SCOPED_TRACE(std::to_string(workers) + " workers");
    Door door;
    Dataflow flow{"many_results"};
    const auto keyed = flow.input("events", testing::Scripted<Event>{events(each.one_key), each.then}) |
                       op::key_on("key", &Event::key);
    each.steps(keyed) | op::map("text", [&door](const std::pair<std::uint64_t, std::uint64_t>& /*result*/) {
      ++door.emitted;
      return std::string(kBytes, 'r');
    }) | op::output("out", SinkBehindDoor{door});

    RunOptions options;
    options.workers = workers;
    RunHandle run = start(flow, options);
    EXPECT_TRUE(comes_to_rest(door));
    EXPECT_LT(door.emitted, kMostWaiting);
    door.let_through();
    if (each.then == testing::Then::kPause) {
      EXPECT_TRUE(faults::comes_true([&door] { return door.taken >= kKeys; }));
      run.stop();
    }
    run.wait();
    EXPECT_GE(door.taken, kKeys);
    EXPECT_EQ(door.taken, door.emitted);
  }
}

EventClock<decltype(&time_of_event)> by_second() { return EventClock{&time_of_event, 1s}; }

template <typename Windows>
auto counted_in(Windows windows) {
  return [windows](const KeyedStream<std::uint64_t, Event>& events) -> Results {
    return op::count_window("windows", windows).apply(events).down |
           op::map_value("count", [](const InWindow<std::uint64_t>& count) { return count.value; });
  };
}

/// Rings for each event a while after it.
struct Rings {
  using State = std::uint64_t;
  using Output = std::uint64_t;

  void on_item(const std::uint64_t& /*key*/, std::optional<State>& events, Event&& event,
               KeyedEmit<std::uint64_t, Output>& /*emit*/, Timers& timers) const {
    events = events.value_or(0) + 1;
    timers.set_event(time_of_event(event) + 1s + std::chrono::nanoseconds{*events});
  }
  void on_timer(const std::uint64_t& /*key*/, std::optional<State>& events, const Timer& /*timer*/,
                KeyedEmit<std::uint64_t, Output>& emit, Timers& /*timers*/) const {
    emit(Output{*events});
  }
};

Results rings(const KeyedStream<std::uint64_t, Event>& events) {
  return events |
         op::event_time(
             "clock",
             EventClock{[](const std::pair<std::uint64_t, Event>& event) { return time_of_event(event.second); }, 1s}) |
         op::stateful("rings", Rings{});
}

Results in_order(const KeyedStream<std::uint64_t, Event>& events) {
  return op::in_time_order("order", by_second()).apply(events).down |
         op::map_value("second", [](const Event& event) { return static_cast<std::uint64_t>(event.second); });
}

TEST(ManyKeysAtTheEnd, WaitForRoom) {
  expect_to_wait({.steps = [](const auto& events) -> Results {
    return events | op::map_value("one", [](const Event&) { return std::uint64_t{1}; }) | op::sum_final("sum");
  }});
}

TEST(ManyWindowsThatClose, WaitForRoomWhereTheyTumble) {
  expect_to_wait({.steps = counted_in(TumblingWindows{by_second(), 10s}), .then = testing::Then::kPause});
  expect_to_wait({.steps = counted_in(TumblingWindows{by_second(), 2h})});
}

TEST(ManyWindowsThatClose, WaitForRoomWhereTheySlide) {
  expect_to_wait({.steps = counted_in(SlidingWindows{by_second(), 10s, 5s}), .then = testing::Then::kPause});
}

TEST(ManyWindowsThatClose, WaitForRoomWhereTheyAreLenient) {
  const TumblingWindows windows{.clock = by_second(), .length = 10s, .allowed_lateness = 1s};
  expect_to_wait({.steps = counted_in(windows), .then = testing::Then::kPause});
}

TEST(ManyWindowsThatClose, WaitForRoomWhereTheyAreSessions) {
  expect_to_wait({.steps = counted_in(SessionWindows{by_second(), 10s}), .then = testing::Then::kPause});
  expect_to_wait({.steps = counted_in(SessionWindows{by_second(), 2h})});
}

TEST(ManyTimers, WaitForRoom) {
  expect_to_wait({.steps = rings, .then = testing::Then::kPause});
  expect_to_wait({.steps = rings, .then = testing::Then::kPause, .one_key = true});
}

TEST(ManyValuesInTimeOrder, WaitForRoom) {
  expect_to_wait({.steps = in_order, .then = testing::Then::kPause});
  expect_to_wait({.steps = in_order, .then = testing::Then::kPause, .one_key = true});
}

}  // namespace
}  // namespace weir
