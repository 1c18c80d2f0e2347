#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "application/topic_edges.hpp"
#include "weir/kafka/cluster.hpp"
#include "weir/run.hpp"

namespace weir::detail::application {

/// What is done with the topics of an application in place of a run.
enum class AskTopics : std::uint8_t {
  kNo,  ///< it runs
  kPrint,
  kMake,
};

/// What the command line says of an application.
struct ApplicationSettings {
  std::string instance{};  ///< names this process, so that the next one of that name takes its place; empty: no name
  AskTopics ask = AskTopics::kNo;
  Repartition repartition{};
};

/// The application of an id on a cluster.
/// @throws UsageError  if Kafka has no topics of such names
[[nodiscard]] std::shared_ptr<Application> make_application(const KafkaCluster& cluster, const std::string& id,
                                                            ApplicationSettings settings = {});

}  // namespace weir::detail::application
