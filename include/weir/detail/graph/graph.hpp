#pragma once

#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/graph/port.hpp"
#include "weir/detail/runtime/numbers.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/detail/snapshot/resume_point.hpp"
#include "weir/detail/snapshot/state_settings.hpp"
#include "weir/io.hpp"
#include "weir/log.hpp"
#include "weir/planned_restart.hpp"
#include "weir/resource.hpp"
#include "weir/table_read.hpp"

namespace weir::detail::graph {

/// The operations on a stream's items that the untyped graph needs.
struct StreamType {
  /// One receiver that gives each item to all of these, and drops it if there are none.
  runtime::ReceiverBase* (*make_fan_out)(const std::vector<runtime::ReceiverBase*>& to);
  void (*delete_fan_out)(runtime::ReceiverBase* fan_out);
  bool copyable;
};

/// Options of a step that a step which wraps it sets.
struct StepOptions {
  bool copy_before = false;  ///< if the logic throws, the key's state is as before and nothing was emitted
  /// How long a key's state is kept without an item of the key.
  std::optional<std::chrono::nanoseconds> time_to_live{};
};

/// The parts for a step's code on one worker. The code fills in the receivers of its inputs.
struct OperatorParts {
  runtime::StepSite site;
  WakeTarget& waker;
  IoThread& io;
  const snapshot::ResumePoint* resume;  ///< null: the run keeps no snapshots
  std::vector<runtime::ReceiverBase*> outputs;
  std::vector<bool> consumed;  ///< by output: whether it has a consumer
  std::vector<runtime::ReceiverBase*> inputs;
  StepOptions options{};
  const std::vector<std::string>* partitions = nullptr;  ///< the names of the source's; null: it has none
  bool dealt = false;                                    ///< those are of this worker alone, and not of all workers
  std::string_view flow{};                               ///< its name; outlives the step, as does the next
  std::string_view step_id{};
  LogTarget* log = nullptr;          ///< null: says nothing
  RestartTarget* restart = nullptr;  ///< null: the run cannot be made again
};

/// Makes a step's code, once per worker, on the thread that starts the run.
class OperatorFactory {
 public:
  OperatorFactory() = default;
  OperatorFactory(const OperatorFactory&) = delete;
  OperatorFactory& operator=(const OperatorFactory&) = delete;
  virtual ~OperatorFactory() = default;

  [[nodiscard]] virtual runtime::StepCode make(OperatorParts& parts) const = 0;

  /// The resources that a source reads or a sink writes. Asked once per run, before anything is opened.
  [[nodiscard]] virtual std::vector<Resource> resources() const { return {}; }

  /// The names of a source's partitions; nothing if they have no names. Asked once per run.
  [[nodiscard]] virtual std::optional<std::vector<std::string>> partitions() const { return std::nullopt; }
};

class Graph;

/// An input of a step.
struct InputSpec {
  Port from;
  std::unique_ptr<exchange::EdgeFactory> exchange;  ///< null: the items stay on their worker
  std::unique_ptr<exchange::EdgeFactory>
      border;                           ///< a step of several inputs: the edge if they come from different stages
  bool counts_for_time = true;          ///< false if its items are not emitted, so that event time need not wait for it
  const Graph* graph = nullptr;         ///< whose stream it reads; null: the one that it is added to
  TableRead read = TableRead::kAtOnce;  ///< when it is read, relative to the other inputs of the step
};

/// An output of a step.
struct OutputSpec {
  const StreamType* type = nullptr;
  const void* partitioned_by = nullptr;  ///< names the key type by which it is partitioned over the workers, if it is
};

/// A step that keeps nothing in snapshots.
struct PlainSpec {
  std::optional<runtime::StepNumber> copies_state_of{};  ///< another step whose states it gets, if it gets any
};

/// Whether a source or sink can take part in an application, where many processes run one dataflow.
struct InApplication {
  std::string brokers{};  ///< of the cluster that it reads or writes
  std::string why_not{};  ///< the rest of a sentence that begins with the step; empty: it can
};

/// An input of the dataflow. Snapshots have its positions.
struct SourceSpec {
  std::string position_shape;
  bool partition_per_worker = false;  ///< its partitions have no names: every worker has one
  InApplication in_application{};
};

/// A step that advances event time by the items that it emits. Snapshots have the event times of the partitions.
struct ClockSpec {};

/// A step that keeps a state for every key. Snapshots have these.
struct KeyedSpec {
  std::string key_shape;
  std::string state_shape;
  snapshot::StateSettings settings{};
  bool can_copy_before = false;  ///< whether it supports `StepOptions::copy_before`
  bool closes_by_time = false;   ///< its states end by time anyway; it ignores `StepOptions::time_to_live`
};

/// An output of the dataflow.
struct SinkSpec {
  bool transactional = false;  ///< snapshots have the tokens of what it wrote
  InApplication in_application{};
};

/// Which kind of step it is. Each program that includes this header would compile the variant behind it.
class StepKind {
 public:
  StepKind();                   ///< a plain one
  StepKind(PlainSpec plain);    // NOLINT(google-explicit-constructor)
  StepKind(SourceSpec source);  // NOLINT(google-explicit-constructor)
  StepKind(ClockSpec clock);    // NOLINT(google-explicit-constructor)
  StepKind(KeyedSpec keyed);    // NOLINT(google-explicit-constructor)
  StepKind(SinkSpec sink);      // NOLINT(google-explicit-constructor)
  StepKind(StepKind&& other) noexcept;
  StepKind& operator=(StepKind&& other) noexcept;
  StepKind(const StepKind&) = delete;
  StepKind& operator=(const StepKind&) = delete;
  ~StepKind();

