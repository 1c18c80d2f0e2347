#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "application/edge_sink.hpp"
#include "application/frame.hpp"
#include "weir/detail/codec/buffer.hpp"
#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/io/source_step.hpp"
#include "weir/source.hpp"

namespace weir::detail::application {

/// The committed messages of one partition of an edge's topic.
class FrameReader {
 public:
  enum class Next : std::uint8_t {
    kFrame,
    kNothing,  ///< ask again when the waker is called
  };

  FrameReader() = default;
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;
  virtual ~FrameReader() = default;

  /// @throws coordinator::SharesLost  if messages were deleted before they were read: their shard has another owner
  virtual Next next() = 0;
  /// Of the last message, until `next`.
  [[nodiscard]] virtual std::string_view value() const = 0;
  [[nodiscard]] virtual std::int64_t offset_of_value() const = 0;
  /// For messages: "orders/3 offset 1234".
  [[nodiscard]] virtual std::string place() const = 0;
  /// After the last message, and after all that is no message.
  [[nodiscard]] virtual std::int64_t offset() const = 0;
  /// The answer to a poll after `kNothing`.
  [[nodiscard]] virtual Poll nothing() const = 0;
  [[nodiscard]] virtual std::optional<SourceProgress> progress() const = 0;
};

/// A position in an edge's topic: the next offset, and how many bytes of the frame there have been read.
struct EdgePosition {
  std::int64_t offset = 0;
  std::size_t bytes = 0;

  [[nodiscard]] std::string text() const;
  /// Nothing if it is none.
  [[nodiscard]] static std::optional<EdgePosition> of(std::string_view text);
};

/// How far event time has come in the shards that send: the least of them, idle ones left out.
class SenderTimes final : public runtime::ClockStep {
 public:
  explicit SenderTimes(std::uint32_t shards) : watermarks_(shards) {}

  [[nodiscard]] Watermark watermark() override { return least(); }
  [[nodiscard]] Watermark read_until() override { return least(); }
  [[nodiscard]] Time watermark_of(std::size_t /*partition*/) const override { return least().time; }
  [[nodiscard]] runtime::Steady due() const override { return runtime::Steady::max(); }

  void note(const Frame& frame);
  /// True once after each change.
  [[nodiscard]] bool take_moved() { return std::exchange(moved_, false); }
  /// As a mark of a snapshot, which is no position.
  [[nodiscard]] std::string text() const;
  /// @return  false if they are no such mark
  [[nodiscard]] bool restore(std::string_view text);

 private:
  [[nodiscard]] Watermark least() const;

  std::vector<Watermark> watermarks_;  // by shard
  bool moved_ = false;
};

/// The receiving end of an edge on one worker: reads its shard's partition, and has the event time of all senders.
class EdgeSource final : public io::SourceStep {
 public:
  EdgeSource(graph::OperatorParts& parts, const TopicEdge& edge);

  /// Adds the only partition.
  /// @param position  where to begin; empty: at the first message
  void read(std::string name, std::unique_ptr<FrameReader> reader, const EdgePosition& position);

  void snapshot(snapshot::EpochPart& part) override;

  [[nodiscard]] SenderTimes& times() noexcept { return times_; }

 private:
  class Partition;

  Poll poll_partition(SourcePartitionBase& partition, const std::string& name, std::uint64_t& emitted) override;
  Poll read_frames(Partition& partition, std::uint64_t& emitted);
  bool drain(Partition& partition);
  using io::SourceStep::restore;
  void restore(const snapshot::ResumePoint& point);

  const TopicEdge* edge_;
  std::uint32_t shard_;
  std::unique_ptr<exchange::EdgeReceiver> receiver_;
  SenderTimes times_;
};

/// Makes the code of the receiving end.
/// @param code  has the role of a clock if event time flows through the edge
[[nodiscard]] runtime::StepCode edge_source_code(std::unique_ptr<EdgeSource> source, bool timed);

}  // namespace weir::detail::application
