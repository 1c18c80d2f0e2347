#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/run_access.hpp"
#include "simulation/driver.hpp"
#include "simulation/memory_store.hpp"
#include "simulation/random_dataflow.hpp"
#include "simulation/seeds.hpp"
#include "simulation/simulated_sink.hpp"
#include "simulation/simulated_source.hpp"

namespace weir::simulation {
namespace {

/// A random dataflow that is run on a store again and again: killed, stopped, failed, resumed with other numbers of
/// workers, until its input ends; then resumed for nothing, and with more input. All of it drawn from one seed.
class RecoveredRuns {
 public:
  explicit RecoveredRuns(std::uint64_t seed) : rng_{seed}, job_{rng_} {
    script_.partitions = job_.partitions;
    script_.seed = rng_.next();
    script_.read.resize(job_.partitions.size());
    sink_disk_.seed = rng_.next();
    throw_at_ = rng_.percent(20) ? rng_.between(1, 300) : 0;
    build();
  }

  /// @return  empty if what came out is what must come out; else what is wrong
  std::string run() {
    hide_input();
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

  [[nodiscard]] std::string describe() const { return job_.describe(); }
  [[nodiscard]] std::uint64_t interrupted() const { return interrupted_; }

 private:
  void build() {
    auto items = flow_.input("input", SimulatedSource{script_}) |
                 op::inspect_debug("stamp", [this](const Item& item, Epoch epoch, WorkerIndex) {
                   item.epoch = epoch.value;
                   if (++seen_ == throw_at_) {
                     throw std::runtime_error{"planned"};
                   }
                 });
    job_.build(items) | op::output("out", SimulatedSink{sink_disk_});
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
      if (std::string wrong = compare(); !wrong.empty()) {
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
    RunShape shape;
    shape.workers = WorkerCount{static_cast<std::uint32_t>(rng_.between(1, 6))};
    shape.channels = {.depth = rng_.between(1, 4), .buffer_bytes = rng_.between(1, 400)};
    shape.exchange = rng_.percent(30) ? detail::ExchangeMode::kMove : detail::ExchangeMode::kCereal;
    shape.tables.seed = rng_.next();
    if (rng_.percent(50)) {
      shape.tables.cached_bytes = rng_.between(0, 400);
    }
    shape.epoch_items = rng_.percent(30) ? rng_.between(1, 100) : 0;
    Faults faults;
    faults.lies_percent = rng_.percent(40) ? rng_.between(1, 30) : 0;
    faults.epoch_percent = rng_.percent(80) ? rng_.between(1, 60) : 0;
    faults.starved_percent = rng_.percent(40) ? rng_.between(1, 10) : 0;
    MemoryStore::Faults store_faults;
    if (with_faults) {
      faults.stop_after_turns = rng_.percent(20) ? rng_.between(1, 2'000) : 0;
      faults.crash_after_turns = rng_.percent(60) ? rng_.between(1, 3'000) : 0;
      store_faults.crash_at_load = rng_.percent(10) ? rng_.between(1, 30) : 0;
      store_faults.fail_at_commit = rng_.percent(10) ? rng_.between(1, 10) : 0;
      store_faults.fails_behind = rng_.percent(50);
    }
    MemoryStore store{store_disk_, store_faults};
    shape.store = &store;
    try {
      return Driver{RunAccess::graph(flow_), rng_, shape, faults}.run();
    } catch (const Crash&) {
      return Driver::End::kCrashed;
    }
  }

  // What is decided is there once, however the execution ended: what the items up to the stored positions made, and
  // what every end of the input made, which stays when more input comes.
  std::string compare() {
    const std::vector<std::size_t> read = stored_positions();
    if (store_disk_.contents.closed && (!ended_ || read_before_end_ != read)) {
      ended_ = true;
      read_before_end_ = read;
      std::ranges::set_difference(job_.reference(read, true), job_.reference(read, false),
                                  std::back_inserter(made_by_ends_));
    }
    Items expected = job_.reference(read, false);
    expected.insert(expected.end(), made_by_ends_.begin(), made_by_ends_.end());
    std::ranges::sort(expected);
    Items decided = decided_items();
    std::ranges::sort(decided);
    return decided == expected ? "" : std::to_string(decided.size()) + " items for " + std::to_string(expected.size());
  }

  [[nodiscard]] std::vector<std::size_t> stored_positions() const {
    std::vector<std::size_t> read(job_.partitions.size());
    for (const auto& [partition, position] : store_disk_.positions) {
      read[std::stoul(partition.second)] = std::stoul(position);
    }
    return read;
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
  bool ended_ = false;
  std::vector<std::size_t> read_before_end_;  // the last one that had something new before it
  std::uint64_t throw_at_ = 0;
  std::uint64_t seen_ = 0;
  std::uint64_t interrupted_ = 0;
  Dataflow flow_{"recovered"};
};

TEST(RecoveredRuns, GiveWhatTheReferenceGivesForEverySeed) {
  std::uint64_t interrupted = 0;
  for (const std::uint64_t seed : seeds(5'000)) {
    RecoveredRuns runs{seed};
    SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed) + ": " + runs.describe());
    ASSERT_EQ(runs.run(), "");
    interrupted += runs.interrupted();
  }
  if (std::getenv("WEIR_TEST_SEED") == nullptr) {
    EXPECT_GT(interrupted, 0U) << "no seed interrupted a run";
  }
}

}  // namespace
}  // namespace weir::simulation
