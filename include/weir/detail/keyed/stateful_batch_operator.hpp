#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/containers/items.hpp"
#include "weir/detail/containers/list.hpp"
#include "weir/detail/keyed/stateful_operator.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/key.hpp"
#include "weir/timers.hpp"

namespace weir::detail::keyed {

/// A user's logic for batches as a logic whose values are batches.
template <typename L>
class BatchLogic {
 public:
  using State = typename L::State;
  using Output = typename L::Output;

  explicit BatchLogic(L logic) : logic_{std::move(logic)} {}

  /// @param timers  or none
  template <typename K, typename V, typename Emit, typename... T>
  void on_item(const K& key, std::optional<State>& state, std::vector<V>&& values, Emit& emit, T&... timers) {
    logic_.on_batch(key, state, std::move(values), emit, timers...);
  }

  template <typename K, typename Emit>
  void on_timer(const K& key, std::optional<State>& state, const Timer& timer, Emit& emit, Timers& timers) {
    logic_.on_timer(key, state, timer, emit, timers);
  }

  template <typename K, typename Emit>
    requires requires(L& logic, const K& key, std::optional<State>& state, Emit& emit) {
      logic.on_end(key, state, emit);
    }
  void on_end(const K& key, std::optional<State>& state, Emit& emit) {
    logic_.on_end(key, state, emit);
  }

 private:
  L logic_;
};

/// The code of keyed steps whose logic gets the values of a key in batches: gathers items by key until there are many
/// of them, the worker has nothing else to do, time advances, or an epoch ends. So no snapshot has to hold any.
template <typename K, typename V, typename F>
class StatefulBatchOperator final : public StatefulOperator<K, std::vector<V>, F> {
  using Base = StatefulOperator<K, std::vector<V>, F>;
  using Closing = runtime::Operator::Closing;

 public:
  /// @param max_items  of a batch
  StatefulBatchOperator(graph::OperatorParts& parts, const F& logic, std::size_t max_items)
      : Base{parts, logic},
        input_{*this},
        max_items_{max_items},
        max_gathered_{std::max(kMaxGathered, max_items)},
        newest_{0, SeededKeyHash<K>{parts.site.tables.seed}} {
    parts.inputs.front() = &input_;
  }

  void idle() override {
    if (this->gate().feedable()) {
      handle_gathered();
    }
  }

  Closing advance(const StepTime& now) override {
    handle_gathered();
    return Base::advance(now);
  }

  Closing close(const runtime::Mark& mark) override {
    handle_gathered();
    return Base::close(mark);
  }

 private:
  static constexpr std::size_t kMaxGathered = runtime::Gate::kCursorItems;

  class Input final : public runtime::Receiver<std::pair<K, V>> {
   public:
    explicit Input(StatefulBatchOperator& to) : to_{&to} {}
    void push(std::pair<K, V>&& item) override { to_->take({&item, 1}); }
    void push_all(containers::Items<std::pair<K, V>> items) override { to_->take(items); }

   private:
    StatefulBatchOperator* to_;
  };

  void take(containers::Items<std::pair<K, V>> items) {
    this->count_items(items.size());
    for (auto& [key, value] : items) {
      batch_of(key).push_back(std::move(value));
      if (++gathered_ == max_gathered_) {
        handle_gathered();
      }
    }
  }

  // The key's newest one, or another if that is full.
  std::vector<V>& batch_of(K& key) {
    const auto [entry, is_new] =
        runtime::call(this->site(), "key", [&] { return newest_.try_emplace(key, batches_.size()); });
    if (!is_new) {
      if (std::vector<V>& newest = batches_[entry->second].second; newest.size() < max_items_) {
        return newest;
      }
      entry->second = batches_.size();
    }
    return batches_.push_back({std::move(key), std::vector<V>{}}).second;
  }

  void handle_gathered() {
    if (batches_.empty()) {
      return;
    }
    this->note_work();
    this->handle_many(batches_.items());
    batches_.clear();
    newest_.clear();
    gathered_ = 0;
  }

  Input input_;
  std::size_t max_items_;
  std::size_t max_gathered_;
  std::size_t gathered_ = 0;
  containers::List<std::pair<K, std::vector<V>>> batches_;              // in the order in which they were begun
  boost::unordered_flat_map<K, std::size_t, SeededKeyHash<K>> newest_;  // its place there
};

}  // namespace weir::detail::keyed
