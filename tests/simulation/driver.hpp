#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/assembly.hpp"
#include "coordinator/coordinator.hpp"
#include "exchange/fabric.hpp"
#include "graph/plan.hpp"
#include "recovery/resume.hpp"
#include "recovery/snapshot_store.hpp"
#include "simulation/rng.hpp"
#include "weir/dataflow.hpp"
#include "worker/control.hpp"
#include "worker/worker.hpp"

namespace weir::simulation {

/// What a simulated run is made of, drawn from its seed.
struct Faults {
  std::uint64_t lies_percent = 0;               ///< how often a channel claims to be full or empty though it is not
  std::uint64_t ask_percent = 5;                ///< how often, in coordinator turns, workers are to tell of themselves
  std::uint64_t epoch_percent = 0;              ///< how often, in coordinator turns, an epoch is closed
  std::uint64_t starved_percent = 0;            ///< how often a worker is passed over for a while
  std::uint64_t hour_passes_permille = 0;       ///< how often, in steps, an hour passes
  std::uint64_t clock_set_permille = 0;         ///< how often, in steps, the system's clock is set, an hour at most
  std::uint64_t stop_after_turns = 0;           ///< when the run is asked to stop; 0: never
  std::uint64_t restart_after_turns = 0;        ///< when a source asks that the run be made again; 0: never
  bool emit_on_stop = false;                    ///< whether a stop ends what was read
  std::uint64_t crash_after_turns = 0;          ///< when the process ends as by SIGKILL; 0: never
  void (*around_steps)(bool begins) = nullptr;  ///< called as a worker's step begins and ends
  std::function<bool()> while_all_wait{};       ///< called when nobody can act; says whether that changed it
};

/// How the simulated run is laid out.
struct RunShape {
  WorkerCount workers;
  detail::exchange::ChannelSize channels;
  detail::exchange::ExchangeMode exchange{};
  detail::runtime::TableSettings tables;
  std::uint64_t lead = detail::worker::kUsualLead;
  std::uint64_t epoch_items = 0;                     ///< an epoch's share of one worker; 0: none
  detail::recovery::SnapshotStore* store = nullptr;  ///< null: no snapshots are kept
};

/// Runs a dataflow on one thread: a seeded scheduler decides who acts next, workers, coordinator or clock, and what
/// goes wrong. The workers, channels, stages and the coordinator are those of a run on threads.
class Driver {
 public:
  enum class End { kDone, kStopped, kFailed, kCrashed, kDeadlock, kEndless };

  Driver(const detail::graph::Graph& graph, Rng& rng, const RunShape& shape, Faults faults);

  /// Turns until the run has ended, or until something is wrong.
  End run();

  [[nodiscard]] std::exception_ptr error() const { return coordinator_.error(); }

  /// A number that differs if anything was scheduled differently.
  [[nodiscard]] std::uint64_t trace_hash() const noexcept { return trace_; }
  [[nodiscard]] std::uint64_t epochs_closed() const noexcept { return epochs_; }
  /// Whether each worker passed the epochs one by one.
  [[nodiscard]] bool epochs_in_order() const noexcept { return in_order_; }
  /// How many epochs waited for the store at most.
  [[nodiscard]] std::size_t most_waiting() const noexcept { return most_waiting_; }
  /// How many bytes a sending end of a channel held at most, beside what was in the channel.
  [[nodiscard]] std::size_t most_held() const noexcept { return most_held_; }
  /// How many keys the steps have state for, on all workers.
  [[nodiscard]] std::size_t keys_held() const;

 private:
  class Scheduler final : public detail::exchange::Activator, public detail::exchange::ChannelFaults {
   public:
    Scheduler(Rng& rng, std::size_t workers, std::uint64_t lies_percent)
        : awake(workers, true), wants_room(workers, false), rng_{&rng}, lies_percent_{lies_percent} {}
    void wake(WorkerIndex worker) override { awake[worker] = true; }
    void wake_for_room(WorkerIndex worker) override { awake[worker] = awake[worker] || wants_room[worker]; }
    [[nodiscard]] bool lies() override { return rng_->percent(lies_percent_); }

    std::vector<bool> awake;
    std::vector<bool> wants_room;

   private:
    Rng* rng_;
    std::uint64_t lies_percent_;
  };

  /// Simulated sources and sinks block nowhere, so they have no use for an I/O thread.
  class NoIoThread final : public IoThread {
   public:
    void submit(std::function<void()> job) override { job(); }
    void when_readable(int /*descriptor*/, std::function<void()> job) override { job(); }
    void when_writable(int /*descriptor*/, std::function<void()> job) override { job(); }
  };

  void tick();
  void step(std::size_t index);
  void take_events(detail::worker::Worker& worker);
  void look_at_channels(const detail::worker::Worker& worker);
  void coordinator_turn();
  void store_turn();
  void wake_all_if_ordered();
  [[nodiscard]] bool all_done() const;
  [[nodiscard]] bool runnable(std::size_t index) const;
  bool advance_clock();

  Rng* rng_;
  Faults faults_;
  detail::graph::Plan plan_;
  detail::recovery::SnapshotStore* store_;
  std::optional<detail::recovery::Resume> resume_;
  detail::worker::Control control_;
  Scheduler scheduler_;
  NoIoThread io_;
  detail::coordinator::Assembly assembly_;
  detail::coordinator::Coordinator coordinator_;
  std::chrono::steady_clock::time_point now_{};
  std::chrono::nanoseconds system_offset_ = std::chrono::hours{500'000};
  std::vector<bool> done_;
  std::vector<std::uint64_t> starved_;
  std::vector<std::uint64_t> passed_;
  std::vector<detail::worker::WorkerEvent> events_;
  std::deque<detail::recovery::EpochCommit> commits_;  // on their way to the store
  std::deque<Epoch> acknowledged_;                     // on their way back
  std::uint64_t trace_ = 0;
  std::uint64_t epochs_ = 0;
  bool in_order_ = true;
  std::size_t most_waiting_ = 0;
  std::size_t most_held_ = 0;
};

}  // namespace weir::simulation
