#pragma once

#include <string_view>

namespace weir::detail::kafka {

inline constexpr std::string_view kNoTopicName =
    "cannot be the name of a topic: Kafka's have 1 to 249 of A-Z a-z 0-9 . _ - and are neither . nor ..";

/// Whether Kafka could have a topic of this name.
[[nodiscard]] constexpr bool is_topic_name(std::string_view name) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  return !name.empty() && name.size() <= 249 && name != "." && name != ".." &&
         name.find_first_not_of(kLetters) == std::string_view::npos;
}

}  // namespace weir::detail::kafka
