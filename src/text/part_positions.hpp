#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "text/line_position.hpp"
#include "weir/detail/text/file_part.hpp"

namespace weir::detail::text {

/// The name of a part's partition. The first part has the file's own name, so that its position tells how the file was
/// divided last.
[[nodiscard]] std::string name_of_part(const std::string& log, const FilePart& part);

/// How a file is read now.
struct DividedFile {
  std::string log;
  std::optional<FilePart> part;  ///< any of its parts; nothing: it is read whole
};

/// The kept positions of parts of files. Files may have been renamed since, and may be divided in another way now.
class PartPositions {
 public:
  using Positions = std::map<std::string, std::string>;

  /// Takes them out of all kept positions. Of one file, those that do not fit its first part are of earlier runs, and
  /// are dropped.
  explicit PartPositions(Positions& positions);

  /// Adds positions for the files as they are read now.
  /// @param positions  those of whole files, by the names that the files have now
  /// @throws RecoveryError  if a file is divided in another way now, and no single position says what was read of it
  void add_to(Positions& positions, const std::vector<DividedFile>& files) const;

 private:
  using Places = std::vector<PartPlace>;

  std::map<std::string, Places> files_;  // by the names that they had
};

}  // namespace weir::detail::text
