#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace weir::detail::os {

/// Sleeping on a word, within one process. Used instead of `std::atomic::wait`, which has no deadline.
struct Futex {
  /// Sleeps while `word` is `expected`: the comparison and falling asleep are one step for `wake_one`. Returns when
  /// woken, at the deadline, and sometimes for no reason. Orders nothing: the caller reads the word again.
  ///
  /// @param deadline  absolute; one in the past returns at once, none means never
  static void wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                   std::optional<std::chrono::steady_clock::time_point> deadline) noexcept;

  /// Wakes one thread that sleeps on `word`, if there is one. Change the word first.
  static void wake_one(std::atomic<std::uint32_t>& word) noexcept;
};

}  // namespace weir::detail::os
