#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "weir/time.hpp"

namespace weir {

/// Where a `KafkaInput` begins to read a partition that has no stored position.
class KafkaStart {
 public:
  /// The first message that is there, the first one that comes, or the first one at a time.
  enum class Kind : std::uint8_t { kEarliest, kLatest, kAt };

  /// At the first message that the partition still holds.
  static KafkaStart earliest() { return KafkaStart{Kind::kEarliest}; }
  /// After the last message that is there when the run opens the partition.
  static KafkaStart latest() { return KafkaStart{Kind::kLatest}; }
  /// At the first message whose time is `time` or later, to the millisecond. Where there is none yet, weir drops
  /// messages until one comes. A message without a time counts as late enough.
  static KafkaStart at(Time time) {
    KafkaStart start{Kind::kAt};
    start.time_ = time;
    return start;
  }
  /// At the offset that a consumer group has committed, as other programs do. weir asks once, when the run opens the
  /// partition. It waits up to 10 s for a transaction that is about to commit another offset.
  /// @param group      its name
  /// @param otherwise  where a partition begins for which the group has no offset
  /// @throws BuildError  if `otherwise` is `committed` too
  static KafkaStart committed(std::string group, const KafkaStart& otherwise = earliest());

  /// Of a partition for which no group is asked, or the group has no offset.
  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] Time time() const noexcept { return time_; }  ///< for `kAt`: the first message at this time or later
  /// The consumer group whose offsets are asked first; none: no group.
  [[nodiscard]] const std::optional<std::string>& group() const noexcept { return group_; }

 private:
  explicit KafkaStart(Kind kind) : kind_{kind} {}

  Kind kind_;
  Time time_{};
  std::optional<std::string> group_;
};

/// What a `KafkaInput` does if Kafka no longer holds the messages at a stored position.
enum class KafkaMissing : std::uint8_t {
  kRefuse,    ///< the run fails with a `RecoveryError`. The default
  kEarliest,  ///< reads on at the earliest message that is left. Messages are lost, and a warning says how many
  kLatest,    ///< reads on after the last message. Messages are lost, and a warning says so
};

/// What a `KafkaInput` does with a tombstone, a message without a value.
enum class KafkaTombstones : std::uint8_t {
  kDecode,  ///< gives it to the decoder like any message. To a JSON shape it is a bad record. The default
  kSkip,
};

}  // namespace weir
