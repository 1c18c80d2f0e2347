#include <chrono>
#include <iterator>
#include <string>

#include <fmt/format.h>

#include "weir/text_output.hpp"

namespace weir::detail {

void append_time(std::string& line, std::chrono::sys_seconds second, std::chrono::nanoseconds fraction) {
  const auto day = std::chrono::floor<std::chrono::days>(second);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss time{second - day};
  fmt::format_to(std::back_inserter(line), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                 time.minutes().count(), time.seconds().count());
  if (fraction.count() > 0) {
    fmt::format_to(std::back_inserter(line), ".{:09}", fraction.count());
    line.erase(line.find_last_not_of('0') + 1);
  }
  line += 'Z';
}

void append_window(std::string& line, const Window& window) {
  if (window.start == Time::min()) {  // its bounds say nothing
    line += std::to_string(window.id);
    return;
  }
  append_text(line, window.start);
  line += '/';
  append_text(line, window.end);
}

}  // namespace weir::detail
