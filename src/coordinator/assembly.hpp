#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "coordinator/placement.hpp"
#include "coordinator/read_order.hpp"
#include "exchange/fabric.hpp"
#include "graph/plan.hpp"
#include "recovery/resume.hpp"
#include "weir/io.hpp"
#include "weir/log.hpp"
#include "weir/planned_restart.hpp"
#include "worker/alignment.hpp"
#include "worker/control.hpp"
#include "worker/worker.hpp"

namespace weir::detail::coordinator {

/// What a run's workers are made with.
struct AssemblyParts {
  WorkerCount workers;
  exchange::ExchangeMode exchange = exchange::ExchangeMode::kCereal;
  exchange::ChannelSize channels;
  std::uint64_t lead = worker::kUsualLead;  ///< how many items a worker may read ahead of others in event time
  runtime::TableSettings tables{};
  worker::EpochSettings epochs{};
  const recovery::Resume* resume = nullptr;  ///< null: no snapshots are kept
  const Placement* placement = nullptr;      ///< null: the workers are all that run the dataflow
  const worker::Control& control;
  exchange::Activator& activator;
  IoThread& io;
  exchange::ChannelFaults* faults = nullptr;
  LogTarget* log = nullptr;          ///< for sources and sinks; null: they say nothing
  RestartTarget* restart = nullptr;  ///< null: the run cannot be made again
  /// Called if a step cannot be made, before the steps made so far are destroyed: waits for what still runs for them.
  std::function<void()> abandon = [] {};
};

/// A receiver that gives each item to several, and the function that deletes it.
using ErasedFanOut = std::unique_ptr<runtime::ReceiverBase, void (*)(runtime::ReceiverBase* fan_out)>;

/// The workers of one run and the channels between them.
class Assembly {
 public:
  /// Copies every callable once per worker and calls builders, one worker after the other.
  Assembly(const graph::Plan& plan, const AssemblyParts& parts);

  /// Gives a key's state to the worker that owns the key, and to the steps that copy it on all workers.
  void restore(runtime::StepNumber step, const snapshot::StateRecord& record);

  /// Which inputs are read after others. Those that wait are held until the control releases them.
  [[nodiscard]] const ReadOrder& read_order() const noexcept { return read_order_; }

  /// A step whose table is not read before its stream though that was left to weir.
  struct ReadAtOnce {
    runtime::StepNumber step;
    std::optional<runtime::StepNumber>
        endless;  ///< an input of the table that may have no end; none: the waits have a circle
  };
  [[nodiscard]] const std::vector<ReadAtOnce>& read_at_once() const noexcept { return read_at_once_; }

  [[nodiscard]] std::vector<std::unique_ptr<worker::Worker>>& workers() noexcept { return workers_; }
  [[nodiscard]] const std::vector<std::unique_ptr<worker::Worker>>& workers() const noexcept { return workers_; }

 private:
  void check_metrics(const graph::Graph& graph) const;
  void order_inputs(const graph::Graph& graph);
  void hold_inputs();
  void wait_for_ended(const graph::Graph& graph);
  [[nodiscard]] bool bounded(runtime::StepNumber input) const;
  [[nodiscard]] bool takes_by_itself(runtime::StepNumber input) const;

  [[nodiscard]] WorkerIndex owner(const snapshot::StateRecord& record) const;

  std::deque<exchange::Shard> shards_;  // by worker, in an application; they keep their addresses
  exchange::Fabric fabric_;
  std::vector<std::unique_ptr<worker::Alignment>> alignments_;  // by number of the step; null where it is no clock
  std::vector<std::unique_ptr<exchange::DirectLane>> lanes_;
  std::vector<ErasedFanOut> fan_outs_;
  std::vector<std::unique_ptr<worker::Worker>> workers_;
  std::vector<std::vector<runtime::Operator*>> operators_;  // by worker and number of the step
  std::vector<std::vector<runtime::StepNumber>> copies_;    // by number of the step: those that copy its states
  ReadOrder read_order_;
  std::vector<ReadAtOnce> read_at_once_;
};

}  // namespace weir::detail::coordinator
