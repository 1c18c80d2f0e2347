#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/build.hpp"
#include "weir/detail/operator.hpp"
#include "weir/errors.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"

namespace weir {

/// Takes what the logic of a keyed step emits for one key.
template <typename K, typename Out>
class KeyedEmit {
 public:
  KeyedEmit(const K& key, detail::Receiver<std::pair<K, Out>>& to) : key_{&key}, to_{&to} {}

  void operator()(Out value) { to_->push({*key_, std::move(value)}); }

 private:
  const K* key_;
  detail::Receiver<std::pair<K, Out>>* to_;
};

/// What `stateful` asks of a logic class: its `State` and `Output` types and what it does with a value.
///
/// `on_item` gets the key's state, empty for a key that is not known; what it leaves is kept for the key, and a state
/// that it leaves empty drops the key.
template <typename Logic, typename K, typename V>
concept StatefulLogic =
    requires(Logic& logic, const K& key, std::optional<typename Logic::State>& state, V&& value,
             KeyedEmit<K, typename Logic::Output>& emit) { logic.on_item(key, state, std::move(value), emit); };

namespace detail {

/// A logic that wants to hear of the end of the input: `on_end(key, state, emit)`, once for every key that is left.
template <typename Logic, typename K>
concept HearsEnd = requires(Logic& logic, const K& key, std::optional<typename Logic::State>& state,
                            KeyedEmit<K, typename Logic::Output>& emit) { logic.on_end(key, state, emit); };

/// The code of keyed steps: a table of the states of this worker's keys.
template <typename K, typename V, typename F>
class StatefulOperator final : public Operator, public Receiver<std::pair<K, V>> {
  using State = typename Logic<F>::State;
  using Output = typename Logic<F>::Output;
  using Table = boost::unordered_flat_map<K, std::optional<State>, SeededKeyHash<K>>;

 public:
  StatefulOperator(OperatorParts& parts, const F& logic)
      : Operator{parts.site},
        logic_{make_logic(logic, parts.site.worker)},
        out_{&output<std::pair<K, Output>>(parts)},
        table_{0, SeededKeyHash<K>{parts.site.table_seed}} {
    parts.inputs.front() = this;
  }

  void push(std::pair<K, V>&& item) override {
    count_item();
    const auto entry = call(site(), "key", [&] { return table_.try_emplace(std::move(item.first)).first; });
    KeyedEmit<K, Output> emit{entry->first, *out_};
    try {
      logic_.on_item(entry->first, entry->second, std::move(item.second), emit);
    } catch (...) {
      throw_step_error(site(), "logic", key_text(entry->first));
    }
    if (!entry->second) {
      table_.erase(entry);
    }
  }

  // At the end of the input a cursor over the table: keys come in the table's order, which only the run's seed decides.
  Closing close(const Mark& mark) override {
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
  typename Table::iterator next_{};
  bool ending_ = false;
};

}  // namespace detail

namespace op {

/// What `stateful` returns.
template <typename LogicArgument>
struct [[nodiscard]] Stateful {
  std::string step_id;
  LogicArgument logic;
  const char* op = "stateful";

  template <typename T>
  auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "stateful: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using K = typename T::first_type;
      using V = typename T::second_type;
      static_assert(Key<K>,
                    "stateful: the pair's first must be a key: text, an integer, an enum, a pair or tuple of them, "
                    "or a type that opts in by weir_key; a floating-point number is none");
      static_assert(serializable<V> || !Key<K>,
                    "stateful: values cross workers, so they must be serializable: a plain aggregate, or a type with "
                    "cereal's serialize");
      static_assert(
          StatefulLogic<detail::Logic<LogicArgument>, K, V>,
          "stateful: the logic needs types State and Output, and on_item(const K&, std::optional<State>&, V&&, "
          "weir::KeyedEmit<K, Output>&)");
      if constexpr (Key<K> && serializable<V> && StatefulLogic<detail::Logic<LogicArgument>, K, V>) {
        using Output = typename detail::Logic<LogicArgument>::Output;
        return detail::add_step<std::pair<K, Output>>(
            std::move(step_id), op, up, detail::keyed_input(up), &detail::kKeyName<K>,
            [logic = std::move(logic)](detail::OperatorParts& parts) {
              return detail::make_operator<detail::StatefulOperator<K, V, LogicArgument>>(parts, logic);
            });
      }
    }
  }
};

/// The step that the keyed ones are made of: keeps a state for every key and shows it each value of the key.
///
///     struct Running {
///       using State = std::int64_t;
///       using Output = std::int64_t;
///       void on_item(const std::string& key, std::optional<State>& sum, std::int64_t&& value,
///                    weir::KeyedEmit<std::string, Output>& emit) {
///         sum = sum.value_or(0) + value;
///         emit(*sum);
///       }
///     };
///     amounts | op::stateful("running_sum", Running{})
///
/// Items are exchanged by key, so one worker sees all values of a key, in the order of each source partition.
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param logic    a `StatefulLogic`; with `on_end(const K&, std::optional<State>&, KeyedEmit&)` it also hears of the
/// end
///                 of the input, once for every key that is left, in no order that means anything
/// @see Bytewax 0.21, operator `stateful`.
template <typename LogicArgument>
Stateful<LogicArgument> stateful(std::string step_id, LogicArgument logic) {
  return {std::move(step_id), std::move(logic)};
}

}  // namespace op
}  // namespace weir
