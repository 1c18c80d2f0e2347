#include "os/futex.hpp"

#if defined(__linux__)

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>

namespace weir::detail::os {
namespace {

static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t) &&
                  std::atomic<std::uint32_t>::is_always_lock_free,
              "Futex: the kernel must see the bare 32-bit word");

// The steady clock is CLOCK_MONOTONIC; the kernel refuses negative times.
timespec to_timespec(std::chrono::steady_clock::time_point deadline) noexcept {
  const auto since_boot = std::max(deadline.time_since_epoch(), std::chrono::steady_clock::duration::zero());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_boot);
  const std::chrono::nanoseconds rest = since_boot - seconds;
  return {.tv_sec = static_cast<time_t>(seconds.count()), .tv_nsec = static_cast<long>(rest.count())};
}

}  // namespace

void Futex::wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 std::optional<std::chrono::steady_clock::time_point> deadline) noexcept {
  timespec until{};
  if (deadline) {
    until = to_timespec(*deadline);
  }
  // FUTEX_WAIT takes a relative time, FUTEX_WAIT_BITSET an absolute one: no drift when a sleep is begun again.
  [[maybe_unused]] const long rc = syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, expected,
                                           deadline ? &until : nullptr, nullptr, FUTEX_BITSET_MATCH_ANY);
  assert((rc == 0 || errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT) && "the kernel knows this futex call");
}

void Futex::wake_one(std::atomic<std::uint32_t>& word) noexcept {
  [[maybe_unused]] const long rc = syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  assert(rc >= 0 && "the kernel knows this futex call");
}

}  // namespace weir::detail::os

#else

#include <condition_variable>
#include <mutex>

namespace weir::detail::os {
namespace {

// One of each for all words: right, and slow when many threads sleep. Linux has the kernel's.
std::mutex mutex;
std::condition_variable changed;

}  // namespace

void Futex::wait(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                 std::optional<std::chrono::steady_clock::time_point> deadline) noexcept {
  std::unique_lock lock{mutex};
  if (word.load(std::memory_order_relaxed) != expected) {
    return;
  }
  if (deadline) {
    changed.wait_until(lock, *deadline);
  } else {
    changed.wait(lock);
  }
}

void Futex::wake_one(std::atomic<std::uint32_t>&) noexcept {
  const std::lock_guard lock{mutex};  // not between a sleeper's comparison and its sleep
  changed.notify_all();
}

}  // namespace weir::detail::os

#endif
