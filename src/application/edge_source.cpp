#include "application/edge_source.hpp"

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "coordinator/application.hpp"
#include "time/least_watermark.hpp"
#include "weir/detail/snapshot/resume_point.hpp"
#include "weir/errors.hpp"

namespace weir::detail::application {
namespace {

constexpr std::string_view kBytes = " bytes=";
constexpr std::size_t kMostFrames = 64;  // of one poll: other work waits meanwhile

// The mark of a snapshot that has the watermarks: its name, which no partition has, and what its bytes begin with, so
// that they are no position.
constexpr const char* kWatermarks = "watermarks";
constexpr char kMark = 'w';

template <typename Number>
bool take_digits(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc{} && number >= 0;
}

constexpr std::size_t kWatermarkBytes = sizeof(std::int64_t) + 1;

}  // namespace

std::string EdgePosition::text() const {
  return bytes == 0 ? fmt::format("{}", offset) : fmt::format("{}{}{}", offset, kBytes, bytes);
}

std::optional<EdgePosition> EdgePosition::of(std::string_view text) {
  EdgePosition position;
  if (!take_digits(text, position.offset)) {
    return std::nullopt;
  }
  if (text.empty()) {
    return position;
  }
  if (!text.starts_with(kBytes)) {
    return std::nullopt;
  }
  text.remove_prefix(kBytes.size());
  return take_digits(text, position.bytes) && text.empty() ? std::optional{position} : std::nullopt;
}

/// A frame may be read in parts: when there is no room for more of its items, or an epoch ends.
class EdgeSource::Partition final : public SourcePartitionBase {
 public:
  Partition(std::unique_ptr<FrameReader> of, const EdgePosition& position)
      : reader{std::move(of)}, skips{position.bytes} {}

  [[nodiscard]] std::string position() const override {
    if (open) {
      return EdgePosition{.offset = reader->offset_of_value(), .bytes = items.read}.text();
    }
    return EdgePosition{.offset = reader->offset(), .bytes = skips}.text();
  }
  [[nodiscard]] bool begins_with_position() const override { return true; }
  [[nodiscard]] std::optional<SourceProgress> progress() const override { return reader->progress(); }

  void take(const Frame& of) {
    if (skips > of.bytes.size()) {
      throw FrameError{fmt::format("packed items of {} bytes, of which {} were read: the topic was made anew",
                                   of.bytes.size(), skips)};
    }
    items.clear();
    if (items.capacity() < of.bytes.size()) {
      items.grow(0, of.bytes.size());
    }
    std::memcpy(items.data(), of.bytes.data(), of.bytes.size());
    items.used = of.bytes.size();
    items.read = std::exchange(skips, 0);
    frame = of;
    frame.bytes = {};
    open = true;
  }

