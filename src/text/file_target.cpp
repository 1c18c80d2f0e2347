#include "text/file_target.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "os/file_lock.hpp"
#include "weir/errors.hpp"

namespace weir::detail::text {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{1} << 20;

int flags_for(const std::filesystem::path& path, std::uint64_t committed_bytes) {
  struct stat status{};
  const bool there = ::stat(path.c_str(), &status) == 0;
  if (there && !S_ISREG(status.st_mode)) {
    throw UsageError{fmt::format(
        "\"{}\" is no regular file, and a run with recovery takes back what it cannot keep; name a file, or run "
        "without recovery",
        path.string())};
  }
  if (!there && committed_bytes > 0) {
    output::refuse_output(path.string(), fmt::format("is gone, and {} bytes of it were committed", committed_bytes));
  }
  return O_WRONLY | O_CREAT;
}

}  // namespace

FileTarget::FileTarget(const std::filesystem::path& path, std::uint64_t committed_bytes)
    : file_{path, flags_for(path, committed_bytes)} {
  os::lock_output(file_.descriptor(), fmt::format("\"{}\"", path.string()));
  if (committed_bytes == 0) {
    file_.clear();
  }
}

void FileTarget::add(const output::Segment& segment, const os::File& bytes) {
  check_unchanged(segment);
  for (std::uint64_t at = 0; at < segment.length; at += kCopyBytes) {
    file_.write(bytes.read(at, kCopyBytes), segment.offset + at);
  }
  file_.sync();
}

// A part of the segment may be there, of a write that failed.
void FileTarget::check_unchanged(const output::Segment& segment) const {
  if (!os::has_name(file_.descriptor())) {
    output::refuse_output(
        file_.path().string(),
        fmt::format("was removed while it was written, and {} bytes of it were committed", segment.offset));
  }
  if (const std::uint64_t found = file_.length(); found < segment.offset || found > segment.end()) {
    output::refuse_output(file_.path().string(),
                          fmt::format("has {} bytes, and {} of it were committed: it was changed while it was written",
                                      found, segment.offset));
  }
}

}  // namespace weir::detail::text
