#pragma once

#include <memory>
#include <string>

#include "weir/kafka/cluster.hpp"
#include "weir/run.hpp"

namespace weir::detail::application {

/// The application of an id on a cluster.
/// @param instance  names this process in transactional ids; empty: it has no name
/// @throws UsageError  if Kafka has no topics of such names
[[nodiscard]] std::shared_ptr<Application> make_application(const KafkaCluster& cluster, const std::string& id,
                                                            const std::string& instance);

}  // namespace weir::detail::application
