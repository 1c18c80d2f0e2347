#pragma once

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weir/dataflow.hpp"
#include "weir/errors.hpp"
#include "weir/operators/inspect.hpp"
#include "weir/operators/output.hpp"
#include "weir/run.hpp"
#include "weir/sink.hpp"
#include "weir/source.hpp"
#include "weir/testing.hpp"

/// Tools to test that a program's own dataflows recover.
namespace weir::testing {

/// A sink that collects the items of decided epochs, exactly once over all runs on one recovery directory.
template <typename T>
class Decided {
 public:
  static constexpr bool kOnePartition = true;  ///< one partition in all

  /// The items of all epochs that were decided so far. From any thread.
  [[nodiscard]] std::vector<T> items() const {
    const std::scoped_lock lock{shared_->mutex};
    return shared_->decided;
  }

  /// Runs without a recovery directory decide nothing.
  /// @throws UsageError  always
  template <std::same_as<T> U>
  [[nodiscard]] std::unique_ptr<SinkPartition<U>> open(const OpenContext& /*context*/) const {
    throw UsageError{"Decided: collects in runs with a recovery directory; use Collected in others"};
  }

  [[nodiscard]] bool transactional() const { return true; }  ///< always

  /// For the runtime: makes the partition, which has the items of decided epochs only.
  template <std::same_as<T> U>
  [[nodiscard]] std::unique_ptr<TransactionalPartition<U>> resume(const OpenContext& /*context*/,
                                                                  const SinkResume& resume) const {
    if (resume.token) {
      shared_->decide(*resume.token);
    }
    shared_->forget_pending();
    return std::make_unique<Partition>(shared_, resume.execution);
  }

 private:
  struct Shared {
    void decide(const std::string& token) {
      const std::scoped_lock lock{mutex};
      if (const auto found = pending.find(token); found != pending.end()) {
        decided.insert(decided.end(), found->second.begin(), found->second.end());
        pending.erase(found);
      }
    }
    void forget_pending() {
      const std::scoped_lock lock{mutex};
      pending.clear();
    }

    std::mutex mutex;
    std::vector<T> decided;
    std::map<std::string, std::vector<T>> pending;  // by token
  };

  class Partition final : public TransactionalPartition<T> {
   public:
    Partition(std::shared_ptr<Shared> shared, std::uint64_t execution)
        : shared_{std::move(shared)}, execution_{execution} {}

    void write(T&& item) override { open_.push_back(std::move(item)); }
    void prepare(Epoch epoch) override {
      tokens_.push_back(std::to_string(execution_) + " " + std::to_string(epoch.value));
      const std::scoped_lock lock{shared_->mutex};
      shared_->pending[tokens_.back()] = std::exchange(open_, {});
    }
    [[nodiscard]] std::optional<std::string> prepared() override {
      if (tokens_.empty()) {
        return std::nullopt;
      }
      undecided_ = std::move(tokens_.front());
      tokens_.pop_front();
      return undecided_;
    }
    void commit() override { shared_->decide(undecided_); }
    [[nodiscard]] bool committed() override { return true; }

   private:
    std::shared_ptr<Shared> shared_;
    std::uint64_t execution_;
    std::vector<T> open_;
    std::deque<std::string> tokens_;  // of epochs that are prepared
    std::string undecided_;
  };

  // Shared by the test and the copies in dataflows, which may be destroyed in any order.
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

/// How a dataflow is interrupted.
struct Aborts {
  std::vector<std::uint64_t> at;                    ///< the items at which to abort, counted from 1 in each run
  std::vector<std::size_t> workers{1, 2, 3, 4, 8};  ///< of the runs, in turn
  std::uint64_t epoch_items = 10;                   ///< after which an epoch ends; at least 1
};

namespace detail {

/// The exception of an abort.
struct Aborted : std::runtime_error {
  Aborted() : std::runtime_error{"aborted by the test"} {}
};

/// Whether the exception, or one nested in it, is an abort.
inline bool is_abort(const std::exception& error) {
  if (dynamic_cast<const Aborted*>(&error) != nullptr) {
    return true;
  }
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& nested) {
    return is_abort(nested);
  }
  return false;
}

/// A source over vectors whose partitions pause for the end of an epoch after every `epoch_items` items, so that there
/// are epochs before an abort even with few items.
template <typename T>
class Paced {
 public:
  using Item = T;

