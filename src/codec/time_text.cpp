#include "weir/detail/codec/time_text.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace weir::detail::codec {
namespace {

/// Takes the parts of a time off the front of a text.
class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : left_{text} {}

  /// A number of so many digits.
  std::optional<int> number(std::size_t digits) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i == left_.size() || !is_digit(left_[i])) {
        return std::nullopt;
      }
      value = value * 10 + (left_[i] - '0');
    }
    left_.remove_prefix(digits);
    return value;
  }

  /// The same after a character.
  std::optional<int> number_behind(char sign) { return take(sign) ? number(2) : std::nullopt; }

  bool take(char sign) {
    const bool there = !left_.empty() && left_.front() == sign;
    left_.remove_prefix(there ? 1 : 0);
    return there;
  }

  /// Decimals of a second, after their point.
  std::optional<std::chrono::nanoseconds> decimals() {
    std::int64_t nanos = 0;
    std::size_t digits = 0;
    for (; !left_.empty() && is_digit(left_.front()); ++digits, left_.remove_prefix(1)) {
      nanos = digits < 9 ? nanos * 10 + (left_.front() - '0') : nanos;
    }
    for (std::size_t i = digits; i < 9; ++i) {
      nanos *= 10;
    }
    return digits == 0 ? std::nullopt : std::optional{std::chrono::nanoseconds{nanos}};
  }

  [[nodiscard]] bool at_end() const { return left_.empty(); }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }

  std::string_view left_;
};

std::optional<std::chrono::sys_days> read_date(TimeReader& reader) {
  const auto year = reader.number(4);
  const auto month = year ? reader.number_behind('-') : std::nullopt;
  const auto day = month ? reader.number_behind('-') : std::nullopt;
  if (!day) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  return date.ok() ? std::optional{std::chrono::sys_days{date}} : std::nullopt;
}

// A leap second is the first one of the next minute, which has none of its own.
std::optional<std::chrono::seconds> read_time_of_day(TimeReader& reader) {
  const auto hours = reader.number(2);
  const auto minutes = hours ? reader.number_behind(':') : std::nullopt;
  const auto seconds = minutes ? reader.number_behind(':') : std::nullopt;
  if (!seconds || *hours > 23 || *minutes > 59 || *seconds > 60) {
    return std::nullopt;
  }
  return std::chrono::hours{*hours} + std::chrono::minutes{*minutes} + std::chrono::seconds{*seconds};
}

// How far ahead of UTC the clock is that shows the time.
std::optional<std::chrono::seconds> read_offset(TimeReader& reader) {
  if (reader.take('Z') || reader.take('z')) {
    return std::chrono::seconds{0};
  }
  const bool behind = reader.take('-');
  if (!behind && !reader.take('+')) {
    return std::nullopt;
  }
  const auto hours = reader.number(2);
  const auto minutes = hours ? reader.number_behind(':') : std::nullopt;
  if (!minutes || *hours > 23 || *minutes > 59) {
    return std::nullopt;
  }
  const std::chrono::seconds offset = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return behind ? -offset : offset;
}

}  // namespace

std::optional<SplitTime> parse_time(std::string_view text) noexcept {
  TimeReader reader{text};
  const auto date = read_date(reader);
  if (!date || !(reader.take('T') || reader.take('t') || reader.take(' '))) {
    return std::nullopt;
  }
  const auto time_of_day = read_time_of_day(reader);
  if (!time_of_day) {
    return std::nullopt;
  }
  const auto fraction = reader.take('.') ? reader.decimals() : std::optional{std::chrono::nanoseconds{0}};
  const auto offset = fraction ? read_offset(reader) : std::nullopt;
  if (!offset || !reader.at_end()) {
    return std::nullopt;
  }
  return SplitTime{std::chrono::sys_seconds{*date} + *time_of_day - *offset, *fraction};
}

void append_time(std::string& line, const SplitTime& time) {
  constexpr std::chrono::sys_seconds kFirst = std::chrono::sys_days{std::chrono::year::min() / 1 / 1};
  constexpr std::chrono::sys_seconds kLast = std::chrono::sys_days{std::chrono::year::max() / 12 / 31};
  const auto second = std::clamp(time.second, kFirst, kLast);  // the years that a calendar date can have
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss of_day{second - day};
  fmt::format_to(std::back_inserter(line), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), of_day.hours().count(),
                 of_day.minutes().count(), of_day.seconds().count());
  if (time.fraction.count() > 0) {
    fmt::format_to(std::back_inserter(line), ".{:09}", time.fraction.count());
    line.erase(line.find_last_not_of('0') + 1);
  }
  line += 'Z';
}

}  // namespace weir::detail::codec
