#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "application/edge_sink.hpp"
#include "application/sim_kafka.hpp"
#include "recovery/snapshot_store.hpp"
#include "simulation/rng.hpp"

namespace weir::simulation {

/// What a simulated process runs if its keys are not those of the topic. The value of a message is USER TIME. An edge
/// brings it to the shard of the user, which counts the user's messages, and those in each window of `kWindow`. A
/// window is emitted when event time has passed it on all shards.
///
/// The ends of the edge are weir's own; what is around them is simulated.
class SimEdgeFlow {
 public:
  static constexpr std::int64_t kWindow = 10;
  static constexpr const char* kEdge = "app-count-items";  ///< the edge's topic

  SimEdgeFlow(SimKafka& kafka, Rng& rng, std::string topic, const std::vector<std::uint32_t>& shards,
              std::uint32_t count);
  SimEdgeFlow(const SimEdgeFlow&) = delete;
  SimEdgeFlow& operator=(const SimEdgeFlow&) = delete;
  ~SimEdgeFlow();

  /// Goes on from what a store has.
  void load(detail::recovery::SnapshotStore& store);

  [[nodiscard]] std::size_t shards() const noexcept { return lanes_.size(); }

  /// A bit of what a shard has to do.
  void work(std::size_t shard);

  /// All that has come since the last epoch.
  [[nodiscard]] detail::recovery::EpochCommit close();
  /// The oldest epoch that was closed is decided.
  void commit();

 private:
  class Lane;

  SimKafka* kafka_;
  Rng* rng_;
  std::string topic_;
  detail::application::TopicEdge edge_;
  std::unique_ptr<detail::exchange::EdgeFactory> items_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::uint64_t epoch_ = 0;
};

}  // namespace weir::simulation
