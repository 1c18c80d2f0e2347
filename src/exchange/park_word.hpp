#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "os/futex.hpp"

namespace weir::detail::exchange {

/// Where one worker, the owner, sleeps until a channel has something for it: items to receive, or room to send into.
/// One word per worker, shared by all workers that send to it or receive from it.
///
///     owner                                            another worker
///     if (poll_all()) continue;                        push items, raise ready words;  word.wake();
///     word.announce(wants_room);                       pop items;                      word.wake_for_room();
///     if (poll_all()) { word.cancel(); continue; }
///     word.wait(deadline);
///
/// `poll_all` looks at every channel for whose sake the owner could be woken. The look between `announce` and `wait` is
/// what makes it safe to sleep, and cannot be left out.
///
/// Why no wake-up is lost: every change of the word, on both sides, is a read-modify-write, so all of them stand in one
/// order, and each reads what the one before it wrote. Take the owner's `announce` and another worker's `wake`, which
/// comes after its push. If `announce` is first, `wake` finds the flag and wakes; the futex does not let the owner
/// sleep on a word that has changed since. If `wake` is first, `announce` reads from it, directly or through an
/// unbroken chain of read-modify-writes, which is a release sequence; so it synchronizes with `wake`, and the look
/// after it sees the push. A plain store anywhere, even in `cancel`, breaks the chain: `announce` would read from the
/// store, learn nothing of the push, and the owner would sleep over an item whose wake-up is spent. The same argument
/// holds for `wake_for_room` and a pop, which is why it looks by a read-modify-write that changes nothing rather than
/// by a load.
///
/// Call `wake` once per flush of items rather than once per item: it costs the line of the word.
///
/// @tparam Atomic  `std::atomic`, or a model of it in tests
/// @tparam Futex   sleeps and wakes: `os::Futex`, or a model of it in tests
template <template <typename> class Atomic = std::atomic, typename Futex = os::Futex>
class alignas(128) ParkWord {  // a pair of cache lines of its own: many workers write it
 public:
  /// The owner is about to sleep, or sleeps.
  static constexpr std::uint32_t kParked = 1;
  /// It holds items that found no room: freed room wakes it too.
  static constexpr std::uint32_t kWantsRoom = 2;

  /// Owner only. Says that it will sleep; every channel must be looked at again before it does.
  ///
  /// @param wants_room  whether room in a channel that it sends to is a reason to wake
  void announce(bool wants_room) noexcept {
    const std::uint32_t flags = wants_room ? kParked | kWantsRoom : kParked;
    announced_ = flags | word_.fetch_or(flags, std::memory_order_acq_rel);  // pairs with wake and wake_for_room
  }

  /// Owner only. Takes back what it announced.
  void cancel() noexcept { word_.exchange(0, std::memory_order_acq_rel); }

  /// Owner only, after `announce` and a look that found nothing. Sleeps until somebody wakes it or until `deadline`,
  /// and sometimes for no reason at all; then takes back the announcement. The caller looks around in any case.
  ///
  /// @param deadline  absolute; none sleeps until it is woken
  void wait(std::optional<std::chrono::steady_clock::time_point> deadline) noexcept {
    Futex::wait(word_, announced_, deadline);
    cancel();
  }

  /// Any other worker, after it has published something for the owner. Wakes the owner if it sleeps or is about to.
  void wake() noexcept {
    if ((word_.exchange(0, std::memory_order_acq_rel) & kParked) != 0) {  // pairs with announce
      Futex::wake_one(word_);
    }
  }

  /// Any other worker, after it has freed room that the owner sends into. Wakes the owner if it waits for room, and
  /// lets it sleep if it waits for something else.
  void wake_for_room() noexcept {
    if ((word_.fetch_or(0, std::memory_order_acq_rel) & kWantsRoom) != 0) {  // pairs with announce
      wake();
    }
  }

 private:
  Atomic<std::uint32_t> word_{0};
  std::uint32_t announced_{0};  // the owner's: what the word must still be for it to sleep
};

}  // namespace weir::detail::exchange
