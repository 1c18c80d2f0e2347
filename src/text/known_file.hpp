#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "os/file_identity.hpp"

namespace weir::detail::text {

/// Some bytes of a file, by their hash.
struct FileSample {
  std::uint64_t bytes = 0;
  std::uint64_t hash = 0;

  static FileSample of(std::string_view bytes);

  friend bool operator==(const FileSample&, const FileSample&) = default;
};

/// What a run knows of a file, so that a later one finds it again: under another name, or as a copy.
struct KnownFile {
  static constexpr std::uint64_t kSampleBytes = 1024;

  os::FileIdentity identity;  ///< not known: a run of an older build, which kept none
  std::uint64_t size = 0;     ///< when it was looked at
  FileSample head;            ///< its first bytes
  FileSample tail;            ///< its last bytes

  /// @param size  as if it had so many bytes; it has at least as many
  static KnownFile of(int descriptor, std::optional<std::uint64_t> size = {});

  /// Opens and looks; nothing if it is no regular file that can be read.
  static std::optional<KnownFile> of(const std::string& path);

  /// Whether it is known which file it is.
  [[nodiscard]] bool has_identity() const noexcept { return identity.inode != 0; }

  /// Whether it is the same file. A copy is not.
  [[nodiscard]] bool is(const KnownFile& other) const noexcept { return identity.is(other.identity); }

  [[nodiscard]] bool is_at(const std::string& path) const;

  /// Whether the file has at least as many bytes, and the same at its beginning and up to the known size.
  [[nodiscard]] bool begins(const std::string& path) const;
};

/// The number of bytes that two files have in common from their beginnings, and their sizes.
struct CommonBeginning {
  std::uint64_t bytes;
  std::uint64_t first_size;
  std::uint64_t second_size;
};

/// @throws std::system_error
[[nodiscard]] CommonBeginning common_beginning(const std::string& first, const std::string& second);

}  // namespace weir::detail::text
