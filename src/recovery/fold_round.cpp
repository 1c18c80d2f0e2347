#include "recovery/fold_round.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "weir/decode_error.hpp"

namespace weir::detail::recovery {

bool FoldRound::go_on() {
  if (!all_read_) {
    all_read_ = !read_portion();
    return true;
  }
  if (!changes_.empty()) {
    fold_portion();
    return true;
  }
  database::Transaction transaction{tables_->file().database()};
  const bool removed = tables_->remove_changes(last_, 4 * kPortionBytes);
  tables_->file().write_head(tables_->file().head());
  transaction.commit();
  return !removed;
}

// False when there are no more to read.
bool FoldRound::read_portion() {
  for (std::uint64_t portion = 0; portion < 4 * kPortionBytes;) {
    std::optional<StoreTables::ChangeRow> row = tables_->change_behind(last_);
    if (!row || (bytes_ != 0 && bytes_ + row->records.size() > most_bytes_)) {
      return false;
    }
    last_ = row->number;
    portion += row->records.size() + 1;
    bytes_ += row->records.size();
    rows_.push_back(std::move(row->records));
    try {
      changes_[row->step].add(rows_.back());
    } catch (const DecodeError& error) {
      tables_->file().refuse("changes are no records: " + std::string{error.what()});
    }
  }
  return true;
}

void FoldRound::fold_portion() {
  database::Transaction transaction{tables_->file().database()};
  for (std::uint64_t portion = 0; portion < kPortionBytes && !changes_.empty();) {
    portion += fold(changes_.begin()->first, next_slice_);
    if (++next_slice_ == kSlices) {
      changes_.erase(changes_.begin());
      next_slice_ = 0;
    }
  }
  tables_->file().write_head(tables_->file().head());
  transaction.commit();
}

// Says how many bytes that took.
std::uint64_t FoldRound::fold(std::int64_t step, std::size_t slice) {
  const SlicedRecords& changes = changes_.begin()->second;
  if (changes.empty(slice)) {
    return 0;
  }
  const std::string base = tables_->base(step, slice);
  std::string folded;
  for (const RawRecord& record : changes.live(slice, base)) {
    folded += record.bytes;
  }
  tables_->write_base(step, slice, folded);
  return base.size() + folded.size();
}

}  // namespace weir::detail::recovery
