#include "worker/latency_marks.hpp"

#include <algorithm>

namespace weir::detail::worker {
namespace {

// More that wait for room would tell no more.
constexpr std::size_t kMostMarks = 16;

}  // namespace

void LatencyMarks::add(runtime::Steady stamped) {
  if (marks_.size() < kMostMarks) {
    marks_.push_back(stamped);
  }
}

void LatencyMarks::pass(const std::vector<std::unique_ptr<exchange::EdgeSender>>& senders,
                        const std::vector<runtime::SinkOperator*>& sinks, runtime::Mark mark, runtime::Steady now) {
  if (before_ > 0) {
    record(sinks, before_, now);
  }
  for (; before_ > 0; --before_) {
    mark.stamped = marks_.front();
    send(senders, mark);
    marks_.pop_front();
  }
  before_ = marks_.size();
}

// Marks also go to workers on which a sink takes no items. Their way is faster than that of any item.
void LatencyMarks::record(const std::vector<runtime::SinkOperator*>& sinks, std::size_t marks, runtime::Steady now) {
  latencies_.resize(sinks.size());
  taken_.resize(sinks.size());
  for (std::size_t sink = 0; sink < sinks.size(); ++sink) {
    if (taken_[sink] == sinks[sink]->items()) {
      continue;
    }
    taken_[sink] = sinks[sink]->items();
    for (std::size_t mark = 0; mark < marks; ++mark) {
      latencies_[sink].record(std::max(now - marks_[mark], runtime::Steady::duration{}));
    }
  }
}

void LatencyMarks::send(const std::vector<std::unique_ptr<exchange::EdgeSender>>& senders, const runtime::Mark& mark) {
  std::size_t ways = 0;
  for (const auto& sender : senders) {
    ways += sender->outboxes().size();
  }
  if (ways == 0) {
    return;
  }
  std::size_t way = next_way_++ % ways;
  for (const auto& sender : senders) {
    if (way < sender->outboxes().size()) {
      sender->send_to(way, mark);
      return;
    }
    way -= sender->outboxes().size();
  }
}

}  // namespace weir::detail::worker
