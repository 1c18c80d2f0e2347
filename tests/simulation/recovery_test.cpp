#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <map>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/run_access.hpp"
#include "simulation/allocation_fault.hpp"
#include "simulation/driver.hpp"
#include "simulation/final_step.hpp"
#include "simulation/memory_store.hpp"
#include "simulation/random_dataflow.hpp"
#include "simulation/random_run.hpp"
#include "simulation/seeds.hpp"
#include "simulation/simulated_sink.hpp"
#include "simulation/simulated_source.hpp"

namespace weir::simulation {
namespace {

/// A random dataflow that is run on a store again and again: killed, stopped, failed, resumed with other numbers of
/// workers, until its input ends; then resumed for nothing, and with more input. All of it drawn from one seed.
class RecoveredRuns {
 public:
  /// @param alone  the dataflow has this step and no other
  explicit RecoveredRuns(std::uint64_t seed, std::optional<RandomStep> alone = {})
      : rng_{seed}, job_{alone ? RandomDataflow{rng_, *alone} : RandomDataflow{rng_}} {
    script_.partitions = job_.partitions;
    script_.seed = rng_.next();
    script_.read.resize(job_.partitions.size());
    sink_disk_.seed = rng_.next();
    throw_at_ = rng_.percent(20) ? rng_.between(1, 300) : 0;
    two_sources_ = rng_.percent(25);
    build();
  }

  /// @return  empty if what came out is what must come out; else what is wrong
  std::string run() {
    hide_input();
    if (two_sources_) {
      cut_partitions(script_, rng_);
    }
    for (int inputs = 0; inputs < 2; ++inputs) {
      if (std::string wrong = run_to_the_end(); !wrong.empty()) {
        return wrong;
      }
      if (std::string wrong = run_for_nothing(); !wrong.empty()) {
        return wrong;
      }
      script_.partitions = job_.partitions;
    }
    return {};
  }

  [[nodiscard]] std::string describe() const { return job_.describe() + (two_sources_ ? ", two sources" : ""); }
  [[nodiscard]] std::uint64_t interrupted() const { return interrupted_; }
  /// How often partitions heard what is decided.
  [[nodiscard]] std::uint64_t decided() const { return decided_; }

 private:
  void build() {
    auto items = simulated_input(flow_, script_, two_sources_) |
                 op::inspect_debug("stamp", [this](const Item& item, Epoch epoch, WorkerIndex) {
                   item.epoch = epoch.value;
                   if (++seen_ == throw_at_) {
                     throw std::runtime_error{"planned"};
                   }
                 });
    job_.build(flow_, items) | op::output("out", SimulatedSink{sink_disk_});
  }

  // The ends of the partitions only come with the second input.
  void hide_input() {
    for (Items& items : script_.partitions) {
      if (rng_.percent(50)) {
        items.resize(rng_.below(items.size() + 1));
      }
    }
  }

  std::string run_to_the_end() {
    for (int attempt = 0;; ++attempt) {
      const Driver::End end = execute(attempt < 25);
      if (end == Driver::End::kDeadlock || end == Driver::End::kEndless || attempt == 50) {
        return "a run came to no end";
      }
      std::string wrong = compare();
      if (wrong.empty() && !two_sources_) {
        wrong = compare_positions(end == Driver::End::kDone || end == Driver::End::kStopped);
      }
      if (!wrong.empty()) {
        return wrong + " after execution " + std::to_string(store_disk_.contents.execution);
      }
      if (end == Driver::End::kDone) {
        return {};
      }
      ++interrupted_;
    }
  }

  std::string run_for_nothing() {
    const std::size_t before = sink_disk_.visible.size();
    const Driver::End end = execute(false);
    if (end != Driver::End::kDone) {
      return "a run with nothing to do was not done";
    }
    return sink_disk_.visible.size() == before ? "" : "a run with nothing to do put something out";
  }

