#pragma once

#include <regex>
#include <string>
#include <vector>

namespace weir::detail::kafka {

/// The topics of an input: names, and patterns.
class TopicChoice {
 public:
  /// @throws BuildError  if a name or a pattern is malformed, or there is none
  explicit TopicChoice(const std::vector<std::string>& named);

  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }
  [[nodiscard]] bool has_patterns() const noexcept { return !patterns_.empty(); }

  /// Whether a pattern, and no name, has it.
  [[nodiscard]] bool only_by_pattern(const std::string& topic) const;
  /// Whether a name or a pattern has it.
  [[nodiscard]] bool have(const std::string& topic) const;
  /// The patterns, quoted, for messages.
  [[nodiscard]] std::string quoted_patterns() const;

 private:
  [[nodiscard]] bool matches(const std::string& topic) const;

  std::vector<std::string> names_;
  std::vector<std::string> pattern_texts_;
  std::vector<std::regex> patterns_;
};

}  // namespace weir::detail::kafka
