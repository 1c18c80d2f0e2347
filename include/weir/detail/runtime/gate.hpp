#pragma once

#include <atomic>
#include <cstdint>

namespace weir::detail::runtime {

/// Says whether a stage may be fed: while every channel that leaves it has a free buffer, every sink in it is ready,
/// and no step of it has suspended its output.
class Gate {
 public:
  static constexpr std::int32_t kCursorItems = 1024;

  /// Whether the stage may take another item.
  [[nodiscard]] bool feedable() const noexcept { return (full_ | suspended_) == 0 && !aborted(); }

  /// Once this is set, nothing more is fed: a buffer may hold thousands of items, and each may take long.
  void abort_by(const std::atomic<bool>& aborted) noexcept { aborted_ = &aborted; }
  [[nodiscard]] bool aborted() const noexcept { return aborted_->load(std::memory_order_relaxed); }

  /// Whether a step with unbounded output may emit an item in this turn of the worker; counts it. Called before each
  /// item, so that nothing is emitted while a channel is full, however often the step is called.
  [[nodiscard]] bool spend() noexcept { return full_ == 0 && budget_-- > 0; }

  /// Whether a step of the stage waits to resume.
  [[nodiscard]] bool suspended() const noexcept { return suspended_ != 0; }

  /// Whether a channel or sink downstream has no room.
  [[nodiscard]] bool full() const noexcept { return full_ != 0; }

  void refill() noexcept { budget_ = kCursorItems; }

  /// A step suspends its output: nothing upstream of it in the stage resumes either.
  void suspend() noexcept {
    ++suspended_;
    budget_ = 0;
  }
  void resumed() noexcept { --suspended_; }

  /// A channel or sink downstream ran out of room, or has room again.
  void close() noexcept { ++full_; }
  void reopen() noexcept { --full_; }

 private:
  static constexpr std::atomic<bool> kNever{false};

  const std::atomic<bool>* aborted_ = &kNever;
  std::int32_t budget_ = kCursorItems;
  std::uint32_t full_ = 0;
  std::uint32_t suspended_ = 0;
};

}  // namespace weir::detail::runtime
