#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "application/frame.hpp"
#include "kafka/output_topic.hpp"
#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/exchange/packer.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/sink_operator.hpp"

namespace weir::detail::application {

/// An edge by key that goes through a topic, with a partition for each shard.
struct TopicEdge {
  const exchange::EdgeFactory* items = nullptr;
  std::string topic;
  FrameEdge frames;
  bool timed = false;  ///< whether event time flows through it
};

/// The sending end on one worker: packs items in frames, and hands in those of an epoch as its token, so that the
/// transaction that decides the epoch has them.
class EdgeSink final : public runtime::SinkOperator, public runtime::TimedStep, private exchange::PacketTaker {
 public:
  /// @param limits  of the topic's messages
  EdgeSink(graph::OperatorParts& parts, const TopicEdge& edge, kafka::RecordLimits limits);

  Closing close(const runtime::Mark& mark) override;
  void poll() override;
  bool prepared(snapshot::EpochPart& part) override;
  void commit() override;
  bool settled() override { return true; }

  Closing advance(const StepTime& /*now*/) override { return Closing::kDone; }
  void hear(const Watermark& watermark) override { watermark_ = watermark; }

 private:
  void take(std::uint32_t shard, exchange::Packet& packet) override;
  void look_at_room();

  const TopicEdge* edge_;
  kafka::RecordLimits limits_;
  std::uint32_t shard_;  // its worker's
  std::unique_ptr<exchange::Packer> packer_;
  Watermark watermark_;
  std::vector<Watermark> told_;      // by shard
  std::string rows_;                 // of the epoch that is open
  std::deque<std::string> waiting_;  // of epochs that are closed
  std::deque<std::size_t> undecided_;
  std::size_t undecided_bytes_ = 0;  // of closed epochs
  std::size_t most_bytes_;
  bool busy_ = false;
};

}  // namespace weir::detail::application
