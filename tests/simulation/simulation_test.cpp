#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/run_access.hpp"
#include "simulation/driver.hpp"
#include "simulation/random_dataflow.hpp"
#include "simulation/random_run.hpp"
#include "simulation/seeds.hpp"
#include "simulation/simulated_source.hpp"

namespace weir::simulation {
namespace {

/// A random dataflow with sources and a sink, and how it is to be run: all of it drawn from one seed.
class SimulatedRun {
 public:
  explicit SimulatedRun(std::uint64_t seed) : rng_{seed}, job_{rng_} {
    script_.partitions = job_.partitions;
    script_.seed = rng_.next();
    script_.read.resize(job_.partitions.size());
    shape_ = random_shape(rng_);
    faults_ = random_disturbances(rng_);
    faults_.stop_after_turns = rng_.percent(25) ? rng_.between(1, 2'000) : 0;
    faults_.emit_on_stop = rng_.percent(50);
    throw_at_ = rng_.percent(10) ? rng_.between(1, 200) : 0;
    build(rng_.percent(25));
  }

  Driver::End run() {
    Driver driver{RunAccess::graph(flow_), rng_, shape_, faults_};
    const Driver::End end = driver.run();
    trace_hash_ = driver.trace_hash();
    epochs_closed_ = driver.epochs_closed();
    epochs_in_order_ = driver.epochs_in_order();
    error_ = driver.error();
    std::ranges::sort(outputs_);
    return end;
  }

  [[nodiscard]] Items expected(Driver::End end) const {
    Progress progress{script_.read, end == Driver::End::kDone || faults_.emit_on_stop};
    if (job_.timed() && !progress.ended) {
      progress.watermark = job_.watermark(script_.read, script_.ended);
    }
    return job_.reference(progress);
  }
  [[nodiscard]] bool may_fail() const { return throw_at_ > 0; }
  [[nodiscard]] std::string describe() const {
    return job_.describe() + ", " + std::to_string(shape_.workers.value) + " workers, depth " +
           std::to_string(shape_.channels.depth) + ", " + std::to_string(shape_.channels.buffer_bytes) +
           " bytes a buffer, " + std::to_string(faults_.lies_percent) + "% lies" +
           (script_.cuts.empty() ? "" : ", two sources");
  }

  Items outputs_;
  std::size_t in_wrong_epoch_ = 0;
  std::uint64_t trace_hash_ = 0;
  std::uint64_t epochs_closed_ = 0;
  bool epochs_in_order_ = true;
  std::exception_ptr error_;

 private:
  void build(bool two_sources) {
    if (two_sources) {
      cut_partitions(script_, rng_);
    }
    auto items = simulated_input(flow_, script_, two_sources) |
                 op::inspect_debug("stamp", [this](const Item& item, Epoch epoch, WorkerIndex) {
                   item.epoch = epoch.value;
                   if (++seen_ == throw_at_) {
                     throw std::runtime_error{"planned"};
                   }
                 });
    job_.build(flow_, items) | op::inspect_debug("check", [this](const Item& item, Epoch epoch, WorkerIndex) {
      in_wrong_epoch_ += item.epoch != 0 && item.epoch != epoch.value ? 1 : 0;
    }) | op::output("out", ManualOutput{[this](std::uint32_t, std::uint32_t) {
                      return [this](const Item& item) { outputs_.push_back(item); };
                    }});
  }

  Rng rng_;
  RandomDataflow job_;
  SourceScript script_;
  RunShape shape_;
  Faults faults_;
  std::uint64_t throw_at_ = 0;
  std::uint64_t seen_ = 0;
  Dataflow flow_{"simulated"};
};

TEST(SimulatedRuns, GiveWhatTheReferenceGivesForEverySeed) {
  std::uint64_t failed = 0;
  std::uint64_t stopped = 0;
  std::uint64_t epochs = 0;
  for (const std::uint64_t seed : seeds(2'500)) {
    SimulatedRun run{seed};
    const Driver::End end = run.run();
    SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed) + ": " + run.describe());
    ASSERT_NE(end, Driver::End::kDeadlock);
    ASSERT_NE(end, Driver::End::kEndless);
    ASSERT_TRUE(run.epochs_in_order_);
    ASSERT_EQ(run.in_wrong_epoch_, 0U) << "an item overtook a barrier, or a barrier an item";
    if (end == Driver::End::kFailed) {
      ASSERT_TRUE(run.may_fail());
      ++failed;
      continue;
    }
    stopped += end == Driver::End::kStopped ? 1 : 0;
    epochs += run.epochs_closed_;
    ASSERT_EQ(run.outputs_.size(), run.expected(end).size());
    ASSERT_TRUE(run.outputs_ == run.expected(end));
  }
  if (std::getenv("WEIR_TEST_SEED") == nullptr) {
    EXPECT_GT(failed, 0U) << "no seed tried a failure";
    EXPECT_GT(stopped, 0U) << "no seed tried a stop";
    EXPECT_GT(epochs, 0U) << "no seed closed an epoch";
  }
}

TEST(SimulatedRuns, AreTheSameForTheSameSeed) {
  for (const std::uint64_t seed : seeds(25)) {
    SimulatedRun first{seed};
    SimulatedRun second{seed};
    EXPECT_EQ(first.run(), second.run());
    EXPECT_EQ(first.trace_hash_, second.trace_hash_) << "WEIR_TEST_SEED=" << seed;
  }
}

}  // namespace
}  // namespace weir::simulation
