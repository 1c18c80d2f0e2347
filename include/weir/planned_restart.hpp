#pragma once

#include <string_view>

namespace weir {
namespace detail {

/// What makes a run again.
class RestartTarget {
 public:
  RestartTarget() = default;
  RestartTarget(const RestartTarget&) = delete;
  RestartTarget& operator=(const RestartTarget&) = delete;
  virtual ~RestartTarget() = default;

  /// From any thread, without blocking.
  virtual void request_restart(std::string_view step, std::string_view reason) = 0;
};

}  // namespace detail

/// A restart that is no failure: the run closes its epoch, and once that is decided weir makes the run again, with the
/// sources' partitions as they are by then. Nothing is read twice, and the program does not notice.
///
/// A source asks for it when its partitions have changed. Usable from any thread until the partition that was opened
/// with it is destroyed.
class PlannedRestart {
 public:
  PlannedRestart() = default;
  /// @param target  null: asks for nothing
  /// @param step    its id, which outlives this
  PlannedRestart(detail::RestartTarget* target, std::string_view step) : target_{target}, step_{step} {}

  /// Whether the run can be made again: it keeps snapshots.
  [[nodiscard]] bool possible() const noexcept { return target_ != nullptr; }

  /// Only if `possible()`. Requests after the first do nothing.
  /// @param reason  for the log, as "topic orders has 4 partitions, and had 3"
  void request(std::string_view reason) const { target_->request_restart(step_, reason); }

 private:
  detail::RestartTarget* target_ = nullptr;
  std::string_view step_;
};

}  // namespace weir
