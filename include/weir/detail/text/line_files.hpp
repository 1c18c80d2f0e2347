#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/text/line_reader.hpp"
#include "weir/resource.hpp"

namespace weir::detail::text {

/// The files that paths stand for: a directory for the files in it, by name, those that begin with a dot left out, each
/// once.
/// @throws UsageError  if one is not there, comes twice, also under another name, or there are none
[[nodiscard]] std::vector<LineFile> list_files(const std::vector<std::string>& paths);

/// What paths stand for: their files, directories, and standard input for `-`.
/// @throws UsageError  as `list_files`
[[nodiscard]] std::vector<Resource> input_resources(const std::vector<std::string>& paths);

/// What sources of lines have in common: which files, how they are partitions, what lines may be.
class LineFiles {
 public:
  explicit LineFiles(std::vector<std::string> paths);

  /// Canonical paths, so that a file has one name however it is spelled.
  [[nodiscard]] std::vector<std::string> partitions() const;

  [[nodiscard]] std::vector<Resource> resources() const { return input_resources(paths_); }

  /// What a partition reads. Its `others` refers to this.
  [[nodiscard]] LineInput input(const std::string& partition) const;

  /// As the member of a source.
  void rename_positions(const std::vector<std::string>& partitions,
                        std::map<std::string, std::string>& positions) const;

  void set_as_one() { as_one_ = true; }
  [[nodiscard]] LineLimits& limits() noexcept { return limits_; }

 private:
  struct Listed;

  std::vector<std::string> paths_;
  LineLimits limits_;
  bool as_one_ = false;
  std::shared_ptr<Listed> listed_;  // shared by the copies of the source, which may be destroyed in any order
};

}  // namespace weir::detail::text
