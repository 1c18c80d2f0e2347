#include "coordinator/progress_display.hpp"

#include <utility>

namespace weir::detail::coordinator {
namespace {

constexpr std::string_view kClear = "\r\x1b[K";  // to the line's beginning, and clears it
constexpr std::size_t kWide = 160;               // where there is no terminal
constexpr std::size_t kCalm = 5;                 // rates are those since so many statuses ago

}  // namespace

ProgressDisplay::ProgressDisplay(ShowProgress when, Columns columns, Write write)
    : columns_{std::move(columns)},
      write_{std::move(write)},
      on_{when == ShowProgress::kAlways || (when == ShowProgress::kAuto && columns_().has_value())} {}

void ProgressDisplay::show(const status::RunStatus& now) {
  const std::scoped_lock lock{mutex_};
  if (!on_ || now.elapsed < kShort) {
    return;
  }
  const std::optional<std::size_t> columns = columns_();
  const status::ProgressPoint here = status::progress_of(now);
  const status::ProgressPoint before = last_.empty() ? here : last_.front();
  if (now.phase == status::RunStatus::Phase::kEnded) {
    clear_line();
  } else if (columns) {
    write_(std::string{kClear} + status::progress_line(now, before, *columns));
    shown_ = true;
  } else {
    write_(status::progress_line(now, before, kWide) + "\n");
  }
  last_.push_back(here);
  if (last_.size() > kCalm) {
    last_.pop_front();
  }
}

void ProgressDisplay::clear() {
  const std::scoped_lock lock{mutex_};
  clear_line();
}

void ProgressDisplay::clear_line() {
  if (shown_) {
    write_(kClear);
    shown_ = false;
  }
}

}  // namespace weir::detail::coordinator
