#include "os/whole_file.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace weir::detail::os {
namespace {

/// A descriptor that is closed at the end.
struct Opened {
  int descriptor;
  explicit Opened(const std::string& path) : descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)} {}
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (descriptor >= 0) {
      ::close(descriptor);
    }
  }
};

}  // namespace

std::string read_whole_file(const std::string& path, std::size_t most) {
  const Opened file{path};
  if (file.descriptor < 0) {
    throw std::system_error{errno, std::generic_category()};
  }
  std::string content;
  std::array<char, 4096> some{};
  while (true) {
    const ssize_t got = ::read(file.descriptor, some.data(), some.size());
    if (got == 0) {
      return content;
    }
    if (got > 0) {
      content.append(some.data(), static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      throw std::system_error{errno, std::generic_category()};
    }
    if (content.size() > most) {
      throw std::system_error{std::make_error_code(std::errc::file_too_large)};
    }
  }
}

}  // namespace weir::detail::os
