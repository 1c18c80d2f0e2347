#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/containers/value_order.hpp"
#include "weir/detail/snapshot/state_settings.hpp"
#include "weir/reducer.hpp"

namespace weir {

/// What folds values of type `V` into one result, a value at a time:
///
///     State first(V&& value)               the state that one value makes
///     void add(State& so_far, V&& value)
///     void merge(State& so_far, State&& other)   optional; what two states that saw different values are together
///     void subtract(State& so_far, const State& part)   optional; takes off again what was merged
///     Output result(State&& so_far)
///
/// `first` and `result` say by what they return which types these are. weir's own are in `weir::agg`.
template <typename A, typename V>
concept AggregatorOf = std::move_constructible<A> && requires(A& aggregator, V&& value) {
  { aggregator.first(std::move(value)) } -> std::movable;
} && requires(A& aggregator, decltype(aggregator.first(std::declval<V>()))& so_far, V&& value) {
  aggregator.add(so_far, std::move(value));
  { aggregator.result(std::move(so_far)) } -> std::movable;
};

/// The state that an aggregator keeps for values of type `V`.
template <typename A, typename V>
using AggregateState = std::remove_cvref_t<decltype(std::declval<A&>().first(std::declval<V>()))>;

/// What an aggregator makes of its state `S` in the end.
template <typename A, typename S>
using AggregateResult = std::remove_cvref_t<decltype(std::declval<A&>().result(std::declval<S>()))>;

/// An aggregator whose states can be merged, so that values may be folded apart before they meet.
///
/// Where it is `combined()`, what it computes must not depend on the order of the values. Sessions that meet and the
/// panes of sliding windows are merged in the order of their times: `so_far` is what the earlier part made, `other`
/// what the later one did, each of its values in their order of arrival. Only what was late for some of its sliding
/// windows may be merged behind parts that are later.
template <typename A, typename V>
concept MergeableAggregatorOf =
    AggregatorOf<A, V> && requires(A& aggregator, AggregateState<A, V>& so_far, AggregateState<A, V>&& other) {
      aggregator.merge(so_far, std::move(other));
    };

/// An aggregator whose states can be taken off again: `subtract` with a part that was merged leaves exactly what the
/// others come to. Sliding windows need less time and memory then. Sums of floats are not such: their errors would grow
/// for as long as the windows of a key go on.
template <typename A, typename V>
concept InvertibleAggregatorOf =
    MergeableAggregatorOf<A, V> && requires(A& aggregator, AggregateState<A, V>& so_far,
                                            const AggregateState<A, V>& part) { aggregator.subtract(so_far, part); };

namespace agg {

/// How many values there are.
struct Count {
  template <typename V>
  std::uint64_t first(const V& /*value*/) const noexcept {
    return 1;
  }
  template <typename V>
  void add(std::uint64_t& count, const V& /*value*/) const noexcept {
    ++count;
  }
  void merge(std::uint64_t& count, std::uint64_t other) const noexcept { count += other; }
  void subtract(std::uint64_t& count, std::uint64_t part) const noexcept { count -= part; }
  std::uint64_t result(std::uint64_t count) const noexcept { return count; }
};

namespace detail {
// A sum of floating-point numbers, and what was rounded off.
template <std::floating_point F>
struct CompensatedSum {
  F sum = 0;
  F lost = 0;

