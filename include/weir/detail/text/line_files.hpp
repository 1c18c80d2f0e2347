#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/text/file_part.hpp"
#include "weir/detail/text/line_reader.hpp"
#include "weir/resource.hpp"

namespace weir::detail::text {

/// The files of these paths, each once. A directory stands for the files in it, by name, except those that begin with a
/// dot.
/// @throws UsageError  if one is missing, comes twice, also under another name, or there are none
[[nodiscard]] std::vector<LineFile> list_files(const std::vector<std::string>& paths);

/// The resources of these paths: files, directories, and standard input for `-`.
/// @throws UsageError  as `list_files`
[[nodiscard]] std::vector<Resource> input_resources(const std::vector<std::string>& paths);

/// The common part of sources of lines: their files, partitions and limits of lines.
class LineFiles {
 public:
  explicit LineFiles(std::vector<std::string> paths);

  /// Canonical paths, so that a file has one name for all spellings.
  [[nodiscard]] std::vector<std::string> partitions() const;

  [[nodiscard, gnu::cold]] std::vector<Resource> resources() const { return input_resources(paths_); }

  /// The input of a partition. Its `others` refers to this object.
  [[nodiscard]] LineInput input(const std::string& partition) const;

  /// As the member of a source.
  void rename_positions(const std::vector<std::string>& partitions,
                        std::map<std::string, std::string>& positions) const;

  /// @throws BuildError  if files are to be read in parts
  void set_as_one();

  /// Each file gives so many partitions; 1 is the whole file. Pipes are read whole.
  /// @throws BuildError  if one of them is 0, or files are to be read as one stream
  void set_parts(std::size_t count, std::size_t stripe_bytes);
  [[nodiscard]] LineLimits& limits() noexcept { return limits_; }

 private:
  struct Listed;

  static void check_order(bool other);

  std::vector<std::string> paths_;
  LineLimits limits_;
  bool as_one_ = false;
  FilePart parts_;
  std::shared_ptr<Listed> listed_;  // shared by the copies of the source, which may be destroyed in any order
};

}  // namespace weir::detail::text
