#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "weir/copyable.hpp"
#include "weir/detail/containers/items.hpp"
#include "weir/detail/containers/list.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/keyed_operator.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"

namespace weir::detail::keyed {

/// The code of most keyed steps: calls a logic with each item and the state of the item's key.
///
/// Where the table of states is too large for the processor's cache, items wait for others, and all their keys are
/// looked up before the first item is handled. The processor then waits for several entries at once, and not for each
/// in turn.
/// @tparam Input  what it is to those that push into it
template <typename K, typename V, typename F, typename Input = runtime::Receiver<std::pair<K, V>>>
class StatefulOperator : public Input, public KeyedOperator<K, F> {
  using Base = KeyedOperator<K, F>;
  using typename Base::Entry;
  using typename Base::Outputs;
  using typename Base::State;
  using typename Base::States;
  using Closing = runtime::Closing;
  using Base::alarms_;
  using Base::forget_departed;
  using Base::kAlarms;
  using Base::keep;
  using Base::states_;

 public:
  [[gnu::cold]] StatefulOperator(graph::OperatorParts& parts, const F& logic)
      : Base{parts, logic}, cached_entries_{parts.site.tables.cached_bytes / States::kEntryBytes} {
    parts.inputs.front() = this;
  }

  [[gnu::cold, gnu::noinline]] ~StatefulOperator() override = default;

  void push(std::pair<K, V>&& item) override {
    this->count_item();
    if (options_) [[unlikely]] {
      handle_with_options(std::move(item));
      outputs_.flush();
      return;
    }
    if (states_.size() <= cached_entries_) {  // which does not change while items wait
      forget_departed();
      handle_alone(entry_of(item.first), std::move(item.second), outputs_);
      outputs_.flush();
      return;
    }
    waiting_.push_back(std::move(item));
    if (waiting_.size() == kLookAhead) {
      handle_waiting();
    }
  }

  void push_all(containers::Items<std::pair<K, V>> items) override {
    handle_waiting();
    this->count_items(items.size());
    handle_many(items);
  }

  void idle() override {
    if (this->gate().feedable()) {
      handle_waiting();
    }
  }

  // Not inline, nor is `close`: each is called through a thunk, which would be a copy of it.
  [[gnu::noinline]] Closing advance(const StepTime& now) override {
    handle_waiting();
    const Closing answer = this->advance_to(now);
    outputs_.flush();
    return answer;
  }

  [[gnu::noinline]] Closing close(const runtime::Mark& mark) override {
    handle_waiting();
    const Closing answer = mark.kind == runtime::Mark::Kind::kEnd ? this->end() : Closing::kDone;
    outputs_.flush();
    return answer;
  }

 protected:
  using Base::logic_;
  using Base::options_;
  using Base::outputs_;

  /// Any number of items, which have been counted.
  void handle_many(containers::Items<std::pair<K, V>> items) {
    if (options_) [[unlikely]] {
      for (std::pair<K, V>& item : items) {
        handle_with_options(std::move(item));
      }
      outputs_.flush();
      return;
    }
    for (std::size_t at = 0; at < items.size(); at += kLookAhead) {
      handle_all(items.subspan(at, std::min(kLookAhead, items.size() - at)));
    }
    outputs_.flush();
  }

  static constexpr std::size_t kLookAhead = 32;  // 16 and 64 measure the same

  void handle_waiting() {
    if (waiting_.empty()) {
      return;
    }
    this->note_work();
    handle_all(waiting_.items());
    waiting_.clear();
    outputs_.flush();
  }

  /// Up to `kLookAhead` items.
  /// @tparam Item  what the logic gets of each
  template <typename Item>
  void handle_all(containers::Items<std::pair<K, Item>> items) {
    forget_departed();
    runtime::call(this->site(), "key", [&] { states_.look_up(items, found_.data()); });
    constexpr bool kMoves = States::kEntriesMove;
    bool all_stay = true;      // none was moved since, as the table grew
    std::uint64_t erased = 0;  // the `bit_of` each entry that was erased since
    const Entry* next = found_.data();
    for (std::pair<K, Item>& item : items) {
      Entry entry = *next++;
      if (entry == states_.end() || (kMoves && (!all_stay || (erased & States::bit_of(entry)) != 0))) {
        all_stay = all_stay && states_.size() < states_.max_load();
        entry = entry_of(item.first);
      }
      if (!handle(entry, std::move(item.second), outputs_) && kMoves) {
        erased |= States::bit_of(entry);
      }
    }
  }

