#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/is_optional.hpp"
#include "weir/detail/signature.hpp"
#include "weir/operators/flat_map.hpp"
#include "weir/stateful.hpp"

namespace weir {

namespace detail {

/// The state that a mapper names as its first parameter, a `std::optional<State>&`.
template <typename F>
struct MapperState;
template <typename F>
  requires(HasSignature<F> && IsOptional<FirstArgument<F>>::value)
struct MapperState<F> {
  using type = typename FirstArgument<F>::value_type;
};

/// A callable `(std::optional<State>&, V)` that is not overloaded.
template <typename F, typename V>
concept MapsState =
    requires { typename MapperState<F>::type; } && std::invocable<F&, std::optional<typename MapperState<F>::type>&, V>;

template <typename F, typename V>
using StateMapped = std::remove_cvref_t<std::invoke_result_t<F&, std::optional<typename MapperState<F>::type>&, V>>;

template <typename F, typename V>
class StatefulMapLogic {
 public:
  using State = typename MapperState<F>::type;
  using Output = StateMapped<F, V>;

  explicit StatefulMapLogic(F mapper) : mapper_{std::move(mapper)} {}

  template <typename K>
  void on_item(const K& /*key*/, std::optional<State>& state, V&& value, KeyedEmit<K, Output>& emit) {
    emit(std::invoke(mapper_, state, std::move(value)));
  }

 private:
  F mapper_;
};

}  // namespace detail

namespace op {

/// What `stateful_map` returns.
template <typename Mapper>
struct [[nodiscard]] StatefulMap {
  static constexpr bool kKeepsState = true;
  std::string step_id;
  Mapper mapper;

  template <typename T>
  auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "stateful_map: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      using F = detail::Logic<Mapper>;
      static_assert(detail::MapsState<F, V>, "stateful_map: mapper must be callable as W(std::optional<State>&, V)");
      if constexpr (detail::MapsState<F, V>) {
        auto make = [mapper = std::move(mapper)](const WorkerContext& worker) {
          return detail::StatefulMapLogic<F, V>{detail::make_logic(mapper, worker)};
        };
        return Stateful<PerWorker<decltype(make)>>{std::move(step_id), {std::move(make)}, "stateful_map"}.apply(up);
      }
    }
  }
};

/// Replaces each value by what `mapper` makes of it and of its key's state, which it may change.
///
///     clicks | op::stateful_map("nth", [](std::optional<int>& seen, Click click) {
///       seen = seen.value_or(0) + 1;
///       return Nth{*seen, std::move(click)};
///     })
///
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param mapper   `W(std::optional<State>&, V)`, for each value of a key, in arrival order. The state is empty for a
///                 key that is not known; one that it leaves empty drops the key.
/// @return         turns a `KeyedStream<K, V>` into a `KeyedStream<K, W>`: one item for each item
/// @throws BuildError  where the pipe is written, if `step_id` is taken; StepError from `run()` if the mapper throws
/// @remark State: one `State` for each key that has one.
/// @see Bytewax 0.21, operator `stateful_map`.
template <typename Mapper>
StatefulMap<Mapper> stateful_map(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

/// What `stateful_flat_map` returns.
template <typename Mapper>
struct [[nodiscard]] StatefulFlatMap {
  static constexpr bool kKeepsState = true;
  static constexpr bool kLogicInFirstStep = true;
  std::string step_id;
  Mapper mapper;

  template <typename T>
  auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "stateful_flat_map: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      static_assert(detail::MapsState<detail::Logic<Mapper>, V>,
                    "stateful_flat_map: mapper must be callable as a range of W, (std::optional<State>&, V)");
      if constexpr (detail::MapsState<detail::Logic<Mapper>, V>) {
        return apply_to_mapped<V>(up);
      }
    }
  }

 private:
  template <typename V, typename T>
  auto apply_to_mapped(const Stream<T>& up) {
    using F = detail::Logic<Mapper>;
    static_assert(std::ranges::input_range<detail::StateMapped<F, V>>,
                  "stateful_flat_map: mapper must return a range of new values; with one value use op::stateful_map");
    if constexpr (std::ranges::input_range<detail::StateMapped<F, V>>) {
      const std::string items_id = step_id + ".items";
      auto make = [mapper = std::move(mapper)](const WorkerContext& worker) {
        return detail::StatefulMapLogic<F, V>{detail::make_logic(mapper, worker)};
      };
      return Stateful<PerWorker<decltype(make)>>{std::move(step_id), {std::move(make)}, "stateful_flat_map"}.apply(up) |
             flat_map_value(items_id, [](auto range) { return range; });
    }
  }
};

/// Replaces each value by the elements of the range that `mapper` makes of it and of its key's state, which it may
/// change.
///
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param mapper   `(std::optional<State>&, V)` returning a range of `W`, for each value of a key, in arrival order.
///                 The state is empty for a key that is not known; one that it leaves empty drops the key.
/// @return         turns a `KeyedStream<K, V>` into a `KeyedStream<K, W>`
/// @throws BuildError  where the pipe is written, if `step_id` is taken; StepError from `run()` if the mapper throws
/// @remark State: one `State` for each key that has one. A nested step, `step_id.items`, emits the elements, and goes
/// on
///         later where there is no room.
/// @see Bytewax 0.21, operator `stateful_flat_map`.
template <typename Mapper>
StatefulFlatMap<Mapper> stateful_flat_map(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

}  // namespace op
}  // namespace weir
