#pragma once

#include <cstdint>
#include <cstdio>
#include <mutex>
#include <utility>

namespace search_sessions {

/// Counts and sums the figures of all workers; each adds its own once, when it is through.
class Total {
 public:
  void add(std::uint64_t outputs, double sum) {
    const std::scoped_lock lock{mutex_};
    outputs_ += outputs;
    sum_ += sum;
  }
  void print() const { std::printf("outputs=%llu sum=%.0f\n", static_cast<unsigned long long>(outputs_), sum_); }

 private:
  std::mutex mutex_;
  std::uint64_t outputs_ = 0;
  double sum_ = 0;
};

/// One worker's share of the total.
class Share {
 public:
  explicit Share(Total& total) : total_{&total} {}
  Share(Share&& other) noexcept
      : total_{std::exchange(other.total_, nullptr)}, outputs_{other.outputs_}, sum_{other.sum_} {}
  Share& operator=(Share&&) = delete;
  ~Share() {
    if (total_ != nullptr) {
      total_->add(outputs_, sum_);
    }
  }

  void operator()(double ctr) {
    ++outputs_;
    sum_ += ctr;
  }

 private:
  Total* total_;
  std::uint64_t outputs_ = 0;
  double sum_ = 0;
};

}  // namespace search_sessions
