#include "os/durable_file.hpp"

#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>

#include "os/file.hpp"
#include "weir/errors.hpp"

namespace weir::detail::os {
namespace {

// All errors here are errors of a recovery directory.
template <typename Call>
void durably(Call call) {
  try {
    call();
  } catch (const std::system_error& error) {
    throw RecoveryError{RecoveryError::Kind::kUnwritable,
                        fmt::format("recovery: {}; look after the disk and start again", error.what())};
  }
}

}  // namespace

void write_durably(const std::filesystem::path& path, std::string_view content) {
  durably([&] {
    const File file{path, O_WRONLY | O_CREAT | O_TRUNC};
    file.write(content, 0);
    file.sync();
  });
  sync_directory(path.parent_path());
}

bool exists(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::exists(file, error);
}

void sync_directory(const std::filesystem::path& directory) {
  durably([&] { File{directory, O_RDONLY | O_DIRECTORY}.sync(); });
}

}  // namespace weir::detail::os
