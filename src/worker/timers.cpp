#include "weir/timers.hpp"

#include <algorithm>

namespace weir {

void Timers::set(Timer timer) {
  if (timer.domain == TimeDomain::kEvent && watermark_ == Time::max()) {
    return;  // the input has ended: one that always sets the next would ring for ever
  }
  const auto place = std::ranges::lower_bound(*timers_, timer);
  if (place == timers_->end() || *place != timer) {
    timers_->insert(place, timer);
    arm_(alarms_, timer);
  }
}

void Timers::cancel(Timer timer) {
  const auto place = std::ranges::lower_bound(*timers_, timer);
  if (place != timers_->end() && *place == timer) {
    timers_->erase(place);
  }
}

}  // namespace weir
