#include "kafka/topic_choice.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "weir/errors.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::size_t kMostNameBytes = 249;  // of Kafka

// As Kafka checks it.
void check_name(const std::string& name) {
  const auto is_legal = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  if (name.empty() || name.size() > kMostNameBytes || name == "." || name == ".." ||
      !std::ranges::all_of(name, is_legal)) {
    throw BuildError{fmt::format(
        "\"{}\" is no name of a Kafka topic: it has 1 to {} letters, digits, dots, underscores and hyphens; "
        "a pattern begins with ^",
        name, kMostNameBytes)};
  }
}

std::regex made(const std::string& pattern) {
  try {
    return std::regex{pattern, std::regex::ECMAScript | std::regex::optimize};
  } catch (const std::regex_error& error) {
    throw BuildError{
        fmt::format("\"{}\" is no pattern of Kafka topics: it is no regular expression: {}", pattern, error.what())};
  }
}

}  // namespace

TopicChoice::TopicChoice(const std::vector<std::string>& named) {
  if (named.empty()) {
    throw BuildError{"KafkaInput has no topic; name one, or a pattern that begins with ^"};
  }
  for (const std::string& each : named) {
    if (each.starts_with('^')) {
      patterns_.push_back(made(each));
      pattern_texts_.push_back(each);
    } else {
      check_name(each);
      names_.push_back(each);
    }
  }
  std::ranges::sort(names_);
  const auto [first, last] = std::ranges::unique(names_);
  names_.erase(first, last);
}

bool TopicChoice::only_by_pattern(const std::string& topic) const {
  return !std::ranges::binary_search(names_, topic) && matches(topic);
}

bool TopicChoice::have(const std::string& topic) const {
  return std::ranges::binary_search(names_, topic) || matches(topic);
}

std::string TopicChoice::quoted_patterns() const { return fmt::format("\"{}\"", fmt::join(pattern_texts_, "\", \"")); }

bool TopicChoice::matches(const std::string& topic) const {
  return !topic.starts_with("__") &&
         std::ranges::any_of(patterns_, [&](const std::regex& pattern) { return std::regex_search(topic, pattern); });
}

}  // namespace weir::detail::kafka
