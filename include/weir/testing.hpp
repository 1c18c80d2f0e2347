#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "weir/dataflow.hpp"
#include "weir/operators/output.hpp"
#include "weir/run.hpp"
#include "weir/sink.hpp"
#include "weir/source.hpp"

/// Tools to test a program's own dataflows.
namespace weir::testing {

/// The worker counts at which to test a dataflow, on any machine.
inline constexpr std::array<std::size_t, 5> kWorkerCounts{1, 2, 3, 4, 8};

/// The action of a scripted partition after its items.
enum class Then {
  kEnd,
  kPause,  ///< emits nothing more, but does not end
  kThrow,  ///< throws `std::runtime_error{"scripted"}`
};

/// A source over vectors: one partition for each, which emits its items in order and then ends, pauses or throws.
template <typename T>
class Scripted {
 public:
  using Item = T;  ///< an item of the vectors

  /// One vector for each partition.
  explicit Scripted(std::vector<std::vector<T>> partitions, Then then = Then::kEnd)
      : partitions_{std::move(partitions)}, then_{then} {}

  /// `0`, `1` and so on, one for each vector.
  [[nodiscard]] std::vector<std::string> partitions() const {
    std::vector<std::string> names;
    names.reserve(partitions_.size());
    for (std::size_t p = 0; p < partitions_.size(); ++p) {
      names.push_back(std::to_string(p));
    }
    return names;
  }

  /// Opens a partition at the index of `position`, by default at its first item.
  [[nodiscard]] std::unique_ptr<SourcePartition<T>> open(const std::string& name,
                                                         const std::optional<std::string>& position,
                                                         const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(partitions_[std::stoul(name)], position ? std::stoul(*position) : 0, then_);
  }

 private:
  class Partition final : public SourcePartition<T> {
   public:
    Partition(std::vector<T> items, std::size_t next, Then then) : items_{std::move(items)}, next_{next}, then_{then} {}

    Poll poll(Emit<T>& emit) override {
      while (emit.open()) {
        if (next_ == items_.size()) {
          if (then_ == Then::kThrow) {
            throw std::runtime_error{"scripted"};
          }
          return then_ == Then::kPause ? Poll::idle() : Poll::end();
        }
        emit(std::as_const(items_[next_++]));
      }
      return Poll::more();
    }

    [[nodiscard]] std::string position() const override { return std::to_string(next_); }

    [[nodiscard]] bool bounded() const override { return then_ == Then::kEnd; }

   private:
    std::vector<T> items_;
    std::size_t next_;
    Then then_;
  };

  std::vector<std::vector<T>> partitions_;
  Then then_;
};

/// A sink that collects the items of all workers. Those of one worker keep their order.
template <typename T>
class Collected {
 public:
  /// The items so far. From any thread.
  [[nodiscard]] std::vector<T> items() const {
    const std::scoped_lock lock{shared_->mutex};
    return shared_->items;
  }

  /// For the runtime: each partition appends to the same list, under a lock.
  template <std::same_as<T> U>
  [[nodiscard]] std::unique_ptr<SinkPartition<U>> open(const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(shared_);
  }

 private:
  struct Shared {
    std::mutex mutex;
    std::vector<T> items;
  };

  class Partition final : public SinkPartition<T> {
   public:
    explicit Partition(std::shared_ptr<Shared> shared) : shared_{std::move(shared)} {}
    void write(T&& item) override {
      const std::scoped_lock lock{shared_->mutex};
      shared_->items.push_back(std::move(item));
    }

   private:
    std::shared_ptr<Shared> shared_;
  };

  // Shared by the test and the copies in dataflows, which may be destroyed in any order.
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

/// Runs steps over partitions of items and returns their output; the items of one worker keep their order.
///
///     auto out = weir::testing::run_over(partitions, [](auto items) { return items | op::filter("even", is_even); },
///     3);
///
/// @param partitions  the items of each partition of the source
/// @param steps       from the stream of the items to the stream that is collected
/// @param workers     from 1 on
/// @param exchange    whether items that cross workers are serialized
/// @throws the exceptions of `run`
template <typename T, typename Steps>
auto run_over(std::vector<std::vector<T>> partitions, Steps steps, std::size_t workers,
              ExchangeMode exchange = ExchangeMode::kCereal) {
  Dataflow flow{"tested"};
  auto out = steps(flow.input("tested_input", Scripted<T>{std::move(partitions)}));
  Collected<typename decltype(out)::Item> collected;
  out | op::output("tested_output", collected);
  RunOptions options;
  options.workers = workers;
  options.exchange = exchange;
  run(flow, options);
  return collected.items();
}

}  // namespace weir::testing
