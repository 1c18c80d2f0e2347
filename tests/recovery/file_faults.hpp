#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace weir::recovery_tests {

/// A call that changes files below the watched directory.
struct FileCall {
  enum class Kind : std::uint8_t { kCreate, kWrite, kTruncate, kSync, kRename, kRemove, kMakeDirectory };

  Kind kind = Kind::kWrite;
  std::string path;          ///< below the watched directory; of a rename, what it was
  std::string to;            ///< kRename: what it becomes
  std::uint64_t offset = 0;  ///< kWrite; kTruncate: the length
  std::string bytes;         ///< kWrite
};

/// What happens at one of these calls. The calls of the process are counted from 1, those of all threads together.
struct FileFault {
  enum class Kind : std::uint8_t {
    kNone,
    kKill,      ///< the process ends in place of the call
    kKillHalf,  ///< the process ends in the middle of a write, and behind any other call
    kFail,      ///< the call fails
    kFailAll,   ///< it fails, and so do all writes and syncs behind it
  };

  Kind kind = Kind::kNone;
  std::uint64_t at = 0;
  int error = 0;  ///< the `errno` of the failure
};

/// Begins to watch the calls that this process makes below a directory: they are counted, a fault may befall one of
/// them, and they may be recorded.
/// @param record  a file that the calls are written to, for `read_record`; empty for none
void watch_files(const std::string& directory, const FileFault& fault, const std::string& record = {});

/// Calls so far.
[[nodiscard]] std::uint64_t file_calls();

/// The calls that a process recorded, in their order.
[[nodiscard]] std::vector<FileCall> read_record(const std::string& record);

}  // namespace weir::recovery_tests
