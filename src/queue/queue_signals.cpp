#include "weir/detail/queue/queue_signals.hpp"

#include <thread>

namespace weir::detail::queue {

bool QueueSignals::attach(Waker waker) {
  if (taken_.exchange(true, std::memory_order_acquire)) {  // pairs with the store in detach
    return false;
  }
  waker_ = waker;
  state_.fetch_and(~kDetached, std::memory_order_acq_rel);  // pairs with the fetch_or in wake_reader
  return true;
}

void QueueSignals::detach() {
  state_.fetch_or(kDetached, std::memory_order_acq_rel);
  wake_pushes();
  // A push is short, or waits and has been woken.
  while ((state_.load(std::memory_order_acquire) & ~(kClosed | kDetached)) != 0) {
    wake_pushes();
    std::this_thread::yield();
  }
  taken_.store(false, std::memory_order_release);  // pairs with the exchange in attach
}

void QueueSignals::close() {
  const Push under_way{*this};  // keeps the reader's waker
  state_.fetch_or(kClosed, std::memory_order_acq_rel);
  wake_pushes();
  wake_reader();
}

void QueueSignals::wake_reader() {
  if (reader_idle_.exchange(0, std::memory_order_acq_rel) == 0) {
    return;  // it looks at the queue before it waits
  }
  // Changes nothing, but a run that attaches after it sees what was done before it.
  if ((state_.fetch_or(0, std::memory_order_acq_rel) & kDetached) == 0) {
    waker_->wake();
  }
}

void QueueSignals::wake_pushes() noexcept {
  if (pushes_wait_.exchange(0, std::memory_order_acq_rel) != 0) {
    pushes_wait_.notify_all();
  }
}

void QueueSignals::Push::done() { signals_->wake_reader(); }

bool QueueSignals::Push::wait() {
  if ((signals_->state_.load(std::memory_order_acquire) & (kClosed | kDetached)) != 0) {
    return false;
  }
  signals_->pushes_wait_.wait(1, std::memory_order_acquire);
  return true;
}

}  // namespace weir::detail::queue
