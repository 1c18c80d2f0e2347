#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "runtime/latency.hpp"
#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/sink_operator.hpp"

namespace weir::detail::worker {

/// The marks that pass a stage to measure how long items take from their source to a sink. Each goes one way that items
/// may go, in order with them: through one outbox after another in turn. It waits for no other mark, and never becomes
/// several.
class LatencyMarks {
 public:
  /// A mark has come, or a source has stamped one. Items before it may still be held back by steps.
  void add(runtime::Steady stamped);

  [[nodiscard]] bool empty() const noexcept { return marks_.empty(); }

  /// After the stage has handed on all that came before its marks: sends each on, and has its sinks record it. A mark
  /// that has come since the last call waits for the next, when the time is that after its items.
  void pass(const std::vector<std::unique_ptr<exchange::EdgeSender>>& senders,
            const std::vector<runtime::SinkOperator*>& sinks, runtime::Mark mark, runtime::Steady now);

  /// Nothing can be sent any more.
  void drop() noexcept {
    marks_.clear();
    before_ = 0;
  }

  /// By sink of the stage; empty as long as no mark has reached one.
  [[nodiscard]] const std::vector<runtime::Latency>& latencies() const noexcept { return latencies_; }

 private:
  void record(const std::vector<runtime::SinkOperator*>& sinks, std::size_t marks, runtime::Steady now);
  void send(const std::vector<std::unique_ptr<exchange::EdgeSender>>& senders, const runtime::Mark& mark);

  std::deque<runtime::Steady> marks_;  // when they were stamped
  std::size_t before_ = 0;             // how many of them were there at the last call
  std::size_t next_way_ = 0;           // of all outboxes
  std::vector<runtime::Latency> latencies_;
  std::vector<std::uint64_t> taken_;  // items that each sink had at its last mark
};

}  // namespace weir::detail::worker
