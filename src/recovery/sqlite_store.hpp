#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "os/directory_lock.hpp"
#include "recovery/fold_round.hpp"
#include "recovery/snapshot_store.hpp"
#include "recovery/store_tables.hpp"
#include "weir/errors.hpp"

namespace weir::detail::recovery {

/// When changes are folded into the state that they change.
struct FoldSettings {
  std::uint64_t min_bytes = std::uint64_t{64} << 20;    ///< not before there are so many, or half of the state's
  std::uint64_t max_rows = 4096;                        ///< but when there are so many of any size
  std::uint64_t round_bytes = std::uint64_t{64} << 20;  ///< how many are folded at once: they are held in memory
};

/// A step's share of a store.
struct StepStatistics {
  StepRecord step;
  std::uint64_t marks = 0;         ///< sources and sinks: partitions
  std::uint64_t keys = 0;          ///< keyed steps, like what follows
  std::uint64_t live_bytes = 0;    ///< of keys and states
  std::uint64_t base_bytes = 0;    ///< folded
  std::uint64_t change_bytes = 0;  ///< not folded
};

/// Snapshots in one file of SQLite, DIRECTORY/state.sqlite3; its format is in docs/formats/recovery-store.md.
///
/// One connection, and a lock on the directory for as long as the store is open. Every row has a checksum, and the head
/// one over all of those, so that no row can change, vanish or come in unseen.
class SqliteStore final : public SnapshotStore {
 public:
  /// @throws RecoveryError  if the directory is in use, is damaged or cannot be written
  explicit SqliteStore(const std::filesystem::path& directory, FoldSettings folding = {});
  ~SqliteStore() override;

  /// Whether a directory has such a file.
  [[nodiscard]] static bool is_at(const std::filesystem::path& directory);

  /// The files that a store in a directory has, or will have.
  [[nodiscard]] static std::vector<std::filesystem::path> files_of(const std::filesystem::path& directory);

  [[nodiscard]] Contents contents() override;
  std::uint64_t begin(const Execution& execution) override;
  void load(const std::string& step_id, const std::function<void(const snapshot::StateRecord&)>& each) override;
  void commit(const EpochCommit& commit) override;
  bool compact() override;

  /// Folds all changes and gives what is free back to the file system.
  void compact_all();

  /// Looks at every row.
  /// @throws RecoveryError  at the first that is damaged
  void verify();

  /// What it holds by step.
  [[nodiscard]] std::vector<StepStatistics> statistics();

  /// The epochs whose changes are not folded yet.
  [[nodiscard]] std::vector<Epoch> unfolded_epochs() { return tables_.change_epochs(); }

 private:
  static constexpr std::int64_t kCheckpointPages = 1024;

  // After a failure the state of the connection is unknown, so it is not used again.
  template <typename Call>
  auto alive(Call call) {
    if (dead_) {
      throw RecoveryError{RecoveryError::Kind::kUnwritable,
                          "recovery: the store failed before; start again to go on from what was committed"};
    }
    try {
      return call();
    } catch (...) {
      dead_ = true;
      throw;
    }
  }

  void write_steps();
  void write_part(const snapshot::EpochPart& part, Epoch epoch, std::size_t worker);
  void fold_on();

  FoldSettings folding_;
  std::filesystem::path folder_;
  os::DirectoryLock lock_;
  StoreTables tables_;
  Execution execution_;
  std::map<snapshot::StepNumber, std::int64_t> numbers_;  // in the store, of steps by their numbers in the dataflow
  std::uint64_t change_bytes_ = 0;
  std::uint64_t change_rows_ = 0;
  std::uint64_t base_bytes_ = 0;
  std::unique_ptr<FoldRound> fold_;
  bool dead_ = false;
};

}  // namespace weir::detail::recovery
