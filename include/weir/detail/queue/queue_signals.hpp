#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "weir/io.hpp"

namespace weir::detail::queue {

/// Lets the threads that push into a queue and the run that reads it wait for each other, and closes the queue.
///
/// A thread that is about to wait sets a word by read-modify-write and checks the queue once more. A thread that
/// changes the queue clears the word in the same way and then wakes the other. One of the two comes first in the word's
/// order, so no wake-up is lost.
class QueueSignals {
 public:
  // The run's side, one thread at a time.

  /// False if another run reads the queue.
  [[nodiscard]] bool attach(Waker waker);

  /// Returns when no pushing thread can reach the waker any more. Pushes that wait for room fail.
  void detach();

  /// The reader found nothing. It must check once more, and may then wait for its waker.
  void announce_idle() noexcept { reader_idle_.fetch_or(1, std::memory_order_acq_rel); }

  /// Wakes waiting pushes: the reader has taken items, or the queue has changed its state.
  void wake_pushes() noexcept;

  /// Whether the queue is closed and every push that began before has finished.
  [[nodiscard]] bool over() const noexcept {
    const std::uint32_t state = state_.load(std::memory_order_acquire);  // pairs with the changes of pushing threads
    return (state & kClosed) != 0 && (state & ~(kClosed | kDetached)) == 0;
  }

  // The host program's side, from any thread.

  void close();
  [[nodiscard]] bool closed() const noexcept { return (state_.load(std::memory_order_acquire) & kClosed) != 0; }

  /// One push, while it lives.
  class Push {
   public:
    explicit Push(QueueSignals& signals)
        : signals_{&signals}, may_{(signals.state_.fetch_add(1, std::memory_order_acq_rel) & kClosed) == 0} {}
    Push(const Push&) = delete;
    Push& operator=(const Push&) = delete;
    ~Push() { signals_->state_.fetch_sub(1, std::memory_order_release); }  // pairs with the loads in over and detach

    /// Whether the queue took items when the push began.
    [[nodiscard]] bool may() const noexcept { return may_; }

    /// The item is in the queue.
    void done();

    /// There is no room. The caller must try once more before `wait`.
    void announce_wait() noexcept { signals_->pushes_wait_.fetch_or(1, std::memory_order_acq_rel); }

    /// Waits until something has changed; false if no room will come: the queue is closed, or no run reads it.
    [[nodiscard]] bool wait();

   private:
    QueueSignals* signals_;
    bool may_;
  };

 private:
  static constexpr std::uint32_t kDetached = 1U << 31;
  static constexpr std::uint32_t kClosed = 1U << 30;

  void wake_reader();

  std::atomic<bool> taken_{false};                            // by a run
  std::optional<Waker> waker_;                                // set while detached, used by pushes that saw it attached
  alignas(128) std::atomic<std::uint32_t> state_{kDetached};  // and the number of pushes under way
  alignas(128) std::atomic<std::uint32_t> reader_idle_{0};
  std::atomic<std::uint32_t> pushes_wait_{0};
};

}  // namespace weir::detail::queue