  void add(F value) noexcept {
    const F total = sum + value;
    const F added = total - sum;
    lost += (sum - (total - added)) + (value - added);
    sum = total;
  }
  void merge(const CompensatedSum& other) noexcept {
    add(other.sum);
    lost += other.lost;
  }
  [[nodiscard]] F value() const noexcept { return std::isfinite(sum) ? sum + lost : sum; }
};

template <typename S>
inline constexpr bool kIsCompensated = false;
template <typename F>
inline constexpr bool kIsCompensated<CompensatedSum<F>> = true;

template <typename V>
struct SumOf {
  using type = V;
};
template <typename V>
  requires std::floating_point<V>
struct SumOf<V> {
  using type = CompensatedSum<double>;
};
template <typename V>
  requires std::signed_integral<V>
struct SumOf<V> {
  using type = std::int64_t;
};
template <typename V>
  requires std::unsigned_integral<V>
struct SumOf<V> {
  using type = std::uint64_t;
};
template <>
struct SumOf<long double> {
  using type = CompensatedSum<long double>;
};
}  // namespace detail

/// The values' sum, by `+=`. Integers are added up in 64 bits and wrap around there.
///
/// Floating-point numbers are added up in double, or in long double, with what each addition rounds off kept beside: so
/// the order in which they come, how they are dealt to workers, and panes change the result in its last bit at most; in
/// more where they cancel out to less than some 2^-50 of the greatest, or where a sum on the way overflows.
/// @see A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, 1974; T. Ogita et al.,
///      Accurate sum and dot product, 2005
struct Sum {
  template <typename V>
  typename detail::SumOf<V>::type first(V value) const {
    static_assert(
        std::floating_point<V> || requires(V& sum, V&& next) { sum += std::move(next); },
        "sum: the values must be numbers, or have +=; add up a member by naming it, or use op::reduce_final");
    if constexpr (std::floating_point<V>) {
      return {value};
    } else {
      return static_cast<typename detail::SumOf<V>::type>(std::move(value));
    }
  }
  template <typename S, typename V>
  void add(S& sum, V value) const {
    if constexpr (std::floating_point<V>) {
      sum.add(value);
    } else {
      merge(sum, first(std::move(value)));
    }
  }
  template <typename S>
  void merge(S& sum, S other) const {
    if constexpr (detail::kIsCompensated<S>) {
      sum.merge(other);
    } else if constexpr (std::signed_integral<S>) {  // whose overflow is not defined
      sum = static_cast<S>(static_cast<std::uint64_t>(sum) + static_cast<std::uint64_t>(other));
    } else if constexpr (requires { sum += std::move(other); }) {  // else `first` says what is wrong
      sum += std::move(other);
    }
  }
  template <std::integral S>
  void subtract(S& sum, S part) const noexcept {
    sum = static_cast<S>(static_cast<std::uint64_t>(sum) - static_cast<std::uint64_t>(part));
  }
  template <typename S>
  S result(S sum) const {
    return sum;
  }
  template <typename F>
  F result(detail::CompensatedSum<F> sum) const {
    return sum.value();
  }
};

namespace detail {
// Keeps the value that goes before all others.
template <typename By, typename GoesBefore>
struct Extreme {
  By by{};

  template <typename V>
  V first(V value) const {
    static_cast<void>(
        std::invoke(by, std::as_const(value)));  // what it throws is this value's fault, not the next one's
    return value;
  }
  template <typename V>
  void add(V& best, V value) const {
    if (GoesBefore{}(std::invoke(by, std::as_const(value)), std::invoke(by, std::as_const(best)))) {
      best = std::move(value);
    }
  }
  template <typename V>
  void merge(V& best, V other) const {
    add(best, std::move(other));
  }
  template <typename V>
  V result(V best) const {
    return best;
  }
};
}  // namespace detail

/// The least value, by `<` on what `by` makes of it; of several the one that came first. (Which one comes first is
/// known only for values of one source partition.)
///
/// Floating-point numbers, also in pairs, tuples, optionals and containers, have one order for all values: NaN comes
/// last, so it is the result only where there is nothing else, and a negative zero is less than a positive one.
template <typename By = std::identity>
struct Min : detail::Extreme<By, weir::detail::containers::GoesBefore<false>> {};

/// The greatest value, as `Min` the least. NaN comes last here too.
template <typename By = std::identity>
struct Max : detail::Extreme<By, weir::detail::containers::GoesBefore<true>> {};

namespace detail {
template <typename By, typename V>
concept OrdersValues = requires(const By& by, const V& value) {
  { std::invoke(by, value) < std::invoke(by, value) } -> std::convertible_to<bool>;
};
}  // namespace detail

/// The `n` greatest values, greatest first, by `<` on what `by` makes of them. Of equal ones the one that came first
/// goes first, and stays where there is no room for both. (Which one comes first is known only for values of one source
/// partition.) Floating-point numbers are ordered as by `Max`, so NaN comes last.
///
///     sales | op::aggregate_final("largest", weir::agg::TopN{3, &Sale::cents})
template <typename By = std::identity>
struct TopN {
  std::size_t n;
  By by{};

