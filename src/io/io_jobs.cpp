#include "io/io_jobs.hpp"

#include <utility>

namespace weir::detail::io {

void IoJobs::submit(std::uint64_t bytes, std::function<void()> job) {
  waiting_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  io_->submit([self = shared_from_this(), bytes, job = std::move(job)] {
    self->run([&] {
      job();
      self->waiting_bytes_.fetch_sub(bytes, std::memory_order_release);
    });
  });
}

void IoJobs::run(const std::function<void()>& job) {
  if (failed_.load(std::memory_order_relaxed) || given_up()) {
    return;
  }
  try {
    job();
  } catch (...) {
    fail(std::current_exception());
  }
  waker_.wake();
}

void IoJobs::fail(std::exception_ptr failure) {
  const std::scoped_lock lock{failing_};
  if (!failed_.load(std::memory_order_relaxed)) {
    failure_ = std::move(failure);
    failed_.store(true, std::memory_order_release);
  }
}

void IoJobs::rethrow_failure() const {
  if (failed_.load(std::memory_order_acquire)) {  // pairs with the store in fail
    std::rethrow_exception(failure_);
  }
}

std::uint64_t IoJobs::waiting_bytes() const {
  rethrow_failure();
  return waiting_bytes_.load(std::memory_order_acquire);  // pairs with the fetch_sub in submit
}

}  // namespace weir::detail::io
