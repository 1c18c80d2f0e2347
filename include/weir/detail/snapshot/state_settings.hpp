#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace weir::detail::snapshot {

/// The settings of a step that determine the meaning of its states. They follow the states' type in a step's shape, so
/// that a run does not resume from states of other settings.
class StateSettings {
 public:
  /// The name of the limit on the lateness that a window allows.
  static constexpr std::string_view kAllowedLateness = "allowed_lateness in ns";

  /// Settings that must not change, as words: " in windows of 5 items", "; keeps the first".
  StateSettings& fix(std::string_view words) {
    fixed_ += words;
    return *this;
  }

  /// A setting that a later run may make smaller, since the kept state then suffices.
  StateSettings& at_most(std::string_view name, std::int64_t value);

  /// As a part of a shape: " in windows of ...", "; n at most 3".
  [[nodiscard]] std::string text() const;

  /// Whether states of these settings, as text, can be used with ours.
  [[nodiscard]] bool fit(std::string_view kept) const;

  /// Where the settings begin in a shape.
  [[nodiscard]] static std::size_t begin_in(std::string_view shape);

 private:
  struct Limit {
    std::string name;
    std::int64_t value;
  };

  std::string fixed_;
  std::vector<Limit> limits_;
};

}  // namespace weir::detail::snapshot
