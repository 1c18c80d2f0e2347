#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "weir/detail/text/file_part.hpp"

namespace weir::detail::text {

/// Finds the lines of a part in the bytes of its file: says which bytes to read next, and which of them are the part's.
class Stripes {
 public:
  /// @param from     no line that begins before it is read
  /// @param in_line  a line whose beginning was read before continues there
  Stripes(const FilePart& part, std::uint64_t from, bool in_line);

  /// Where to read next.
  [[nodiscard]] std::uint64_t at() const noexcept { return at_; }
  /// How many bytes there are enough, at most so many.
  [[nodiscard]] std::size_t enough(std::size_t most) const noexcept;

  /// Bytes that were read, of lines of the part. After the last ones of a stripe comes a line of another stripe.
  struct Found {
    std::size_t begin = 0;     ///< in the bytes that were read
    std::size_t size = 0;      ///< may be 0
    std::uint64_t offset = 0;  ///< in the file
  };

  /// The bytes from `at` on were read; there is at least one.
  Found take(std::string_view bytes);

 private:
  void seek(std::uint64_t from);
  [[nodiscard]] std::size_t skip(std::string_view bytes);

  FilePart part_;
  std::uint64_t at_ = 0;
  std::uint64_t end_ = 0;  // of the stripe
  bool seeks_ = false;     // the line feed after which the stripe's first line begins
};

}  // namespace weir::detail::text
