#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <string>

namespace weir::detail::os {

/// Where a path leads: equal for all spellings of one file and for all links to it.
struct Place {
  enum class Type : std::uint8_t {
    kMissing,
    kRegular,  ///< or a disk
    kDirectory,
    kPipe,
    kDevice,  ///< or a socket, which has two directions
  };

  std::uint64_t device = 0;  ///< of what is there, or of the nearest directory above it
  std::uint64_t inode = 0;
  std::string missing;  ///< the path from that directory; empty: it is there
  Type type = Type::kMissing;

  friend bool operator==(const Place&, const Place&) = default;
};

/// Follows symbolic links, also those that lead to what is not there.
[[nodiscard]] Place place_of(const std::filesystem::path& path);

/// Where an open descriptor leads; one that is closed is a place of its own.
[[nodiscard]] Place place_of(int descriptor);

/// Where standard input and standard output lead.
[[nodiscard]] Place place_of_input();
[[nodiscard]] Place place_of_output();

/// The path without symbolic links at its end, also where they lead to what is not there.
[[nodiscard]] std::filesystem::path without_links(std::filesystem::path path);

}  // namespace weir::detail::os
