#include "worker/alignment.hpp"

#include <algorithm>

namespace weir::worker {

void Alignment::publish(WorkerIndex worker, Time reached) noexcept {
  reached_[worker.value].time.store(reached.time_since_epoch().count(), std::memory_order_relaxed);
}

Time Alignment::least() const noexcept {
  std::int64_t least = Time::max().time_since_epoch().count();
  for (const Reached& each : reached_) {
    least = std::min(least, each.time.load(std::memory_order_relaxed));
  }
  return Time{Time::duration{least}};
}

void AlignedReader::reach(Time time, std::uint64_t items, bool reads) {
  all_->publish(self_, reads ? time : Time::max());
  if (passed_.empty() || items - passed_.back().items > all_->lead() / 16) {
    passed_.push_back({items, time});
  }
  while (passed_.size() > 1 && items - passed_[1].items >= all_->lead()) {
    passed_.pop_front();
  }
  ahead_ = items - passed_.front().items >= all_->lead() && all_->least() < passed_.front().time;
}

}  // namespace weir::worker
