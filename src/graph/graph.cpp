#include "weir/detail/graph/graph.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "graph/read_order.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/errors.hpp"

namespace weir::detail::graph {

using runtime::StepNumber;

namespace {

bool well_formed(std::string_view id) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; };
  return !id.empty() && id.front() != '.' && id.back() != '.' && id.find("..") == std::string_view::npos &&
         std::ranges::all_of(id, allowed);
}

}  // namespace

struct StepKind::Spec {
  std::variant<PlainSpec, SourceSpec, ClockSpec, KeyedSpec, SinkSpec> of;
};

StepKind::StepKind() : StepKind{PlainSpec{}} {}
StepKind::StepKind(PlainSpec plain) : spec_{new Spec{plain}} {}
StepKind::StepKind(SourceSpec source) : spec_{new Spec{std::move(source)}} {}
StepKind::StepKind(ClockSpec clock) : spec_{new Spec{clock}} {}
StepKind::StepKind(KeyedSpec keyed) : spec_{new Spec{std::move(keyed)}} {}
StepKind::StepKind(SinkSpec sink) : spec_{new Spec{sink}} {}
StepKind::StepKind(StepKind&& other) noexcept = default;
StepKind& StepKind::operator=(StepKind&& other) noexcept = default;
StepKind::~StepKind() = default;

void StepSpec::read(InputSpec input) { inputs.push_back(std::move(input)); }
void StepSpec::emit(OutputSpec output, std::size_t times) { outputs.insert(outputs.end(), times, output); }

const SourceSpec* StepSpec::source() const noexcept { return std::get_if<SourceSpec>(&kind.spec_->of); }
const KeyedSpec* StepSpec::keyed() const noexcept { return std::get_if<KeyedSpec>(&kind.spec_->of); }
const SinkSpec* StepSpec::sink() const noexcept { return std::get_if<SinkSpec>(&kind.spec_->of); }
bool StepSpec::is_clock() const noexcept { return std::holds_alternative<ClockSpec>(kind.spec_->of); }

bool StepSpec::copies_state_of(StepNumber other) const noexcept {
  const PlainSpec* const plain = std::get_if<PlainSpec>(&kind.spec_->of);
  return plain != nullptr && plain->copies_state_of == other;
}

Graph::Graph(std::string name) : name_{std::move(name)} {
  if (!well_formed(name_)) {
    throw BuildError{
        fmt::format("dataflow \"{}\": a name has lower-case letters, digits and _, and is not empty", name_)};
  }
}

Graph::~Graph() = default;

StepNumber Graph::add(StepSpec&& step) {
  check_id(step.id);
  for (const InputSpec& input : step.inputs) {
    check_same(step.id, input.graph == nullptr ? *this : *input.graph);
  }
  check_consumers(step);
  follow_time(step);
  follow_sources(step);
  steps_.push_back(std::move(step));
  check_table_first(steps_.back());
  return StepNumber{steps_.size() - 1};
}

Consumers::Consumers(const std::vector<runtime::ReceiverBase*>& to) : all_but_last{to} {
  if (!to.empty()) {
    last = to.back();
    all_but_last.pop_back();
  }
}

Consumers::~Consumers() = default;

void Graph::add_migration(StateMigration migration) { migrations_.push_back(std::move(migration)); }

const OutputSpec& Graph::output(Port port) const { return steps_[port.step].outputs[port.output]; }

namespace {

using OwnedMake = std::unique_ptr<void, void (*)(void* make)>;

class ErasedFactory final : public OperatorFactory {
 public:
  ErasedFactory(OwnedMake make, decltype(ErasedMake::call) call) : make_{std::move(make)}, call_{call} {}

  [[nodiscard]] runtime::StepCode make(OperatorParts& parts) const override { return call_(make_.get(), parts); }

 private:
  OwnedMake make_;
  decltype(ErasedMake::call) call_;
};

}  // namespace

std::unique_ptr<OperatorFactory> erased_factory(const ErasedMake& make) {
  return std::make_unique<ErasedFactory>(OwnedMake{make.make, make.destroy}, make.call);
}

runtime::StepCode step_code(runtime::Operator* op, runtime::SourceOperator* source, runtime::SinkOperator* sink,
                            runtime::TimedStep* timed, runtime::ClockStep* clock) {
  runtime::StepCode code{op};
  code.source = source;
  code.sink = sink;
  code.timed = timed;
  code.clock = clock;
  return code;
}

StepNumber Graph::add_source(std::string id, std::initializer_list<OutputSpec> outputs, SourceSpec source,
                             std::unique_ptr<OperatorFactory> factory) {
  return add({.id = std::move(id),
              .op = "input",
              .outputs = outputs,
              .factory = std::move(factory),
              .kind = std::move(source)});
}

StepNumber Graph::add_step(std::string id, const char* op, InputSpec input, OutputSpec output,
                           std::unique_ptr<OperatorFactory> factory) {
  StepSpec step{.id = std::move(id), .op = op, .outputs = {output}, .factory = std::move(factory)};
  step.inputs.push_back(std::move(input));
  return add(std::move(step));
}

StepNumber Graph::add_keyed_step(std::string id, const char* op, InputSpec input, OutputSpec output, KeyedSpec keyed,
                                 bool holds_items, std::unique_ptr<OperatorFactory> factory) {
  StepSpec step{.id = std::move(id),
                .op = op,
                .outputs = {output},
                .factory = std::move(factory),
                .holds_items = holds_items,
                .kind = std::move(keyed)};
  step.inputs.push_back(std::move(input));
  return add(std::move(step));
}

