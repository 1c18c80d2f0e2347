#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "weir/detail/runtime/activity.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/mark.hpp"
#include "weir/detail/runtime/named_counts.hpp"
#include "weir/detail/runtime/numbers.hpp"
#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::snapshot {
struct EpochPart;
struct StateRecord;
}  // namespace weir::detail::snapshot

namespace weir::detail::runtime {

class NotedErrors;
class SourceOperator;
class SinkOperator;

/// The time that workers are told.
using Steady = std::chrono::steady_clock::time_point;

/// What the steps of one stage share on one worker.
struct StageState {
  Gate gate;
  Epoch epoch{1};                    ///< the epoch that the items now belong to
  Steady now{};                      ///< when the worker's step began
  Time system = Time::min();         ///< the same by the system's clock as the run began, and what has passed since
  Time wall = Time::min();           ///< the same, but ahead by as much as that clock was set forward since
  SourceOperator* source = nullptr;  ///< what feeds the stage, if a source does
  std::size_t partition = 0;         ///< the source's partition that the items now come from
  /// Partitions that have ended may go on in a later run, and event time waits for them until the whole input has
  /// ended.
  bool ended_may_grow = false;
};

/// How the steps of a run keep their tables.
struct TableSettings {
  std::uint64_t seed = 0;                           ///< for hashing: no input can be made to collide in them
  std::size_t cached_bytes = std::size_t{1} << 20;  ///< a larger one is taken not to fit the processor's cache
};

/// Where an operator stands: which step on which worker.
struct StepSite {
  std::string step_id;
  WorkerContext worker;
  StageState* stage;
  TableSettings tables;
  Activity* activity;  ///< of the worker
  StepNumber step;

  /// Notes that the worker now does this for the step.
  void note(Activity::Kind kind) const noexcept { activity->note(Activity::code(step, kind)); }
};

/// Rethrows what is being handled as a StepError that says where it happened.
/// @param what  the callable that threw: "mapper", "reducer"
/// @param key   the item's key as text; empty where there is none
[[noreturn]] void throw_step_error(const StepSite& site, std::string_view what, const std::string& key = {});

/// Throws a StepError: a source or sink of the user gave a null in place of a partition.
/// @param role       "source" or "sink"
/// @param function   the one that returned it: "open", "resume"
/// @param partition  its name; empty where there is none
[[noreturn]] void throw_no_partition(const StepSite& site, std::string_view role, std::string_view function,
                                     std::string_view partition = {});

/// What the step's logic said when it threw. Called while that is being handled; rethrows what is no failure of an
/// item: what a step further down threw, what the runtime threw, and want of memory, which is not the item's fault.
[[nodiscard]] std::string error_of_item(const StepSite& site);

/// Calls code of the user; what it throws becomes a StepError.
template <typename F, typename... Args>
decltype(auto) call(const StepSite& site, std::string_view what, F&& f, Args&&... args) {
  try {
    if constexpr (sizeof...(Args) == 0) {  // a lambda of the runtime's: spares the compiler the way through invoke
      return f();
    } else {
      return std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
    }
  } catch (...) {
    throw_step_error(site, what);
  }
}

/// Rethrows what a source or sink threw while the run was prepared as a StepError that names the step; but for what
/// says by itself why there is no run, such as a UsageError, and want of memory.
/// @param what  the function that threw: "the source's partitions"
[[noreturn]] void throw_preparing_error(const std::string& step_id, std::string_view what);

/// Calls a function of a source or sink while the run is prepared.
template <typename F>
decltype(auto) call_to_prepare(const std::string& step_id, std::string_view what, F&& f) {
  try {
    return std::forward<F>(f)();
  } catch (...) {
    throw_preparing_error(step_id, what);
  }
}

/// What closing an epoch came to, or telling the time.
enum class Closing : std::uint8_t {
  kDone,
  kMore,  ///< interrupted after its share of items; call again
  kWait,  ///< waits for room, or for a sink; call again when something was woken
};

/// What a step says of itself.
struct StepCounts {
  std::size_t keys_held = 0;    ///< keys that it has state for, or had until a moment ago
  std::size_t state_bytes = 0;  ///< of the entries of its tables, without the memory that states own
  NamedCounts others{};         ///< what it counts beside its items, by name
};

/// A step's code on one worker, as the untyped core sees it. All calls come from that worker's thread. Most derive from
/// `PlainOperator`; what wraps another operator derives from this, so that it cannot leave out a call.
class Operator {
 public:
  using Closing = runtime::Closing;

  explicit Operator(const StepSite& site);
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;
  virtual ~Operator();

  /// Resumes an item over which it was interrupted; does nothing if there is none.
  virtual void resume() = 0;

  /// Every item before the mark has been pushed. What it emits now still goes before the mark.
  virtual Closing close(const Mark& mark) = 0;

