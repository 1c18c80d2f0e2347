// What do weir's parts cost, one at a time? A part that became slow shows here by itself.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>
#include <boost/unordered/unordered_flat_map.hpp>

#include <weir/weir.hpp>

#include "coordinator/assembly.hpp"
#include "coordinator/coordinator.hpp"
#include "coordinator/run_access.hpp"
#include "driven.hpp"
#include "exchange/spsc.hpp"
#include "mix.hpp"
#include "search_sessions/events.hpp"

namespace weir::bench {
namespace {

using benchmark::State;
using search_sessions::ClickResult;
using search_sessions::Event;
using search_sessions::Results;

// --- The channel ---

void ring_on_one_thread(State& state) {
  detail::exchange::Spsc<std::unique_ptr<int>> ring{8};
  auto value = std::make_unique<int>(1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(ring.try_push(std::move(value)));
    benchmark::DoNotOptimize(ring.try_pop(value));
  }
}
BENCHMARK(ring_on_one_thread);

// There and back again: two hand-overs between cores.
void ring_round_trip_between_threads(State& state) {
  detail::exchange::Spsc<std::uint64_t> there{8};
  detail::exchange::Spsc<std::uint64_t> back{8};
  std::atomic<bool> done{false};
  const std::jthread echo{[&] {
    std::uint64_t value = 0;
    while (!done.load(std::memory_order_relaxed)) {
      if (there.try_pop(value)) {
        while (!back.try_push(std::move(value))) {
        }
      }
    }
  }};
  for (auto _ : state) {
    std::uint64_t value = 1;
    while (!there.try_push(std::move(value))) {
    }
    while (!back.try_pop(value)) {
    }
  }
  done = true;
}
BENCHMARK(ring_round_trip_between_threads)->UseRealTime();

// --- The archive, for each kind of field ---

template <typename T>
void write_and_read(State& state, const T& value) {
  constexpr int kItems = 256;  // as in a buffer: one archive for many items
  detail::codec::ByteBuffer buffer{1 << 20};
  detail::codec::OutputArchive out;
  detail::codec::InputArchive in;
  T read{};
  for (auto _ : state) {
    buffer.clear();
    out.attach(buffer);
    for (int i = 0; i < kItems; ++i) {
      detail::encode(out, value);
    }
    out.commit();
    in.attach(buffer.data(), buffer.data() + buffer.used);
    for (int i = 0; i < kItems; ++i) {
      detail::decode(in, read);
      benchmark::DoNotOptimize(read);
    }
  }
  state.SetItemsProcessed(state.iterations() * kItems);
  state.counters["bytes"] = static_cast<double>(buffer.used) / kItems;
}
BENCHMARK_CAPTURE(write_and_read, number, std::uint64_t{1'234'567});
BENCHMARK_CAPTURE(write_and_read, short_text, std::string{"item-12345"});
BENCHMARK_CAPTURE(write_and_read, long_text, std::string(100, 'x'));
BENCHMARK_CAPTURE(write_and_read, numbers, std::vector<std::uint64_t>(16, 7));
BENCHMARK_CAPTURE(write_and_read, texts, std::vector<std::string>(3, "item-12345"));
BENCHMARK_CAPTURE(write_and_read, optional_number, std::optional<std::int32_t>{5});
BENCHMARK_CAPTURE(write_and_read, variant_of_structs, Event{ClickResult{5, "item-12345"}});
BENCHMARK_CAPTURE(write_and_read, variant_with_vector, Event{Results{5, {"item-12345", "item-12346", "item-12347"}}});
BENCHMARK_CAPTURE(write_and_read, key_and_event, std::pair{std::string{"123456"}, Event{ClickResult{5, "item-1"}}});

// --- Keys and state ---

template <typename K>
void hash_and_owner(State& state, const K& key) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(&key);
    benchmark::ClobberMemory();
    benchmark::DoNotOptimize(detail::owner_of(key_hash(key), WorkerCount{7}));
  }
}
BENCHMARK_CAPTURE(hash_and_owner, number, std::uint64_t{1'234'567});
BENCHMARK_CAPTURE(hash_and_owner, short_text, std::string{"w12345"});
BENCHMARK_CAPTURE(hash_and_owner, long_text, std::string(100, 'x'));
BENCHMARK_CAPTURE(hash_and_owner, pair_of_texts, std::pair{std::string{"de"}, std::string{"80331"}});

