#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::detail::kafka {

/// The position of a partition as the recovery directory has it: the next offset in decimal, and fields NAME=VALUE
/// after blanks, of which later versions may add more.
struct Position {
  std::int64_t offset = 0;
  std::optional<std::int64_t> from_ms{};  ///< field `from`: drops older messages until one is not older

  [[nodiscard]] std::string text() const;

  /// Nothing if the text is no position.
  [[nodiscard]] static std::optional<Position> of(std::string_view text);
};

/// The position of a partition that was added to a topic: at its first message.
constexpr std::string_view kNewPartition = "new";

}  // namespace weir::detail::kafka
