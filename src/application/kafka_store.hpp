#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "application/port.hpp"
#include "application/shard_log.hpp"
#include "application/takeover.hpp"
#include "coordinator/placement.hpp"
#include "recovery/snapshot_store.hpp"

namespace weir::detail::application {

/// How a log is written.
struct LogSettings {
  std::size_t chunk_bytes = std::size_t{512} << 10;
  std::size_t fold_bytes = std::size_t{4} << 20;  ///< a base is written when the deltas have so many, and more than it
};

/// What tells whether to go on.
struct Checks {
  Check taking_over;  ///< throws if the shards are to be given back
  Check committing;   ///< throws if they are gone
};

/// The snapshots of the shards that this process has, in Kafka.
///
/// One transaction an epoch has the records of outputs, the changes of states and the positions in the topics. The
/// positions come with the membership of the assignment, for all shards, moved or not: brokers refuse them once the
/// shards are another process's, and with them everything else. Any failure leaves the decision to Kafka: it throws
/// `SharesLost`, and the shards are taken over anew.
class KafkaStore final : public recovery::SnapshotStore {
 public:
  /// Takes the shards over.
  /// @param membership  of the assignment; outlives the store, as does the port
  /// @throws SharesLost, RecoveryError  as `take_over`
  KafkaStore(Port& port, Names names, const coordinator::Placement& placement, const Membership& membership,
             std::uint64_t generation, const Checks& checks, const LogSettings& settings = {});

  [[nodiscard]] recovery::Contents contents() override;
  std::uint64_t begin(const recovery::Execution& execution) override;
  void load(const std::string& step_id, const std::function<void(const snapshot::StateRecord&)>& each) override;
  void commit(const recovery::EpochCommit& commit) override;
  bool compact() override;

  /// As they were taken over.
  [[nodiscard]] std::uint64_t keys() const;

 private:
  /// A shard, as of the last commit.
  struct Shard {
    std::uint32_t number = 0;
    std::optional<Head> head{};
    Tip tip{};
    std::uint64_t covered = 0;
    std::size_t delta_bytes = 0;
    std::size_t base_bytes = 0;
  };

  [[nodiscard]] const recovery::StepRecord& record_of(snapshot::StepNumber step) const;
  [[nodiscard]] Head head_now() const;
  void check_heads() const;
  void drop_what_is_forgotten();
  void transact(const std::vector<Shard>& shards, const std::function<void()>& send);
  void make_sender();
  void write_rows(const std::string& token);
  void write_shard(const snapshot::EpochPart& part, Shard& shard);
  void take_marks(const snapshot::EpochPart& part, Shard& shard) const;
  [[nodiscard]] WriteRecord writer(const Shard& shard);
  [[nodiscard]] static std::vector<GroupPosition> positions_in(const std::vector<Shard>& shards);
  void fold(Shard& shard);

  Port* port_;
  Names names_;
  coordinator::Placement placement_;
  const Membership* membership_;
  std::uint64_t generation_;
  Checks checks_;
  LogSettings settings_;
  std::vector<Shard> shards_;   // by worker
  std::vector<ShardLog> logs_;  // until the states are loaded
  recovery::Execution execution_;
  std::unique_ptr<TransactionSender> sender_;
  Port::Time all_again_;
};

}  // namespace weir::detail::application
