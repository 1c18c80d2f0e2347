#pragma once

#include <filesystem>

namespace weir::detail::os {

/// Keeps a directory to one process: a lock on the file LOCK in it, which the kernel releases however the process ends.
/// A file system that is shared over a network is refused, since locks and syncs there promise too little.
class DirectoryLock {
 public:
  /// Makes the directory if it is not there, durably; not its parents.
  /// @throws RecoveryError  in use, on a network, or not writable
  explicit DirectoryLock(const std::filesystem::path& directory);
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

 private:
  void take(const std::filesystem::path& file);
  void say_who() const;

  int descriptor_ = -1;
};

}  // namespace weir::detail::os