  std::unique_ptr<FrameReader> reader;
  std::size_t skips;  // bytes of the next frame, which were read in an earlier run
  codec::ByteBuffer items{exchange::Packet::kFirstBytes};
  Frame frame{};  // but for its bytes
  bool open = false;
};

EdgeSource::EdgeSource(graph::OperatorParts& parts, const TopicEdge& edge)
    : io::SourceStep{parts},
      edge_{&edge},
      shard_{parts.shard->number()},
      receiver_{edge.items->make_receiver(*parts.outputs.front(), parts.site)},
      times_{edge.frames.shards} {
  if (parts.resume != nullptr) {
    restore(*parts.resume);
  }
}

void EdgeSource::restore(const snapshot::ResumePoint& point) {
  const std::optional<std::string> kept = snapshot::ResumePoint::find(point.positions, site().step_id, kWatermarks);
  if (kept && !times_.restore(*kept)) {
    throw RecoveryError{
        RecoveryError::Kind::kRefused,
        fmt::format("recovery: the event times that are kept for step \"{}\" are damaged", site().step_id)};
  }
}

void EdgeSource::read(std::string name, std::unique_ptr<FrameReader> reader, const EdgePosition& position) {
  add(std::move(name), std::make_unique<Partition>(std::move(reader), position));
  give_turns();
}

Poll EdgeSource::poll_partition(SourcePartitionBase& partition, const std::string& name, std::uint64_t& emitted) {
  auto& of = static_cast<Partition&>(partition);
  const std::int64_t before = of.reader->offset();
  const std::size_t read_before = of.items.read;
  const Poll answer = [&] {
    try {
      return read_frames(of, emitted);
    } catch (const coordinator::SharesLost&) {
      throw;  // no failure of the step
    } catch (...) {
      io::throw_partition_error(site(), name);
    }
  }();
  return of.reader->offset() != before || of.items.read != read_before ? answer.moved() : answer;
}

Poll EdgeSource::read_frames(Partition& partition, std::uint64_t& emitted) {
  for (std::size_t frames = 0; frames < kMostFrames && gate().feedable(); ++frames) {
    if (!partition.open) {
      if (partition.reader->next() == FrameReader::Next::kNothing) {
        return partition.reader->nothing();
      }
      try {
        partition.take(frame_of(partition.reader->value(), edge_->frames, shard_));
      } catch (const FrameError& error) {
        throw std::runtime_error{fmt::format("{}: {}", partition.reader->place(), error.what())};
      }
    }
    if (partition.items.used > 0 && !drain(partition)) {
      break;
    }
    partition.open = false;
    emitted += partition.frame.items;
    times_.note(partition.frame);
  }
  return Poll::more();
}

// What steps after this one throw is theirs.
bool EdgeSource::drain(Partition& partition) {
  try {
    return receiver_->drain(partition.items, true, gate());
  } catch (const StepError& error) {
    if (error.step_id() != site().step_id) {
      throw;
    }
    std::throw_with_nested(
        StepError{site().step_id, fmt::format("step \"{}\": packed items that cannot be read, {}: {}", site().step_id,
                                              partition.reader->place(), error.what())});
  }
}

void EdgeSource::snapshot(snapshot::EpochPart& part) {
  io::SourceStep::snapshot(part);
  if (times_.take_moved()) {
    part.positions.push_back({site().step, kWatermarks, times_.text()});
  }
}

// Watermarks of a sender never go back: it resumes from those that it has told.
void SenderTimes::note(const Frame& frame) {
  if (frame.watermark && watermarks_[frame.from] != *frame.watermark) {
    watermarks_[frame.from] = *frame.watermark;
    moved_ = true;
  }
}

std::string SenderTimes::text() const {
  std::string text{kMark};
  for (const Watermark& each : watermarks_) {
    const std::int64_t time = each.time.time_since_epoch().count();
    text.append(reinterpret_cast<const char*>(&time), sizeof(time));
    text += each.idle ? '\1' : '\0';
  }
  return text;
}

bool SenderTimes::restore(std::string_view text) {
  if (text.size() != 1 + watermarks_.size() * kWatermarkBytes || text.front() != kMark) {
    return false;
  }
  const char* at = text.data() + 1;
  for (Watermark& each : watermarks_) {
    std::int64_t time = 0;
    std::memcpy(&time, at, sizeof(time));
    each = {Time{std::chrono::nanoseconds{time}}, at[sizeof(time)] != 0};
    at += kWatermarkBytes;
  }
  return true;
}

Watermark SenderTimes::least() const {
  time::LeastWatermark least;
  for (const Watermark& each : watermarks_) {
    least.add(each);
  }
  return least.result();
}

runtime::StepCode edge_source_code(std::unique_ptr<EdgeSource> source, bool timed) {
  runtime::StepCode code;
  code.source = source.get();
  code.clock = timed ? &source->times() : nullptr;
  code.errors = &source->last_bad_records();
  code.op = std::move(source);
  return code;
}

}  // namespace weir::detail::application
