#include "connectors/rotated_files.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>

#include "connectors/input_error.hpp"
#include "os/file.hpp"
#include "weir/key.hpp"

namespace weir::connectors {
namespace {

struct Candidate {
  std::filesystem::file_time_type changed;
  std::string path;

  auto operator<=>(const Candidate&) const = default;
};

bool begins_with(const std::string& path, const FileHead& head, std::uint64_t offset) {
  const os::File file{path, O_RDONLY};
  return file.length() >= offset && FileHead::of(file.read(0, head.bytes)) == head;
}

bool is_compressed(const std::string& path) {
  constexpr std::array<std::string_view, 4> kEndings{".gz", ".bz2", ".xz", ".zst"};
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return path.ends_with(ending); });
}

// Files beside it that could be what it was, the oldest first.
std::vector<Candidate> rotated(const std::filesystem::path& log) {
  const std::string name = log.filename().string();
  std::vector<Candidate> candidates;
  for (const auto& entry : std::filesystem::directory_iterator{os::directory_of(log)}) {
    const std::string other = entry.path().filename().string();
    if (other.starts_with(name) && other.size() > name.size() &&
        (other[name.size()] == '.' || other[name.size()] == '-') && entry.is_regular_file()) {
      candidates.push_back({entry.last_write_time(), (log.parent_path() / other).string()});
    }
  }
  std::ranges::sort(candidates);
  return candidates;
}

}  // namespace

FileHead FileHead::of(std::string_view beginning) {
  const std::string_view head = beginning.substr(0, kMostBytes);
  return {head.size(), detail::hash_text(head, 0)};
}

std::vector<std::string> files_of_log(const std::string& path, const FileHead& head, std::uint64_t offset,
                                      const detail::ListFiles& others) {
  try {
    if (begins_with(path, head, offset)) {
      return {path};
    }
    const std::vector<std::string> read_for_themselves = others();
    std::vector<std::string> files;
    for (const Candidate& candidate : rotated(path)) {
      if (files.empty() && (is_compressed(candidate.path) || !begins_with(candidate.path, head, offset))) {
        continue;
      }
      if (is_compressed(candidate.path)) {
        refuse_input(
            fmt::format("\"{}\" was read on in \"{}\", which was compressed since; unpack it", path, candidate.path));
      }
      if (std::ranges::find(read_for_themselves, candidate.path) != read_for_themselves.end()) {
        refuse_input(
            fmt::format("\"{}\" was renamed to \"{}\", which is read for itself: files that are rotated cannot be read "
                        "as a directory; name \"{}\" alone",
                        path, candidate.path, path));
      }
      files.push_back(candidate.path);
    }
    if (!files.empty()) {
      files.push_back(path);
      return files;
    }
  } catch (const std::system_error& error) {
    refuse_input(fmt::format("\"{}\" cannot be read on: {}", path, error.what()));
  }
  refuse_input(fmt::format(
      "{} bytes of \"{}\" were read before, and it does not begin with them any more, nor does a file beside it that a "
      "log rotation could have made of it; put it back, or begin anew with another recovery directory",
      offset, path));
}

}  // namespace weir::connectors
