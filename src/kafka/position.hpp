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
  std::optional<std::int64_t> end{};  ///< field `end`: where an input that stops at the end has it, in an application

  [[nodiscard]] std::string text() const;

  /// Nothing if the text is no position.
  [[nodiscard]] static std::optional<Position> of(std::string_view text);
};

/// The position of a partition that was added to a topic: at its first message.
constexpr std::string_view kNewPartition = "new";

/// What Kafka holds of a partition in place of an offset, and why: for messages.
[[nodiscard]] std::string held_instead(std::int64_t offset, std::int64_t low, std::int64_t end);

/// What to do where messages are missing.
constexpr std::string_view kHowToReadOn =
    "give KafkaInput::missing (--kafka-missing earliest or latest) to read on without them, or begin with another "
    "recovery directory";

}  // namespace weir::detail::kafka
