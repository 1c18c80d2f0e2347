#include "kafka/start_positions.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "io/input_error.hpp"
#include "kafka/topic_choice.hpp"

namespace weir::detail::kafka {
namespace {

// Rounded up: a message's time has milliseconds.
std::int64_t rounded_up(Time time) {
  return std::chrono::ceil<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

StartPositions::StartPositions(const Reading& reading, const Log& log)
    : reading_{&reading}, log_{log}, lookup_{reading, log_, reading.start.group().value_or("")} {
  know(lookup_.partitions(TopicChoice{reading.topics}));
}

void StartPositions::know(std::vector<TopicPartition> partitions) {
  partitions_ = std::move(partitions);
  lows_ = lookup_.offsets(partitions_, kFirstOffset);
  ends_ = lookup_.offsets(partitions_, kEndOffset);
  committed_.clear();
  by_time_.clear();
}

StartPosition StartPositions::of(const std::string& name, const std::optional<std::string>& kept) {
  const TopicPartition partition = TopicPartition::of(name);
  const std::size_t index = index_of(partition);
  const Position at = kept ? kept_position(index, *kept) : begin(index);
  return {.partition = partition, .at = at, .low = lows_[index], .end = at.end.value_or(ends_[index])};
}

// A partition may have been added, or a broker may not know it yet, since the run asked for the list.
std::size_t StartPositions::index_of(const TopicPartition& partition) {
  auto found = std::ranges::lower_bound(partitions_, partition);
  if (found == partitions_.end() || *found != partition) {
    std::vector<TopicPartition> more = partitions_;
    more.insert(more.begin() + (found - partitions_.begin()), partition);
    know(std::move(more));
    found = std::ranges::lower_bound(partitions_, partition);
  }
  return static_cast<std::size_t>(found - partitions_.begin());
}

Position StartPositions::begin(std::size_t index) {
  const KafkaStart& start = reading_->start;
  if (start.group()) {
    if (committed_.empty()) {
      committed_ = lookup_.committed(partitions_);
    }
    if (committed_[index]) {
      return checked(index, {.offset = *committed_[index]}, fmt::format("the offset of group \"{}\"", *start.group()));
    }
  }
  switch (start.kind()) {
    case KafkaStart::Kind::kEarliest:
      break;
    case KafkaStart::Kind::kLatest:
      return {.offset = ends_[index]};
    case KafkaStart::Kind::kAt: {
      const std::int64_t time = std::max<std::int64_t>(rounded_up(start.time()), 0);  // below, Kafka reads codes
      if (by_time_.empty()) {
        by_time_ = lookup_.offsets(partitions_, time);
      }
      // The broker counts the markers of transactions too, whose times are its own.
      return {.offset = by_time_[index] == kEndOffset ? ends_[index] : by_time_[index], .from_ms = time};
    }
  }
  return {.offset = lows_[index]};
}

Position StartPositions::kept_position(std::size_t index, const std::string& kept) {
  if (kept == kNewPartition) {
    return {.offset = lows_[index]};
  }
  const std::optional<Position> position = Position::of(kept);
  if (!position) {
    io::refuse_input(fmt::format("partition \"{}\" has the position \"{}\", which is no offset of Kafka",
                                 partitions_[index].name(), kept));
  }
  return checked(index, *position, "the kept position");
}

Position StartPositions::checked(std::size_t index, Position position, const std::string& whose) {
  const std::int64_t low = lows_[index];
  const std::int64_t end = ends_[index];
  if (position.offset >= low && position.offset <= end) {
    return position;
  }
  const std::string found = fmt::format("partition \"{}\": {} is offset {}, and {}", partitions_[index].name(), whose,
                                        position.offset, held_instead(position.offset, low, end));
  if (reading_->missing == KafkaMissing::kRefuse) {
    io::refuse_input(fmt::format("{}; {}", found, kHowToReadOn));
  }
  const std::int64_t next = reading_->missing == KafkaMissing::kEarliest ? low : end;
  log_.warning(fmt::format("{}; reads on at offset {}, as KafkaInput::missing says", found, next));
  return {.offset = next, .end = position.end};
}

}  // namespace weir::detail::kafka
