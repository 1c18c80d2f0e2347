#pragma once

#include <cstdint>

namespace weir::detail::text {

/// A part of a file that is read as several partitions: of `count` parts, each reads every `count`-th stripe of bytes.
/// A line belongs to the part in whose stripe its first byte lies. So parts have the same bytes however long the file
/// grows, and they advance through it side by side.
struct FilePart {
  std::uint64_t index = 0;
  std::uint64_t count = 1;
  std::uint64_t stripe_bytes = 0;

  /// Whether a byte of the file lies in one of its stripes.
  [[nodiscard]] bool has(std::uint64_t at) const noexcept { return at / stripe_bytes % count == index; }

  /// The first byte from there on that lies in one of its stripes.
  [[nodiscard]] std::uint64_t next(std::uint64_t at) const noexcept {
    const std::uint64_t stripe = at / stripe_bytes;
    const std::uint64_t ahead = (index + count - stripe % count) % count;
    return ahead == 0 ? at : (stripe + ahead) * stripe_bytes;
  }

  /// Where the stripe of that byte ends.
  [[nodiscard]] std::uint64_t end_of_stripe(std::uint64_t at) const noexcept {
    return (at / stripe_bytes + 1) * stripe_bytes;
  }

  /// How many of the file's first bytes lie in its stripes.
  [[nodiscard]] std::uint64_t bytes_within(std::uint64_t first) const noexcept {
    const std::uint64_t rounds = first / (stripe_bytes * count);
    const std::uint64_t rest = first % (stripe_bytes * count);
    const std::uint64_t before = index * stripe_bytes;
    const std::uint64_t more = rest <= before ? 0 : rest - before;
    return rounds * stripe_bytes + (more < stripe_bytes ? more : stripe_bytes);
  }

  /// Whether the other is a part of a file that was divided in the same way.
  [[nodiscard]] bool divides_as(const FilePart& other) const noexcept {
    return count == other.count && stripe_bytes == other.stripe_bytes;
  }

  friend bool operator==(const FilePart&, const FilePart&) = default;
};

}  // namespace weir::detail::text
