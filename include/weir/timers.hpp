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
  kEvent,   ///< event time, read from items; see `EventClock`
  kSystem,  ///< the system's clock as the run began, and the time that passes; see `Timers::system_time`
};

/// The time at which to call the logic for a key.
struct Timer {
  Time at;                                 ///< in the clock of `domain`
  TimeDomain domain = TimeDomain::kEvent;  ///< whether event time or the system's clock rings it

  friend auto operator<=>(const Timer&, const Timer&) = default;  ///< by time, then by domain
};

/// The timers of the key that the logic of `op::stateful` handles, and the current time. Valid during that call.
///
/// A key has any number of timers. They are part of its state and are dropped with it; a logic that leaves the state
/// empty drops those that it has just set, too. A timer that is already due rings right after the call. An event-time
/// timer rings when the watermark reaches it, or at the end of the input: then all remaining timers ring, in their
/// order, and no more can be set. Where no event time flows (see `op::event_time`) they ring only then. A timer of the
/// system's clock rings at most once too, some time after it is due, and not at the end of the input.
class Timers {
 public:
  /// For the runtime.
  Timers(std::vector<Timer>& timers, detail::keyed::Alarms& alarms) : timers_{&timers}, alarms_{&alarms} {}

  /// No item with an earlier event time follows, except late ones. `Time::min()` before the first.
  [[nodiscard]] Time watermark() const noexcept;
  /// The system's clock at the start of the run, plus the time that has passed since. So a timer at
  /// `system_time() + 5s` rings 5 s later, even if the clock is set meanwhile; the next run follows the new clock. In a
  /// resumed run it starts no earlier than the time that the snapshot had reached.
  [[nodiscard]] Time system_time() const noexcept;

  /// Sets a timer; does nothing if the key has it already.
  void set(Timer timer);
  /// The same, with a point in time of any unit. One beyond the range of `Time` becomes the last `Time`: by event time
  /// such a timer rings at the end of the input, by the system's clock never.
  template <TimePoint T>
  void set_event(T at) {
    set({detail::saturated(at), TimeDomain::kEvent});
  }
  /// The same for the system's clock.
  template <TimePoint T>
  void set_system(T at) {
    set({detail::saturated(at), TimeDomain::kSystem});
  }

  /// Cancels a timer; does nothing if the key does not have it.
  void cancel(Timer timer);
  /// The same for a timer of `set_event`.
  template <TimePoint T>
  void cancel_event(T at) {
    cancel({detail::saturated(at), TimeDomain::kEvent});
  }
  /// The same for a timer of `set_system`.
  template <TimePoint T>
  void cancel_system(T at) {
    cancel({detail::saturated(at), TimeDomain::kSystem});
  }

 private:
  std::vector<Timer>* timers_;  // in their order
  detail::keyed::Alarms* alarms_;
};

}  // namespace weir
