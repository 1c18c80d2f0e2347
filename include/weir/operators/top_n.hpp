#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/errors.hpp"
#include "weir/operators/aggregate_final.hpp"
#include "weir/stateful.hpp"

namespace weir {

namespace detail {

template <typename V, typename By>
class TopNLogic {
 public:
  using State = std::vector<V>;
  using Output = std::vector<V>;

  explicit TopNLogic(agg::TopN<By> aggregator) : aggregator_{std::move(aggregator)} {}

  template <typename K>
  void on_item(const K& /*key*/, std::optional<State>& greatest, V&& value, KeyedEmit<K, Output>& emit) {
    if (!greatest) {
      greatest.emplace(aggregator_.first(std::move(value)));
    } else {
      const bool fewer = aggregator_.keep_n(*greatest);
      if (!aggregator_.add(*greatest, std::move(value)) && !fewer) {
        return;
      }
    }
    emit(*greatest);
  }

 private:
  agg::TopN<By> aggregator_;
};

/// @throws BuildError  if `n` is 0
inline void check_top_n(const std::string& step_id, std::size_t n) {
  if (n == 0) {
    throw BuildError{"step \"" + step_id + "\": the 0 greatest values are none; n must be at least 1"};
  }
}

}  // namespace detail

namespace op {

/// The result of `top_n`.
template <typename By>
struct [[nodiscard]] TopN {
  static constexpr bool kKeepsState = true;  ///< keeps a state for every key, so an error policy needs `copy_before`
  std::string step_id;                       ///< as `top_n` takes it
  std::size_t n;                             ///< as `top_n` takes it
  By by;                                     ///< as `top_n` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | top_n(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>, "top_n: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      static_assert(copyable<V>,
                    "top_n: the greatest values are emitted each time they change, so values must be copyable; "
                    "op::top_n_final emits them once");
      static_assert(AggregatorOf<agg::TopN<detail::Logic<By>>, V> || !copyable<V>,
                    "top_n: by must be callable as B(const V&), and what it returns must be comparable by <");
      if constexpr (copyable<V> && AggregatorOf<agg::TopN<detail::Logic<By>>, V>) {
        auto make = [n = n, by = std::move(by)](const WorkerContext& worker) {
          return detail::TopNLogic<V, detail::Logic<By>>{{n, detail::make_logic(by, worker)}};
        };
        return Stateful<PerWorker<decltype(make)>>{
            std::move(step_id), {std::move(make)}, "top_n", detail::settings_of_top_n(n)}
            .apply(up);
      }
    }
  }
};

/// Keeps the `n` greatest values of each key and emits `(key, greatest values)` each time they change.
///
///     sales | op::top_n("leaders", 3, &Sale::cents)   // (shop, its largest sales so far, the largest first)
///
/// Values are ordered by `<` on the results of `by`, greatest first, and NaN last. Of equal values the earliest goes
/// first, and a later one does not displace it.
/// @param step_id  unique in the dataflow; names this step in snapshots
/// @param n        at least 1; each change emits a copy of as many values
/// @param by       `B(const V&)`, or a member; values are compared by its result
/// @return         turns a `KeyedStream<K, V>` into a `KeyedStream<K, std::vector<V>>`: at most one item for each item,
///                 with `n` values, or fewer while the key has not had as many
/// @throws BuildError  from this call, if `n` is 0; from `operator|`, if `step_id` is taken. StepError from `run()` if
///                     `by` throws
/// @remark State: at most `n` values for each key that ever came; `op::time_to_live` bounds the keys. A run may resume
///         with a smaller `n`: the next value of a key then cuts its values. It cannot resume with a larger one, since
///         the additional values are gone.
/// @see Flink SQL, Top-N, whose result changes as rows come.
template <typename By = std::identity>
TopN<By> top_n(std::string step_id, std::size_t n, By by = {}) {
  detail::check_top_n(step_id, n);
  return {std::move(step_id), n, std::move(by)};
}

/// Emits `(key, greatest values)` with each key's `n` greatest values at the end of the input, as `agg::TopN` does.
///
///     sales | op::top_n_final("largest", 3, &Sale::cents)
///
/// @param n   at least 1
/// @param by  values are compared by its result
/// @throws BuildError  from this call, if `n` is 0
/// @see Apache Beam, `Top.largestPerKey`.
template <typename By = std::identity>
auto top_n_final(std::string step_id, std::size_t n, By by = {}) {
  detail::check_top_n(step_id, n);
  return detail::aggregate_by(
      std::move(step_id), "top_n_final",
      [n, by = std::move(by)](WorkerContext worker) {
        return agg::TopN<detail::Logic<By>>{n, detail::make_logic(by, worker)};
      },
      detail::settings_of_top_n(n));
}

}  // namespace op
}  // namespace weir
