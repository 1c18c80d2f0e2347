#include "os/directory_lock.hpp"

#include <array>
#include <cerrno>
#include <cstdint>
#include <string>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "os/durable_file.hpp"
#include "os/file_lock.hpp"
#include "weir/errors.hpp"

namespace weir::detail::os {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* doing, int error) {
  throw RecoveryError{
      RecoveryError::Kind::kUnwritable,
      fmt::format("recovery: \"{}\" cannot be {}: {}; name a directory that is yours, on a disk with room",
                  path.string(), doing, std::generic_category().message(error))};
}

// From <linux/magic.h>, which has no names for all of them.
bool is_on_network(const std::filesystem::path& directory) {
  constexpr std::array<std::uint32_t, 6> kNetworks{0x6969, 0x517B, 0xFF534D42, 0xFE534D42, 0x5346414F, 0x00C36400};
  struct statfs status{};
  if (::statfs(directory.c_str(), &status) != 0) {
    return false;
  }
  for (const std::uint32_t network : kNetworks) {
    if (static_cast<std::uint32_t>(status.f_type) == network) {
      return true;
    }
  }
  return false;
}

std::string content_of(int descriptor) {
  std::array<char, 200> bytes{};
  const ssize_t size = ::pread(descriptor, bytes.data(), bytes.size(), 0);
  return size > 0 ? std::string{bytes.data(), static_cast<std::size_t>(size)} : "an unknown process";
}

}  // namespace

DirectoryLock::DirectoryLock(const std::filesystem::path& directory) {
  if (::mkdir(directory.c_str(), 0777) == 0) {
    const std::filesystem::path parent = directory.parent_path();
    sync_directory(parent.empty() ? "." : parent);
  } else if (errno != EEXIST) {
    fail(directory, "made", errno);
  }
  if (is_on_network(directory)) {
    throw RecoveryError{
        RecoveryError::Kind::kRefused,
        fmt::format("recovery: \"{}\" is on a network file system, whose locks and syncs are not reliable enough for "
                    "recovery; name a directory on a disk of this machine",
                    directory.string())};
  }
  take(directory / "LOCK");
  say_who();
}

DirectoryLock::~DirectoryLock() { ::close(descriptor_); }

void DirectoryLock::take(const std::filesystem::path& file) {
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) {
    fail(file, "opened", errno);
  }
  const int error = lock_soon(descriptor_, LOCK_EX);
  if (error == 0) {
    return;
  }
  const std::string who = content_of(descriptor_);
  ::close(descriptor_);
  if (error != EWOULDBLOCK) {
    fail(file, "locked", error);
  }
  throw RecoveryError{RecoveryError::Kind::kInUse,
                      fmt::format("recovery: \"{}\" is in use by {}; stop that one, or name another directory",
                                  file.parent_path().string(), who)};
}

// Only the error message of a second process has this text.
void DirectoryLock::say_who() const {
  std::array<char, 100> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::string who = fmt::format("process {} on {}", ::getpid(), host.data());
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, who.data(), who.size(), 0) < 0) {
    return;
  }
}

}  // namespace weir::detail::os
