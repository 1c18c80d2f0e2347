#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace weir::detail::text {

/// A file whose name says that a log rotation made it: the log's, a dot or dash, and a number or a date.
struct RotatedFile {
  std::string path;
  bool compressed = false;
  bool dated = false;
  std::vector<std::uint64_t> numbers;  ///< of the name
};

/// Reads a file's name.
/// @param rest  what stands after the log's name: `.1`, `-20261124`, `.2026-11-24.gz`
/// @return      false: it names no rotated file
[[nodiscard]] bool parse_rotated_name(std::string_view rest, RotatedFile& file);

/// The rotated files beside a log, the oldest first.
struct RotatedFiles {
  std::vector<RotatedFile> files;
  bool in_order = true;  ///< no: some have numbers and some have dates, and their times of change do not divide them
};

/// Finds rotated files; reads each folder once. From any thread.
class RotatedNames {
 public:
  /// @param log           an absolute path
  /// @param numbers_grow  a greater number is newer, as a greater date is; otherwise it is older
  RotatedFiles of(const std::filesystem::path& log, bool numbers_grow);

 private:
  const std::vector<std::string>& names_in(const std::filesystem::path& folder);

  std::mutex mutex_;
  std::map<std::filesystem::path, std::vector<std::string>> names_;  // that end as those of rotated files do, sorted
};

}  // namespace weir::detail::text
