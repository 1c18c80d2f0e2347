#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>

#include "recovery/records.hpp"
#include "recovery/store_tables.hpp"

namespace weir::detail::recovery {

/// Folds the oldest changes into the state that they change, in portions of some milliseconds.
///
/// A process may end after any portion. A change holds the whole new state, so folding it twice, or loading it on top
/// of the state that it was folded into, gives the same. Changes are removed, oldest first, when all are folded.
class FoldRound {
 public:
  /// @param most_bytes  how many to fold: they are held in memory
  FoldRound(StoreTables& tables, std::uint64_t most_bytes) : tables_{&tables}, most_bytes_{most_bytes} {}

  /// A portion; false when the round is over.
  bool go_on();

  // What it has taken off the changes, once it is over.
  [[nodiscard]] std::uint64_t folded_bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t folded_rows() const noexcept { return rows_.size(); }

 private:
  static constexpr std::uint64_t kPortionBytes = std::uint64_t{1} << 20;

  bool read_portion();
  void fold_portion();
  std::uint64_t fold(std::int64_t step, std::size_t slice);

  StoreTables* tables_;
  std::uint64_t most_bytes_;
  std::deque<std::string> rows_;
  std::uint64_t bytes_ = 0;
  std::int64_t last_ = 0;  // the number of the newest that is read
  bool all_read_ = false;
  std::map<std::int64_t, SlicedRecords> changes_;  // by step
  std::size_t next_slice_ = 0;                     // of the first step that is left
};

}  // namespace weir::detail::recovery
