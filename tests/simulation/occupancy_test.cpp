#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/run_access.hpp"
#include "simulation/driver.hpp"
#include "simulation/event_times.hpp"
#include "simulation/item.hpp"
#include "simulation/random_run.hpp"
#include "simulation/seeds.hpp"
#include "simulation/simulated_source.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {
namespace {

using namespace std::chrono_literals;

using Steps = std::function<Stream<Item>(const KeyedStream<std::uint32_t, Item>&)>;

// A sending end may hold a buffer that is not full, and what a share of work emits at most behind the item that fills
// the channel.
constexpr std::size_t kMostHeld = 16 * 1024;
constexpr std::uint32_t kKeys = 1'000;
constexpr std::int64_t kHour = 3'600;

/// A sink that takes some items, and the next ones only when no worker has anything else to do.
class SlowSink {
 public:
  static constexpr bool kOnePartition = true;

  struct Taken {
    std::uint64_t items = 0;
    std::uint64_t most = 0;  ///< it is ready up to then
    std::optional<Waker> waker{};
  };

  explicit SlowSink(Taken& taken) : taken_{&taken} {}

  template <std::same_as<Item> T>
  [[nodiscard]] std::unique_ptr<SinkPartition<T>> open(const OpenContext& context) const {
    taken_->waker.emplace(context.waker);
    return std::make_unique<Partition>(*taken_);
  }

 private:
  class Partition final : public SinkPartition<Item> {
   public:
    explicit Partition(Taken& taken) : taken_{&taken} {}
    void write(Item&& /*item*/) override { ++taken_->items; }
    [[nodiscard]] bool ready() override { return taken_->items < taken_->most; }

   private:
    Taken* taken_;
  };

  Taken* taken_;
};

/// Each key has an item in the first second, and an hour later there is one of key 0 in every partition.
std::vector<Items> items_of_many_keys(std::size_t partitions) {
  std::vector<Items> items(partitions);
  for (std::uint32_t key = 0; key < kKeys; ++key) {
    items[key % partitions].push_back({key, key, 0, 0});
  }
  for (Items& each : items) {
    each.push_back({0, 0, 0, kHour});
  }
  return items;
}

/// A run whose sink is slow, in front of which steps make an item of each key at once. Drawn from a seed.
void expect_bound_occupancy(const Steps& steps) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed));
    Rng rng{seed};
    SourceScript script;
    script.partitions = items_of_many_keys(rng.between(1, 4));
    script.seed = rng.next();
    script.read.resize(script.partitions.size());
    Dataflow flow{"many_keys"};
    SlowSink::Taken taken;
    steps(flow.input("input", SimulatedSource{script}) | op::key_on("key", &Item::key)) |
        op::output("out", SlowSink{taken});

    const RunShape shape = random_shape(rng);
    Faults faults = random_disturbances(rng);
    faults.while_all_wait = [&taken, &rng] {
      const bool waits = taken.items >= taken.most;
      taken.most = taken.items + rng.between(1, 100);
      taken.waker->wake();
      return waits;
    };
    Driver driver{RunAccess::graph(flow), rng, shape, faults};
    ASSERT_EQ(driver.run(), Driver::End::kDone);
    ASSERT_GE(taken.items, kKeys);
    ASSERT_LE(driver.most_held(), kMostHeld + shape.channels.buffer_bytes * 5 / 4);
  }
}

Item item_of(std::pair<std::uint32_t, std::uint64_t> result) { return {result.first, result.second, 0, 0}; }

EventClock<decltype(&time_of)> by_second() { return EventClock{&time_of, 1s}; }

template <typename Windows>
Steps counted_in(Windows windows) {
  return [windows](const KeyedStream<std::uint32_t, Item>& items) -> Stream<Item> {
    return op::count_window("windows", windows).apply(items).down |
           op::map("item", [](const std::pair<std::uint32_t, InWindow<std::uint64_t>>& count) {
             return item_of({count.first, count.second.value});
           });
  };
}

/// Rings a second after each item.
struct Rings {
  using State = std::uint64_t;
  using Output = std::uint64_t;

  void on_item(const std::uint32_t& /*key*/, std::optional<State>& items, Item&& item,
               KeyedEmit<std::uint32_t, Output>& /*emit*/, Timers& timers) const {
    items = items.value_or(0) + 1;
    timers.set_event(at(item.second + 1));
  }
  void on_timer(const std::uint32_t& /*key*/, std::optional<State>& items, const Timer& /*timer*/,
                KeyedEmit<std::uint32_t, Output>& emit, Timers& /*timers*/) const {
    emit(Output{*items});
  }
};

TEST(WhatSendersHold, IsBoundWhereFoldsEnd) {
  expect_bound_occupancy([](const auto& items) -> Stream<Item> {
    return items | op::map_value("value", &Item::value) | op::sum_final("sum") | op::map("item", item_of);
  });
}

TEST(WhatSendersHold, IsBoundWhereCombinedFoldsEnd) {
  expect_bound_occupancy([](const auto& items) -> Stream<Item> {
    return items | op::map_value("value", &Item::value) | op::sum_final("sum").combined() | op::map("item", item_of);
  });
}

TEST(WhatSendersHold, IsBoundWhereWindowsClose) {
  expect_bound_occupancy(counted_in(TumblingWindows{by_second(), 10s}));
  expect_bound_occupancy(counted_in(SlidingWindows{by_second(), 10s, 3s}));
  expect_bound_occupancy(counted_in(SessionWindows{by_second(), 10s}));
}

TEST(WhatSendersHold, IsBoundWhereTimersRing) {
  expect_bound_occupancy([](const auto& items) -> Stream<Item> {
    return items |
           op::event_time(
               "clock",
               EventClock{[](const std::pair<std::uint32_t, Item>& item) { return time_of(item.second); }, 1s}) |
           op::stateful("rings", Rings{}) | op::map("item", item_of);
  });
}

TEST(WhatSendersHold, IsBoundWhereRangesAreLong) {
  expect_bound_occupancy([](const auto& items) -> Stream<Item> {
    return items | op::filter("one", [](const auto& item) { return item.first == 1; }) |
           op::flat_map("all", [](const auto& item) { return Items(kKeys, item.second); });
  });
}

}  // namespace
}  // namespace weir::simulation
