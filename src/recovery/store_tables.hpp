#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "recovery/snapshot_store.hpp"
#include "recovery/store_file.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::recovery {

enum class MarkKind : std::uint8_t { kPosition = 1, kToken = 2 };

/// The tables of a store's file, row by row; docs/formats/recovery-store.md describes them.
///
/// Whatever writes does so within a transaction of the caller, and ends with `file().write_head`.
class StoreTables {
 public:
  struct StepRow {
    std::int64_t number = 0;
    StepRecord step;
  };

  struct ChangeRow {
    std::int64_t number = 0;  ///< rises from epoch to epoch
    std::int64_t step = 0;
    std::string records;
  };

  struct Sizes {
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
  };

  /// Opens or makes DIRECTORY/state.sqlite3.
  /// @throws RecoveryError
  explicit StoreTables(const std::filesystem::path& directory) : file_{directory} {}

  [[nodiscard]] StoreFile& file() noexcept { return file_; }

  [[nodiscard]] std::vector<StepRow> steps();
  [[nodiscard]] std::optional<std::int64_t> number_of(const std::string& step_id);

  /// Adds or replaces the step of that id; its number.
  std::int64_t write_step(const StepRecord& step);

  /// Removes a step with all that is kept for it.
  void forget(std::int64_t step);

  [[nodiscard]] std::vector<StoredMark> marks(MarkKind kind);
  [[nodiscard]] std::uint64_t mark_count(std::int64_t step);
  void write_mark(MarkKind kind, std::int64_t step, const snapshot::PartitionMark& mark);

  void add_change(Epoch epoch, std::int64_t step, std::size_t worker, std::string_view records);

  /// Calls with a step's records in the order of the epochs. Bytes stay until the call returns.
  void for_each_change(std::int64_t step, const std::function<void(std::string_view)>& each);

  /// The oldest change behind this number.
  [[nodiscard]] std::optional<ChangeRow> change_behind(std::int64_t number);

  /// Removes the changes up to this number, oldest first, but not many more bytes than these; true when all are gone.
  bool remove_changes(std::int64_t last, std::uint64_t most_bytes);

  [[nodiscard]] Sizes change_sizes();
  [[nodiscard]] std::uint64_t change_bytes(std::int64_t step);
  [[nodiscard]] std::vector<Epoch> change_epochs();

  /// A slice's records; none if there is no such row.
  [[nodiscard]] std::string base(std::int64_t step, std::size_t slice);
  void write_base(std::int64_t step, std::size_t slice, std::string_view records);
  [[nodiscard]] std::uint64_t base_bytes();
  [[nodiscard]] std::uint64_t base_bytes(std::int64_t step);

 private:
  StoreFile file_;
};

}  // namespace weir::detail::recovery
