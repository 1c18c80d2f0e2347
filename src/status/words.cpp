#include "status/words.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include "codec/utf8.hpp"

namespace weir::detail::status {
namespace {

// With one decimal below 100, so that a number takes up to four characters.
std::string with_prefix(double number, std::string_view unit) {
  constexpr std::array<std::string_view, 7> kPrefixes{"", "k", "M", "G", "T", "P", "E"};
  constexpr double kRoundsToThousand = 999.5;
  std::size_t prefix = 0;
  while (number >= kRoundsToThousand && prefix + 1 < kPrefixes.size()) {
    number /= 1000;
    ++prefix;
  }
  const bool decimal = prefix > 0 && number < 99.95;
  const std::string digits = fmt::format("{:.{}f}", number, decimal ? 1 : 0);
  return prefix == 0 && unit.empty() ? digits : fmt::format("{} {}{}", digits, kPrefixes[prefix], unit);
}

// A duration of `large` units: as many, and the rest in `small` units.
template <typename Large, typename Small>
std::string in_two_units(nanoseconds time, std::string_view large, std::string_view small) {
  const auto whole = std::chrono::floor<Large>(time);
  const auto rest = std::chrono::floor<Small>(time - whole).count();
  return rest == 0 ? fmt::format("{} {}", whole.count(), large)
                   : fmt::format("{} {} {} {}", whole.count(), large, rest, small);
}

}  // namespace

std::string count_text(double count) { return with_prefix(count, ""); }

std::string bytes_text(std::uint64_t bytes) { return with_prefix(static_cast<double>(bytes), "B"); }

std::string time_text(nanoseconds time) {
  using namespace std::chrono_literals;
  using std::chrono::days;
  using std::chrono::hours;
  using std::chrono::minutes;
  using std::chrono::seconds;
  if (time < 1ms) {
    return "0 s";
  }
  if (time < 1s) {
    return fmt::format("{} ms", time / 1ms);
  }
  if (time < 10s && time % 1s >= 100ms) {
    return fmt::format("{}.{} s", time / 1s, time % 1s / 100ms);
  }
  if (time < 1min) {
    return fmt::format("{} s", time / 1s);
  }
  if (time < 1h) {
    return in_two_units<minutes, seconds>(time, "min", "s");
  }
  return time < days{1} ? in_two_units<hours, minutes>(time, "h", "min") : in_two_units<days, hours>(time, "d", "h");
}

std::string percent_text(double part) { return fmt::format("{:.0f} %", std::floor(part * 100 + 0.5)); }

std::string in_quotes(std::string_view name) {
  std::string text = "\"";
  for (const char byte : codec::repaired_utf8(name)) {
    const bool control = static_cast<unsigned char>(byte) < ' ' || byte == '\x7f';
    text += control ? '?' : byte;
  }
  return text + '"';
}

}  // namespace weir::detail::status
