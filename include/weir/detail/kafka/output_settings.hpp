#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "weir/detail/graph/graph.hpp"
#include "weir/kafka/cluster.hpp"
#include "weir/sink.hpp"

namespace weir {

/// What a resumed run does with the last epoch's records if Kafka has forgotten whether it holds them; see
/// `KafkaOutput::pending`.
enum class KafkaPending : std::uint8_t {
  kRefuse,  ///< the run fails with a `RecoveryError`
  kAgain,   ///< it sends them: they may be there twice
  kDrop,    ///< it drops them: they may be missing
};

namespace detail::kafka {

/// An output that is declared.
struct OutputSettings {
  KafkaCluster cluster;
  std::string topic;
  std::map<std::string, std::string, std::less<>> properties;  ///< of this step
  KafkaPending pending = KafkaPending::kRefuse;
};

/// @throws UsageError  if Kafka has no topics of this name
[[nodiscard]] OutputSettings declared_output(KafkaCluster cluster, std::string topic);

/// @throws UsageError  as `KafkaCluster::set`
void set_property(OutputSettings& settings, const std::string& name, const std::string& value);

/// Whether the output can take part in an application.
[[nodiscard]] graph::InApplication in_application(const OutputSettings& settings);

/// The writer of encoded records, at-least-once.
/// @throws UsageError  if the topic cannot be written
[[nodiscard]] std::unique_ptr<SinkPartition<std::string>> open_output(const OutputSettings& settings,
                                                                      const OpenContext& context);

/// The writer of encoded records that become visible with their epochs.
/// @throws UsageError     if the topic cannot be written
/// @throws RecoveryError  if Kafka is not as the last run left it, or another run uses the output
[[nodiscard]] std::unique_ptr<TransactionalPartition<std::string>> resume_output(const OutputSettings& settings,
                                                                                 const OpenContext& context,
                                                                                 const SinkResume& resume);

}  // namespace detail::kafka
}  // namespace weir
