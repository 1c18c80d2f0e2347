#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/containers/bounded_queue.hpp"
#include "weir/detail/queue/queue_signals.hpp"
#include "weir/detail/runtime/make_as.hpp"
#include "weir/errors.hpp"
#include "weir/source.hpp"

namespace weir {

/// An input that threads of the host program push into.
///
///     weir::QueueSource<Order> orders;
///     flow.input("orders", orders) | ...;
///     auto run = weir::start(flow);
///     orders.push(order);   // from any thread
///     orders.close();       // ends the input, and with it the run
///     run.wait();
///
/// A small handle: copies, such as the one in the dataflow, are the same queue. One run at a time reads it, on one
/// worker; `op::redistribute` or a keyed step after it shares the work. A run that is asked to stop emits the items
/// pushed before; later ones stay for the next run. Items of one thread keep their order. At-most-once: the queue is in
/// memory only.
template <typename T>
class QueueSource {
  static_assert(std::is_nothrow_move_constructible_v<T>, "QueueSource: items must be movable without throwing");

 public:
  using Item = T;  ///< what threads push

  /// @param capacity  how many items it holds, at least 2; rounded up to a power of two
  explicit QueueSource(std::size_t capacity = 1024) : shared_{std::make_shared<Shared>(capacity)} {}

  /// Adds an item; waits for room while a run reads the queue. Never allocates.
  /// @return  false, and the item is lost, if the queue is closed, or full while no run reads it
  bool push(T item) {
    detail::queue::QueueSignals::Push push{shared_->signals};
    if (!push.may()) {
      return false;
    }
    while (!shared_->queue.try_push(item)) {
      push.announce_wait();
      if (shared_->queue.try_push(item)) {
        break;
      }
      if (!push.wait()) {
        return false;
      }
    }
    push.done();
    return true;
  }

  /// Adds an item if there is room now; otherwise leaves `item` unchanged.
  bool try_push(T& item) {
    detail::queue::QueueSignals::Push push{shared_->signals};
    if (!push.may() || !shared_->queue.try_push(item)) {
      return false;
    }
    push.done();
    return true;
  }

  /// Ends the input: the queue takes no more items, and ends once all its items have been read.
  void close() { shared_->signals.close(); }

  /// Whether `close` was called, or the run stopped; from any thread.
  [[nodiscard]] bool closed() const noexcept { return shared_->signals.closed(); }

  [[nodiscard]] std::vector<std::string> partitions() const { return {"queue"}; }  ///< one partition, named `queue`

  /// @throws UsageError  if another run reads the queue
  [[nodiscard]] std::unique_ptr<SourcePartition<T>> open(const std::string& /*name*/,
                                                         const std::optional<std::string>& /*position*/,
                                                         const OpenContext& context) const {
    if (!shared_->signals.attach(context.waker)) {
      throw UsageError{"QueueSource: another run reads this queue; give each run that goes on at once its own"};
    }
    return detail::runtime::make_as<SourcePartition<T>, Partition>(shared_);
  }

 private:
  struct Shared {
    explicit Shared(std::size_t capacity) : queue{capacity} {}
    detail::containers::BoundedQueue<T> queue;
    detail::queue::QueueSignals signals;
  };

  class Partition final : public SourcePartition<T> {
   public:
    explicit Partition(std::shared_ptr<Shared> shared) : shared_{std::move(shared)} {}
    ~Partition() override { shared_->signals.detach(); }

    Poll poll(Emit<T>& emit) override {
      const Poll answer = emit_items(emit);
      shared_->signals.wake_pushes();
      return answer;
    }

    [[nodiscard]] std::string position() const override { return {}; }

    [[nodiscard]] std::optional<SourceProgress> progress() const override {
      const std::uint64_t done = shared_->queue.pops();
      return SourceProgress{.done = done,
                            .total = std::max(shared_->queue.pushes(), done),
                            .unit = SourceProgress::Unit::kItems,
                            .grows = !shared_->signals.closed()};
    }

    [[nodiscard]] bool replayable() const override { return false; }
    [[nodiscard]] bool takes_by_itself() const override { return true; }

    [[nodiscard]] bool stop() override {
      stop_at_ = shared_->queue.pushes();
      return true;
    }

   private:
    Poll emit_items(Emit<T>& emit) {
      const auto use = [&emit](T&& item) { emit(std::move(item)); };
      while (emit.open()) {
        if (stop_at_ && shared_->queue.pops() >= *stop_at_) {
          return Poll::end();
        }
        if (shared_->queue.pop(use)) {
          continue;
        }
        shared_->signals.announce_idle();
        const bool over = shared_->signals.over();
        if (!shared_->queue.pop(use)) {
          // A closed queue ends once the pushes that began before it have finished, too soon for a wake to pay.
          return over                        ? Poll::end()
                 : shared_->signals.closed() ? Poll::idle(std::chrono::microseconds{50})
                                             : Poll::idle();
        }
      }
      return Poll::more();
    }

    std::shared_ptr<Shared> shared_;
    std::optional<std::uint64_t> stop_at_;
  };

  // Shared by the host program and the dataflow, which may be destroyed in any order.
  std::shared_ptr<Shared> shared_;
};

}  // namespace weir