  template <typename V>
    requires detail::OrdersValues<By, V>
  std::vector<V> first(V value) const {
    std::vector<V> greatest;
    static_cast<void>(std::invoke(by, std::as_const(value)));  // as in `Extreme`
    add(greatest, std::move(value));
    return greatest;
  }
  /// Says whether the value is among the greatest now.
  template <typename V>
  bool add(std::vector<V>& greatest, V value) const {
    keep_n(greatest);
    const auto place = std::upper_bound(greatest.begin(), greatest.end(), value, goes_before<V>());
    if (greatest.size() < n) {
      greatest.insert(place, std::move(value));
      return true;
    }
    if (place == greatest.end()) {
      return false;
    }
    greatest.back() = std::move(value);
    std::rotate(place, greatest.end() - 1, greatest.end());
    return true;
  }
  template <typename V>
  void merge(std::vector<V>& greatest, std::vector<V> other) const {
    std::vector<V> own = std::exchange(greatest, {});
    greatest.reserve(own.size() + other.size());
    std::merge(std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()),
               std::make_move_iterator(other.begin()), std::make_move_iterator(other.end()),
               std::back_inserter(greatest), goes_before<V>());
    keep_n(greatest);
  }
  template <typename V>
  std::vector<V> result(std::vector<V> greatest) const {
    keep_n(greatest);
    return greatest;
  }
  /// Drops those that are too many, as a state has them that an earlier run kept with a larger `n`.
  /// @return  whether there were any
  template <typename V>
  bool keep_n(std::vector<V>& greatest) const {
    if (greatest.size() <= n) {
      return false;
    }
    greatest.erase(greatest.begin() + static_cast<std::ptrdiff_t>(n), greatest.end());
    return true;
  }

 private:
  template <typename V>
  auto goes_before() const {
    return [this](const V& a, const V& b) {
      return weir::detail::containers::GoesBefore<true>{}(std::invoke(by, a), std::invoke(by, b));
    };
  }
};

/// The arithmetic mean, in double; its sum is as `Sum` adds up floating-point numbers, so the order of the values
/// changes the last bit at most, as it does that of `Sum`.
struct Mean {
  struct State {
    detail::CompensatedSum<double> sum;
    std::uint64_t count = 0;
  };

  template <typename V>
    requires std::is_arithmetic_v<V>
  State first(V value) const noexcept {
    return {{static_cast<double>(value)}, 1};
  }
  template <typename V>
    requires std::is_arithmetic_v<V>
  void add(State& so_far, V value) const noexcept {
    so_far.sum.add(static_cast<double>(value));
    ++so_far.count;
  }
  void merge(State& so_far, const State& other) const noexcept {
    so_far.sum.merge(other.sum);
    so_far.count += other.count;
  }
  double result(const State& so_far) const noexcept { return so_far.sum.value() / static_cast<double>(so_far.count); }
};

/// What another aggregator makes of a part of each value.
///
///     agg::Of{&Reading::celsius, agg::Mean{}}
template <typename By, typename Aggregator>
struct Of {
  By by{};
  Aggregator aggregator{};

  template <typename V>
  using Part = std::remove_cvref_t<std::invoke_result_t<const By&, const V&>>;

