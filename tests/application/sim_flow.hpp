#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "application/sim_kafka.hpp"
#include "recovery/snapshot_store.hpp"

namespace weir::simulation {

/// What a simulated process runs: it counts the messages of each key, and emits each count. A tick of a key, as a timer
/// would give it, moves no position; ticks are counted apart.
class SimFlow {
 public:
  /// @param topic  that it reads; it writes to topic "out"
  SimFlow(std::string topic, const std::vector<std::uint32_t>& shards);

  /// Goes on from what a store has.
  void load(detail::recovery::SnapshotStore& store);

  [[nodiscard]] std::size_t shards() const noexcept { return shards_.size(); }
  [[nodiscard]] std::size_t keys(std::size_t shard) const { return shards_[shard].counts.size(); }

  /// Counts the next messages of a shard, as many as there are.
  void read(SimKafka& kafka, std::size_t shard, std::uint64_t most);
  void tick(std::size_t shard, std::size_t key);

  /// All that has come since the last epoch.
  [[nodiscard]] detail::recovery::EpochCommit close();

 private:
  struct Count {
    std::uint64_t items = 0;
    std::uint64_t ticks = 0;
  };
  struct Shard {
    std::uint32_t number = 0;
    std::int64_t position = 0;
    bool moved = true;  // a partition tells its position before it reads
    std::map<std::string, Count> counts;
    std::map<std::string, bool> changed;
  };

  void emit(Shard& shard, const std::string& key, const std::string& value);

  std::string topic_;
  std::vector<Shard> shards_;
  std::string rows_;
  std::uint64_t epoch_ = 0;
};

}  // namespace weir::simulation
