#include "weir/timers.hpp"

#include <algorithm>

#include "weir/detail/keyed/alarms.hpp"
#include "weir/time.hpp"

namespace weir {

Time Timers::watermark() const noexcept { return alarms_->watermark(); }

Time Timers::system_time() const noexcept { return alarms_->system(); }

void Timers::set(Timer timer) {
  if (timer.domain == TimeDomain::kEvent && watermark() == Time::max()) {
    return;  // the input has ended: one that always sets the next would ring for ever
  }
  const auto place = std::ranges::lower_bound(*timers_, timer);
  if (place == timers_->end() || *place != timer) {
    timers_->insert(place, timer);
    alarms_->set(timer);
  }
}

void Timers::cancel(Timer timer) {
  const auto place = std::ranges::lower_bound(*timers_, timer);
  if (place != timers_->end() && *place == timer) {
    timers_->erase(place);
  }
}

}  // namespace weir
