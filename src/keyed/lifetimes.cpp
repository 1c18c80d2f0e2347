#include "weir/detail/keyed/lifetimes.hpp"

#include <chrono>
#include <cstddef>
#include <span>

#include "weir/detail/keyed/alarms.hpp"

namespace weir::detail::keyed {

Lifetimes::Lifetimes(std::chrono::nanoseconds time_to_live, const runtime::StageState& stage)
    : time_to_live_{time_to_live}, stage_{&stage} {}

void Lifetimes::forget(containers::Slot slot) {
  if (slot >= lives_.size() || lives_[slot].alarm == Time::min()) {
    return;
  }
  lives_[slot] = {};
  --keys_;
  if (alarms_.waiting() > 2 * keys_ + kSpareAlarms) {
    alarms_.clear();
    for (containers::Slot each = 0; each < lives_.size(); ++each) {
      if (lives_[each].alarm != Time::min()) {
        set_alarm(each, lives_[each].alarm);
      }
    }
  }
}

Lifetimes::Alarm Lifetimes::take(containers::Slot& slot) {
  const Time now = stage_->system;
  const std::span<const containers::Slot> due = alarms_.take(now, 1);
  if (due.empty()) {
    return Alarm::kNone;
  }
  slot = due.front();
  Life& life = lives_[slot];
  if (life.alarm == Time::min() || life.alarm > now) {
    return Alarm::kEarly;  // it was set by a life that ended
  }
  life.last_item = life.last_item == Time::min() ? now : life.last_item;
  if (const Time end = later(life.last_item, time_to_live_); end > now) {
    set_alarm(slot, end);
    return Alarm::kEarly;
  }
  life = {};
  --keys_;
  return Alarm::kOver;
}

runtime::Steady Lifetimes::due() const { return when_system_comes_to(alarms_.next(), stage_->system, *stage_); }

void Lifetimes::begin(containers::Slot slot, Time now) {
  if (slot >= lives_.size()) {
    lives_.resize(slot + std::size_t{1});
  }
  ++keys_;
  set_alarm(slot, later(now, time_to_live_));
}

void Lifetimes::set_alarm(containers::Slot slot, Time at) {
  lives_[slot].alarm = at;
  alarms_.add(at, slot, stage_->system);
}

}  // namespace weir::detail::keyed