  Driver::End execute(bool with_faults) {
    RunShape shape = random_shape(rng_);
    shape.epoch_items = rng_.percent(30) ? rng_.between(1, 100) : 0;
    Faults faults = random_disturbances(rng_);
    MemoryStore::Faults store_faults;
    if (with_faults) {
      faults.stop_after_turns = rng_.percent(20) ? rng_.between(1, 2'000) : 0;
      faults.restart_after_turns = rng_.percent(20) ? rng_.between(1, 2'000) : 0;
      faults.emit_on_stop = rng_.percent(50);
      faults.crash_after_turns = rng_.percent(60) ? rng_.between(1, 3'000) : 0;
      store_faults.crash_at_load = rng_.percent(10) ? rng_.between(1, 30) : 0;
      store_faults.fail_at_commit = rng_.percent(10) ? rng_.between(1, 10) : 0;
      store_faults.fails_behind = rng_.percent(50);
    }
    MemoryStore store{store_disk_, store_faults};
    shape.store = &store;
    try {
      Driver driver{RunAccess::graph(flow_), rng_, shape, faults};
      const Driver::End end = driver.run();
      most_waiting_ = std::max(most_waiting_, driver.most_waiting());
      return end;
    } catch (const Crash&) {
      return Driver::End::kCrashed;
    }
  }

  // What waits for the store is bound, however slow that is; and what is decided is there once, however the execution
  // ended: what the items up to the stored positions made, and what every end of the input made, which stays when more
  // input comes.
  std::string compare() {
    if (most_waiting_ > 2) {
      return std::to_string(most_waiting_) + " epochs waited for the store";
    }
    Progress progress{stored_positions(), false, stored_watermark()};
    if (job_.timed() && progress.watermark > job_.watermark(progress.read, std::vector<bool>(progress.read.size()))) {
      return "event time is further than a partition that may go on";
    }
    if (store_disk_.contents.closed && (!ended_ || read_before_end_ != progress.read)) {
      ended_ = true;
      read_before_end_ = progress.read;
      std::ranges::set_difference(job_.reference({progress.read, true, {}}), job_.reference(progress),
                                  std::back_inserter(made_by_ends_));
    }
    Items expected = job_.reference(progress);
    expected.insert(expected.end(), made_by_ends_.begin(), made_by_ends_.end());
    std::ranges::sort(expected);
    Items decided = decided_items();
    std::ranges::sort(decided);
    return decided == expected ? "" : std::to_string(decided.size()) + " items for " + std::to_string(expected.size());
  }

  // A run that came to its end, or was stopped, has stored how far each partition moved, though it emitted nothing. No
  // partition hears that more is decided than is stored.
  [[nodiscard]] std::string compare_positions(bool all_stored) {
    for (std::size_t p = 0; p < script_.at.size(); ++p) {
      const auto stored = store_disk_.positions.find({"input", std::to_string(p)});
      const std::string position = stored != store_disk_.positions.end() ? stored->second : "";
      if (all_stored && position != script_.at[p]) {
        return "partition " + std::to_string(p) + " is at \"" + script_.at[p] + "\", and \"" + position +
               "\" is stored";
      }
      if (const std::string& decided = script_.decided[p]; !decided.empty()) {
        ++decided_;
        if (position.empty() || SimulatedPlace::of(decided) > SimulatedPlace::of(position)) {
          return "partition " + std::to_string(p) + " heard that " + decided + " is decided, and \"" + position +
                 "\" is";
        }
      }
      script_.at[p] = position;  // where the next run begins
    }
    return {};
  }

  [[nodiscard]] std::vector<std::size_t> stored_positions() const {
    std::vector<std::size_t> read(job_.partitions.size());
    for (const auto& [partition, position] : store_disk_.positions) {
      if (partition.first == "input") {
        read[std::stoul(partition.second)] = read_at(script_, partition.second, position);
      }
    }
    return read;
  }

  // How far event time had come at the step that goes by it; the same on all workers that had a part in the epoch.
  [[nodiscard]] Time stored_watermark() const {
    Time latest = Time::min();
    const std::string step = "step_" + std::to_string(job_.timed_step());
    for (const auto& [worker, position] : store_disk_.positions) {
      if (worker.first == step) {
        latest = std::max(latest, detail::from_bytes<std::pair<Time, Time>>(position).first);
      }
    }
    return latest;
  }

  [[nodiscard]] Items decided_items() const {
    SinkDisk sink = sink_disk_;
    for (const auto& [partition, token] : store_disk_.tokens) {
      sink.commit(token);
    }
    return sink.visible;
  }

  Rng rng_;
  RandomDataflow job_;
  SourceScript script_;
  StoreDisk store_disk_;
  SinkDisk sink_disk_;
  Items made_by_ends_;
  bool two_sources_ = false;
  bool ended_ = false;
  std::vector<std::size_t> read_before_end_;  // the last one that had something new before it
  std::uint64_t throw_at_ = 0;
  std::uint64_t seen_ = 0;
  std::uint64_t interrupted_ = 0;
  std::uint64_t decided_ = 0;
  std::size_t most_waiting_ = 0;
  Dataflow flow_{"recovered"};
};

// Tables of folds are full, and folding begins and ends, with barriers and crashes in between.
TEST(RecoveredRuns, OfAFoldBeforeItsExchangeGiveWhatTheReferenceGives) {
  for (const std::uint64_t seed : seeds(150)) {
    RecoveredRuns runs{seed, fold_in_order()};
    SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed) + ": " + runs.describe());
    ASSERT_EQ(runs.run(), "");
  }
}

TEST(RecoveredRuns, GiveWhatTheReferenceGivesForEverySeed) {
  std::uint64_t interrupted = 0;
  std::uint64_t decided = 0;
  for (const std::uint64_t seed : seeds(5'000)) {
    RecoveredRuns runs{seed};
    SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed) + ": " + runs.describe());
    ASSERT_EQ(runs.run(), "");
    interrupted += runs.interrupted();
    decided += runs.decided();
  }
  if (std::getenv("WEIR_TEST_SEED") == nullptr) {
    EXPECT_GT(decided, 0U) << "no partition heard what was decided";
    EXPECT_GT(interrupted, 0U) << "no seed interrupted a run";
  }
}

/// A job of which every callback can be told to throw once, the k-th that is called.
class AJobWhoseCallbacksThrow : public ::testing::Test {
 protected:
  void may_throw() {
    if (++called_ == throws_at_) {
      throw std::runtime_error{"planned"};
    }
  }