  template <typename V>
    requires std::invocable<const By&, const V&> && AggregatorOf<Aggregator, Part<V>>
  auto first(const V& value) {
    return aggregator.first(Part<V>{std::invoke(by, value)});
  }
  template <typename S, typename V>
  void add(S& so_far, const V& value) {
    aggregator.add(so_far, Part<V>{std::invoke(by, value)});
  }
  template <typename S>
    requires requires(Aggregator& merging, S& so_far, S&& other) { merging.merge(so_far, std::move(other)); }
  void merge(S& so_far, S other) {
    aggregator.merge(so_far, std::move(other));
  }
  template <typename S>
    requires requires(Aggregator& subtracting, S& so_far, const S& part) { subtracting.subtract(so_far, part); }
  void subtract(S& so_far, const S& part) {
    aggregator.subtract(so_far, part);
  }
  template <typename S>
  auto result(S so_far) {
    return aggregator.result(std::move(so_far));
  }
};

/// All values, in the order in which they came; where states are merged, part by part, as `MergeableAggregatorOf`
/// tells.
struct Collect {
  template <typename V>
  std::vector<V> first(V value) const {
    std::vector<V> values;
    values.push_back(std::move(value));
    return values;
  }
  template <typename V>
  void add(std::vector<V>& values, V value) const {
    values.push_back(std::move(value));
  }
  template <typename V>
  void merge(std::vector<V>& values, std::vector<V> others) const {
    values.insert(values.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
  }
  template <typename V>
  std::vector<V> result(std::vector<V> values) const {
    return values;
  }
};

/// What a `ReducerOf` the values makes of them, beginning with the first. Where states are merged, as
/// `MergeableAggregatorOf` tells, it reduces what the parts made, so it must be associative there.
template <typename Reducer>
struct Reduce {
  Reducer reducer;

  template <typename V>
    requires ReducerOf<Reducer, V>
  V first(V value) const {
    return value;
  }
  template <typename V>
  void add(V& so_far, V value) {
    if constexpr (ReducesInPlace<Reducer, V>) {
      std::invoke(reducer, so_far, std::move(value));
    } else {
      so_far = static_cast<V>(std::invoke(reducer, std::move(so_far), std::move(value)));
    }
  }
  template <typename V>
  void merge(V& so_far, V other) {
    add(so_far, std::move(other));
  }
  template <typename V>
  V result(V so_far) const {
    return so_far;
  }
};

/// What `folder(State&, V)` makes of `initial()`, value by value. Cannot be merged.
template <typename Initial, typename Folder>
struct Fold {
  Initial initial;
  Folder folder;

  template <typename V>
    requires FolderOf<Folder, std::remove_cvref_t<std::invoke_result_t<Initial&>>, V>
  std::remove_cvref_t<std::invoke_result_t<Initial&>> first(V&& value) {
    auto so_far = std::invoke(initial);
    std::invoke(folder, so_far, std::forward<V>(value));
    return so_far;
  }
  template <typename S, typename V>
  void add(S& so_far, V&& value) {
    std::invoke(folder, so_far, std::forward<V>(value));
  }
  template <typename S>
  S result(S so_far) const {
    return so_far;
  }
};

/// The same with `merger(State&, State&&)`.
template <typename Initial, typename Folder, typename Merger>
struct MergeableFold : Fold<Initial, Folder> {
  Merger merger;

  template <typename S, std::same_as<S> Other>
    requires FolderOf<Merger, S, Other>
  void merge(S& so_far, Other&& other) {
    std::invoke(merger, so_far, std::forward<Other>(other));
  }
};

}  // namespace agg

namespace detail {

inline snapshot::StateSettings settings_of_top_n(std::size_t n) {
  return snapshot::StateSettings{}.at_most("n", static_cast<std::int64_t>(std::min<std::size_t>(n, INT64_MAX)));
}

/// What the states of an aggregator depend on beside their type.
template <typename A>
snapshot::StateSettings settings_of(const A& aggregator) {
  if constexpr (requires { aggregator.settings(); }) {
    return aggregator.settings();
  } else {
    return {};
  }
}
template <typename By>
snapshot::StateSettings settings_of(const agg::TopN<By>& top) {
  return settings_of_top_n(top.n);
}
template <typename By, typename A>
snapshot::StateSettings settings_of(const agg::Of<By, A>& of) {
  return settings_of(of.aggregator);
}

}  // namespace detail
}  // namespace weir
