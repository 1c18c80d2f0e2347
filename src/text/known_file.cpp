#include "text/known_file.hpp"

#include <algorithm>
#include <cstddef>
#include <ranges>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/file.hpp"
#include "weir/key.hpp"

namespace weir::detail::text {
namespace {

FileSample sample(int descriptor, std::uint64_t from, std::uint64_t bytes) {
  std::string read(bytes, '\0');
  const ssize_t got = ::pread(descriptor, read.data(), read.size(), static_cast<off_t>(from));
  read.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return FileSample::of(read);
}

}  // namespace

FileSample FileSample::of(std::string_view bytes) { return {bytes.size(), hash_text(bytes, 0)}; }

KnownFile KnownFile::of(int descriptor, std::optional<std::uint64_t> size) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    return {};
  }
  KnownFile known;
  known.identity = os::FileIdentity::of(descriptor);
  known.size = size.value_or(static_cast<std::uint64_t>(status.st_size));
  const std::uint64_t bytes = std::min(known.size, kSampleBytes);
  known.head = sample(descriptor, 0, bytes);
  known.tail = sample(descriptor, known.size - bytes, bytes);
  return known;
}

std::optional<KnownFile> KnownFile::of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || ::access(path.c_str(), R_OK) != 0) {
    return std::nullopt;
  }
  try {
    return of(os::File{path, O_RDONLY}.descriptor());
  } catch (const std::system_error&) {
    return std::nullopt;  // gone in the meantime
  }
}

bool KnownFile::is_at(const std::string& path) const {
  const std::optional<os::FileIdentity> there = os::FileIdentity::of(path);
  return there && identity.is(*there);
}

bool KnownFile::begins(const std::string& path) const {
  const os::File file{path, O_RDONLY};
  return file.length() >= size && FileSample::of(file.read(0, head.bytes)) == head &&
         FileSample::of(file.read(size - tail.bytes, tail.bytes)) == tail;
}

CommonBeginning common_beginning(const std::string& first, const std::string& second) {
  constexpr std::size_t kBlock = std::size_t{256} << 10;
  const os::File one{first, O_RDONLY};
  const os::File other{second, O_RDONLY};
  std::uint64_t common = 0;
  while (true) {
    const std::string a = one.read(common, kBlock);
    const std::string b = other.read(common, kBlock);
    const auto differ = std::ranges::mismatch(a, b);
    const auto same = static_cast<std::size_t>(differ.in1 - a.begin());
    common += same;
    if (same != kBlock) {
      return {common, one.length(), other.length()};
    }
  }
}

}  // namespace weir::detail::text
