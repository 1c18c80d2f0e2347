#include "weir/testing_recovery.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace weir::testing::detail {

TemporaryDirectory::TemporaryDirectory()
    : path_{(std::filesystem::temp_directory_path() / "weir-recovery-XXXXXX").string()} {
  if (::mkdtemp(path_.data()) == nullptr) {
    throw std::system_error{errno, std::generic_category(), "\"" + path_ + "\" cannot be made"};
  }
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

}  // namespace weir::testing::detail
