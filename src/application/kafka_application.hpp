#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "weir/kafka/cluster.hpp"
#include "weir/run.hpp"

namespace weir::detail::application {

/// What is done with the topics of an application in place of a run.
enum class AskTopics : std::uint8_t {
  kNo,  ///< it runs
  kPrint,
  kMake,
};

/// The application of an id on a cluster.
/// @param instance  names this process, so that the next one of that name takes its place; empty: it has no name
/// @throws UsageError  if Kafka has no topics of such names
[[nodiscard]] std::shared_ptr<Application> make_application(const KafkaCluster& cluster, const std::string& id,
                                                            const std::string& instance,
                                                            AskTopics ask = AskTopics::kNo);

}  // namespace weir::detail::application
