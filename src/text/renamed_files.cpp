#include "text/renamed_files.hpp"

#include <cstdint>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <sys/stat.h>

#include "io/input_error.hpp"
#include "weir/errors.hpp"

namespace weir::detail::text {
namespace {

using Inode = std::pair<std::uint64_t, std::uint64_t>;

/// Finds the partitions that positions of other names belong to.
class NamesOfFiles {
 public:
  NamesOfFiles(const std::vector<std::string>& partitions, const std::map<std::string, std::string>& positions) {
    for (const std::string& partition : partitions) {
      struct stat status{};
      if (::stat(partition.c_str(), &status) == 0) {
        by_inode_.emplace(Inode{status.st_dev, status.st_ino}, partition);
      }
      const auto own = positions.find(partition);
      own_.emplace(partition, own == positions.end() ? std::nullopt : read_position(own->second));
    }
  }

  [[nodiscard]] bool has(const std::string& partition) const { return own_.contains(partition); }

  /// Whether the position is one of a partition.
  bool takes(const std::string& name, const std::string& bytes) {
    const std::optional<LinePosition> position = read_position(bytes);
    const std::optional<std::string> partition = position ? find(name, *position) : std::nullopt;
    if (!partition) {
      return false;
    }
    // Of two names of one file, the greater offset counts. A partition whose own file was read keeps its own position.
    std::optional<LinePosition>& own = own_.at(*partition);
    const bool same = own && own->file.is(position->file);
    if (!own || (same && own->offset < position->offset) || (!same && own->offset == 0)) {
      own = position;
      taken_.insert_or_assign(*partition, bytes);
    }
    return true;
  }

  [[nodiscard]] const std::map<std::string, std::string>& taken() const noexcept { return taken_; }

 private:
  [[nodiscard]] std::optional<std::string> find(const std::string& name, const LinePosition& position) const {
    if (!position.file.has_identity()) {
      return find_spelled(name);
    }
    const auto same = by_inode_.find({position.file.identity.device, position.file.identity.inode});
    const bool renamed = same != by_inode_.end() && position.file.size > 0 && position.file.is_at(same->second) &&
                         position.file.begins(same->second);
    return renamed ? std::optional{same->second} : std::nullopt;
  }

  // Earlier builds named a partition as the user wrote it.
  [[nodiscard]] std::optional<std::string> find_spelled(const std::string& name) const {
    std::error_code error;
    const std::filesystem::path canonical = std::filesystem::canonical(name, error);
    if (!error && has(canonical.string())) {
      return canonical.string();
    }
    const std::filesystem::path path{name};
    for (const auto& [partition, own] : own_) {
      if (!own && path.is_relative() && path.filename() == std::filesystem::path{partition}.filename()) {
        io::refuse_input(fmt::format(
            "an earlier build of weir stored the position of \"{}\", a path relative to the directory where it was "
            "started; start there, so that weir can tell whether that file is \"{}\", or begin anew with another "
            "recovery directory",
            name, partition));
      }
    }
    return std::nullopt;
  }

  std::map<std::string, std::optional<LinePosition>> own_;  // by partition
  std::map<Inode, std::string> by_inode_;
  std::map<std::string, std::string> taken_;
};

}  // namespace

std::optional<LinePosition> read_position(const std::string& bytes) {
  try {
    return LinePosition::from_bytes(bytes);
  } catch (const RecoveryError&) {
    return std::nullopt;  // not of a text file
  }
}

void rename_files(const std::vector<std::string>& partitions, std::map<std::string, std::string>& positions) {
  const std::set<std::string> known{partitions.begin(), partitions.end()};
  if (std::ranges::all_of(positions, [&](const auto& kept) { return known.contains(kept.first); })) {
    return;
  }
  NamesOfFiles names{partitions, positions};
  std::erase_if(positions,
                [&](const auto& kept) { return !names.has(kept.first) && names.takes(kept.first, kept.second); });
  for (const auto& [partition, position] : names.taken()) {
    positions.insert_or_assign(partition, position);
  }
}

}  // namespace weir::detail::text
