#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "recovery/file_faults.hpp"
#include "simulation/rng.hpp"

namespace weir::recovery_tests {

/// What a disk may hold after the power went: a model of a file system whose cache is lost.
///
/// What was written to a file before its last sync is there. Of what was written behind it, each sector of 512 bytes is
/// there or not, at random. Names change in the order in which they were changed, and a random number of the changes
/// behind the last sync of a directory or of a file in it is there.
class PowerLoss {
 public:
  /// Makes files from calls that came before the power went.
  void apply(const FileCall& call);

  /// The power goes: writes what is left into a directory that is empty.
  void leave(const std::string& directory, simulation::Rng& rng) const;

 private:
  using Content = std::string;

  struct File {
    Content synced;
    std::vector<FileCall> unsynced;  // writes and truncates
  };

  [[nodiscard]] static Content content_after(const File& file, simulation::Rng& rng);
  static void write_sectors(Content& content, const FileCall& call, simulation::Rng& rng);
  [[nodiscard]] File& file(const std::string& path);

  std::vector<File> files_;
  std::map<std::string, std::size_t> names_;         // as the process sees them
  std::map<std::string, std::size_t> synced_names_;  // as they are on disk for sure
  struct NameChange {
    FileCall::Kind kind;
    std::string path;
    std::string to;
    std::size_t file;
  };
  static void change(std::map<std::string, std::size_t>& names, const NameChange& change);
  void note(const NameChange& made);
  std::vector<NameChange> unsynced_names_;
};

}  // namespace weir::recovery_tests