 private:
  friend struct StepSpec;
  struct Spec;

  std::unique_ptr<Spec> spec_;
};

/// One named use of an operator.
struct StepSpec {
  std::string id;
  std::string op;  ///< the operator's name: "map", "reduce"
  std::vector<InputSpec> inputs{};
  std::vector<OutputSpec> outputs{};
  std::unique_ptr<OperatorFactory> factory{};
  bool holds_items = false;  ///< it holds items back, and then emits items of several partitions at once
  StepKind kind{};
  StepOptions options{};  ///< which its wrappers set

  // The graph computes these when the step is added.
  bool timed = false;                                ///< watermarks flow through it
  std::optional<runtime::StepNumber> from_source{};  ///< the source that calls it, through direct calls only
  std::vector<runtime::StepNumber> sources{};  ///< all sources of its items, in ascending order; itself, if it is one

  /// Adds an input.
  void read(InputSpec input);
  /// Adds so many outputs.
  void emit(OutputSpec output, std::size_t times = 1);

  // Null if the step is of another kind.
  [[nodiscard]] const SourceSpec* source() const noexcept;
  [[nodiscard]] const KeyedSpec* keyed() const noexcept;
  [[nodiscard]] const SinkSpec* sink() const noexcept;

  [[nodiscard]] bool is_clock() const noexcept;

  /// Whether it gets the states of that step, all of them on every worker.
  [[nodiscard]] bool copies_state_of(runtime::StepNumber other) const noexcept;
};

/// How a step's state of an earlier version of the program is read.
struct StateMigration {
  std::string step_id;
  std::string from;  ///< shape of the state
  std::string to;
  std::function<std::string(std::string_view)> apply;  ///< from the old bytes to the new ones
};

/// The untyped description of a dataflow: steps in the order in which they were added, so that inputs come before their
/// consumers and no cycle can arise.
class Graph {
 public:
  explicit Graph(std::string name);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  /// @throws BuildError if the id is taken or malformed, the step reads a stream of another dataflow, or a stream that
  ///                    cannot be copied gets a second consumer
  runtime::StepNumber add(StepSpec&& step);

  // The usual kinds of steps, compiled once and not in every program.
  runtime::StepNumber add_source(std::string id, std::initializer_list<OutputSpec> outputs, SourceSpec source,
                                 std::unique_ptr<OperatorFactory> factory);
  runtime::StepNumber add_step(std::string id, const char* op, InputSpec input, OutputSpec output,
                               std::unique_ptr<OperatorFactory> factory);
  runtime::StepNumber add_keyed_step(std::string id, const char* op, InputSpec input, OutputSpec output,
                                     KeyedSpec keyed, bool holds_items, std::unique_ptr<OperatorFactory> factory);
  void add_sink(std::string id, InputSpec input, SinkSpec sink, std::unique_ptr<OperatorFactory> factory);

  /// Limits how long the step keeps a state without an item of its key, unless that is limited already.
  void limit_time_to_live(runtime::StepNumber step, std::chrono::nanoseconds duration);

  /// Wraps the code of a step, and gives it another output.
  /// @param make  makes the factory of the new code from that of the step's own code
  /// @return      the new output
  Port wrap(runtime::StepNumber step, bool copy_before, OutputSpec output,
            std::unique_ptr<OperatorFactory> (*make)(std::unique_ptr<OperatorFactory> own));

  void add_migration(StateMigration migration);

  /// @throws BuildError  if the stream that the step reads belongs to another dataflow
  void check_same(const std::string& step_id, const Graph& of_stream) const;

  /// @throws BuildError  if no step is an output
  void check_runs() const;

  [[nodiscard]] const std::vector<StateMigration>& migrations() const noexcept { return migrations_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::vector<StepSpec>& steps() const noexcept { return steps_; }
  [[nodiscard]] const OutputSpec& output(Port port) const;

 private:
  void follow_time(StepSpec& step) const;
  void follow_sources(StepSpec& step) const;
  void check_table_first(const StepSpec& step);
  void check_id(const std::string& id) const;
  void check_consumers(const StepSpec& step) const;

  std::string name_;
  std::vector<StepSpec> steps_;
  std::vector<StateMigration> migrations_;
};

}  // namespace weir::detail::graph
