#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>

#include "weir/key.hpp"
#include "weir/stateful.hpp"

namespace weir {

namespace detail {

template <typename V, typename By>
class DistinctLogic {
  using Compared = std::remove_cvref_t<std::invoke_result_t<By&, const V&>>;

 public:
  using State = boost::unordered_flat_set<Compared, SeededKeyHash<Compared>>;
  using Output = V;

  explicit DistinctLogic(By by) : by_{std::move(by)} {}

  template <typename K>
  void on_item(const K& /*key*/, std::optional<State>& seen, V&& value, KeyedEmit<K, V>& emit) {
    if (!seen) {
      seen.emplace();
    }
    if (seen->insert(std::invoke(by_, std::as_const(value))).second) {
      emit(std::move(value));
    }
  }

 private:
  By by_;
};

}  // namespace detail

namespace op {

/// The result of `distinct`.
template <typename By>
struct [[nodiscard]] Distinct {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `distinct` takes it
  By by;                                     ///< as `distinct` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | distinct(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "distinct: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      static_assert(std::invocable<detail::Logic<By>&, const V&>, "distinct: by must be callable as B(const V&)");
      if constexpr (std::invocable<detail::Logic<By>&, const V&>) {
        using Compared = std::remove_cvref_t<std::invoke_result_t<detail::Logic<By>&, const V&>>;
        static_assert(Key<Compared>,
                      "distinct: what values are compared by must be a key: text, an integer, an enum, a point in "
                      "time, a pair or tuple "
                      "of them, or a type that opts in by weir_key; a floating-point number is none");
        if constexpr (Key<Compared>) {
          auto make = [by = std::move(by)](const WorkerContext& worker) {
            return detail::DistinctLogic<V, detail::Logic<By>>{detail::make_logic(by, worker)};
          };
          return Stateful<PerWorker<decltype(make)>>{std::move(step_id), {std::move(make)}, "distinct"}.apply(up);
        }
      }
    }
  }
};

/// Emits a value the first time that it comes under its key, and drops it afterwards.
///
///     visits | op::distinct("pages")                    // (user, page): each page once for each user
///     visits | op::distinct("sites", &Visit::site)      // the first visit of each site
///
/// Emitted items keep their order. For ids that are unique in the whole stream use `op::deduplicate`, which spreads
/// them over the workers and keeps each as a key of its own.
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param by       `B(const V&)`, or a member; values are compared by its result, which must be a `Key`. The default is
///                 the value itself.
/// @return         turns a `KeyedStream<K, V>` into a `KeyedStream<K, V>`: at most one item for each item
/// @throws BuildError  from `operator|`, if `step_id` is taken; StepError from `run()` if `by` throws
/// @remark State: for each key the set of all results of `by` so far. It only grows, and a snapshot writes the whole
///         set of each key that had items. `op::time_to_live` forgets keys without new items.
/// @see SQL, `SELECT DISTINCT`; Apache Beam, `Distinct.withRepresentativeValueFn`.
template <typename By = std::identity>
Distinct<By> distinct(std::string step_id, By by = {}) {
  return {std::move(step_id), std::move(by)};
}

}  // namespace op
}  // namespace weir
