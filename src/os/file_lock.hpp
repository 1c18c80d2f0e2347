#pragma once

#include <filesystem>
#include <string>

namespace weir::detail::os {

/// Tries to lock an open file, as `flock` does, for up to a second: a process that was killed a moment ago may hold its
/// locks until the system has freed its memory.
/// @param how  LOCK_EX or LOCK_SH
/// @return     0, EWOULDBLOCK if another one still holds it, or the error of a file system without locks
[[nodiscard]] int lock_soon(int descriptor, int how);

/// Locks an open file for as long as the descriptor is open. Locks are of the kind of `flock`: other programs may still
/// read and write the file. A file system without locks is taken as it is.
/// @param what  the file or table, for the message
/// @throws UsageError  if another run has it locked
void lock_output(int descriptor, const std::string& what);

/// Whether a file is there that a run has locked. Changes nothing.
[[nodiscard]] bool is_locked(const std::filesystem::path& path);

/// A lock on what has no descriptor of its own to lock: a file that is there while it is held. A process that is killed
/// leaves the file, which does no harm.
class LockFile {
 public:
  /// @throws UsageError  if another run holds it
  LockFile(std::filesystem::path path, const std::string& what);
  LockFile(const LockFile&) = delete;
  LockFile& operator=(const LockFile&) = delete;
  ~LockFile();

 private:
  bool take(const std::string& what);

  std::filesystem::path path_;
  int descriptor_ = -1;  // none: the file cannot be made
};

/// Refuses an output that another run has locked.
/// @throws UsageError
[[noreturn]] void refuse_locked(const std::string& what);

}  // namespace weir::detail::os
