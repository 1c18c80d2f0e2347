#include "os/durable_file.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "weir/errors.hpp"

namespace weir::os {
namespace {

/// A descriptor that is closed in the end.
class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : path_{&path}, number_{::open(path.c_str(), flags, 0666)} {
    check(number_ >= 0, "opened");
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(number_); }

  void write(std::string_view bytes) const {
    check(::pwrite(number_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()), "written");
  }
  void sync() const { check(::fsync(number_) == 0, "synced"); }

 private:
  void check(bool done, const char* doing) const {
    if (!done) {
      throw RecoveryError{RecoveryError::Kind::kUnwritable,
                          fmt::format("recovery: \"{}\" cannot be {}: {}; look after the disk and start again",
                                      path_->string(), doing, std::generic_category().message(errno))};
    }
  }

  const std::filesystem::path* path_;
  int number_;
};

}  // namespace

void write_durably(const std::filesystem::path& file, std::string_view content) {
  const Descriptor descriptor{file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC};
  descriptor.write(content);
  descriptor.sync();
  sync_directory(file.parent_path());
}

bool exists(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::exists(file, error);
}

void sync_directory(const std::filesystem::path& directory) {
  Descriptor{directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC}.sync();
}

}  // namespace weir::os
