#pragma once

#include <chrono>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weir/detail/time/duration.hpp"
#include "weir/detail/windows/window_checks.hpp"
#include "weir/stateful.hpp"

namespace weir {

namespace detail {

template <typename V>
class CollectLogic {
 public:
  using State = std::vector<V>;
  using Output = std::vector<V>;

  CollectLogic(std::size_t max_items, std::chrono::nanoseconds timeout) : max_items_{max_items}, timeout_{timeout} {}

  template <typename K>
  void on_item(const K& /*key*/, std::optional<State>& values, V&& value, KeyedEmit<K, Output>& emit,
               Timers& timers) const {
    if (!values) {
      values.emplace();
      timers.set_system(later(timers.system_time(), timeout_));
    }
    values->push_back(std::move(value));
    emit_full(values, emit);
  }

  template <typename K>
  void on_timer(const K& /*key*/, std::optional<State>& values, const Timer& /*timer*/, KeyedEmit<K, Output>& emit,
                Timers& /*timers*/) const {
    emit_all(values, emit);
  }

  template <typename K>
  void on_end(const K& /*key*/, std::optional<State>& values, KeyedEmit<K, Output>& emit) const {
    emit_all(values, emit);
  }

 private:
  template <typename K>
  void emit_full(std::optional<State>& values, KeyedEmit<K, Output>& emit) const {
    while (values->size() > max_items_) {  // as an earlier run with larger vectors left them
      const auto rest = values->begin() + static_cast<std::ptrdiff_t>(max_items_);
      emit(State(std::make_move_iterator(values->begin()), std::make_move_iterator(rest)));
      values->erase(values->begin(), rest);
    }
    if (values->size() == max_items_) {
      emit(std::move(*values));
      values.reset();
    }
  }

  template <typename K>
  void emit_all(std::optional<State>& values, KeyedEmit<K, Output>& emit) const {
    emit_full(values, emit);
    if (values) {
      emit(std::move(*values));
      values.reset();
    }
  }

  std::size_t max_items_;
  std::chrono::nanoseconds timeout_;
};

}  // namespace detail

namespace op {

/// The result of `collect`.
struct [[nodiscard]] Collect {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `collect` takes it
  std::size_t max_items;                     ///< as `collect` takes it
  std::chrono::nanoseconds timeout;          ///< as `collect` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | collect(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "collect: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using Logic = detail::CollectLogic<typename T::second_type>;
      detail::windows::check_at_least_one(step_id, "max_items", max_items);
      if (timeout != std::chrono::nanoseconds::max()) {
        detail::time::check_duration(step_id, "timeout", timeout);
      }
      return Stateful<Logic>{std::move(step_id), Logic{max_items, timeout}, "collect"}.apply(up);
    }
  }
};

/// Gathers the values of each key, and emits them together: `(key, std::vector)`.
///
///     orders | op::collect("parcels", 100, 5s) | op::flat_map_value("send", send_together)
///
/// A key's values are emitted when there are `max_items` of them, when `timeout` has passed since the first of them, or
/// at the end of the input. So the grouping depends on the speed of the input; the order of the values does not.
/// @param step_id    unique in the dataflow; names this step in snapshots
/// @param max_items  at least 1
/// @param timeout    how long a value waits for others, and a little more if the worker is busy; positive, and at most
///                   36 years, or `std::chrono::nanoseconds::max()` for ever
/// @return           turns a `KeyedStream<K, V>` into a `KeyedStream<K, std::vector<V>>`; no vector is empty
/// @throws BuildError  from `operator|`, if `step_id` is taken, `max_items` is 0, or `timeout` is not positive
///                     or longer than 36 years
/// @remark State: the values gathered for each key. A resumed run keeps the times at which they came, and may have
///         another `max_items` and another timeout.
/// @see Bytewax 0.21, operator `collect`; `op::collect_window` gathers by event time.
inline Collect collect(std::string step_id, std::size_t max_items, std::chrono::nanoseconds timeout) {
  return {std::move(step_id), max_items, timeout};
}

}  // namespace op
}  // namespace weir
