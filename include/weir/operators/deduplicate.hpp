#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/key.hpp"
#include "weir/operators/keys.hpp"
#include "weir/serialize.hpp"
#include "weir/stateful.hpp"

namespace weir {

/// Which of several equal items stays.
enum class Keep : std::uint8_t {
  kFirst,  ///< the first one, known at once
  kLast,   ///< the last one, known at the end of the input
};

namespace detail {

template <typename T>
struct KeepFirstLogic {
  using State = std::monostate;  // present for an id that was seen
  using Output = T;

  template <typename K>
  void on_item(const K& /*id*/, std::optional<State>& seen, T&& item, KeyedEmit<K, T>& emit) const {
    if (!seen) {
      seen.emplace();
      emit(std::move(item));
    }
  }
};

template <typename T>
struct KeepLastLogic {
  using State = T;
  using Output = T;

  template <typename K>
  void on_item(const K& /*id*/, std::optional<T>& last, T&& item, KeyedEmit<K, T>& /*emit*/) const {
    last.emplace(std::move(item));
  }

  template <typename K>
  void on_end(const K& /*id*/, std::optional<T>& last, KeyedEmit<K, T>& emit) const {
    emit(std::move(*last));
    last.reset();
  }
};

}  // namespace detail

namespace op {

/// The result of `deduplicate`.
template <typename By>
struct [[nodiscard]] Deduplicate {
  static constexpr bool kLogicInFirstStep = true;  ///< made of several steps: an error policy covers the first
  std::string step_id;                             ///< as `deduplicate` takes it
  By by;                                           ///< as `deduplicate` takes it
  Keep keep;                                       ///< as `deduplicate` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | deduplicate(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<By>&, const T&>, "deduplicate: by must be callable as Id(const T&)");
    if constexpr (std::invocable<detail::Logic<By>&, const T&>) {
      using Id = std::decay_t<std::invoke_result_t<detail::Logic<By>&, const T&>>;
      static_assert(Key<Id>,
                    "deduplicate: by must return a key: text, an integer, an enum, a point in time, a pair or tuple of "
                    "them, or a type "
                    "that opts in by weir_key; a floating-point number is none");
      static_assert(serializable<T> || !Key<Id>,
                    "deduplicate: items are exchanged by their ids, so they must be serializable: a plain aggregate, "
                    "or a type with cereal's serialize");
      if constexpr (Key<Id> && serializable<T>) {
        const auto by_id = up | key_on(step_id + ".key", std::move(by));
        const std::string item_id = step_id + ".item";
        return (keep == Keep::kFirst ? with(by_id, detail::KeepFirstLogic<T>{})
                                     : with(by_id, detail::KeepLastLogic<T>{})) |
               key_rm(item_id);
      }
    }
  }

 private:
  template <typename T, typename Logic>
  T with(const T& by_id, Logic logic) {
    return Stateful<Logic>{std::move(step_id), std::move(logic), "deduplicate"}.apply(by_id);
  }
};

/// Lets one item of each id through.
///
///     events | op::deduplicate("once", &Event::id)                       // the first one, at once
///     orders | op::deduplicate("newest", &Order::id, weir::Keep::kLast)  // the last one, at the end of the input
///
/// Items are exchanged by their ids. Items of one id keep the order of each source partition, which decides which one
/// is the first or the last; items of different ids may change their order.
/// @param step_id  unique in the dataflow; names this step in snapshots. Nested steps, `step_id.key` and
///                 `step_id.item`, add the id to the item and remove it.
/// @param by       `Id(const T&)`, or a member; the id must be a `Key`
/// @param keep     `Keep::kLast` holds the newest item of each id back until the end of the input
/// @return         turns a `Stream<T>` into a `Stream<T>`
/// @throws BuildError  from `operator|`, if an id of a step is taken; StepError from `run()` if `by` throws
/// @remark State: each id that ever came, or with `Keep::kLast` an item of each; it only grows.
/// @see Flink SQL, deduplication: the row whose `ROW_NUMBER()` is 1, by time upwards or downwards.
template <typename By>
Deduplicate<By> deduplicate(std::string step_id, By by, Keep keep = Keep::kFirst) {
  return {std::move(step_id), std::move(by), keep};
}

}  // namespace op
}  // namespace weir
