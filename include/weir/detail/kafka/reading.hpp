#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "weir/detail/graph/graph.hpp"
#include "weir/kafka/cluster.hpp"
#include "weir/kafka/start.hpp"

namespace weir::detail::kafka {

/// What a `KafkaInput` was told.
struct Reading {
  KafkaCluster cluster;
  std::vector<std::string> topics;  ///< names, and patterns that begin with `^`
  std::map<std::string, std::string, std::less<>> properties{};
  KafkaStart start = KafkaStart::earliest();
  KafkaMissing missing = KafkaMissing::kRefuse;
  std::optional<std::string> group{};  ///< gets the positions as advice
  std::chrono::milliseconds refresh = std::chrono::seconds{30};
  bool stop_at_end = false;
  bool skip_tombstones = false;
};

/// @throws BuildError  if there is no topic, or a name or pattern is malformed
void check_topics(const Reading& reading);

/// @throws UsageError  as `KafkaCluster::set`
void set_property(Reading& reading, const std::string& name, const std::string& value);

/// @throws BuildError  if it is not positive
void set_refresh(Reading& reading, std::chrono::milliseconds interval);

/// Whether the input can take part in an application.
[[nodiscard]] graph::InApplication in_application(const Reading& reading);

/// The names of all partitions: TOPIC/NUMBER, by topic and number.
/// @throws UsageError  if the cluster cannot be asked within 10 s, or a topic is not there
[[nodiscard]] std::vector<std::string> partition_names(const Reading& reading);

/// Refuses kept positions of partitions that are gone, and lets partitions that are new begin at their first message.
/// @throws RecoveryError  if a topic has lost partitions
void match_positions(const Reading& reading, const std::vector<std::string>& partitions,
                     std::map<std::string, std::string>& positions);

}  // namespace weir::detail::kafka
