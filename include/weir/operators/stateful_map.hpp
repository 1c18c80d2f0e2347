#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/containers/is_optional.hpp"
#include "weir/detail/graph/self_contained.hpp"
#include "weir/detail/graph/signature.hpp"
#include "weir/operators/flat_map.hpp"
#include "weir/stateful.hpp"

namespace weir::detail {

/// The state that a mapper names as its first parameter, a `std::optional<State>&`.
template <typename F>
struct MapperState;
template <typename F>
  requires(graph::HasSignature<F> && containers::IsOptional<graph::FirstArgument<F>>::value)
struct MapperState<F> {
  using type = typename graph::FirstArgument<F>::value_type;
};

/// A callable `(std::optional<State>&, V)` that is not overloaded. One that takes the state by value does not fit.
template <typename F, typename V>
concept MapsState = requires {
  typename MapperState<F>::type;
} && std::invocable<F&, std::optional<typename MapperState<F>::type>&, V> && !graph::kReadsParameter<0, F>;

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

/// A range together with the value that it may refer to.
template <typename Range, typename V>
struct RangeOfValue {
  std::unique_ptr<V> value;
  Range range;

  auto begin() { return std::ranges::begin(range); }
  auto end() { return std::ranges::end(range); }
};

}  // namespace weir::detail

/// @cond
// The elements of a view are not moved from.
template <typename Range, typename V>
inline constexpr bool std::ranges::enable_view<weir::detail::RangeOfValue<Range, V>> = std::ranges::view<Range>;
/// @endcond

namespace weir {
namespace detail {

/// The result of a `stateful_flat_map` mapper while it waits for the step that emits its elements. By then the state
/// may have changed, and the value is gone. So a view with an end is read at once, and a range that may refer to the
/// value is stored together with it.
template <typename F, typename V>
struct ElementsLater {
  using Range = StateMapped<F, V>;
  static constexpr bool kCollected = graph::kCollects<Range>;
  using Elements =
      typename std::conditional_t<kCollected, graph::CollectedFrom<Range>, std::type_identity<Range>>::type;
  static constexpr bool kKeepsValue = !graph::kTakesByValue<F, 1> && !graph::kSelfContained<Elements>;
  using Output = std::conditional_t<kKeepsValue, RangeOfValue<Elements, V>, Elements>;

  template <typename Map>
  static Output make(V&& value, Map map) {
    if constexpr (kKeepsValue) {
      auto kept = std::make_unique<V>(std::move(value));
      Elements elements = elements_of(map(std::move(*kept)));
      return {std::move(kept), std::move(elements)};
    } else {
      return elements_of(map(std::move(value)));
    }
  }

 private:
  static Elements elements_of(Range&& range) {
    if constexpr (kCollected) {
      return graph::collected(std::move(range));
    } else {
      return std::move(range);
    }
  }
};

template <typename F, typename V>
class StatefulFlatMapLogic {
 public:
  using State = typename MapperState<F>::type;
  using Output = typename ElementsLater<F, V>::Output;

  explicit StatefulFlatMapLogic(F mapper) : mapper_{std::move(mapper)} {}

  template <typename K>
  void on_item(const K& /*key*/, std::optional<State>& state, V&& value, KeyedEmit<K, Output>& emit) {
    emit(ElementsLater<F, V>::make(std::move(value), [&](V&& argument) -> StateMapped<F, V> {
      return std::invoke(mapper_, state, std::move(argument));
    }));
  }

 private:
  F mapper_;
};

}  // namespace detail

namespace op {

/// The result of `stateful_map`.
template <typename Mapper>
struct [[nodiscard]] StatefulMap {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `stateful_map` takes it
  Mapper mapper;                             ///< as `stateful_map` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | stateful_map(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "stateful_map: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      using F = detail::Logic<Mapper>;
      static_assert(
          detail::MapsState<F, V>,
          "stateful_map: mapper must be callable as W(std::optional<State>&, V), with the state by reference");
      if constexpr (detail::MapsState<F, V>) {
        auto make = [mapper = std::move(mapper)](const WorkerContext& worker) {
          return detail::StatefulMapLogic<F, V>{detail::make_logic(mapper, worker)};
        };
        return Stateful<PerWorker<decltype(make)>>{std::move(step_id), {std::move(make)}, "stateful_map"}.apply(up);
      }
    }
  }
};

