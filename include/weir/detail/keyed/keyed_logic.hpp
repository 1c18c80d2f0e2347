#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <utility>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/containers/own_optional.hpp"
#include "weir/detail/containers/packed_optional.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/batched_output.hpp"
#include "weir/detail/runtime/named_counts.hpp"
#include "weir/keyed_emit.hpp"

namespace weir::detail::keyed {

class Alarms;

/// In what the logic of a keyed step gets the state of a key.
enum class Holder : std::uint8_t {
  kOptional,  ///< a `std::optional`
  kPacked,    ///< a `containers::PackedOptional`
  kOwn,       ///< a `containers::OwnOptional`: the state itself says whether it is there
};

/// What a logic of a keyed step does besides handling items. weir's own logics say it as `static constexpr LogicTraits
/// kTraits{...}`; logics of users do nothing of it.
struct LogicTraits {
  bool alarms = false;          ///< see `HasAlarms`
  bool by_wall = false;         ///< its system time follows the clock on the wall, not the time that passes
  bool closes_by_time = false;  ///< its states end by time in any case, so a time to live does nothing
  bool gives_up_folds = false;  ///< it emits a state only when that is complete; the end of the input completes none
  Holder holder = Holder::kOptional;
};

/// A logic that says its traits.
template <typename Logic>
concept HasTraits = requires {
  { Logic::kTraits } -> std::convertible_to<LogicTraits>;
};

template <typename Logic>
inline constexpr LogicTraits kTraitsOf{};
template <HasTraits Logic>
inline constexpr LogicTraits kTraitsOf<Logic> = Logic::kTraits;

/// A logic that asks to be called again: `on_item` and `on_end` get `Alarms` too, and `on_alarm(key, state, emit,
/// alarms)` is called when time has come to one. What it asked for must follow from the state, since only that is kept:
/// `on_restore(key, state, alarms)` asks again.
///
/// If it has `put_off(state, alarms)`, that comes first and says whether there is nothing to do yet, having asked
/// again. What that changes in the state is not noted for the next snapshot, so a restored state may have been put off
/// less.
template <typename Logic>
concept HasAlarms = kTraitsOf<Logic>.alarms;

/// A logic that looks at an item before it has a key or outputs, which it needs for few of them: `glance(state, item,
/// alarms)` returns nothing if that was all, which it may be only where there is a state and stays one, else what
/// `on_item` gets in place of the item, which it may refer to.
template <typename Logic, typename V>
concept Glances = requires(Logic& logic, typename Logic::Holder& state, V&& item, Alarms& alarms) {
  logic.glance(state, std::move(item), alarms);
};

template <typename State, Holder kHolder>
struct StateHolderOf {
  using Type = std::optional<State>;
};
template <typename State>
struct StateHolderOf<State, Holder::kPacked> {
  using Type = containers::PackedOptional<State>;
};
template <typename State>
struct StateHolderOf<State, Holder::kOwn> {
  using Type = containers::OwnOptional<State>;
};
template <typename Logic>
using StateHolder = typename StateHolderOf<typename Logic::State, kTraitsOf<Logic>.holder>::Type;

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
  [[nodiscard]] static runtime::NamedCounts counters() { return {}; }

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

/// A logic some of whose states hold nothing that is still to be emitted. Without it, all do of a logic that hears of
/// the end or gives up folds, and none of another.
template <typename Logic>
concept TellsOpen = requires(const typename Logic::State& state) {
  { Logic::still_to_emit(state) } -> std::same_as<bool>;
};

}  // namespace weir::detail::keyed
