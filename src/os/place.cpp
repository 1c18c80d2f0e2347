#include "os/place.hpp"

#include <system_error>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "os/file.hpp"

namespace weir::detail::os {
namespace {

namespace fs = std::filesystem;

Place::Type type_of(mode_t mode) {
  if (S_ISREG(mode) || S_ISBLK(mode)) {  // a disk is overwritten as a file is
    return Place::Type::kRegular;
  }
  if (S_ISDIR(mode)) {
    return Place::Type::kDirectory;
  }
  return S_ISFIFO(mode) ? Place::Type::kPipe : Place::Type::kDevice;
}

Place place_of(const struct stat& status, std::string missing) {
  const bool is_there = missing.empty();
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .missing = std::move(missing),
          .type = is_there ? type_of(status.st_mode) : Place::Type::kMissing};
}

}  // namespace

fs::path without_links(fs::path path) {
  constexpr int kMostLinks = 40;  // as Linux has it
  for (int links = 0; links < kMostLinks; ++links) {
    std::error_code error;
    const fs::path target = fs::read_symlink(path, error);
    if (error) {
      break;
    }
    path = directory_of(path) / target;
  }
  return path;
}

Place place_of(const fs::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) {
    return place_of(status, {});
  }
  fs::path above = without_links(path);
  if (!above.has_filename()) {  // "folder/"
    above = above.parent_path();
  }
  fs::path missing = above.filename();
  above = directory_of(above);
  while (::stat(above.c_str(), &status) != 0 && above != directory_of(above)) {
    missing = above.filename() / missing;
    above = directory_of(above);
  }
  return place_of(status, missing.string());
}

Place place_of_input() { return place_of(STDIN_FILENO); }
Place place_of_output() { return place_of(STDOUT_FILENO); }

Place place_of(int descriptor) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) {
    return {.device = 0, .inode = 0, .missing = {}, .type = Place::Type::kDevice};
  }
  return place_of(status, {});
}

}  // namespace weir::detail::os
