#include "io/io_jobs.hpp"

#include <utility>

namespace weir::detail::io {

void IoJobs::submit(std::uint64_t bytes, std::function<void()> job) {
  waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  io_->submit([self = shared_from_this(), bytes, job = std::move(job)] {
    if (self->failed_.load(std::memory_order_relaxed)) {
      return;
    }
    try {
      job();
      self->waiting_bytes_.fetch_sub(bytes, std::memory_order_release);
    } catch (...) {
      self->failure_ = std::current_exception();
      self->failed_.store(true, std::memory_order_release);
    }
    self->waker_.wake();
  });
}

void IoJobs::rethrow_failure() const {
  if (failed_.load(std::memory_order_acquire)) {  // pairs with the store in submit
    std::rethrow_exception(failure_);
  }
}

std::uint64_t IoJobs::waiting_bytes() const {
  rethrow_failure();
  return waiting_bytes_.load(std::memory_order_acquire);  // pairs with the fetch_sub in submit
}

}  // namespace weir::detail::io
