#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace weir::detail::os {

/// Which file it is, whatever its name. A new file can get the inode number of a deleted one; on ext4 the next file
/// gets it. So the time at which the file was made tells them apart, if the file system keeps it.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;  ///< 0: not known
  std::int64_t made = 0;    ///< nanoseconds since 1970; 0: not known

  static FileIdentity of(int descriptor);

  /// Of a regular file; nothing if there is none.
  static std::optional<FileIdentity> of(const std::string& path);

  [[nodiscard]] bool is(const FileIdentity& other) const noexcept {
    return inode != 0 && inode == other.inode && device == other.device &&
           (made == 0 || other.made == 0 || made == other.made);
  }
};

}  // namespace weir::detail::os
