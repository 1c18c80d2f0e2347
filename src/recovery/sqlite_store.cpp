#include "recovery/sqlite_store.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "os/durable_file.hpp"
#include "recovery/checksum.hpp"
#include "recovery/fold_round.hpp"
#include "recovery/store_file.hpp"
#include "recovery/store_tables.hpp"
#include "weir/decode_error.hpp"
#include "weir/errors.hpp"

namespace weir::detail::recovery {

SqliteStore::SqliteStore(const std::filesystem::path& directory, FoldSettings folding)
    : folding_{folding}, folder_{directory}, lock_{directory}, tables_{directory} {
  const StoreTables::Sizes sizes = tables_.change_sizes();
  change_bytes_ = sizes.bytes;
  change_rows_ = sizes.rows;
  base_bytes_ = tables_.base_bytes();
}

SqliteStore::~SqliteStore() = default;

bool SqliteStore::is_at(const std::filesystem::path& directory) { return StoreFile::is_at(directory); }

std::vector<std::filesystem::path> SqliteStore::files_of(const std::filesystem::path& directory) {
  return {directory / "LOCK", directory / "FORMAT", directory / "state.sqlite3", directory / "state.sqlite3-wal"};
}

Contents SqliteStore::contents() {
  const StoreFile::Head& head = tables_.file().head();
  Contents contents{.flow = head.flow,
                    .epoch = Epoch{head.epoch},
                    .closed = head.closed,
                    .execution = head.execution,
                    .name = fmt::format("{:016x}", tables_.file().identity()),
                    .folder = folder_.string(),
                    .steps = {},
                    .positions = {},
                    .tokens = {}};
  for (const StoreTables::StepRow& row : tables_.steps()) {
    contents.steps.push_back(row.step);
  }
  contents.positions = tables_.marks(MarkKind::kPosition);
  contents.tokens = tables_.marks(MarkKind::kToken);
  return contents;
}

std::uint64_t SqliteStore::begin(const Execution& execution) {
  return alive([&] {
    execution_ = execution;
    database::Transaction transaction{tables_.file().database()};
    StoreFile::Head head = tables_.file().head();
    ++head.execution;
    tables_.file().write_head(head);
    transaction.commit();
    return head.execution;
  });
}

void SqliteStore::load(const std::string& step_id, const std::function<void(const snapshot::StateRecord&)>& each) {
  const std::optional<std::int64_t> step = tables_.number_of(step_id);
  if (!step) {
    return;
  }
  std::vector<std::string> bytes;
  SlicedRecords changes;
  tables_.for_each_change(*step, [&](std::string_view records) { bytes.emplace_back(records); });
  try {
    for (const std::string& records : bytes) {
      changes.add(records);
    }
    for (std::size_t slice = 0; slice < kSlices; ++slice) {
      const std::string base = tables_.base(*step, slice);
      for (const RawRecord& record : changes.live(slice, base)) {
        each(record.record);
      }
    }
  } catch (const DecodeError& error) {
    tables_.file().refuse(fmt::format("the states of step \"{}\" are no records: {}", step_id, error.what()));
  }
}

void SqliteStore::commit(const EpochCommit& commit) {
  alive([&] {
    database::Transaction transaction{tables_.file().database()};
    if (numbers_.empty()) {
      write_steps();
    }
    StoreFile::Head head = tables_.file().head();
    head.flow = execution_.flow;
    head.epoch = commit.epoch.value;
    head.closed = commit.closing;
    for (std::size_t worker = 0; worker < commit.parts.size(); ++worker) {
      write_part(commit.parts[worker], commit.epoch, worker);
    }
    tables_.file().write_head(head);
    transaction.commit();
  });
}

// What it keeps for the steps of this execution from now on.
void SqliteStore::write_steps() {
  for (const std::string& dropped : execution_.dropped) {
    if (const std::optional<std::int64_t> number = tables_.number_of(dropped)) {
      tables_.forget(*number);
      fold_.reset();  // it may hold changes of that step
    }
  }
  for (std::size_t i = 0; i < execution_.steps.size(); ++i) {
    const std::int64_t number = tables_.write_step(execution_.steps[i]);
    numbers_.emplace(execution_.numbers[i], number);
  }
}

void SqliteStore::write_part(const snapshot::EpochPart& part, Epoch epoch, std::size_t worker) {
  for (const snapshot::StepChanges& step : part.states) {
    const std::string_view records = step.changes->bytes();
    tables_.add_change(epoch, numbers_.at(step.step), worker, records);
    change_bytes_ += records.size();
    ++change_rows_;
  }
  for (const snapshot::PartitionMark& mark : part.positions) {
    tables_.write_mark(MarkKind::kPosition, numbers_.at(mark.step), mark);
  }
  for (const snapshot::PartitionMark& mark : part.tokens) {
    tables_.write_mark(MarkKind::kToken, numbers_.at(mark.step), mark);
  }
}

bool SqliteStore::compact() {
  return alive([&] {
    if (fold_ == nullptr &&
        (change_rows_ > folding_.max_rows || change_bytes_ > std::max(folding_.min_bytes, base_bytes_ / 2))) {
      fold_ = std::make_unique<FoldRound>(tables_, folding_.round_bytes);
    }
    if (fold_ != nullptr) {
      fold_on();
      return true;
    }
    return tables_.file().checkpoint(kCheckpointPages) || tables_.file().give_back_free_pages();
  });
}

void SqliteStore::fold_on() {
  if (fold_->go_on()) {
    return;
  }
  change_bytes_ -= fold_->folded_bytes();
  change_rows_ -= fold_->folded_rows();
  base_bytes_ = tables_.base_bytes();
  fold_.reset();
}

void SqliteStore::compact_all() {
  alive([&] {
    while (change_rows_ > 0) {
      if (fold_ == nullptr) {
        fold_ = std::make_unique<FoldRound>(tables_, folding_.round_bytes);
      }
      fold_on();
    }
    tables_.file().database().run("PRAGMA incremental_vacuum");
    tables_.file().checkpoint(0);
  });
}

void SqliteStore::verify() {
  tables_.file().verify();
  for (const StepRecord& step : contents().steps) {  // which looks at the marks
    load(step.id, [](const snapshot::StateRecord&) {});
  }
}

std::vector<StepStatistics> SqliteStore::statistics() {
  std::vector<StepStatistics> statistics;
  for (const StoreTables::StepRow& row : tables_.steps()) {
    StepStatistics& step = statistics.emplace_back();
    step.step = row.step;
    step.marks = tables_.mark_count(row.number);
    load(row.step.id, [&](const snapshot::StateRecord& record) {
      ++step.keys;
      step.live_bytes += record.key.size() + record.state->size();
    });
    step.base_bytes = tables_.base_bytes(row.number);
    step.change_bytes = tables_.change_bytes(row.number);
  }
  return statistics;
}

}  // namespace weir::detail::recovery
