#include "recovery/store_file.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "os/durable_file.hpp"
#include "os/random_seed.hpp"
#include "recovery/checksum.hpp"
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
constexpr const char* kIdentity = R"(
CREATE TABLE IF NOT EXISTS identity (id INTEGER PRIMARY KEY CHECK (id = 1), checksum INTEGER NOT NULL,
                                     store INTEGER NOT NULL);
)";
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

std::int64_t checksum_of(const StoreFile::Head& head, std::int64_t digest) {
  return Checksum{}
      .with(digest)
      .with(kHash)
      .with(head.flow)
      .with(as_number(head.execution))
      .with(as_number(head.epoch))
      .with(std::int64_t{head.closed})
      .value();
}

}  // namespace

StoreFile::StoreFile(const std::filesystem::path& directory)
    : database_{directory / kFileName, Database::Mode::kReadWriteCreate, &throw_recovery_error} {
  set_up();
  if (database_.number("SELECT count(*) FROM sqlite_master") == 0 && database_.number("PRAGMA application_id") == 0) {
    make(directory);
  } else {
    check_format(directory);
    check_pages();
    read_head();
    read_identity();
  }
}

bool StoreFile::is_at(const std::filesystem::path& directory) { return os::exists(directory / kFileName); }

// In this order: a lock before anything is read, and each setting read back, since SQLite takes some in silence.
void StoreFile::set_up() {
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

void StoreFile::make(const std::filesystem::path& directory) {
  if (os::exists(directory / kMadeName)) {
    refuse(
        "it is empty or gone, though the directory was in use before; put back a copy, or remove the directory to "
        "begin anew");
  }
  Transaction transaction{database_};
  database_.run(kTables);
  database_.run(fmt::format("PRAGMA application_id={}", kApplicationId));
  database_.run(fmt::format("PRAGMA user_version={}", kFormat));
  make_identity();
  write_head({});
  transaction.commit();
  checkpoint(0);
  os::write_durably(directory / kMadeName, kMadeText);
}

void StoreFile::check_format(const std::filesystem::path& directory) {
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
void StoreFile::check_pages() {
  if (const std::string found = database_.text("PRAGMA quick_check(1)"); found != "ok") {
    refuse(fmt::format("it is damaged: {}; put back a copy, or name another directory", found));
  }
}

void StoreFile::read_head() {
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

// Within a transaction of the caller.
void StoreFile::make_identity() {
  database_.run(kIdentity);
  identity_ = os::random_seed();
  Statement insert{database_, "INSERT INTO identity (id, checksum, store) VALUES (1, ?, ?)"};
  insert.with(Checksum{}.with(as_number(identity_)).value()).with(as_number(identity_)).run();
}

// Directories of weir 0.1 get theirs when they are used next. The digest leaves it out, so that weir 0.1 can read them.
void StoreFile::read_identity() {
  if (database_.number("SELECT count(*) FROM sqlite_master WHERE name = 'identity'") == 0) {
    Transaction transaction{database_};
    make_identity();
    transaction.commit();
    return;
  }
  Statement select{database_, "SELECT checksum, store FROM identity"};
  if (!select.next()) {
    refuse("table identity has no row; put back a copy, or name another directory");
  }
  check_row(Checksum{}.with(select.number(1)).value(), select.number(0), "identity");
  identity_ = static_cast<std::uint64_t>(select.number(1));
}

std::int64_t StoreFile::digest_of_rows() {
  std::int64_t digest = 0;
  for (const char* const table : {"steps", "marks", "changes", "base"}) {
    Statement select{database_, fmt::format("SELECT checksum FROM {}", table).c_str()};
    while (select.next()) {
      digest ^= select.number(0);
    }
  }
  return digest;
}

void StoreFile::write_head(const Head& head) {
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

void StoreFile::remove_rows(const std::string& from, std::int64_t first, std::int64_t last) {
  Statement select{database_, ("SELECT checksum FROM " + from).c_str()};
  select.with(first).with(last);
  while (select.next()) {
    write_row(select.number(0), 0);
  }
  Statement{database_, ("DELETE FROM " + from).c_str()}.with(first).with(last).run();
}

// There is no other connection, so all of the log goes.
bool StoreFile::checkpoint(std::int64_t min_pages) {
  if (database_.log_pages() < min_pages) {
    return false;
  }
  database_.checkpoint();
  return true;
}

bool StoreFile::give_back_free_pages() {
  const std::int64_t free = database_.number("PRAGMA freelist_count");
  if (free < 4096 || free * 2 < database_.number("PRAGMA page_count")) {
    return false;
  }
  database_.run("PRAGMA incremental_vacuum(1024)");
  return true;
}

void StoreFile::verify() {
  check_pages();
  read_head();
}

void StoreFile::check_row(std::int64_t found, std::int64_t expected, const std::string& row) const {
  if (found != expected) {
    refuse(
        fmt::format("row {} is damaged: its checksum is {:016x}, and {:016x} is written; put back a copy, or name "
                    "another directory",
                    row, static_cast<std::uint64_t>(found), static_cast<std::uint64_t>(expected)));
  }
}

void StoreFile::refuse(const std::string& what) const {
  throw RecoveryError{RecoveryError::Kind::kRefused, fmt::format("recovery: \"{}\": {}", database_.path(), what)};
}

}  // namespace weir::detail::recovery
