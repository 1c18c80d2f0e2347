#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/graph/port.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/detail/snapshot/resume_point.hpp"
#include "weir/detail/snapshot/state_settings.hpp"
#include "weir/io.hpp"
#include "weir/resource.hpp"
#include "weir/table_read.hpp"

namespace weir::detail::graph {

/// What the graph must be able to do with a stream's items without knowing their type.
struct StreamType {
  /// One receiver that gives each item to all of these; with none it drops it.
  std::unique_ptr<runtime::ReceiverBase> (*fan_out)(const std::vector<runtime::ReceiverBase*>& to);
  bool copyable;
};

/// What is asked of a step beside what its operator does, by a step that stands around it.
struct StepOptions {
  bool copy_before = false;  ///< a logic that throws leaves the key's state as it was, and has emitted nothing
  /// For so long a key's state is kept without an item of the key.
  std::optional<std::chrono::nanoseconds> time_to_live{};
};

/// What a step's code is made from on one worker. Fills in the receivers of its inputs.
struct OperatorParts {
  runtime::StepSite site;
  WakeTarget& waker;
  IoThread& io;
  const snapshot::ResumePoint* resume;  ///< null: the run keeps no snapshots
  std::vector<runtime::ReceiverBase*> outputs;
  std::vector<bool> consumed;  ///< by output: whether anybody takes what goes there
  std::vector<runtime::ReceiverBase*> inputs;
  StepOptions options{};
  const std::vector<std::string>* partitions = nullptr;  ///< the names of the source's; null: it has none
};

/// Makes a step's code, once per worker, on the thread that starts the run.
class OperatorFactory {
 public:
  OperatorFactory() = default;
  OperatorFactory(const OperatorFactory&) = delete;
  OperatorFactory& operator=(const OperatorFactory&) = delete;
  virtual ~OperatorFactory() = default;

  [[nodiscard]] virtual runtime::StepCode make(OperatorParts& parts) const = 0;

  /// What a source reads or a sink writes, as far as it says so. Asked once per run, before anything is opened.
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
  bool counts_for_time = true;          ///< no, if its items are not put out, so that event time need not wait for it
  const Graph* graph = nullptr;         ///< whose stream it reads; null: the one that it is added to
  TableRead read = TableRead::kAtOnce;  ///< whether all of it is read before the other inputs of the step
};

/// An output of a step.
struct OutputSpec {
  const StreamType* type = nullptr;
  const void* partitioned_by = nullptr;  ///< names the key type by which it is partitioned over the workers, if it is
};

/// What a snapshot keeps for a step.
enum class Kept : std::uint8_t {
  kNothing,
  kState,            ///< of its keys
  kPositions,        ///< of its partitions
  kWorkerPositions,  ///< of its partitions, of which every worker has one
  kTokens,           ///< of its output
};

/// One named use of an operator.
struct StepSpec {
  std::string id;
  std::string op;  ///< the operator's name: "map", "reduce"
  std::vector<InputSpec> inputs;
  std::vector<OutputSpec> outputs;
  std::unique_ptr<OperatorFactory> factory;
  bool source = false;
  bool sink = false;
  bool clock = false;        ///< it says how far event time has come, by what it lets through
  bool holds_items = false;  ///< it holds items back, and then puts out those of several partitions at once
  Kept kept = Kept::kNothing;
  std::string key_shape{};                       ///< where state is kept
  std::string state_shape{};                     ///< likewise; of a source what its positions hold
  snapshot::StateSettings settings{};            ///< likewise
  std::optional<std::size_t> copies_state_of{};  ///< a step whose states it gets too, all of them on every worker
  StepOptions options{};
  bool can_copy_before = false;  ///< whether it can do what `StepOptions::copy_before` asks for
  bool closes_by_time = false;   ///< its states end by time in any case; `StepOptions::time_to_live` is nothing to it

  // What the graph finds out when the step is added.
  bool timed = false;                        ///< watermarks flow through it
  std::optional<std::size_t> from_source{};  ///< the source that it is called by, through nothing but direct calls
  std::vector<std::size_t> sources{};        ///< all that its items come from, in rising order; itself, if it is one
};

/// How a step's state of an earlier version of the program is read.
struct StateMigration {
  std::string step_id;
  std::string from;  ///< shape of the state
  std::string to;
  std::function<std::string(std::string_view)> apply;  ///< from the one's bytes to the other's
};

/// The untyped description of a dataflow: steps in the order in which they were added, so that inputs come before what
/// they feed and no cycle can arise.
class Graph {
 public:
  explicit Graph(std::string name);
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  /// @throws BuildError if the id is taken or malformed, the step reads a stream of another dataflow, or a stream that
  ///                    cannot be copied gets a second consumer
  std::size_t add(StepSpec step);

  // The usual kinds of steps.
  Port add_source(std::string id, OutputSpec output, Kept kept, std::string position_shape,
                  std::unique_ptr<OperatorFactory> factory);
  Port add_step(std::string id, const char* op, InputSpec input, OutputSpec output,
                std::unique_ptr<OperatorFactory> factory);
  Port add_keyed_step(std::string id, const char* op, InputSpec input, OutputSpec output, std::string key_shape,
                      std::string state_shape, std::unique_ptr<OperatorFactory> factory);
  /// Gives a step another output.
  Port add_output(std::size_t step, OutputSpec output);
  void add_sink(std::string id, InputSpec input, Kept kept, std::unique_ptr<OperatorFactory> factory);

  /// A step that was added just now, for a step that stands around it and changes it.
  [[nodiscard]] StepSpec& step(std::size_t index) { return steps_[index]; }

  void add_migration(StateMigration migration) { migrations_.push_back(std::move(migration)); }

  /// @throws BuildError  if the stream that the step reads belongs to another dataflow
  void check_same(const std::string& step_id, const Graph& of_stream) const;

  /// @throws BuildError  if no step is an output
  void check_runs() const;

  [[nodiscard]] const std::vector<StateMigration>& migrations() const noexcept { return migrations_; }
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::vector<StepSpec>& steps() const noexcept { return steps_; }
  [[nodiscard]] const OutputSpec& output(Port port) const { return steps_[port.step].outputs[port.output]; }

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
