#include "recovery/store_tables.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "os/durable_file.hpp"
#include "recovery/checksum.hpp"
#include "recovery/records.hpp"
#include "weir/errors.hpp"
#include "weir/key.hpp"

namespace weir::detail::recovery {

using database::Database;
using database::Statement;
using database::Transaction;

namespace {

using Kind = RecoveryError::Kind;

void throw_recovery_error(const database::Error& error) {
  const auto fail = [&error](Kind kind, const char* advice) {
    throw RecoveryError{kind, fmt::format("recovery: {}; {}", error.what(), advice)};
  };
  switch (error.code() & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      fail(Kind::kInUse, "stop the process that uses it");
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_MISMATCH:
    case SQLITE_ERROR:  // a table that is not what it was
      fail(Kind::kRefused, "it is damaged or of another program; put back a copy, or name another directory");
      break;
    default:
      fail(Kind::kUnwritable, "look after the disk and start again; what was committed stands");
  }
}

constexpr std::int64_t kApplicationId = 0x77656972;  // "weir"
constexpr std::int64_t kFormat = 1;
constexpr const char* kHash = "xxh3-64 seed 0x77656972";
constexpr const char* kFileName = "state.sqlite3";
// Tells a store whose file was emptied from one that is new.
constexpr const char* kMadeName = "FORMAT";
constexpr const char* kMadeText = "A recovery directory of weir, format 1. Its files belong together.\n";

// A checksum comes before what may be large: SQLite finds it without reading that.
constexpr const char* kTables = R"(
CREATE TABLE head (id INTEGER PRIMARY KEY CHECK (id = 1), checksum INTEGER NOT NULL, digest INTEGER NOT NULL,
                   key_groups INTEGER NOT NULL, hash TEXT NOT NULL, flow TEXT NOT NULL, execution INTEGER NOT NULL,
                   epoch INTEGER NOT NULL, closed INTEGER NOT NULL);
CREATE TABLE steps (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, id TEXT NOT NULL, op TEXT NOT NULL,
                    kind INTEGER NOT NULL, shape TEXT NOT NULL, workers INTEGER NOT NULL);
CREATE TABLE marks (kind INTEGER NOT NULL, step INTEGER NOT NULL, partition TEXT NOT NULL, checksum INTEGER NOT NULL,
                    bytes BLOB NOT NULL, PRIMARY KEY (kind, step, partition)) WITHOUT ROWID;
CREATE TABLE changes (number INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, epoch INTEGER NOT NULL,
                      step INTEGER NOT NULL, worker INTEGER NOT NULL, records BLOB NOT NULL);
CREATE TABLE base (slice INTEGER PRIMARY KEY, checksum INTEGER NOT NULL, records BLOB NOT NULL);
)";

std::int64_t as_number(std::uint64_t number) { return static_cast<std::int64_t>(number); }

std::int64_t slice_number(std::int64_t step, std::size_t slice) {
  return step * static_cast<std::int64_t>(kSlices) + static_cast<std::int64_t>(slice);
}

std::int64_t checksum_of(const StoreTables::Head& head, std::int64_t digest) {
  return Checksum{}
      .with(digest)
      .with(kHash)
      .with(head.flow)
      .with(as_number(head.execution))
      .with(as_number(head.epoch))
      .with(std::int64_t{head.closed})
      .value();
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

StoreTables::StoreTables(const std::filesystem::path& directory)
    : database_{directory / kFileName, Database::Mode::kReadWriteCreate, &throw_recovery_error} {
  set_up();
  if (database_.number("SELECT count(*) FROM sqlite_master") == 0 && database_.number("PRAGMA application_id") == 0) {
    make(directory);
  } else {
    check_format(directory);
    check_pages();
    read_head();
  }
}

bool StoreTables::is_at(const std::filesystem::path& directory) { return os::exists(directory / kFileName); }

// In this order: a lock before anything is read, and each setting read back, since SQLite takes some in silence.
void StoreTables::set_up() {
  database_.run("PRAGMA locking_mode=EXCLUSIVE");
  database_.run("PRAGMA auto_vacuum=INCREMENTAL");
  const std::string journal = database_.text("PRAGMA journal_mode=WAL");
  database_.run("PRAGMA synchronous=FULL");
  database_.run("PRAGMA wal_autocheckpoint=0");
  database_.run("PRAGMA cell_size_check=ON");
  database_.run("PRAGMA trusted_schema=OFF");
  database_.run("PRAGMA mmap_size=0");
  const std::string locking = database_.text("PRAGMA locking_mode");
  if (journal != "wal" || locking != "exclusive" || database_.number("PRAGMA synchronous") != 2) {
    throw RecoveryError{
        RecoveryError::Kind::kUnwritable,
        fmt::format("recovery: \"{}\": SQLite keeps journal \"{}\", locking \"{}\" where \"wal\" and \"exclusive\" are "
                    "needed; name a directory on a disk of this machine",
                    database_.path(), journal, locking)};
  }
}

void StoreTables::make(const std::filesystem::path& directory) {
  if (os::exists(directory / kMadeName)) {
    refuse(
        "it is empty or gone, though the directory was in use before; put back a copy, or remove the directory to "
        "begin anew");
  }
  Transaction transaction{database_};
  database_.run(kTables);
  database_.run(fmt::format("PRAGMA application_id={}", kApplicationId));
  database_.run(fmt::format("PRAGMA user_version={}", kFormat));
  write_head({});
  transaction.commit();
  checkpoint(0);
  os::write_durably(directory / kMadeName, kMadeText);
}

void StoreTables::check_format(const std::filesystem::path& directory) {
  if (database_.number("PRAGMA application_id") != kApplicationId) {
    refuse("it is a database of another program; name another directory");
  }
  if (const std::int64_t format = database_.number("PRAGMA user_version"); format != kFormat) {
    refuse(
        fmt::format("it has format {}, and this build reads format {}; use a build that reads it, or name another "
                    "directory",
                    format, kFormat));
  }
  if (!os::exists(directory / kMadeName)) {
    os::write_durably(directory / kMadeName, kMadeText);  // the process ended between the two
  }
}

// A damaged page can hide rows from one query that another finds.
void StoreTables::check_pages() {
  if (const std::string found = database_.text("PRAGMA quick_check(1)"); found != "ok") {
    refuse(fmt::format("it is damaged: {}; put back a copy, or name another directory", found));
  }
}

void StoreTables::read_head() {
  Statement select{database_, "SELECT checksum, digest, key_groups, hash, flow, execution, epoch, closed FROM head"};
  if (!select.next()) {
    refuse("table head has no row; put back a copy, or name another directory");
  }
  digest_ = select.number(1);
  head_ = {.flow = std::string{select.text(4)},
           .execution = static_cast<std::uint64_t>(select.number(5)),
           .epoch = static_cast<std::uint64_t>(select.number(6)),
           .closed = select.number(7) != 0};
  if (select.number(2) != as_number(kKeyGroups) || select.text(3) != kHash) {
    refuse(
        fmt::format("its keys are in {} groups by hash \"{}\", and this build has {} by \"{}\"; use the build that "
                    "wrote it, or name another directory",
                    select.number(2), select.text(3), kKeyGroups, kHash));
  }
  check_row(checksum_of(head_, digest_), select.number(0), "head");
  if (digest_of_rows() != digest_) {
    refuse("rows are missing or too many; put back a copy, or name another directory");
  }
  if (database_.number("SELECT max(epoch) FROM changes") > as_number(head_.epoch)) {
    refuse("table changes has rows of epochs that were not committed; put back a copy, or name another directory");
  }
}

std::int64_t StoreTables::digest_of_rows() {
  std::int64_t digest = 0;
  for (const char* const table : {"steps", "marks", "changes", "base"}) {
    Statement select{database_, fmt::format("SELECT checksum FROM {}", table).c_str()};
    while (select.next()) {
      digest ^= select.number(0);
    }
  }
  return digest;
}

void StoreTables::write_head(const Head& head) {
  head_ = head;
  Statement replace{database_, "REPLACE INTO head VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)"};
  replace.with(checksum_of(head, digest_))
      .with(digest_)
      .with(as_number(kKeyGroups))
      .with(std::string_view{kHash})
      .with(std::string_view{head.flow})
      .with(as_number(head.execution))
      .with(as_number(head.epoch))
      .with(std::int64_t{head.closed})
      .run();
}

std::vector<StoreTables::StepRow> StoreTables::steps() {
  std::vector<StepRow> rows;
  Statement select{database_, "SELECT number, checksum, id, op, kind, shape, workers FROM steps ORDER BY number"};
  while (select.next()) {
    StepRow& row = rows.emplace_back();
    row.number = select.number(0);
    row.step.id = select.text(2);
    row.step.op = select.text(3);
    row.step.kind = static_cast<StepKind>(select.number(4));
    row.step.shape = select.text(5);
    row.step.workers = static_cast<std::uint32_t>(select.number(6));
    check_row(checksum_of(row.number, row.step), select.number(1), fmt::format("steps {}", row.number));
  }
  return rows;
}

std::optional<std::int64_t> StoreTables::number_of(const std::string& step_id) {
  Statement select{database_, "SELECT number FROM steps WHERE id = ?"};
  select.with(std::string_view{step_id});
  return select.next() ? std::optional{select.number(0)} : std::nullopt;
}

std::int64_t StoreTables::write_step(const StepRecord& step) {
  std::int64_t before = 0;
  std::int64_t number = number_of(step.id).value_or(0);
  if (number != 0) {
    Statement select{database_, "SELECT checksum FROM steps WHERE number = ?"};
    select.with(number);
    before = select.next() ? select.number(0) : 0;
  } else {
    number = database_.number("SELECT max(number) FROM steps") + 1;
  }
  const std::int64_t checksum = checksum_of(number, step);
  Statement replace{database_, "REPLACE INTO steps VALUES (?, ?, ?, ?, ?, ?, ?)"};
  replace.with(number)
      .with(checksum)
      .with(std::string_view{step.id})
      .with(std::string_view{step.op})
      .with(static_cast<std::int64_t>(step.kind))
      .with(std::string_view{step.shape})
      .with(std::int64_t{step.workers})
      .run();
  write_row(before, checksum);
  return number;
}

void StoreTables::forget(std::int64_t step) {
  remove_rows("marks WHERE step BETWEEN ? AND ?", step, step);
  remove_rows("changes WHERE step BETWEEN ? AND ?", step, step);
  remove_rows("base WHERE slice BETWEEN ? AND ?", slice_number(step, 0), slice_number(step, kSlices - 1));
  remove_rows("steps WHERE number BETWEEN ? AND ?", step, step);
}

void StoreTables::remove_rows(const std::string& from, std::int64_t first, std::int64_t last) {
  Statement select{database_, ("SELECT checksum FROM " + from).c_str()};
  select.with(first).with(last);
  while (select.next()) {
    write_row(select.number(0), 0);
  }
  Statement{database_, ("DELETE FROM " + from).c_str()}.with(first).with(last).run();
}

std::vector<StoredMark> StoreTables::marks(MarkKind kind) {
  std::vector<StoredMark> marks;
  Statement select{database_,
                   "SELECT step, partition, marks.checksum, bytes, id FROM marks JOIN steps ON number = step "
                   "WHERE marks.kind = ? ORDER BY step, partition"};
  select.with(static_cast<std::int64_t>(kind));
  while (select.next()) {
    marks.push_back({std::string{select.text(4)}, std::string{select.text(1)}, std::string{select.bytes(3)}});
    check_row(checksum_of(kind, select.number(0), select.text(1), select.bytes(3)), select.number(2),
              fmt::format("marks {} {} \"{}\"", static_cast<int>(kind), select.number(0), select.text(1)));
  }
  return marks;
}

std::uint64_t StoreTables::mark_count(std::int64_t step) {
  Statement count{database_, "SELECT count(*) FROM marks WHERE step = ?"};
  count.with(step);
  return count.next() ? static_cast<std::uint64_t>(count.number(0)) : 0;
}

void StoreTables::write_mark(MarkKind kind, std::int64_t step, const snapshot::PartitionMark& mark) {
  const auto kind_number = static_cast<std::int64_t>(kind);
  Statement select{database_, "SELECT checksum FROM marks WHERE kind = ? AND step = ? AND partition = ?"};
  select.with(kind_number).with(step).with(std::string_view{mark.partition});
  const std::int64_t before = select.next() ? select.number(0) : 0;
  const std::int64_t checksum = checksum_of(kind, step, mark.partition, mark.bytes);
  Statement replace{database_, "REPLACE INTO marks VALUES (?, ?, ?, ?, ?)"};
  replace.with(kind_number)
      .with(step)
      .with(std::string_view{mark.partition})
      .with(checksum)
      .with_bytes(mark.bytes)
      .run();
  write_row(before, checksum);
}

void StoreTables::add_change(Epoch epoch, std::int64_t step, std::size_t worker, std::string_view records) {
  const std::int64_t epoch_number = as_number(epoch.value);
  const std::int64_t checksum = checksum_of_change(epoch_number, step, as_number(worker), records);
  Statement insert{database_, "INSERT INTO changes (checksum, epoch, step, worker, records) VALUES (?, ?, ?, ?, ?)"};
  insert.with(checksum).with(epoch_number).with(step).with(as_number(worker)).with_bytes(records).run();
  write_row(0, checksum);
}

void StoreTables::for_each_change(std::int64_t step, const std::function<void(std::string_view)>& each) {
  Statement select{database_,
                   "SELECT checksum, epoch, worker, records, number FROM changes WHERE step = ? ORDER BY number"};
  select.with(step);
  while (select.next()) {
    check_row(checksum_of_change(select.number(1), step, select.number(2), select.bytes(3)), select.number(0),
              fmt::format("changes {}", select.number(4)));
    each(select.bytes(3));
  }
}

std::optional<StoreTables::ChangeRow> StoreTables::change_behind(std::int64_t number) {
  Statement select{database_,
                   "SELECT number, step, checksum, epoch, worker, records FROM changes WHERE number > ? "
                   "ORDER BY number LIMIT 1"};
  select.with(number);
  if (!select.next()) {
    return std::nullopt;
  }
  check_row(checksum_of_change(select.number(3), select.number(1), select.number(4), select.bytes(5)), select.number(2),
            fmt::format("changes {}", select.number(0)));
  return ChangeRow{select.number(0), select.number(1), std::string{select.bytes(5)}};
}

bool StoreTables::remove_changes(std::int64_t last, std::uint64_t most_bytes) {
  Statement select{database_, "SELECT number, length(records) FROM changes WHERE number <= ? ORDER BY number"};
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
  remove_rows("changes WHERE number BETWEEN ? AND ?", 0, upto);
  return all;
}

StoreTables::Sizes StoreTables::change_sizes() {
  return {static_cast<std::uint64_t>(database_.number("SELECT count(*) FROM changes")),
          static_cast<std::uint64_t>(database_.number("SELECT sum(length(records)) FROM changes"))};
}

std::uint64_t StoreTables::change_bytes(std::int64_t step) {
  Statement select{database_, "SELECT sum(length(records)) FROM changes WHERE step = ?"};
  select.with(step);
  return select.next() ? static_cast<std::uint64_t>(select.number(0)) : 0;
}

std::vector<Epoch> StoreTables::change_epochs() {
  std::vector<Epoch> epochs;
  Statement select{database_, "SELECT DISTINCT epoch FROM changes ORDER BY epoch"};
  while (select.next()) {
    epochs.push_back(Epoch{static_cast<std::uint64_t>(select.number(0))});
  }
  return epochs;
}

std::string StoreTables::base(std::int64_t step, std::size_t slice) {
  const std::int64_t number = slice_number(step, slice);
  Statement select{database_, "SELECT checksum, records FROM base WHERE slice = ?"};
  select.with(number);
  if (!select.next()) {
    return {};
  }
  check_row(checksum_of_base(number, select.bytes(1)), select.number(0), fmt::format("base {}", number));
  return std::string{select.bytes(1)};
}

void StoreTables::write_base(std::int64_t step, std::size_t slice, std::string_view records) {
  const std::int64_t number = slice_number(step, slice);
  remove_rows("base WHERE slice BETWEEN ? AND ?", number, number);
  if (records.empty()) {
    return;
  }
  const std::int64_t checksum = checksum_of_base(number, records);
  Statement{database_, "INSERT INTO base VALUES (?, ?, ?)"}.with(number).with(checksum).with_bytes(records).run();
  write_row(0, checksum);
}

std::uint64_t StoreTables::base_bytes() {
  return static_cast<std::uint64_t>(database_.number("SELECT sum(length(records)) FROM base"));
}

std::uint64_t StoreTables::base_bytes(std::int64_t step) {
  Statement select{database_, "SELECT sum(length(records)) FROM base WHERE slice BETWEEN ? AND ?"};
  select.with(slice_number(step, 0)).with(slice_number(step, kSlices - 1));
  return select.next() ? static_cast<std::uint64_t>(select.number(0)) : 0;
}

// There is no other connection, so all of the log goes.
bool StoreTables::checkpoint(std::int64_t min_pages) {
  if (database_.log_pages() < min_pages) {
    return false;
  }
  database_.checkpoint();
  return true;
}

bool StoreTables::give_back_free_pages() {
  const std::int64_t free = database_.number("PRAGMA freelist_count");
  if (free < 4096 || free * 2 < database_.number("PRAGMA page_count")) {
    return false;
  }
  database_.run("PRAGMA incremental_vacuum(1024)");
  return true;
}

void StoreTables::verify() {
  check_pages();
  read_head();
}

void StoreTables::check_row(std::int64_t found, std::int64_t expected, const std::string& row) const {
  if (found != expected) {
    refuse(
        fmt::format("row {} is damaged: its checksum is {:016x}, and {:016x} is written; put back a copy, or name "
                    "another directory",
                    row, static_cast<std::uint64_t>(found), static_cast<std::uint64_t>(expected)));
  }
}

void StoreTables::refuse(const std::string& what) const {
  throw RecoveryError{RecoveryError::Kind::kRefused, fmt::format("recovery: \"{}\": {}", database_.path(), what)};
}

}  // namespace weir::detail::recovery
