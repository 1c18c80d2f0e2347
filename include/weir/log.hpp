#pragma once

#include <cstdint>
#include <string_view>

namespace weir {
namespace detail {

/// Where lines of a run's log go.
class LogTarget {
 public:
  enum class Level : std::uint8_t { kDebug, kInfo, kWarning };

  LogTarget() = default;
  LogTarget(const LogTarget&) = delete;
  LogTarget& operator=(const LogTarget&) = delete;
  virtual ~LogTarget() = default;

  /// From any thread.
  virtual void write(Level level, std::string_view step, std::string_view line) = 0;
};

}  // namespace detail

/// The run's log, for a source or a sink. Each line names its step. Copies are cheap. Usable from any thread until the
/// partition that was opened with it is destroyed.
class Log {
 public:
  /// Says nothing.
  Log() = default;
  /// @param target  null: says nothing
  /// @param step    its id, which outlives the log
  Log(detail::LogTarget* target, std::string_view step) : target_{target}, step_{step} {}

  /// Shown with `--log-level debug`.
  void debug(std::string_view line) const { write(detail::LogTarget::Level::kDebug, line); }
  void info(std::string_view line) const { write(detail::LogTarget::Level::kInfo, line); }  ///< shown by default
  /// Something that a person should look at, and the run survives.
  void warning(std::string_view line) const { write(detail::LogTarget::Level::kWarning, line); }

 private:
  void write(detail::LogTarget::Level level, std::string_view line) const {
    if (target_ != nullptr) {
      target_->write(level, step_, line);
    }
  }

  detail::LogTarget* target_ = nullptr;
  std::string_view step_;
};

}  // namespace weir