 private:
  Entry entry_of(K& key) {
    return runtime::call(this->site(), "key", [&] { return states_.add(std::move(key)); });
  }

  // No item waits, so that the one that is being pushed is the one that fails.
  [[gnu::noinline]] void handle_with_options(std::pair<K, V>&& item) {
    forget_departed();
    const Entry entry = entry_of(item.first);
    const bool stays = options_->held_back ? handle_with_copy(entry, std::move(item.second))
                                           : handle_alone(entry, std::move(item.second), outputs_);
    if (stays && options_->lifetimes) {
      runtime::call(this->site(), "key", [&] { options_->lifetimes->touch(states_.slot_of(entry)); });
    }
  }

  bool handle_with_copy(Entry entry, V&& value) {
    if constexpr (copyable<State>) {
      return options_->held_back->handle(
          this->site(), entry->second.state,
          [&](Outputs& outputs) { return handle_alone(entry, std::move(value), outputs); },
          [&] { states_.erase(entry, false); });
    } else {
      return false;
    }
  }

  // For the places that have one item at a time.
  [[gnu::noinline]] bool handle_alone(Entry entry, V&& value, Outputs& outputs) {
    return handle(entry, std::move(value), outputs);
  }

  // Says whether the key keeps its entry. Part of the loop over a batch.
  template <typename Item>
  [[gnu::always_inline]] bool handle(Entry entry, Item&& value, Outputs& outputs) {
    if constexpr (Glances<Logic<F>, Item>) {
      auto rest = glance(entry, std::forward<Item>(value));
      return !rest || handle_rest(entry, *std::move(rest), outputs);
    } else {
      return call_logic(entry, std::forward<Item>(value), outputs);
    }
  }

  [[gnu::always_inline]] auto glance(Entry entry, V&& value) {
    Alarms alarms{entry->slot, alarms_};
    auto rest = [&] {
      try {
        return logic_.glance(entry->second.state, std::move(value), alarms);
      } catch (...) {
        runtime::throw_step_error(this->site(), "logic", key_text(entry->first));
      }
    }();
    if (!rest) {
      states_.note_change(entry);
    }
    return rest;
  }

  // What is left of few items, and would take registers from the others.
  template <typename Rest>
  [[gnu::noinline]] bool handle_rest(Entry entry, Rest&& rest, Outputs& outputs) {
    return call_logic(entry, std::forward<Rest>(rest), outputs);
  }

  template <typename Item>
  [[gnu::always_inline]] bool call_logic(Entry entry, Item&& item, Outputs& outputs) {
    const bool had_state = kAlarms && entry->second.state;
    auto emit = outputs.emit_for(entry->first);
    try {
      if constexpr (kAlarms) {
        Alarms alarms{entry->slot, alarms_};
        logic_.on_item(entry->first, entry->second.state, std::forward<Item>(item), emit, alarms);
      } else {
        logic_.on_item(entry->first, entry->second.state, std::forward<Item>(item), emit);
      }
    } catch (...) {
      runtime::throw_step_error(this->site(), "logic", key_text(entry->first));
    }
    return keep(entry, had_state);
  }

  std::size_t cached_entries_;                 // a table of more does not fit the cache
  containers::List<std::pair<K, V>> waiting_;  // fewer than kLookAhead
  std::array<Entry, kLookAhead> found_;  // of the items at hand; here, since to clear it anew took a tenth of a look-up
};

template <typename K, typename V, typename F>
struct OperatorOfLogic {
  using Type = StatefulOperator<K, V, F>;
};
template <typename K, typename V, typename F>
  requires requires { typename Logic<F>::template Operator<K, V, F>; }
struct OperatorOfLogic<K, V, F> {
  using Type = typename Logic<F>::template Operator<K, V, F>;
};

/// The code of a keyed step: the logic's own, or a `StatefulOperator`.
template <typename K, typename V, typename F>
using OperatorOf = typename OperatorOfLogic<K, V, F>::Type;

}  // namespace weir::detail::keyed
