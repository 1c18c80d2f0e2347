#include "application/edge_sink.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "kafka/output_record.hpp"
#include "weir/detail/snapshot/resume_point.hpp"

namespace weir::detail::application {
namespace {

// Of all workers of a process, and at least of one.
constexpr std::size_t kMostHeldBytes = std::size_t{64} << 20;
constexpr std::size_t kLeastHeldBytes = std::size_t{1} << 20;

// As an output's record, see `OutputRecord`.
void append_row(std::string& rows, const FrameEdge& edge, const Frame& frame) {
  kafka::append_number(rows, 0);  // the edge's topic
  kafka::append_number(rows, std::uint64_t{frame.to} + 1);
  kafka::append_time(rows, kafka::OutputRecord::kNoTime);
  kafka::append_bytes(rows, std::nullopt);
  kafka::append_number(rows, kFrameHeadBytes + frame.bytes.size() + kFrameSumBytes + 1);
  append_frame(rows, edge, frame);
  kafka::append_number(rows, 0);  // headers
}

}  // namespace

EdgeSink::EdgeSink(graph::OperatorParts& parts, const TopicEdge& edge, kafka::RecordLimits limits)
    : runtime::SinkOperator{parts.site},
      edge_{&edge},
      limits_{std::move(limits)},
      shard_{parts.shard->number()},
      packer_{edge.items->make_packer(parts.site, edge.frames.shards, *this)},
      told_(edge.frames.shards),
      most_bytes_{std::max(kMostHeldBytes / parts.site.worker.count.value, kLeastHeldBytes)} {
  parts.inputs.front() = &packer_->receiver();
}

void EdgeSink::take(std::uint32_t shard, exchange::Packet& packet) {
  count_items(packet.items);
  Frame frame{.from = shard_, .to = shard, .items = packet.items};
  if (edge_->timed) {
    frame.watermark = told_[shard] = watermark_;
  }
  frame.bytes = {reinterpret_cast<const char*>(packet.bytes.data()), packet.bytes.used};
  const std::size_t begin = rows_.size();
  append_row(rows_, edge_->frames, frame);
  packet.clear();
  runtime::call(site(), "sink", [&] { kafka::check_record(limits_, std::string_view{rows_}.substr(begin)); });
  look_at_room();
}

// All shards hear how far event time has come in the epoch, also those that get no item.
runtime::Closing EdgeSink::close(const runtime::Mark& /*mark*/) {
  for (std::uint32_t shard = 0; shard < packer_->shards(); ++shard) {
    if (packer_->packet(shard).items > 0 || (edge_->timed && told_[shard] != watermark_)) {
      take(shard, packer_->packet(shard));
    }
  }
  undecided_bytes_ += rows_.size();
  undecided_.push_back(rows_.size());
  waiting_.push_back(std::exchange(rows_, {}));
  return Closing::kDone;
}

bool EdgeSink::prepared(snapshot::EpochPart& part) {
  part.tokens.push_back(
      {site().step, snapshot::kOnlyPartition, kafka::with_topic(edge_->topic, std::exchange(waiting_.front(), {}))});
  waiting_.pop_front();
  return true;
}

void EdgeSink::commit() {
  undecided_bytes_ -= undecided_.front();
  undecided_.pop_front();
  look_at_room();
}

void EdgeSink::poll() {
  if (busy_) {
    look_at_room();
  }
}

// A step that is interrupted over an item holds the barrier back, and nothing is decided before it. If there is nothing
// that could be decided, it goes on.
void EdgeSink::look_at_room() {
  const bool full = undecided_bytes_ + rows_.size() >= most_bytes_;
  const bool busy = full && (undecided_bytes_ > 0 || !gate().suspended());
  if (busy != busy_) {
    busy_ = busy;
    busy ? gate().close() : gate().reopen();
  }
}

}  // namespace weir::detail::application
