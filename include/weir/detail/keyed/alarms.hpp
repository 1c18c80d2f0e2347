#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>

#include "weir/detail/containers/alarm_queue.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/time.hpp"
#include "weir/timers.hpp"

namespace weir::detail::keyed {

/// When the system's time comes to a point, at which something waits; `Time::max()` if nothing does.
/// @param now  what it is
inline runtime::Steady when_system_comes_to(Time at, Time now, const runtime::StageState& stage) {
  if (at <= now || now == Time::min()) {
    return at == Time::max() ? runtime::Steady::max() : runtime::Steady::min();
  }
  constexpr auto kFar = std::chrono::hours{24 * 365};
  return at > later(now, kFar) ? runtime::Steady::max() : stage.now + (at - now);
}

/// The time in a keyed step on one worker, and which keys want to be called when. Alarms follow from the states of the
/// keys. Snapshots hold how far time had come: in a run that resumes, the system's time begins there, if that is later
/// than what the clock shows.
class StepAlarms {
 public:
  /// @param by_wall  whether its system time follows a clock that is set forward
  explicit StepAlarms(const graph::OperatorParts& parts, bool by_wall = false);

  /// Event time has come to this point, or the system's has.
  void advance(const StepTime& now) {
    time_.watermark = std::max(time_.watermark, now.watermark);
    static_cast<void>(system());
  }

  /// Nothing follows any more.
  void end() { time_.watermark = Time::max(); }

  [[nodiscard]] Time watermark() const noexcept { return time_.watermark; }
  [[nodiscard]] Time system() noexcept {
    time_.system = std::max(time_.system, system_now());
    return time_.system;
  }

  void at_event(Time at, containers::Slot slot) { event_.add(at, slot, time_.watermark); }
  void at_system(Time at, containers::Slot slot) { system_.add(at, slot, time_.system); }

  /// Some of the keys that have an alarm now, or had the slot when it was set; none if there are no more. They are
  /// there until the next call.
  [[nodiscard]] std::span<const containers::Slot> take() {
    const std::span<const containers::Slot> slots = event_.take(time_.watermark, kAtOnce);
    return !slots.empty() ? slots : system_.take(time_.system, kAtOnce);
  }

  /// Whether so many alarms wait that most of them may be of no interest any more, since their timers were taken back
  /// or their keys are gone.
  /// @param slots  of the keys whose states are looked at to set the others anew
  [[nodiscard]] bool crowded(std::size_t slots) const noexcept {
    const std::size_t waiting = event_.waiting() + system_.waiting();
    return waiting > most_waiting_ && waiting > slots;
  }

  /// Drops all that wait, for `set_again()` to set those that are of interest.
  template <typename SetAgain>
  void renew(SetAgain set_again) {
    event_.clear();
    system_.clear();
    set_again();
    most_waiting_ = std::max(kMostWaiting, 4 * (event_.waiting() + system_.waiting()));
  }

  /// When the system's time comes to the next alarm; at once if event time had come to one before it was set.
  [[nodiscard]] runtime::Steady due() const;

  /// How far event time had come in the snapshot that the run resumes from.
  [[nodiscard]] Time resumed_watermark() const noexcept { return told_; }

  void snapshot(snapshot::EpochPart& part);

 private:
  static constexpr std::size_t kAtOnce = 32;
  static constexpr std::size_t kMostWaiting = std::size_t{1} << 16;

  [[nodiscard]] Time system_now() const noexcept {
    if (!lead_known_) [[unlikely]] {
      find_lead();
    }
    const Time elapsed = stage_->system + lead_;
    return by_wall_ ? std::max(elapsed, stage_->wall) : elapsed;
  }
  void find_lead() const noexcept;

  runtime::StepNumber step_;
  bool by_wall_;
  mutable bool lead_known_ = false;           // once the run has begun
  mutable std::chrono::nanoseconds lead_{0};  // how far the snapshot's time was ahead of the clock then
  const runtime::StageState* stage_;
  std::string worker_;
  StepTime time_;
  Time told_ = Time::min();
  Time kept_ = Time::min();
  containers::AlarmQueue event_;
  containers::AlarmQueue system_;
  std::size_t most_waiting_ = kMostWaiting;  // before it is looked which of them are of interest
};

/// How many values of a key an alarm emits at once, of so many whose time has come; for the others it asks to be
/// called again, so that channels are asked for room in between. A share of them, since those that are left move to the
/// front.
[[nodiscard]] inline std::size_t emitted_at_once(std::size_t values) {
  return std::min(values, std::max<std::size_t>(runtime::Gate::kCursorItems, values / 8));
}

/// What a step without alarms has in their place.
class NoAlarms {
 public:
  explicit NoAlarms(const graph::OperatorParts& /*parts*/, bool /*by_wall*/ = false) {}
};

/// The time as the logic of a keyed step sees it for one key, and how it asks to be called again: `on_alarm` then gets
/// the key, if it is still there. It is called for every alarm, also where another one has done what was to be done, or
/// where it was set by a key that had the slot before.
class Alarms {
 public:
  Alarms(containers::Slot slot, StepAlarms& step) : slot_{slot}, step_{&step} {}

  /// No item with an earlier event time follows, but late ones.
  [[nodiscard]] Time watermark() const noexcept { return step_->watermark(); }
  [[nodiscard]] Time system() const noexcept { return step_->system(); }

  void at_event(Time at) { step_->at_event(at, slot_); }
  void at_system(Time at) { step_->at_system(at, slot_); }
  void set(const Timer& timer) { timer.domain == TimeDomain::kEvent ? at_event(timer.at) : at_system(timer.at); }

 private:
  containers::Slot slot_;
  StepAlarms* step_;
};

}  // namespace weir::detail::keyed
