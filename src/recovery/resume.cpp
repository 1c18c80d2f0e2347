#include "recovery/resume.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "weir/errors.hpp"

namespace weir::detail::recovery {
namespace {

// Settings without what sets them apart from the types before them.
std::string without_separator(const std::string& settings) {
  return settings.substr(std::min(settings.find_first_not_of(" ;"), settings.size()));
}

std::string shape_of(const std::string& key, const std::string& state) { return key + " -> " + state; }

StepRecord record_of(const graph::StepSpec& step, WorkerCount workers) {
  StepRecord record;
  record.id = step.id;
  record.op = step.op;
  record.kind = step.kept == graph::Kept::kState    ? StepKind::kKeyed
                : step.kept == graph::Kept::kTokens ? StepKind::kSink
                                                    : StepKind::kSource;
  if (step.kept == graph::Kept::kState) {
    record.shape = shape_of(step.key_shape, step.state_shape) + step.settings.text();
  }
  if (record.kind == StepKind::kSource) {
    record.shape = step.state_shape;
  }
  if (step.kept == graph::Kept::kWorkerPositions) {
    record.workers = workers.value;
  }
  return record;
}

// An earlier build kept no shapes of positions.
bool positions_fit(const StepRecord& stored, const StepRecord& now) {
  return (stored.workers == 0) == (now.workers == 0) && (stored.shape.empty() || stored.shape == now.shape);
}

std::string positions_text(const StepRecord& source) {
  const std::string shape = source.shape.empty() ? "no known type" : source.shape;
  return fmt::format("{} (\"{}\")", source.workers == 0 ? "named partitions" : "one partition for each worker", shape);
}

[[noreturn]] void refuse(const std::string& message) {
  throw RecoveryError{RecoveryError::Kind::kRefused, "recovery: " + message};
}

}  // namespace

Resume::Resume(SnapshotStore& store, const graph::Graph& graph, WorkerCount workers,
               const std::vector<std::string>& allow_dropped)
    : store_{&store}, graph_{&graph}, allow_dropped_{&allow_dropped}, contents_{store.contents()} {
  execution_.flow = graph.name();
  execution_.workers = workers;
  for (snapshot::StepNumber step{0}; step < graph.steps().size(); ++step.value) {
    if (graph.steps()[step].kept != graph::Kept::kNothing) {
      execution_.steps.push_back(record_of(graph.steps()[step], workers));
      execution_.numbers.push_back(step);
    }
  }
  check_name();
  check_steps();
  point_.execution = store.begin(execution_);
  take_marks();
}

void Resume::check_name() const {
  if (!contents_.flow.empty() && contents_.flow != graph_->name()) {
    refuse(fmt::format("the directory belongs to the dataflow \"{}\", and this one is \"{}\"; name another directory",
                       contents_.flow, graph_->name()));
  }
}

// Reports all misfits at once, so that the user need not find them one by one.
void Resume::check_steps() {
  for (const StepRecord& stored : contents_.steps) {
    check_step(stored);
  }
  if (!misfits_.empty()) {
    refuse("the directory does not fit the dataflow:" + misfits_);
  }
}

void Resume::check_step(const StepRecord& stored) {
  const auto now = std::ranges::find(execution_.steps, stored.id, &StepRecord::id);
  if (now == execution_.steps.end() || now->kind != stored.kind) {
    if (drop_if_allowed(stored.id)) {
      return;
    }
    misfits_ += fmt::format(
        "\n  step \"{}\" ({}) was removed or renamed; give it its name back, or start with "
        "--allow-dropped-state {} to forget what is kept for it",
        stored.id, stored.op, stored.id);
    return;
  }
  if (stored.kind == StepKind::kSource && !positions_fit(stored, *now)) {
    if (drop_if_allowed(stored.id)) {
      return;
    }
    misfits_ += fmt::format(
        "\n  step \"{}\": its source has changed; positions were kept of {}, and the dataflow has {}; give the step "
        "its old source back, or start with --allow-dropped-state {} to read everything from its beginning",
        stored.id, positions_text(stored), positions_text(*now), stored.id);
    return;
  }
  if (stored.workers != now->workers) {
    misfits_ += fmt::format(
        "\n  step \"{}\" reads one partition for each worker; its snapshot has {} workers, and this run has {}; start "
        "with --workers {}, or give the input partitions of its own: PartitionedInput{{names, builder(name, "
        "resume_state)}}",
        stored.id, stored.workers, execution_.workers.value, stored.workers);
    return;
  }
  if (stored.kind == StepKind::kSource || stored.shape == now->shape) {
    return;
  }
  const snapshot::StepNumber step = execution_.numbers[static_cast<std::size_t>(now - execution_.steps.begin())];
  const std::string types = stored.shape.substr(0, snapshot::StateSettings::begin_in(stored.shape));
  const std::string settings = stored.shape.substr(types.size());
  const graph::StepSpec& spec = graph_->steps()[step];
  const bool types_fit = types == shape_of(spec.key_shape, spec.state_shape) || migrate(stored.id, types, step);
  if (types_fit && spec.settings.fit(settings)) {
    return;
  }
  if (drop_if_allowed(stored.id)) {
    return;
  }
  if (types_fit) {
    misfits_ += fmt::format(
        "\n  step \"{}\": its settings have changed; its states were kept with \"{}\", and the dataflow has \"{}\"; "
        "give the step its old settings back, or start with --allow-dropped-state {} to forget what is kept",
        stored.id, without_separator(settings), without_separator(spec.settings.text()), stored.id);
    return;
  }
  misfits_ += fmt::format(
      "\n  step \"{}\": the type of its keys or states has changed (of windows: whether they allow lateness); kept is "
      "{}, and the dataflow has {}; register "
      "a function by Dataflow::migrate, or start with --allow-dropped-state {} to forget what is kept",
      stored.id, stored.shape, now->shape, stored.id);
}

// Follows the migrations of the step from the stored types to its own.
bool Resume::migrate(const std::string& id, std::string shape, snapshot::StepNumber step) {
  const graph::StepSpec& spec = graph_->steps()[step];
  Conversion conversion{step, {}};
  const std::string aim = shape_of(spec.key_shape, spec.state_shape);
  while (shape != aim) {
    const auto next = std::ranges::find_if(graph_->migrations(), [&](const graph::StateMigration& migration) {
      return migration.step_id == id && shape_of(spec.key_shape, migration.from) == shape;
    });
    if (next == graph_->migrations().end() || conversion.migrations.size() > graph_->migrations().size()) {
      return false;
    }
    conversion.migrations.push_back(&*next);
    shape = shape_of(spec.key_shape, next->to);
  }
  conversions_.push_back(std::move(conversion));
  return true;
}

bool Resume::drop_if_allowed(const std::string& id) {
  const bool allowed = std::ranges::find(*allow_dropped_, id) != allow_dropped_->end();
  if (allowed) {
    execution_.dropped.push_back(id);
  }
  return allowed;
}

bool Resume::dropped(const std::string& id) const {
  return std::ranges::find(execution_.dropped, id) != execution_.dropped.end();
}

void Resume::take_marks() {
  for (StoredMark& mark : contents_.positions) {
    if (!dropped(mark.step_id)) {
      point_.positions.insert_or_assign({mark.step_id, mark.partition}, std::move(mark.bytes));
    }
  }
  for (StoredMark& mark : contents_.tokens) {
    if (!dropped(mark.step_id)) {
      point_.tokens.insert_or_assign({mark.step_id, mark.partition}, std::move(mark.bytes));
    }
  }
}

void Resume::load(const std::function<void(snapshot::StepNumber step, const snapshot::StateRecord&)>& each) {
  for (std::size_t i = 0; i < execution_.steps.size(); ++i) {
    const StepRecord& step = execution_.steps[i];
    if (step.kind == StepKind::kKeyed && !dropped(step.id)) {
      load_step(execution_.numbers[i], each);
    }
  }
}

void Resume::load_step(snapshot::StepNumber step,
                       const std::function<void(snapshot::StepNumber step, const snapshot::StateRecord&)>& each) {
  const std::string& id = graph_->steps()[step].id;
  const auto conversion = std::ranges::find(conversions_, step, &Conversion::step);
  store_->load(id, [&](const snapshot::StateRecord& record) {
    try {
      if (conversion == conversions_.end()) {
        each(step, record);
        return;
      }
      std::string state{*record.state};
      for (const graph::StateMigration* const migration : conversion->migrations) {
        state = migration->apply(state);
      }
      each(step, {.group = record.group, .key = record.key, .state = state, .migrated = true});
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      refuse(fmt::format("step \"{}\": a state cannot be read: {}", id, error.what()));
    }
  });
}

}  // namespace weir::detail::recovery
