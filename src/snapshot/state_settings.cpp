#include "weir/detail/snapshot/state_settings.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace weir::detail::snapshot {
namespace {

// What no type's shape has in it: all settings begin by one of these.
constexpr std::string_view kBegin = "; ";
constexpr std::string_view kWindows = " in windows of ";

std::string before_value(const std::string& name) { return fmt::format("{}{} at most ", kBegin, name); }

}  // namespace

StateSettings& StateSettings::at_most(std::string_view name, std::int64_t value) {
  limits_.push_back({std::string{name}, value});
  return *this;
}

std::string StateSettings::text() const {
  std::string text = fixed_;
  for (const Limit& limit : limits_) {
    text += before_value(limit.name) + std::to_string(limit.value);
  }
  return text;
}

bool StateSettings::fit(std::string_view kept) const {
  if (!kept.starts_with(fixed_)) {
    return false;
  }
  kept.remove_prefix(fixed_.size());
  for (const Limit& limit : limits_) {
    const std::string before = before_value(limit.name);
    if (!kept.starts_with(before)) {
      if (limit.name == kAllowedLateness) {
        continue;  // an earlier build did not keep it
      }
      return false;
    }
    kept.remove_prefix(before.size());
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(kept.data(), kept.data() + kept.size(), value);
    if (error != std::errc{} || value < limit.value) {
      return false;
    }
    kept.remove_prefix(static_cast<std::size_t>(end - kept.data()));
  }
  return kept.empty();
}

std::size_t StateSettings::begin_in(std::string_view shape) {
  return std::min({shape.find(kBegin), shape.find(kWindows), shape.size()});
}

}  // namespace weir::detail::snapshot
