#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "recovery/snapshot_store.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/detail/snapshot/state_changes.hpp"

namespace weir::detail::application {

/// What a shard was written by. Record `f` of its log.
struct Head {
  std::uint32_t format = 1;
  std::uint32_t shards = 0;
  std::string flow{};
  std::vector<recovery::StepRecord> steps{};

  friend bool operator==(const Head&, const Head&) = default;
};

/// How far a step's partition had come.
struct Mark {
  std::string step_id;
  std::string partition;
  std::string bytes;
};

/// Where a shard is. Record `m` of its log, written by every transaction that changes the shard.
struct Tip {
  std::uint64_t epoch = 0;
  std::uint64_t delta = 0;  ///< the number of the newest
  std::vector<Mark> marks{};
};

/// Writes a record of a shard's log; without value a tombstone.
using WriteRecord = std::function<void(const std::string& key, std::optional<std::string_view> value)>;

void write_head(const Head& head, const WriteRecord& write);
void write_tip(const Tip& tip, const WriteRecord& write);

/// Writes records of steps as delta `number`, in chunks.
/// @return  how many bytes
std::size_t write_delta(std::uint64_t number, const std::vector<std::pair<std::string, std::string_view>>& steps,
                        std::size_t chunk_bytes, const WriteRecord& write);

/// A shard's log, read from its beginning.
///
///     f        what it was written by
///     m        where it is
///     d/N/I    chunk I of delta N: the keys that an epoch changed
///     b/I      chunk I of the base: all keys, as of the delta that it covers
///
/// Every value ends with a checksum over key and value. Compaction keeps the newest record of a key; what a base covers
/// has tombstones.
class ShardLog {
 public:
  struct State {
    std::uint16_t group = 0;
    std::string bytes;
  };
  using States = std::unordered_map<std::string, State>;  ///< by key

  /// @param name  of the partition, for messages
  explicit ShardLog(std::string name) : name_{std::move(name)} {}

  /// Takes the next record.
  /// @throws RecoveryError  if it is damaged
  void take(std::string_view key, std::optional<std::string_view> value);

  /// All records are taken: puts the states together.
  /// @throws RecoveryError  if some are missing
  void finish();

  [[nodiscard]] const std::optional<Head>& head() const noexcept { return head_; }
  [[nodiscard]] const std::optional<Tip>& tip() const noexcept { return tip_; }
  [[nodiscard]] std::map<std::string, States>& states() noexcept { return states_; }  ///< by step
  [[nodiscard]] const std::map<std::string, States>& states() const noexcept { return states_; }
  /// The oldest delta that no base covers, and how many bytes those have.
  [[nodiscard]] std::uint64_t covered() const noexcept { return covered_; }
  [[nodiscard]] std::uint64_t delta_bytes() const noexcept { return delta_bytes_; }
  [[nodiscard]] std::uint64_t base_bytes() const noexcept { return base_bytes_; }

  /// Writes all states as a base, and tombstones for what it replaces. After `finish`.
  void write_base(std::size_t chunk_bytes, const WriteRecord& write) const;

 private:
  struct Chunks {
    std::uint32_t total = 0;
    std::map<std::uint32_t, std::string> chunks;
  };

  void take_delta(std::string_view place, std::string_view payload);
  void take_base(std::string_view place, std::string_view payload);
  void forget(std::string_view key);
  void apply(const std::string& payload);
  [[nodiscard]] std::string whole(const Chunks& chunks, const std::string& what) const;
  [[noreturn]] void refuse(const std::string& what) const;

  std::string name_;
  std::optional<Head> head_;
  std::optional<Tip> tip_;
  std::map<std::uint64_t, Chunks> deltas_;
  std::uint64_t base_number_ = 0;
  std::uint64_t base_covers_ = 0;
  Chunks base_;
  std::uint32_t base_slots_ = 0;                              // records b/I that may be there
  std::vector<std::pair<std::uint64_t, std::uint32_t>> old_;  // deltas that are there, and their chunks
  std::map<std::string, States> states_;
  std::uint64_t covered_ = 0;
  std::uint64_t delta_bytes_ = 0;
  std::uint64_t base_bytes_ = 0;
};

}  // namespace weir::detail::application
