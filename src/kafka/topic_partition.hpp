#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "kafka/handles.hpp"

namespace weir::detail::kafka {

/// A partition of a topic.
struct TopicPartition {
  std::string topic;
  std::int32_t number = 0;

  /// TOPIC/NUMBER: no topic has a slash in its name.
  [[nodiscard]] std::string name() const;
  /// @param name  a result of `name`
  [[nodiscard]] static TopicPartition of(const std::string& name);

  friend auto operator<=>(const TopicPartition&, const TopicPartition&) = default;
};

/// A list of partitions, each with the offset `offset`.
[[nodiscard]] Partitions make_list(const std::vector<TopicPartition>& partitions, std::int64_t offset);

}  // namespace weir::detail::kafka
