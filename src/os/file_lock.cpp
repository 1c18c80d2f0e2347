#include "os/file_lock.hpp"

#include <cerrno>
#include <chrono>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/errors.hpp"

namespace weir::detail::os {
namespace {

bool held_by_another(int descriptor, int how) { return lock_soon(descriptor, how) == EWOULDBLOCK; }

// Whether the path still leads to the open file: the last holder of the lock may have removed it.
bool is_at(int descriptor, const std::filesystem::path& path) {
  struct stat opened{};
  struct stat found{};
  return ::fstat(descriptor, &opened) == 0 && ::stat(path.c_str(), &found) == 0 && opened.st_dev == found.st_dev &&
         opened.st_ino == found.st_ino;
}

}  // namespace

int lock_soon(int descriptor, int how) {
  constexpr std::chrono::milliseconds kPause{5};
  for (std::chrono::milliseconds left{1000}; ::flock(descriptor, how | LOCK_NB) != 0; left -= kPause) {
    if (errno != EWOULDBLOCK || left <= left.zero()) {
      return errno;
    }
    std::this_thread::sleep_for(kPause);
  }
  return 0;
}

void refuse_locked(const std::string& what) {
  throw UsageError{
      fmt::format("{} is being written by another run, or by another step of this one; wait for it to end, or name "
                  "another output",
                  what)};
}

void lock_output(int descriptor, const std::string& what) {
  if (held_by_another(descriptor, LOCK_EX)) {
    refuse_locked(what);
  }
}

bool is_locked(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) {
    return false;
  }
  const bool locked = held_by_another(descriptor, LOCK_SH);
  ::close(descriptor);
  return locked;
}

LockFile::LockFile(std::filesystem::path path, const std::string& what) : path_{std::move(path)} {
  while (!take(what)) {
  }
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) {
    ::unlink(path_.c_str());
    ::close(descriptor_);
  }
}

// False: it was removed before it was locked.
bool LockFile::take(const std::string& what) {
  const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    return true;
  }
  if (held_by_another(descriptor, LOCK_EX)) {
    ::close(descriptor);
    refuse_locked(what);
  }
  if (!is_at(descriptor, path_)) {
    ::close(descriptor);
    return false;
  }
  descriptor_ = descriptor;
  return true;
}

}  // namespace weir::detail::os
