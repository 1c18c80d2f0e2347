#pragma once

#include <compare>
#include <cstdint>
#include <vector>

#include "weir/time.hpp"

namespace weir {

namespace detail::keyed {
class Alarms;
}  // namespace detail::keyed

/// Which clock a timer goes by.
enum class TimeDomain : std::uint8_t {
  kEvent,   ///< event time, which items tell; see `EventClock`
  kSystem,  ///< the system's clock as the run began, and the time that passes; see `Timers::system_time`
};

/// When a key is to be called.
struct Timer {
  Time at;
  TimeDomain domain = TimeDomain::kEvent;

  friend auto operator<=>(const Timer&, const Timer&) = default;
};

/// The timers of the key that the logic of `op::stateful` is called for, and what time it is. Valid during that call.
///
/// A key has any number of them; they are part of its state, and gone when that is dropped, also those that are set
/// while the logic leaves the state empty. One whose time has come already rings at once, behind the call. An
/// event-time timer rings when the watermark comes to it, or at the end of the input: then all that are set ring, in
/// their order, and no more can be set. Where no event time flows (see `op::event_time`) they ring only then. A timer
/// of the system's clock rings at most once too, some time behind its time, and not at the end of the input.
class Timers {
 public:
  /// For the runtime.
  Timers(std::vector<Timer>& timers, detail::keyed::Alarms& alarms) : timers_{&timers}, alarms_{&alarms} {}

  /// No item with an earlier event time follows, but late ones. `Time::min()` before the first.
  [[nodiscard]] Time watermark() const noexcept;
  /// The system's clock as the run began, and the time that has passed since. So a timer at `system_time() + 5s` rings
  /// 5 s later, also when the clock is set meanwhile; the next run follows it. In a run that resumes it begins no
  /// earlier than the snapshot had come.
  [[nodiscard]] Time system_time() const noexcept;

  /// Sets a timer; does nothing if the key has it already.
  void set(Timer timer);
  /// The same by a point in time of any unit. One that lies beyond what a `Time` can express is the last such time: by
  /// event time such a timer rings at the end of the input, by the system's clock never.
  template <TimePoint T>
  void set_event(T at) {
    set({detail::saturated(at), TimeDomain::kEvent});
  }
  template <TimePoint T>
  void set_system(T at) {
    set({detail::saturated(at), TimeDomain::kSystem});
  }

  /// Takes a timer back; does nothing if the key does not have it.
  void cancel(Timer timer);
  template <TimePoint T>
  void cancel_event(T at) {
    cancel({detail::saturated(at), TimeDomain::kEvent});
  }
  template <TimePoint T>
  void cancel_system(T at) {
    cancel({detail::saturated(at), TimeDomain::kSystem});
  }

 private:
  std::vector<Timer>* timers_;  // in their order
  detail::keyed::Alarms* alarms_;
};

}  // namespace weir