// A look-up in a table of so many keys, in no order.
template <typename K, typename MakeKey>
void look_up(State& state, MakeKey make_key) {
  boost::unordered_flat_map<K, std::uint64_t, detail::SeededKeyHash<K>> table{0, detail::SeededKeyHash<K>{42}};
  const auto keys = static_cast<std::uint64_t>(state.range(0));
  for (std::uint64_t key = 0; key < keys; ++key) {
    table.emplace(make_key(key), key);
  }
  std::vector<K> asked;
  for (std::uint64_t i = 0; i < 1 << 14; ++i) {
    asked.push_back(make_key(mix(i) % keys));
  }
  std::size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(++table.find(asked[next])->second);
    next = (next + 1) % asked.size();
  }
}
void look_up_number(State& state) {
  look_up<std::uint64_t>(state, [](std::uint64_t key) { return key; });
}
void look_up_text(State& state) {
  look_up<std::string>(state, [](std::uint64_t key) { return "w" + std::to_string(key); });
}
BENCHMARK(look_up_number)->RangeMultiplier(32)->Range(1 << 10, 1 << 20);
BENCHMARK(look_up_text)->RangeMultiplier(32)->Range(1 << 10, 1 << 20);

// --- Steps ---

template <typename T>
auto items(std::uint64_t count, T item) {
  return ManualInput{[count, item](std::size_t, std::size_t, std::optional<std::uint64_t>) {
    return [n = std::uint64_t{0}, count, item]() mutable {
      return n < count ? std::optional{std::pair{n++, item}} : std::nullopt;
    };
  }};
}

// So many maps behind each other: what each adds to an item's way.
template <typename T>
void maps(State& state, const T& item) {
  constexpr std::uint64_t kItems = 1'000'000;
  RunOptions options;
  options.workers = 1;
  for (auto _ : state) {
    Dataflow flow{"maps"};
    auto stream = flow.input("in", items(kItems, item));
    for (std::int64_t step = 0; step < state.range(0); ++step) {
      stream = stream | op::map("map_" + std::to_string(step), [](T&& each) { return std::move(each); });
    }
    stream | op::output("out", ManualOutput{[](std::size_t, std::size_t) { return [](const T&) {}; }});
    run(flow, options);
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kItems));
}
BENCHMARK_CAPTURE(maps, number, std::uint64_t{7})->Arg(0)->Arg(1)->Arg(8)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK_CAPTURE(maps, text, std::string{"item-12345"})
    ->Arg(0)
    ->Arg(1)
    ->Arg(8)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

// --- A barrier ---

// An epoch without items through two exchanges, with so many workers, all driven by this thread: the work that a
// barrier is, without the waits.
void barrier(State& state) {
  const WorkerCount workers{static_cast<std::uint32_t>(state.range(0))};
  Dataflow flow{"barrier"};
  flow.input("in", ManualInput{[](std::size_t, std::size_t, std::optional<int>) -> Generator<std::pair<int, int>> {
               while (true) {
                 co_yield idle(std::chrono::hours{1});
               }
             }}) |
      op::redistribute("first") | op::redistribute("second") |
      op::output("out", ManualOutput{[](std::size_t, std::size_t) { return [](int) {}; }});
  const detail::graph::Plan plan{RunAccess::graph(flow)};
  detail::worker::Control control;
  NobodySleeps activator;
  NoFiles io;
  detail::coordinator::Assembly assembly{
      plan,
      {.workers = workers,
       .channels = detail::exchange::ChannelSize::for_run(plan.edges().size(), workers),
       .control = control,
       .activator = activator,
       .io = io}};
  detail::coordinator::Coordinator coordinator{workers, control};
  for (auto _ : state) {
    coordinator.on_epoch_timer();
    while (!coordinator.passed()) {
      for (const auto& worker : assembly.workers()) {
        worker->step({});
        for (detail::worker::WorkerEvent& event : worker->take_events()) {
          coordinator.on_event(std::move(event));
        }
      }
    }
  }
}
BENCHMARK(barrier)->RangeMultiplier(2)->Range(1, 32)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace weir::bench

BENCHMARK_MAIN();
