#include "worker/alignment.hpp"

#include <algorithm>

namespace weir::detail::worker {

void Alignment::publish(WorkerIndex worker, std::optional<Time> reached) noexcept {
  const Time time = reached.value_or(kNothingToRead);
  reached_[worker.value].time.store(time.time_since_epoch().count(), std::memory_order_relaxed);
}

Alignment::Span Alignment::span() const noexcept {
  Span span;
  for (const Reached& each : reached_) {
    const Time time{Time::duration{each.time.load(std::memory_order_relaxed)}};
    if (time != kNothingToRead) {
      span = {std::min(span.least, time), std::max(span.greatest, time)};
    }
  }
  return span;
}

void AlignedReader::reach(Time time, std::uint64_t items, bool reads) {
  items_ = items;
  all_->publish(self_, reads ? std::optional{time} : std::nullopt);
  if (passed_.empty() || items - passed_.back().items > all_->lead() / 16) {
    passed_.push_back({items, time});
  }
  while (passed_.size() > 1 && items - passed_[1].items >= all_->lead()) {
    passed_.pop_front();
  }
  const auto [least, greatest] = all_->span();
  ahead_ = items - passed_.front().items >= all_->lead() && least < std::min(passed_.front().time, time);
  last_ = reads && time <= least && least < greatest;
}

}  // namespace weir::detail::worker
