#include <algorithm>
#include <string>
#include <utility>

#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/serialize.hpp"
#include "weir/time.hpp"

namespace weir::detail::keyed {

StepAlarms::StepAlarms(const graph::OperatorParts& parts, bool by_wall)
    : step_{parts.site.step},
      by_wall_{by_wall},
      stage_{parts.site.stage},
      worker_{"worker " + std::to_string(parts.site.worker.index.value)} {
  if (parts.resume == nullptr) {
    return;
  }
  const auto& positions = parts.resume->positions;
  for (auto each = positions.lower_bound({parts.site.step_id, {}});
       each != positions.end() && each->first.first == parts.site.step_id; ++each) {
    const auto [watermark, system] = from_bytes<std::pair<Time, Time>>(each->second);
    time_ = {std::max(time_.watermark, watermark), std::max(time_.system, system)};
  }
  told_ = time_.watermark;
}

runtime::Steady StepAlarms::due() const {
  if (event_.next() <= time_.watermark && !event_.empty()) {
    return runtime::Steady::min();
  }
  return when_system_comes_to(system_.next(), std::max(time_.system, system_now()), *stage_);
}

void StepAlarms::find_lead() const noexcept {
  if (stage_->system != Time::min()) {
    lead_known_ = true;
    lead_ = time_.system > stage_->system ? time_.system - stage_->system : lead_;
  }
}

void StepAlarms::snapshot(snapshot::EpochPart& part) {
  if (kept_ != time_.watermark || !system_.empty()) {
    kept_ = time_.watermark;
    part.positions.push_back({step_, worker_, to_bytes(std::pair{time_.watermark, time_.system})});
  }
}

}  // namespace weir::detail::keyed
