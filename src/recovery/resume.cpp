#include "recovery/resume.hpp"

#include <algorithm>
#include <exception>
#include <new>
#include <optional>
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

std::string shape_of(const graph::KeyedSpec& keyed) { return shape_of(keyed.key_shape, keyed.state_shape); }

// Nothing for a step that a store keeps nothing for.
std::optional<StepRecord> record_of(const graph::StepSpec& step, WorkerCount workers) {
  StepRecord record;
  record.id = step.id;
  record.op = step.op;
  if (const graph::KeyedSpec* const keyed = step.keyed()) {
    record.kind = StepKind::kKeyed;
    record.shape = shape_of(*keyed) + keyed->settings.text();
  } else if (const graph::SourceSpec* const source = step.source()) {
    record.kind = StepKind::kSource;
    record.shape = source->position_shape;
    record.workers = source->partition_per_worker ? workers.value : 0;
  } else if (step.is_clock()) {
    record.kind = StepKind::kSource;
  } else if (step.sink() != nullptr && step.sink()->transactional) {
    record.kind = StepKind::kSink;
  } else {
    return std::nullopt;
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
    if (std::optional<StepRecord> record = record_of(graph.steps()[step], workers)) {
      execution_.steps.push_back(std::move(*record));
      execution_.numbers.push_back(step);
    }
  }
  check_name();
  check_steps();
  snapshot::ResumePoint point;
  point.execution = store.begin(execution_);
  point.store = contents_.name;
  point.folder = contents_.folder;
  point.in_application = contents_.in_application;
  points_.assign(contents_.in_application ? workers.value : 1, point);
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
  if (stored.kind != StepKind::kKeyed || stored.shape == now->shape) {
    return;
  }
  const snapshot::StepNumber step = execution_.numbers[static_cast<std::size_t>(now - execution_.steps.begin())];
  const std::string types = stored.shape.substr(0, snapshot::StateSettings::begin_in(stored.shape));
  const std::string settings = stored.shape.substr(types.size());
  const graph::KeyedSpec& keyed = *graph_->steps()[step].keyed();
  const bool types_fit = types == shape_of(keyed) || migrate(stored.id, types, step);
  if (types_fit && keyed.settings.fit(settings)) {
    return;
  }
  if (drop_if_allowed(stored.id)) {
    return;
  }
  if (types_fit) {
    misfits_ += fmt::format(
        "\n  step \"{}\": its settings have changed; its states were kept with \"{}\", and the dataflow has \"{}\"; "
        "give the step its old settings back, or start with --allow-dropped-state {} to forget what is kept",
        stored.id, without_separator(settings), without_separator(keyed.settings.text()), stored.id);
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
  const graph::KeyedSpec& keyed = *graph_->steps()[step].keyed();
  Conversion conversion{step, {}};
  const std::string aim = shape_of(keyed);
  while (shape != aim) {
    const auto next = std::ranges::find_if(graph_->migrations(), [&](const graph::StateMigration& migration) {
      return migration.step_id == id && shape_of(keyed.key_shape, migration.from) == shape;
    });
    if (next == graph_->migrations().end() || conversion.migrations.size() > graph_->migrations().size()) {
      return false;
    }
    conversion.migrations.push_back(&*next);
    shape = shape_of(keyed.key_shape, next->to);
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
      snapshot::ResumePoint& point = points_[mark.worker.value_or(WorkerIndex{0})];
      point.positions.insert_or_assign({mark.step_id, mark.partition}, std::move(mark.bytes));
    }
  }
  for (StoredMark& mark : contents_.tokens) {
    if (!dropped(mark.step_id)) {
      snapshot::ResumePoint& point = points_.front();
      point.tokens.insert_or_assign({mark.step_id, mark.partition}, std::move(mark.bytes));
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
      each(step, {.group = record.group, .key = record.key, .state = state, .migrated = true, .worker = record.worker});
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      refuse(fmt::format("step \"{}\": a state cannot be read: {}", id, error.what()));
    }
  });
}

}  // namespace weir::detail::recovery
