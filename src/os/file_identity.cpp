#include "os/file_identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace weir::detail::os {
namespace {

FileIdentity identity_of(const struct statx& status) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  FileIdentity identity{
      .device = ::makedev(status.stx_dev_major, status.stx_dev_minor), .inode = status.stx_ino, .made = 0};
  if ((status.stx_mask & STATX_BTIME) != 0) {
    identity.made = status.stx_btime.tv_sec * kSecond + status.stx_btime.tv_nsec;
  }
  return identity;
}

FileIdentity identity_of(const struct stat& status) {
  return {.device = status.st_dev, .inode = status.st_ino, .made = 0};
}

}  // namespace

FileIdentity FileIdentity::of(int descriptor) {
  struct statx status{};
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &status) == 0) {
    return identity_of(status);
  }
  struct stat without_time{};  // older container runtimes refuse statx
  return ::fstat(descriptor, &without_time) == 0 ? identity_of(without_time) : FileIdentity{};
}

std::optional<FileIdentity> FileIdentity::of(const std::string& path) {
  struct statx status{};
  if (::statx(AT_FDCWD, path.c_str(), 0, STATX_TYPE | STATX_INO | STATX_BTIME, &status) == 0) {
    return S_ISREG(status.stx_mode) ? std::optional{identity_of(status)} : std::nullopt;
  }
  struct stat without_time{};
  const bool there = ::stat(path.c_str(), &without_time) == 0 && S_ISREG(without_time.st_mode);
  return there ? std::optional{identity_of(without_time)} : std::nullopt;
}

}  // namespace weir::detail::os
