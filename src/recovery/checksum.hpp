#pragma once

#include <cstdint>
#include <string_view>

namespace weir::detail::recovery {

/// A checksum over several values, which no rearrangement of them has too; XXH3, 64 bits.
class Checksum {
 public:
  Checksum& with(std::int64_t number);
  Checksum& with(std::string_view bytes);

  /// As SQLite keeps it.
  [[nodiscard]] std::int64_t value() const noexcept { return static_cast<std::int64_t>(sum_); }

 private:
  std::uint64_t sum_ = 0;
};

}  // namespace weir::detail::recovery