void Graph::add_sink(std::string id, InputSpec input, SinkSpec sink, std::unique_ptr<OperatorFactory> factory) {
  StepSpec step{.id = std::move(id), .op = "output", .factory = std::move(factory), .kind = std::move(sink)};
  step.inputs.push_back(std::move(input));
  add(std::move(step));
}

void Graph::limit_time_to_live(StepNumber step, std::chrono::nanoseconds duration) {
  StepOptions& options = steps_[step].options;
  options.time_to_live = options.time_to_live.value_or(duration);
}

Port Graph::wrap(StepNumber step, bool copy_before, OutputSpec output,
                 std::unique_ptr<OperatorFactory> (*make)(std::unique_ptr<OperatorFactory> own)) {
  StepSpec& wrapped = steps_[step];
  wrapped.options.copy_before = copy_before;
  wrapped.factory = make(std::move(wrapped.factory));
  wrapped.outputs.push_back(output);
  return {step, runtime::OutputNumber{wrapped.outputs.size() - 1}};
}

// A clock must know which partition of a source an item comes from. Only steps that the source calls directly know
// that.
void Graph::follow_time(StepSpec& step) const {
  const auto from = [&](const InputSpec& input) -> const StepSpec& { return steps_[input.from.step]; };
  if (step.source() != nullptr) {
    step.from_source = StepNumber{steps_.size()};
  } else if (!step.holds_items && !step.inputs.empty()) {
    const std::optional<StepNumber> source = from(step.inputs.front()).from_source;
    const bool one_source = std::ranges::all_of(step.inputs, [&](const InputSpec& input) {
      return input.exchange == nullptr && from(input).from_source == source;
    });
    step.from_source = one_source ? source : std::nullopt;
  }
  if (step.is_clock() && !step.from_source) {
    throw BuildError{fmt::format(
        "dataflow \"{}\": step \"{}\" is to read event time, but the items' partitions are not known there, since a "
        "step before it moves items to other workers, holds them back or merges sources; put op::event_time before "
        "that step, and give weir::EventTime to this one",
        name_, step.id)};
  }
  step.timed =
      step.is_clock() || (!step.inputs.empty() && std::ranges::all_of(step.inputs, [&](const InputSpec& input) {
        return from(input).timed || !input.counts_for_time;
      }));
}

void Graph::follow_sources(StepSpec& step) const {
  if (step.source() != nullptr) {
    step.sources = {StepNumber{steps_.size()}};
  }
  for (const InputSpec& input : step.inputs) {
    std::vector<StepNumber> both;
    std::ranges::set_union(step.sources, steps_[input.from.step].sources, std::back_inserter(both));
    step.sources = std::move(both);
  }
}

// Checks the step that was added last, and removes it again if its table cannot be read first.
void Graph::check_table_first(const StepSpec& step) {
  if (std::ranges::none_of(step.inputs, [](const InputSpec& input) { return input.read == TableRead::kFirst; }) ||
      tables_first(*this).back().whole) {
    return;
  }
  const std::string id = step.id;
  steps_.pop_back();
  throw BuildError{fmt::format(
      "dataflow \"{}\": step \"{}\" is to read its table before its stream, but the table's input is also an input of "
      "the stream, or waits for one; give the table an input of its own, or take rows as they come by "
      "weir::TableRead::kAtOnce",
      name_, id)};
}

void Graph::check_runs() const {
  if (std::ranges::none_of(steps_, &StepSpec::sink)) {
    throw BuildError{fmt::format(
        "dataflow \"{}\" has no output, so nothing would come of a run; end at least one stream with op::output",
        name_)};
  }
}

void Graph::check_id(const std::string& id) const {
  if (!well_formed(id)) {
    throw BuildError{fmt::format(
        "dataflow \"{}\": step id \"{}\" is malformed; an id has lower-case letters, digits and _, with single dots "
        "between the parts of nested steps",
        name_, id)};
  }
  if (std::ranges::any_of(steps_, [&](const StepSpec& step) { return step.id == id; })) {
    throw BuildError{fmt::format(
        "dataflow \"{}\": step id \"{}\" is taken; ids name state and metrics, so each step needs its own", name_, id)};
  }
}

// Ports are numbers, which in another graph mean another stream.
void Graph::check_same(const std::string& step_id, const Graph& of_stream) const {
  if (&of_stream != this) {
    throw BuildError{fmt::format(
        "dataflow \"{}\": step \"{}\" has streams of two dataflows, this one and another{}; all streams of a step must "
        "come from the same weir::Dataflow object",
        name_, step_id, of_stream.name() == name_ ? " of the same name" : ", \"" + of_stream.name() + "\"")};
  }
}

void Graph::check_consumers(const StepSpec& step) const {
  for (const InputSpec& input : step.inputs) {
    if (output(input.from).type->copyable) {
      continue;
    }
    const auto reads_it = [&](const InputSpec& other) { return other.from == input.from; };
    const auto consumes_it = [&](const StepSpec& other) { return std::ranges::any_of(other.inputs, reads_it); };
    if (std::ranges::any_of(steps_, consumes_it) || std::ranges::count_if(step.inputs, reads_it) > 1) {
      throw BuildError{fmt::format(
          "dataflow \"{}\": step \"{}\" is a second consumer of what step \"{}\" emits, whose items cannot be copied; "
          "make them copyable, or use op::branch",
          name_, step.id, steps_[input.from.step].id)};
    }
  }
}

}  // namespace weir::detail::graph
