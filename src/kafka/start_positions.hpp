#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kafka/lookup.hpp"
#include "kafka/position.hpp"
#include "kafka/topic_partition.hpp"
#include "weir/detail/kafka/reading.hpp"
#include "weir/log.hpp"

namespace weir::detail::kafka {

/// Where reading a partition begins, and what Kafka held of it then.
struct StartPosition {
  TopicPartition partition;
  Position at;
  std::int64_t low = 0;  ///< the first offset
  std::int64_t end = 0;  ///< after the last message that may be read
};

/// Finds where to begin in the partitions of a run. Asks once for all of them, with the first.
class StartPositions {
 public:
  /// @throws UsageError  as `Lookup`
  StartPositions(const Reading& reading, const Log& log);

  /// @param kept  the stored position, if there is one
  /// @throws UsageError     as `Lookup`
  /// @throws RecoveryError  if Kafka does not hold the position any more, and the user does not allow to skip
  [[nodiscard]] StartPosition of(const std::string& name, const std::optional<std::string>& kept);

 private:
  void know(std::vector<TopicPartition> partitions);
  [[nodiscard]] std::size_t index_of(const TopicPartition& partition);
  [[nodiscard]] Position begin(std::size_t index);
  [[nodiscard]] Position kept_position(std::size_t index, const std::string& kept);
  [[nodiscard]] Position checked(std::size_t index, Position position, const std::string& whose);

  const Reading* reading_;
  Log log_;
  Lookup lookup_;
  std::vector<TopicPartition> partitions_;  // sorted
  std::vector<std::int64_t> lows_;
  std::vector<std::int64_t> ends_;
  std::vector<std::optional<std::int64_t>> committed_;  // empty until asked for
  std::vector<std::int64_t> by_time_;                   // the same
};

}  // namespace weir::detail::kafka
