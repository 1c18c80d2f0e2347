#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/build.hpp"
#include "weir/detail/operator.hpp"
#include "weir/key.hpp"
#include "weir/keyed_emit.hpp"
#include "weir/per_worker.hpp"

namespace weir::detail {

/// A logic that wants to hear of the end of the input: `on_end(key, state, emit)`, once for every key that is left.
template <typename Logic, typename K>
concept HearsEnd = requires(Logic& logic, const K& key, std::optional<typename Logic::State>& state,
                            KeyedEmit<K, typename Logic::Output>& emit) { logic.on_end(key, state, emit); };

/// The code of keyed steps: a table of the states of this worker's keys.
///
/// Where the table is too large for the processor's cache, items wait until there are some, and all their keys are
/// looked up before the first is handled: the processor then waits for several entries at once and not for each in
/// turn.
template <typename K, typename V, typename F>
class StatefulOperator final : public Receiver<std::pair<K, V>>, public Operator {
  using State = typename Logic<F>::State;
  using Output = typename Logic<F>::Output;
  using Table = boost::unordered_flat_map<K, std::optional<State>, SeededKeyHash<K>>;
  using Entry = typename Table::iterator;

 public:
  StatefulOperator(OperatorParts& parts, const F& logic)
      : Operator{parts.site},
        logic_{make_logic(logic, parts.site.worker)},
        out_{&output<std::pair<K, Output>>(parts)},
        table_{0, SeededKeyHash<K>{parts.site.tables.seed}},
        cached_entries_{parts.site.tables.cached_bytes / sizeof(typename Table::value_type)} {
    parts.inputs.front() = this;
  }

  void push(std::pair<K, V>&& item) override {
    count_item();
    if (table_.size() <= cached_entries_) {  // which does not change while items wait
      handle(entry_of(item.first), std::move(item.second));
      return;
    }
    waiting_.push_back(std::move(item));
    if (waiting_.size() == kLookAhead) {
      handle_waiting();
    }
  }

  void idle() override { handle_waiting(); }

  // At the end of the input a cursor over the table: keys come in the table's order, which only the run's seed decides.
  Closing close(const Mark& mark) override {
    handle_waiting();
    if constexpr (HearsEnd<Logic<F>, K>) {
      if (mark.kind == Mark::Kind::kEnd) {
        if (!ending_) {
          ending_ = true;
          next_ = table_.begin();
        }
        return end_keys();
      }
    }
    return Closing::kDone;
  }

  [[nodiscard]] std::size_t keys_held() const override { return table_.size(); }

 private:
  static constexpr std::size_t kLookAhead = 32;  // 16 and 64 measure the same

  Entry entry_of(K& key) {
    return call(site(), "key", [&] { return table_.try_emplace(std::move(key)).first; });
  }

  // Says whether the key keeps its entry.
  bool handle(Entry entry, V&& value) {
    KeyedEmit<K, Output> emit{entry->first, *out_};
    try {
      logic_.on_item(entry->first, entry->second, std::move(value), emit);
    } catch (...) {
      throw_step_error(site(), "logic", key_text(entry->first));
    }
    if (entry->second) {
      return true;
    }
    table_.erase(entry);
    return false;
  }

  void handle_waiting() {
    if (waiting_.empty()) {
      return;
    }
    note_work();
    std::array<Entry, kLookAhead> found;
    call(site(), "key", [&] {
      for (std::size_t i = 0; i < waiting_.size(); ++i) {
        found[i] = table_.find(waiting_[i].first);
      }
    });
    bool all_stay = true;  // no entry was erased since, nor moved as the table grew
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
      auto& [key, value] = waiting_[i];
      if (!all_stay || found[i] == table_.end()) {
        all_stay = all_stay && table_.size() < table_.max_load();
        found[i] = entry_of(key);
      }
      all_stay = handle(found[i], std::move(value)) && all_stay;
    }
    waiting_.clear();
  }

  Closing end_keys() {
    while (next_ != table_.end()) {
      note_work();
      const auto entry = next_++;
      KeyedEmit<K, Output> emit{entry->first, *out_};
      try {
        logic_.on_end(entry->first, entry->second, emit);
      } catch (...) {
        throw_step_error(site(), "logic at the end of the input", key_text(entry->first));
      }
      if (!entry->second) {
        table_.erase(entry);
      }
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
    }
    return Closing::kDone;
  }

  Logic<F> logic_;
  Receiver<std::pair<K, Output>>* out_;
  Table table_;
  std::size_t cached_entries_;            // a table of more does not fit the cache
  std::vector<std::pair<K, V>> waiting_;  // fewer than kLookAhead
  Entry next_{};
  bool ending_ = false;
};

}  // namespace weir::detail
