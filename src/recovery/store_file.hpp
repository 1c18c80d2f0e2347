#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "database/database.hpp"

namespace weir::detail::recovery {

/// As SQLite keeps it.
[[nodiscard]] constexpr std::int64_t as_number(std::uint64_t number) noexcept {
  return static_cast<std::int64_t>(number);
}

/// The file of a store: its format, its head, and the digest of its rows, which `StoreTables` reads and writes.
///
/// Every row has a checksum, and the head the digest of all of them, so that no row can change, vanish or come in
/// unseen. Whatever writes does so within a transaction of the caller, and ends with `write_head`.
class StoreFile {
 public:
  /// The one row that says what the others are of.
  struct Head {
    std::string flow;
    std::uint64_t execution = 0;
    std::uint64_t epoch = 0;
    bool closed = false;
  };

  /// Opens or makes DIRECTORY/state.sqlite3.
  /// @throws RecoveryError
  explicit StoreFile(const std::filesystem::path& directory);

  /// Whether the file is there.
  [[nodiscard]] static bool is_at(const std::filesystem::path& directory);

  [[nodiscard]] database::Database& database() noexcept { return database_; }

  [[nodiscard]] const Head& head() const noexcept { return head_; }
  void write_head(const Head& head);

  /// A random number that names the store: made with it, and the same for as long as it is there.
  [[nodiscard]] std::uint64_t identity() const noexcept { return identity_; }

  /// Takes a row that was written into the digest.
  /// @param before, now  its checksums; 0 where there is no row
  void write_row(std::int64_t before, std::int64_t now) noexcept { digest_ ^= before ^ now; }

  /// @throws RecoveryError  if a row's checksum is not the one that is written with it
  void check_row(std::int64_t found, std::int64_t expected, const std::string& row) const;

  /// @param from  a table and the condition on its rows, whose two parameters are `first` and `last`
  void remove_rows(const std::string& from, std::int64_t first, std::int64_t last);

  /// Brings what is in the write-ahead log to its place, if that is this much. Says whether it did.
  bool checkpoint(std::int64_t min_pages);

  /// A portion of the file's free pages, if they are most of it. Says whether there were any.
  bool give_back_free_pages();

  /// Looks at the whole file.
  /// @throws RecoveryError
  void verify();

  [[noreturn]] void refuse(const std::string& what) const;

 private:
  void set_up();
  void make(const std::filesystem::path& directory);
  void check_format(const std::filesystem::path& directory);
  void check_pages();
  void read_head();
  void make_identity();
  void read_identity();
  [[nodiscard]] std::int64_t digest_of_rows();

  database::Database database_;
  Head head_;
  std::uint64_t identity_ = 0;
  std::int64_t digest_ = 0;  // of all rows but the head: their checksums, each exclusively or'ed
};

}  // namespace weir::detail::recovery
