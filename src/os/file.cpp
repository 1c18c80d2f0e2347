#include "os/file.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weir::detail::os {

File::File(std::filesystem::path path, int flags)
    : path_{std::move(path)}, descriptor_{::open(path_.c_str(), flags | O_CLOEXEC, 0666)} {
  check(descriptor_ >= 0, "opened");
}

File::~File() { ::close(descriptor_); }

void File::write(std::string_view bytes, std::uint64_t offset) const {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    check(written > 0 || errno == EINTR, "written");
    const auto count = static_cast<std::size_t>(std::max<ssize_t>(written, 0));
    bytes.remove_prefix(count);
    offset += count;
  }
}

std::string File::read(std::uint64_t offset, std::size_t most) const {
  std::string bytes(most, '\0');
  const ssize_t got = ::pread(descriptor_, bytes.data(), most, static_cast<off_t>(offset));
  check(got >= 0, "read");
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

void File::clear() const { check(::ftruncate(descriptor_, 0) == 0, "emptied"); }

void File::sync() const { check(::fsync(descriptor_) == 0, "synced"); }

std::uint64_t File::length() const {
  struct stat status{};
  check(::fstat(descriptor_, &status) == 0, "looked at");
  return static_cast<std::uint64_t>(status.st_size);
}

bool has_name(int descriptor) {
  struct stat status{};
  return ::fstat(descriptor, &status) != 0 || status.st_nlink != 0;
}

void File::check(bool done, const char* doing) const {
  if (!done) {
    throw std::system_error{errno, std::generic_category(), fmt::format("\"{}\" cannot be {}", path_.string(), doing)};
  }
}

std::filesystem::path directory_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}

}  // namespace weir::detail::os
