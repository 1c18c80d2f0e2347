#include "kafka/conditions.hpp"

#include <chrono>
#include <utility>

namespace weir::detail::kafka {

std::size_t Conditions::add(Waker waker) {
  const std::scoped_lock lock{mutex_};
  partitions_.push_back({.waker = waker});
  return partitions_.size() - 1;
}

void Conditions::close(std::size_t index) {
  const std::scoped_lock lock{mutex_};
  partitions_[index].open = false;
}

Conditions::Seen Conditions::look(std::size_t index, std::int64_t offset) {
  const std::scoped_lock lock{mutex_};
  if (failure_ != nullptr) {
    std::rethrow_exception(failure_);
  }
  Partition& partition = partitions_[index];
  partition.offset = offset;
  return {.interrupted = interrupted_, .interrupts = interrupts_, .end = partition.end};
}

std::vector<std::optional<std::int64_t>> Conditions::offsets() const {
  const std::scoped_lock lock{mutex_};
  std::vector<std::optional<std::int64_t>> offsets;
  offsets.reserve(partitions_.size());
  for (const Partition& partition : partitions_) {
    offsets.push_back(partition.open ? std::optional{partition.offset} : std::nullopt);
  }
  return offsets;
}

void Conditions::interrupt() {
  const std::scoped_lock lock{mutex_};
  if (interrupted_) {
    return;
  }
  interrupted_ = true;
  interrupted_since_ = Clock::now();
  ++interrupts_;
  for (Partition& partition : partitions_) {
    partition.end.reset();
  }
  wake_all();
}

bool Conditions::reach(const std::vector<std::optional<std::int64_t>>& ends) {
  const std::scoped_lock lock{mutex_};
  for (std::size_t index = 0; index < partitions_.size() && index < ends.size(); ++index) {
    partitions_[index].end = ends[index];
  }
  if (!interrupted_) {
    return false;
  }
  interrupted_ = false;
  unreachable_before_ += Clock::now() - interrupted_since_;
  wake_all();
  return true;
}

std::uint64_t Conditions::take_unreachable_seconds() {
  const std::scoped_lock lock{mutex_};
  if (interrupted_) {
    const Clock::time_point now = Clock::now();
    unreachable_before_ += now - std::exchange(interrupted_since_, now);
  }
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(unreachable_before_);
  unreachable_before_ -= whole;
  return static_cast<std::uint64_t>(whole.count());
}

void Conditions::fail(std::exception_ptr failure) {
  const std::scoped_lock lock{mutex_};
  failure_ = std::move(failure);
  wake_all();
}

void Conditions::wake_all() {
  for (const Partition& partition : partitions_) {
    if (partition.open) {
      partition.waker.wake();
    }
  }
}

}  // namespace weir::detail::kafka