/// Replaces each value by the result of `mapper` for it and its key's state, which `mapper` may change.
///
///     clicks | op::stateful_map("nth", [](std::optional<int>& seen, Click click) {
///       seen = seen.value_or(0) + 1;
///       return Nth{*seen, std::move(click)};
///     })
///
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param mapper   `W(std::optional<State>&, V)`, for each value of a key, in arrival order. The state is empty for an
///                 unknown key. A state that it leaves empty drops the key.
/// @return         turns a `KeyedStream<K, V>` into a `KeyedStream<K, W>`: one item for each item
/// @throws BuildError  from `operator|`, if `step_id` is taken; StepError from `run()` if the mapper throws
/// @remark State: one `State` for each key that has one.
/// @see Bytewax 0.21, operator `stateful_map`.
template <typename Mapper>
StatefulMap<Mapper> stateful_map(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

/// The result of `stateful_flat_map`.
template <typename Mapper>
struct [[nodiscard]] StatefulFlatMap {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  static constexpr bool kLogicInFirstStep = true;  ///< made of several steps: an error policy covers the first
  std::string step_id;                             ///< as `stateful_flat_map` takes it
  Mapper mapper;                                   ///< as `stateful_flat_map` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | stateful_flat_map(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "stateful_flat_map: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      static_assert(
          detail::MapsState<detail::Logic<Mapper>, V>,
          "stateful_flat_map: mapper must be callable as a range of W, (std::optional<State>&, V), with the state by "
          "reference");
      if constexpr (detail::MapsState<detail::Logic<Mapper>, V>) {
        return apply_to_mapped<V>(up);
      }
    }
  }

 private:
  template <typename V, typename T>
  [[gnu::cold]] auto apply_to_mapped(const Stream<T>& up) {
    using F = detail::Logic<Mapper>;
    static_assert(std::ranges::input_range<detail::StateMapped<F, V>>,
                  "stateful_flat_map: mapper must return a range of new values; with one value use op::stateful_map");
    if constexpr (std::ranges::input_range<detail::StateMapped<F, V>>) {
      const std::string items_id = step_id + ".items";
      auto make = [mapper = std::move(mapper)](const WorkerContext& worker) {
        return detail::StatefulFlatMapLogic<F, V>{detail::make_logic(mapper, worker)};
      };
      return Stateful<PerWorker<decltype(make)>>{std::move(step_id), {std::move(make)}, "stateful_flat_map"}.apply(up) |
             flat_map_value(items_id, detail::ItemItself{});
    }
  }
};

/// Replaces each value by the elements of the range that `mapper` returns for it and its key's state, which `mapper`
/// may change.
///
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param mapper   `(std::optional<State>&, V)` returning a range of `W`, for each value of a key, in arrival order.
///                 The state is empty for an unknown key. A state that it leaves empty drops the key.
/// @return         turns a `KeyedStream<K, V>` into a `KeyedStream<K, W>`
/// @throws BuildError  from `operator|`, if `step_id` is taken; StepError from `run()` if the mapper throws
/// @remark State: one `State` for each key that has one. A nested step, `step_id.items`, emits the elements, and
///         resumes later where there is no room. The range may refer to the value. It may refer to the state if it is a
///         view with an end, which is read at once. A generator must not refer to the state, since that may change
///         before it is read.
/// @see Bytewax 0.21, operator `stateful_flat_map`.
template <typename Mapper>
StatefulFlatMap<Mapper> stateful_flat_map(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

}  // namespace op
}  // namespace weir
