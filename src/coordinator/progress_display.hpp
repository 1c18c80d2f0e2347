#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "status/progress_line.hpp"
#include "status/run_status.hpp"

namespace weir::detail::coordinator {

/// When a run shows its progress on standard error.
enum class ShowProgress : std::uint8_t {
  kAuto,    ///< where that is a terminal
  kAlways,  ///< also elsewhere, a line each time
  kNever,
};

/// The line on standard error that tells how far a run is. On a terminal it is written over again and again, and leaves
/// the place to whatever else is written there.
class ProgressDisplay {
 public:
  /// Says how many columns the terminal has now; nothing if there is none.
  using Columns = std::function<std::optional<std::size_t>()>;
  using Write = std::function<void(std::string_view)>;

  /// A run that ends before says nothing of itself by itself.
  static constexpr std::chrono::seconds kShort{1};

  ProgressDisplay(ShowProgress when, Columns columns, Write write);

  /// Whether it shows anything.
  [[nodiscard]] bool on() const noexcept { return on_; }

  /// Shows the run as it is now, unless it has ended: then the line goes away.
  void show(const status::RunStatus& now);

  /// From any thread: takes the line away, before something else is written.
  void clear();

 private:
  void clear_line();

  Columns columns_;
  Write write_;
  bool on_;
  std::mutex mutex_;
  bool shown_ = false;  // the line is there, on a terminal
  std::deque<status::ProgressPoint> last_;
};

}  // namespace weir::detail::coordinator
