#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "weir/detail/runtime/activity.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/mark.hpp"
#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::snapshot {
struct EpochPart;
struct StateRecord;
}  // namespace weir::detail::snapshot

namespace weir::detail::runtime {

class SourceOperator;

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
  std::size_t step;    ///< its number in the dataflow

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

/// A step's code on one worker, as the untyped core sees it. All calls come from that worker's thread.
///
/// `GuardedOperator` stands around another operator and hands on every call, so it must know every function that is
/// virtual here.
class Operator {
 public:
  /// What closing an epoch came to.
  enum class Closing {
    kDone,
    kMore,  ///< interrupted after its share of items; call again
    kWait,  ///< waits for room, or for a sink; call again when something was woken
  };

  explicit Operator(StepSite site) : site_{std::move(site)} {}
  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;
  virtual ~Operator() = default;

  /// Goes on with what it had to interrupt; does nothing when there is no such thing.
  virtual void resume() {}

  /// Whether it had to interrupt what it does with an item, and other items would wait for that.
  [[nodiscard]] virtual bool interrupted() const { return false; }

  /// Every item before the mark has been pushed. What it emits now still goes before the mark.
  virtual Closing close(const Mark& /*mark*/) { return Closing::kDone; }

  /// The epoch is closed in this step: adds what has changed in it. Only in runs that keep snapshots.
  virtual void snapshot(snapshot::EpochPart& /*part*/) {}

  /// A key's state in the epoch that the run resumes from. Before anything is pushed.
  virtual void restore(const snapshot::StateRecord& /*record*/) {}

  /// Time has come to this point: every item that came before the promise has been pushed. What it emits now still goes
  /// before the promise. Called again until it is done.
  virtual Closing advance(const StepTime& /*now*/) { return Closing::kDone; }

  /// When it wants to be told of the time without being called; `Steady::max()` if it does not.
  [[nodiscard]] virtual Steady due() const { return Steady::max(); }

  /// How far event time had come in the snapshot that the run resumes from.
  [[nodiscard]] virtual Time resumed_watermark() const { return Time::min(); }

  /// A clock's word on event time, which holds for what it has let through; others have nothing to add.
  [[nodiscard]] virtual std::optional<Watermark> watermark() { return std::nullopt; }

  /// A clock's word on how far its source has been read: `watermark`, but for what has ended.
  [[nodiscard]] virtual Watermark read_until() { return {}; }

  /// Nothing else is to be done at present: puts out what it holds back.
  virtual void idle() {}

  /// Looks whether something that it waits for outside has come.
  virtual void poll() {}

  /// How many keys it has state for, or had until a moment ago.
  [[nodiscard]] virtual std::size_t keys_held() const { return 0; }

  /// How many keys have something that would still have been emitted: a fold that is not complete, an open window.
  [[nodiscard]] virtual std::size_t keys_open() { return 0; }

  /// What it counts beside its items, by name.
  [[nodiscard]] virtual std::map<std::string, std::uint64_t> counters() const { return {}; }

  [[nodiscard]] const StepSite& site() const noexcept { return site_; }
  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }

 protected:
  /// The step takes an item, and the time from here on is the step's.
  void count_item() noexcept { count_items(1); }
  void count_items(std::uint64_t items) noexcept {
    items_ += items;
    note_work();
  }
  /// The time is the step's again, after steps behind it had theirs.
  void note_work() const noexcept { site_.activity->note(work_code_); }
  [[nodiscard]] Gate& gate() const noexcept { return site_.stage->gate; }

 private:
  StepSite site_;
  std::uint32_t work_code_ = Activity::code(site_.step, Activity::Kind::kWork);
  std::uint64_t items_ = 0;
};

}  // namespace weir::detail::runtime
