#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/containers/own_optional.hpp"
#include "weir/detail/containers/packed_optional.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/batched_output.hpp"
#include "weir/keyed_emit.hpp"

namespace weir::detail::keyed {

class Alarms;

/// A logic that asks to be called again: `on_item` and `on_end` get `Alarms` too, and `on_alarm(key, state, emit,
/// alarms)` is called when time has come to one. What it asked for must follow from the state, since only that is kept:
/// `on_restore(key, state, alarms)` asks again.
///
/// If it has `put_off(state, alarms)`, that comes first and says whether there is nothing to do yet, having asked
/// again. What that changes in the state is not noted for the next snapshot, so a restored state may have been put off
/// less.
template <typename Logic>
concept HasAlarms = requires { typename Logic::HasAlarms; };

/// A logic that looks at an item before it has a key or outputs, which it needs for few of them: `glance(state, item,
/// alarms)` returns nothing if that was all, which it may be only where there is a state and stays one, else what
/// `on_item` gets in place of the item, which it may refer to.
template <typename Logic, typename V>
concept Glances = requires(Logic& logic, typename Logic::Holder& state, V&& item, Alarms& alarms) {
  logic.glance(state, std::move(item), alarms);
};

/// A logic whose states end by time in any case, so that a time to live is nothing to them.
template <typename Logic>
concept ClosesByTime = requires { typename Logic::ClosesByTime; };

/// What the logic of a keyed step gets the state of a key in: a `std::optional`; a `PackedOptional` if it says
/// `using PacksState = void`; an `OwnOptional` if it says `using SaysIfThere = void`.
template <typename Logic>
struct StateHolderOf {
  using Type = std::optional<typename Logic::State>;
};
template <typename Logic>
  requires requires { typename Logic::PacksState; }
struct StateHolderOf<Logic> {
  using Type = containers::PackedOptional<typename Logic::State>;
};
template <typename Logic>
  requires requires { typename Logic::SaysIfThere; }
struct StateHolderOf<Logic> {
  using Type = containers::OwnOptional<typename Logic::State>;
};
template <typename Logic>
using StateHolder = typename StateHolderOf<Logic>::Type;

/// Where the logic of a keyed step emits to: one output, or what `Logic::Outputs<K>` says. The step calls `flush`
/// before it returns.
template <typename Logic, typename K>
class OutputsOf {
 public:
  using Items = codec::TypeList<std::pair<K, typename Logic::Output>>;
  using Emit = KeyedEmit<K, typename Logic::Output>;
  explicit OutputsOf(const graph::OperatorParts& parts)
      : to_{graph::output<std::pair<K, typename Logic::Output>>(parts)} {}
  [[nodiscard]] Emit emit_for(const K& key) { return {key, to_}; }
  void flush() { to_.flush(); }
  [[nodiscard]] static std::map<std::string, std::uint64_t> counters() { return {}; }

 private:
  runtime::BatchedOutput<std::pair<K, typename Logic::Output>> to_;
};
template <typename Logic, typename K>
  requires requires { typename Logic::template Outputs<K>; }
class OutputsOf<Logic, K> : public Logic::template Outputs<K> {
 public:
  using Logic::template Outputs<K>::Outputs;
};

/// A logic that wants to hear of the end of the input: `on_end(key, state, emit)`, once for every key that is left.
template <typename Logic, typename K>
concept HearsEnd = requires(Logic& logic, const K& key, StateHolder<Logic>& state,
                            typename OutputsOf<Logic, K>::Emit& emit) { logic.on_end(key, state, emit); };

/// A logic that emits what a state has come to when that is complete, and for which the end of the input completes
/// nothing: it says `using GivesUpFolds = void`.
template <typename Logic>
concept GivesUpFolds = requires { typename Logic::GivesUpFolds; };

/// A logic some of whose states hold nothing that is still to be emitted. Without it, all do of a logic that hears of
/// the end or gives up folds, and none of another.
template <typename Logic>
concept TellsOpen = requires(const typename Logic::State& state) {
  { Logic::still_to_emit(state) } -> std::same_as<bool>;
};

}  // namespace weir::detail::keyed