  Driver::End execute(std::uint32_t workers, const Faults& faults = {}) {
    called_ = 0;
    MemoryStore store{store_disk_, {}};
    RunShape shape;
    shape.workers = WorkerCount{workers};
    shape.channels = {.depth = 2, .buffer_bytes = 100};
    shape.tables.seed = 1;
    shape.epoch_items = 20;
    shape.store = &store;
    return Driver{RunAccess::graph(flow_), rng_, shape, faults}.run();
  }

  void SetUp() override {
    script_.partitions.resize(4);
    script_.read.resize(4);
    for (std::uint64_t i = 0; i < 560; ++i) {
      const auto key = static_cast<std::uint32_t>(rng_.below(16));
      script_.partitions[key % 4].push_back({key, rng_.next()});
    }
    build();
  }

  void build() {
    flow_.input("input", SimulatedSource{script_}) | op::filter("some", [this](const Item& item) {
      may_throw();
      return item.value % 7 != 0;
    }) | op::key_on("key", [this](const Item& item) {
      may_throw();
      return item.key;
    }) | op::stateful_map("count", [this](std::optional<std::uint64_t>& count, const Item& item) {
      may_throw();
      count = count.value_or(0) + 1;
      return Item{item.key, *count, 0};
    }) | op::map("item", [this](std::pair<std::uint32_t, Item> item) {
      may_throw();
      return item.second;
    }) | op::output("out", SimulatedSink{sink_disk_});
  }

  [[nodiscard]] Items expected() const {
    Items counts;
    std::map<std::uint32_t, std::uint64_t> count;
    for (const Items& items : script_.partitions) {
      for (const Item& item : items) {
        if (item.value % 7 != 0) {
          counts.push_back({item.key, ++count[item.key], 0});
        }
      }
    }
    std::ranges::sort(counts);
    return counts;
  }

