#pragma once

#include <atomic>
#include <cassert>
#include <cstdint>

namespace weir::detail::exchange {

/// Tells a receiving worker which of one sending worker's channels to poll: one word per ordered pair of workers, one
/// bit per exchange edge. The sender raises the bit of an edge after it has pushed there; the receiver takes all bits
/// at once and polls those channels until they are empty.
///
/// A taken bit is gone, so the receiver must remember a channel that it leaves before it is empty. An item that is
/// pushed later raises the bit again.
///
/// @tparam Atomic  `std::atomic`, or a model of it in tests
template <template <typename> class Atomic = std::atomic>
class alignas(128) ReadyWord {  // a pair of cache lines of its own: every word has another writer
 public:
  /// How many edges one word can tell apart.
  static constexpr unsigned kBits = 64;

  /// Sender only. The receiver that takes the bit sees what the sender pushed before.
  ///
  /// @param bit  less than `kBits`
  void raise(unsigned bit) noexcept {
    assert(bit < kBits && "an edge beyond the word has no bit");
    // Also where the bit is up already: an earlier raise does not publish what was pushed after it.
    bits_.fetch_or(std::uint64_t{1} << bit, std::memory_order_release);  // pairs with the exchange in take
  }

  /// Receiver only. Returns all raised bits and lowers them.
  [[nodiscard]] std::uint64_t take() noexcept {
    // Most polls find nothing, and a load leaves the line with both sides where an exchange would fetch it.
    if (bits_.load(std::memory_order_relaxed) == 0) {
      return 0;
    }
    return bits_.exchange(0, std::memory_order_acquire);  // pairs with the fetch_or in raise
  }

  /// Whether there may be something to take. Says nothing about what was pushed: only `take` does.
  [[nodiscard]] bool peek() const noexcept { return bits_.load(std::memory_order_relaxed) != 0; }

 private:
  Atomic<std::uint64_t> bits_{0};
};

}  // namespace weir::detail::exchange
