#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace weir::detail::os {

/// An open file or directory. Its errors are `std::system_error`s that name it and what was done.
class File {
 public:
  /// @param flags  as for `open`; a file that is made can be read and written by all whom the umask lets
  File(std::filesystem::path path, int flags);
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  void write(std::string_view bytes, std::uint64_t offset) const;

  /// Up to as many bytes as there are.
  [[nodiscard]] std::string read(std::uint64_t offset, std::size_t most) const;

  void sync() const;

  /// Drops what it holds.
  void clear() const;

  [[nodiscard]] std::uint64_t length() const;

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  void check(bool done, const char* doing) const;

  std::filesystem::path path_;
  int descriptor_;
};

/// Whether an open file has a name in a directory; not once it was removed.
[[nodiscard]] bool has_name(int descriptor);

/// The folder that a file is in.
[[nodiscard]] std::filesystem::path directory_of(const std::filesystem::path& path);

}  // namespace weir::detail::os