  Rng rng_{1};
  SourceScript script_;
  StoreDisk store_disk_;
  SinkDisk sink_disk_;
  std::uint64_t called_ = 0;
  std::uint64_t throws_at_ = 0;
  Dataflow flow_{"throwing"};
};

TEST_F(AJobWhoseCallbacksThrow, GoesOnExactlyWhicheverOneDid) {
  const std::uint64_t stride =
      10 / std::min<std::uint64_t>(interleaving::scaled(10), 10);  // every one without sanitizers
  for (const std::uint32_t workers : {1U, 2U, 4U}) {
    for (throws_at_ = 1;; throws_at_ += stride) {
      SCOPED_TRACE(std::to_string(workers) + " workers, callback " + std::to_string(throws_at_));
      store_disk_ = {};
      sink_disk_ = {};
      const Driver::End end = execute(workers);
      if (end == Driver::End::kDone) {
        break;  // there was no such callback
      }
      ASSERT_EQ(end, Driver::End::kFailed);
      const std::uint64_t throws_at = std::exchange(throws_at_, 0);
      ASSERT_EQ(execute(workers % 4 + 1), Driver::End::kDone);
      throws_at_ = throws_at;
      std::ranges::sort(sink_disk_.visible);
      ASSERT_TRUE(sink_disk_.visible == expected());
    }
    ASSERT_GT(throws_at_, 1'900U);
  }
}

TEST_F(AJobWhoseCallbacksThrow, GoesOnExactlyWheneverMemoryRanOut) {
  if (!allocations_can_fail()) {
    GTEST_SKIP() << "the thread sanitizer allocates";
  }
  std::uint64_t failed = 0;
  for (std::uint64_t at = 1; at <= interleaving::scaled(5'000); ++at) {
    SCOPED_TRACE("allocation " + std::to_string(at));
    store_disk_ = {};
    sink_disk_ = {};
    fail_allocation(at);
    const Driver::End end = execute(static_cast<std::uint32_t>(at % 4 + 1), {.around_steps = &count_allocations});
    const bool ran_out = counted_allocations() >= at;
    fail_allocation(0);
    ASSERT_EQ(end, ran_out ? Driver::End::kFailed : Driver::End::kDone);
    failed += ran_out ? 1 : 0;
    ASSERT_EQ(execute(2), Driver::End::kDone);
    std::ranges::sort(sink_disk_.visible);
    ASSERT_TRUE(sink_disk_.visible == expected());
  }
  EXPECT_GT(failed, 0U);
}

TEST_F(AJobWhoseCallbacksThrow, GoesOnExactlyWheneverMemoryRanOutWhileItResumed) {
  if (!allocations_can_fail()) {
    GTEST_SKIP() << "the thread sanitizer allocates";
  }
  throws_at_ = 1'000;
  ASSERT_EQ(execute(2), Driver::End::kFailed);
  throws_at_ = 0;
  const auto resume = [this](std::uint64_t at) {
    fail_allocation(at);
    count_allocations(true);
    try {
      MemoryStore store{store_disk_, {}};
      RunShape shape;
      shape.workers = WorkerCount{static_cast<std::uint32_t>(at % 4 + 1)};
      shape.channels = {.depth = 2, .buffer_bytes = 100};
      shape.store = &store;
      const Driver driver{RunAccess::graph(flow_), rng_, shape, {}};
      count_allocations(false);
      return false;
    } catch (const std::bad_alloc&) {
      count_allocations(false);
      return true;
    }
  };
  const StoreDisk store_before = store_disk_;
  const SinkDisk sink_before = sink_disk_;
  std::uint64_t at = 1;
  for (; resume(at); ++at) {
    fail_allocation(0);
    ASSERT_EQ(execute(static_cast<std::uint32_t>(at % 3 + 1)), Driver::End::kDone) << "allocation " << at;
    std::ranges::sort(sink_disk_.visible);
    ASSERT_TRUE(sink_disk_.visible == expected()) << "allocation " << at;
    store_disk_ = store_before;
    sink_disk_ = sink_before;
  }
  fail_allocation(0);
  EXPECT_GT(at, 100U);
}

}  // namespace
}  // namespace weir::simulation