  /// The epoch is closed in this step: adds what has changed in it. Only in runs that keep snapshots.
  virtual void snapshot(snapshot::EpochPart& part) = 0;

  /// A key's state in the epoch that the run resumes from. Before anything is pushed.
  virtual void restore(const snapshot::StateRecord& record) = 0;

  /// Emits what it holds back. Called when nothing else is to be done, and at least every 400 us under load.
  virtual void idle() = 0;

  /// Looks whether something that it waits for outside has come.
  virtual void poll() = 0;

  /// Takes no longer for more keys.
  [[nodiscard]] virtual StepCounts counts() = 0;

  /// How many keys have something that would still have been emitted: a fold, an open window. For the end of a run,
  /// since it may look at every key.
  [[nodiscard]] virtual std::size_t keys_open() = 0;

  /// Whether it was interrupted over an item, so that other items would wait for that.
  [[nodiscard]] bool interrupted() const noexcept { return interrupted_; }

  [[nodiscard]] const StepSite& site() const noexcept { return site_; }
  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }

 protected:
  /// The step takes an item, and the time from here on is the step's.
  void count_item() noexcept { count_items(1); }
  void count_items(std::uint64_t items) noexcept {
    items_ += items;
    note_work();
  }
  /// The time is the step's again, after steps downstream had theirs.
  void note_work() const noexcept { site_.activity->note(work_code_); }
  [[nodiscard]] Gate& gate() const noexcept { return site_.stage->gate; }

  void set_interrupted(bool interrupted) noexcept { interrupted_ = interrupted; }

 private:
  StepSite site_;
  std::uint32_t work_code_ = Activity::code(site_.step, Activity::Kind::kWork);
  bool interrupted_ = false;
  std::uint64_t items_ = 0;
};

/// An operator that does nothing but what it overrides.
class PlainOperator : public Operator {
 public:
  explicit PlainOperator(const StepSite& site);
  PlainOperator(const PlainOperator&) = delete;
  PlainOperator& operator=(const PlainOperator&) = delete;
  ~PlainOperator() override;

  void resume() override;
  Closing close(const Mark& mark) override;
  void snapshot(snapshot::EpochPart& part) override;
  void restore(const snapshot::StateRecord& record) override;
  void idle() override;
  void poll() override;
  [[nodiscard]] StepCounts counts() override;
  [[nodiscard]] std::size_t keys_open() override;

 protected:
  /// It stops in the middle of an item; `resume` follows when there is room.
  void suspend() noexcept {
    gate().suspend();
    set_interrupted(true);
  }
  /// It is done with that item.
  void end_suspension() noexcept {
    gate().resumed();
    set_interrupted(false);
  }
};

/// What an operator is too if it goes by time.
class TimedStep {
 public:
  TimedStep() = default;
  TimedStep(const TimedStep&) = delete;
  TimedStep& operator=(const TimedStep&) = delete;

  /// Time has come to this point: every item that came before the promise has been pushed. What it emits now still goes
  /// before the promise. Called again until it is done.
  virtual Closing advance(const StepTime& now) = 0;

  /// What is known of event time before the step now, whether it has advanced or not.
  virtual void hear(const Watermark& /*watermark*/) {}

  /// When it wants to be told of the time in any case; `Steady::max()` if it does not.
  [[nodiscard]] virtual Steady due() const { return Steady::max(); }

  /// How far event time had come in the snapshot that the run resumes from.
  [[nodiscard]] virtual Time resumed_watermark() const { return Time::min(); }

 protected:
  ~TimedStep() = default;
};

/// What an operator is too if it says how far event time has come.
class ClockStep {
 public:
  ClockStep() = default;
  ClockStep(const ClockStep&) = delete;
  ClockStep& operator=(const ClockStep&) = delete;

  /// How far it has come, for what the clock has let through.
  [[nodiscard]] virtual Watermark watermark() = 0;

  /// How far its source has been read: `watermark`, but for what has ended.
  [[nodiscard]] virtual Watermark read_until() = 0;

  /// How far it has come in one partition of its source; `Time::min()` if nothing has come of that yet.
  [[nodiscard]] virtual Time watermark_of(std::size_t partition) const = 0;

  /// When it wants to be asked again; `Steady::max()` if only items change what it says.
  [[nodiscard]] virtual Steady due() const = 0;

 protected:
  ~ClockStep() = default;
};

/// A step's code on one worker, and what it is besides.
struct StepCode {
  StepCode() = default;
  /// Owns `made`.
  explicit StepCode(Operator* made) : op{made} {}

  std::unique_ptr<Operator> op;
  SourceOperator* source = nullptr;
  SinkOperator* sink = nullptr;
  TimedStep* timed = nullptr;
  ClockStep* clock = nullptr;
  const NotedErrors* errors = nullptr;  ///< of a step that goes on after an error; lives as long as `op`
};

}  // namespace weir::detail::runtime
