#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "weir/detail/containers/alarm_queue.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/time.hpp"

namespace weir::detail::keyed {

/// When the keys of a step had their last items by the system's time, and whose states are to be dropped. It knows keys
/// by slots.
///
/// A touch writes a time and nothing else: a key has one alarm, which is set again if it rings too early. The alarms of
/// keys that were forgotten stay in the queue; when most are such, all are set again.
class Lifetimes {
 public:
  /// What came of an alarm.
  enum class Alarm {
    kNone,   ///< none rings
    kEarly,  ///< the key has had an item since, or is not there any more
    kOver,   ///< the key has had no item for too long, and is forgotten
  };

  /// @param stage  knows the time; must outlive this
  Lifetimes(std::chrono::nanoseconds time_to_live, const runtime::StageState& stage);

  /// The key has had an item.
  void touch(containers::Slot slot) { touch(slot, stage_->system); }

  /// The key has a state of a run before, when the time is not known yet. It counts as touched when it is.
  void restore(containers::Slot slot) { touch(slot, Time::min()); }

  /// The key has no state any more. Does nothing if it is not known.
  void forget(containers::Slot slot);

  /// Takes one alarm that rings.
  /// @param slot  gets the key's, if its time is over
  Alarm take(containers::Slot& slot);

  /// When it has an alarm to take.
  [[nodiscard]] runtime::Steady due() const;

  [[nodiscard]] std::size_t keys() const noexcept { return keys_; }
  [[nodiscard]] std::size_t alarms() const noexcept { return alarms_.waiting(); }

 private:
  struct Life {
    Time last_item = Time::min();
    Time alarm = Time::min();  // there is none: the slot is nobody's
  };

  static constexpr std::size_t kSpareAlarms = 1024;

  void touch(containers::Slot slot, Time now) {
    if (slot >= lives_.size() || lives_[slot].alarm == Time::min()) [[unlikely]] {
      begin(slot, now);
    }
    lives_[slot].last_item = now;
  }
  void begin(containers::Slot slot, Time now);
  void set_alarm(containers::Slot slot, Time at);

  std::chrono::nanoseconds time_to_live_;
  const runtime::StageState* stage_;
  std::vector<Life> lives_;  // by slot
  std::size_t keys_ = 0;
  containers::AlarmQueue alarms_;
};

}  // namespace weir::detail::keyed