  Paced(std::vector<std::vector<T>> partitions, std::uint64_t epoch_items)
      : partitions_{std::move(partitions)}, epoch_items_{epoch_items} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return Scripted<T>{partitions_}.partitions(); }

  [[nodiscard]] std::unique_ptr<SourcePartition<T>> open(const std::string& name,
                                                         const std::optional<std::string>& position,
                                                         const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(partitions_[std::stoul(name)], position ? std::stoul(*position) : 0,
                                       epoch_items_);
  }

 private:
  class Partition final : public SourcePartition<T> {
   public:
    Partition(std::vector<T> items, std::size_t next, std::uint64_t epoch_items)
        : items_{std::move(items)}, next_{next}, epoch_items_{epoch_items} {}

    Poll poll(Emit<T>& emit) override {
      while (emit.open() && next_ < items_.size()) {
        if (in_epoch_ == epoch_items_) {
          return Poll::idle(std::chrono::milliseconds{1});
        }
        ++in_epoch_;
        emit(std::as_const(items_[next_++]));
      }
      return next_ < items_.size() ? Poll::more() : Poll::end();
    }

    // Called when an epoch ends.
    [[nodiscard]] std::string position() const override {
      in_epoch_ = 0;
      return std::to_string(next_);
    }

    [[nodiscard]] bool bounded() const override { return true; }

   private:
    std::vector<T> items_;
    std::size_t next_;
    std::uint64_t epoch_items_;
    mutable std::uint64_t in_epoch_ = 0;
  };

  std::vector<std::vector<T>> partitions_;
  std::uint64_t epoch_items_;
};

/// An empty directory, which the destructor removes.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_;
};

}  // namespace detail

/// As `run_over`, but aborts the run again and again, and resumes it with other worker counts, on a recovery directory.
/// Returns the final output, which should equal that of `run_over`, in any order.
///
///     const auto out = weir::testing::run_over_aborted(partitions, steps, {.at = {7, 20, 20}});
///
/// @param partitions  the items of each partition of the source
/// @param steps       from the stream of the items to the stream that is collected; called once for each run
/// @param aborts      when the runs are aborted, and with how many workers they resume
/// @throws the exceptions of `run`, except aborts
template <typename T, typename Steps>
auto run_over_aborted(std::vector<std::vector<T>> partitions, Steps steps, const Aborts& aborts) {
  using Out = typename decltype(steps(std::declval<Stream<T>>()))::Item;
  const detail::TemporaryDirectory directory;
  const Decided<Out> decided;
  for (std::size_t attempt = 0; attempt <= aborts.at.size(); ++attempt) {
    const std::uint64_t abort_at = attempt < aborts.at.size() ? aborts.at[attempt] : 0;
    std::atomic<std::uint64_t> read{0};
    Dataflow flow{"tested"};
    const auto input = flow.input("tested_input", detail::Paced<T>{partitions, aborts.epoch_items}) |
                       op::inspect("tested_abort", [&read, abort_at](const T& /*item*/) {
                         if (read.fetch_add(1, std::memory_order_relaxed) + 1 == abort_at) {
                           throw detail::Aborted{};
                         }
                       });
    steps(input) | op::output("tested_output", decided);
    RunOptions options;
    options.workers = aborts.workers[attempt % aborts.workers.size()];
    options.recovery = directory.path();
    options.epoch_items = aborts.epoch_items;
    try {
      run(flow, options);
    } catch (const StepError& error) {
      if (!detail::is_abort(error)) {
        throw;
      }
    }
  }
  return decided.items();
}

}  // namespace weir::testing
