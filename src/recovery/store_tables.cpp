#include "recovery/store_tables.hpp"

#include <fmt/format.h>

#include "recovery/checksum.hpp"
#include "recovery/records.hpp"

namespace weir::detail::recovery {

using database::Statement;

namespace {

std::int64_t slice_number(std::int64_t step, std::size_t slice) {
  return step * static_cast<std::int64_t>(kSlices) + static_cast<std::int64_t>(slice);
}

std::int64_t checksum_of(std::int64_t number, const StepRecord& step) {
  return Checksum{}
      .with(number)
      .with(step.id)
      .with(step.op)
      .with(static_cast<std::int64_t>(step.kind))
      .with(step.shape)
      .with(std::int64_t{step.workers})
      .value();
}

std::int64_t checksum_of(MarkKind kind, std::int64_t step, std::string_view partition, std::string_view bytes) {
  return Checksum{}.with(static_cast<std::int64_t>(kind)).with(step).with(partition).with(bytes).value();
}

std::int64_t checksum_of_change(std::int64_t epoch, std::int64_t step, std::int64_t worker, std::string_view records) {
  return Checksum{}.with(epoch).with(step).with(worker).with(records).value();
}

std::int64_t checksum_of_base(std::int64_t slice, std::string_view records) {
  return Checksum{}.with(slice).with(records).value();
}

}  // namespace

std::vector<StoreTables::StepRow> StoreTables::steps() {
  std::vector<StepRow> rows;
  Statement select{file_.database(),
                   "SELECT number, checksum, id, op, kind, shape, workers FROM steps ORDER BY number"};
  while (select.next()) {
    StepRow& row = rows.emplace_back();
    row.number = select.number(0);
    row.step.id = select.text(2);
    row.step.op = select.text(3);
    row.step.kind = static_cast<StepKind>(select.number(4));
    row.step.shape = select.text(5);
    row.step.workers = static_cast<std::uint32_t>(select.number(6));
    file_.check_row(checksum_of(row.number, row.step), select.number(1), fmt::format("steps {}", row.number));
  }
  return rows;
}

std::optional<std::int64_t> StoreTables::number_of(const std::string& step_id) {
  Statement select{file_.database(), "SELECT number FROM steps WHERE id = ?"};
  select.with(std::string_view{step_id});
  return select.next() ? std::optional{select.number(0)} : std::nullopt;
}

std::int64_t StoreTables::write_step(const StepRecord& step) {
  std::int64_t before = 0;
  std::int64_t number = number_of(step.id).value_or(0);
  if (number != 0) {
    Statement select{file_.database(), "SELECT checksum FROM steps WHERE number = ?"};
    select.with(number);
    before = select.next() ? select.number(0) : 0;
  } else {
    number = file_.database().number("SELECT max(number) FROM steps") + 1;
  }
  const std::int64_t checksum = checksum_of(number, step);
  Statement replace{file_.database(), "REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?)"};
  replace.with(number)
      .with(checksum)
      .with(std::string_view{step.id})
      .with(std::string_view{step.op})
      .with(static_cast<std::int64_t>(step.kind))
      .with(std::string_view{step.shape})
      .with(std::int64_t{step.workers})
      .run();
  file_.write_row(before, checksum);
  return number;
}

void StoreTables::forget(std::int64_t step) {
  file_.remove_rows("marks WHERE step BETWEEN ? AND ?", step, step);
  file_.remove_rows("changes WHERE step BETWEEN ? AND ?", step, step);
  file_.remove_rows("base WHERE slice BETWEEN ? AND ?", slice_number(step, 0), slice_number(step, kSlices - 1));
  file_.remove_rows("steps WHERE number BETWEEN ? AND ?", step, step);
}

std::vector<StoredMark> StoreTables::marks(MarkKind kind) {
  std::vector<StoredMark> marks;
  Statement select{file_.database(),
                   "SELECT step, partition, marks.checksum, bytes, id FROM marks JOIN steps ON number = step "
                   "WHERE marks.kind = ? ORDER BY step, partition"};
  select.with(static_cast<std::int64_t>(kind));
  while (select.next()) {
    marks.push_back({std::string{select.text(4)}, std::string{select.text(1)}, std::string{select.bytes(3)}});
    file_.check_row(checksum_of(kind, select.number(0), select.text(1), select.bytes(3)), select.number(2),
                    fmt::format("marks {} {} \"{}\"", static_cast<int>(kind), select.number(0), select.text(1)));
  }
  return marks;
}

std::uint64_t StoreTables::mark_count(std::int64_t step) {
  Statement count{file_.database(), "SELECT count(*) FROM marks WHERE step = ?"};
  count.with(step);
  return count.next() ? static_cast<std::uint64_t>(count.number(0)) : 0;
}

void StoreTables::write_mark(MarkKind kind, std::int64_t step, const snapshot::PartitionMark& mark) {
  const auto kind_number = static_cast<std::int64_t>(kind);
  Statement select{file_.database(), "SELECT checksum FROM marks WHERE kind = ? AND step = ? AND partition = ?"};
  select.with(kind_number).with(step).with(std::string_view{mark.partition});
  const std::int64_t before = select.next() ? select.number(0) : 0;
  const std::int64_t checksum = checksum_of(kind, step, mark.partition, mark.bytes);
  Statement replace{file_.database(), "REPLACE INTO marks VALUES (?, ?, ?, ?, ?)"};
  replace.with(kind_number)
      .with(step)
      .with(std::string_view{mark.partition})
      .with(checksum)
      .with_bytes(mark.bytes)
      .run();
  file_.write_row(before, checksum);
}

void StoreTables::add_change(Epoch epoch, std::int64_t step, std::size_t worker, std::string_view records) {
  const std::int64_t epoch_number = as_number(epoch.value);
  const std::int64_t checksum = checksum_of_change(epoch_number, step, as_number(worker), records);
  Statement insert{file_.database(),
                   "INSERT INTO changes (checksum, epoch, step, worker, records) VALUES (?, ?, ?, ?, ?)"};
  insert.with(checksum).with(epoch_number).with(step).with(as_number(worker)).with_bytes(records).run();
  file_.write_row(0, checksum);
}

void StoreTables::for_each_change(std::int64_t step, const std::function<void(std::string_view)>& each) {
  Statement select{file_.database(),
                   "SELECT checksum, epoch, worker, records, number FROM changes WHERE step = ? ORDER BY number"};
  select.with(step);
  while (select.next()) {
    file_.check_row(checksum_of_change(select.number(1), step, select.number(2), select.bytes(3)), select.number(0),
                    fmt::format("changes {}", select.number(4)));
    each(select.bytes(3));
  }
}

std::optional<StoreTables::ChangeRow> StoreTables::change_behind(std::int64_t number) {
  Statement select{file_.database(),
                   "SELECT number, step, checksum, epoch, worker, records FROM changes WHERE number > ? "
                   "ORDER BY number LIMIT 1"};
  select.with(number);
  if (!select.next()) {
    return std::nullopt;
  }
  file_.check_row(checksum_of_change(select.number(3), select.number(1), select.number(4), select.bytes(5)),
                  select.number(2), fmt::format("changes {}", select.number(0)));
  return ChangeRow{select.number(0), select.number(1), std::string{select.bytes(5)}};
}

bool StoreTables::remove_changes(std::int64_t last, std::uint64_t most_bytes) {
  Statement select{file_.database(), "SELECT number, length(records) FROM changes WHERE number <= ? ORDER BY number"};
  select.with(last);
  std::int64_t upto = 0;
  std::uint64_t bytes = 0;
  bool all = true;
  while (select.next()) {
    if (bytes > most_bytes) {
      all = false;
      break;
    }
    upto = select.number(0);
    bytes += static_cast<std::uint64_t>(select.number(1));
  }
  file_.remove_rows("changes WHERE number BETWEEN ? AND ?", 0, upto);
  return all;
}

StoreTables::Sizes StoreTables::change_sizes() {
  return {static_cast<std::uint64_t>(file_.database().number("SELECT count(*) FROM changes")),
          static_cast<std::uint64_t>(file_.database().number("SELECT sum(length(records)) FROM changes"))};
}

std::uint64_t StoreTables::change_bytes(std::int64_t step) {
  Statement select{file_.database(), "SELECT sum(length(records)) FROM changes WHERE step = ?"};
  select.with(step);
  return select.next() ? static_cast<std::uint64_t>(select.number(0)) : 0;
}

std::vector<Epoch> StoreTables::change_epochs() {
  std::vector<Epoch> epochs;
  Statement select{file_.database(), "SELECT DISTINCT epoch FROM changes ORDER BY epoch"};
  while (select.next()) {
    epochs.push_back(Epoch{static_cast<std::uint64_t>(select.number(0))});
  }
  return epochs;
}

std::string StoreTables::base(std::int64_t step, std::size_t slice) {
  const std::int64_t number = slice_number(step, slice);
  Statement select{file_.database(), "SELECT checksum, records FROM base WHERE slice = ?"};
  select.with(number);
  if (!select.next()) {
    return {};
  }
  file_.check_row(checksum_of_base(number, select.bytes(1)), select.number(0), fmt::format("base {}", number));
  return std::string{select.bytes(1)};
}

void StoreTables::write_base(std::int64_t step, std::size_t slice, std::string_view records) {
  const std::int64_t number = slice_number(step, slice);
  file_.remove_rows("base WHERE slice BETWEEN ? AND ?", number, number);
  if (records.empty()) {
    return;
  }
  const std::int64_t checksum = checksum_of_base(number, records);
  Statement{file_.database(), "INSERT INTO base VALUES (?, ?, ?)"}
      .with(number)
      .with(checksum)
      .with_bytes(records)
      .run();
  file_.write_row(0, checksum);
}

std::uint64_t StoreTables::base_bytes() {
  return static_cast<std::uint64_t>(file_.database().number("SELECT sum(length(records)) FROM base"));
}

std::uint64_t StoreTables::base_bytes(std::int64_t step) {
  Statement select{file_.database(), "SELECT sum(length(records)) FROM base WHERE slice BETWEEN ? AND ?"};
  select.with(slice_number(step, 0)).with(slice_number(step, kSlices - 1));
  return select.next() ? static_cast<std::uint64_t>(select.number(0)) : 0;
}

}  // namespace weir::detail::recovery
