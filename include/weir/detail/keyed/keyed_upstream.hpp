#pragma once

#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weir/copyable.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/sides_operator.hpp"
#include "weir/detail/keyed/stateful_operator.hpp"
#include "weir/detail/time/clock_operator.hpp"
#include "weir/stream.hpp"
#include "weir/time.hpp"

namespace weir::detail::keyed {

/// Whether a stream's items come with watermarks.
template <typename T>
[[nodiscard]] bool is_timed(const Stream<T>& stream) {
  return graph::StreamAccess::graph(stream).steps()[graph::StreamAccess::port(stream).step].timed;
}

/// What feeds a keyed step: a stream of values.
template <typename K, typename V>
class KeyedUpstream {
 public:
  static constexpr bool kSides = false;
  using Item = V;
  template <typename F>
  using OperatorFor = OperatorOf<K, V, F>;

  explicit KeyedUpstream(const Stream<std::pair<K, V>>& stream) : stream_{stream} {}

  [[nodiscard]] graph::Graph& graph() const { return graph::StreamAccess::graph(stream_); }

  void feed(graph::StepSpec& step) const { step.read(graph::keyed_input(stream_)); }

  [[nodiscard]] bool timed() const { return is_timed(stream_); }

  /// The same with a clock before it.
  template <typename F>
  [[nodiscard]] auto clocked(const std::string& id, const EventClock<F>& clock) const {
    return KeyedUpstream<K, time::Timed<V>>{time::add_clock<time::ValueItsTime>(id + ".clock", stream_, clock)};
  }

 private:
  Stream<std::pair<K, V>> stream_;
};

/// What feeds a keyed step: several streams, whose values it takes as alternatives of a variant.
///
/// @tparam Out  of the variant, or of what a clock makes of it
template <typename K, typename Out, typename... Vs>
class SidesUpstream {
 public:
  static constexpr bool kSides = true;
  using Item = Out;
  template <typename F>
  using OperatorFor = SidesOperator<K, Out, F, Vs...>;

  explicit SidesUpstream(const Stream<std::pair<K, Vs>>&... sides) : sides_{sides...} {}

  [[nodiscard]] graph::Graph& graph() const { return graph::StreamAccess::graph(std::get<0>(sides_)); }

  void feed(graph::StepSpec& step) const {
    std::apply([&step](const auto&... each) { (step.read(side_input(each)), ...); }, sides_);
  }

  [[nodiscard]] bool timed() const {
    return std::apply([](const auto&... each) { return (is_timed(each) && ...); }, sides_);
  }

  /// The same with a clock before each side.
  template <typename F>
  [[nodiscard]] auto clocked(const std::string& id, const EventClock<F>& clock) const {
    std::apply([&](const auto&... each) { (graph().check_same(id, graph::StreamAccess::graph(each)), ...); }, sides_);
    return [&]<std::size_t... kSide>(std::index_sequence<kSide...>) {
      return SidesUpstream<K, time::Timed<Out>, time::Timed<Vs>...>{time::add_clock<time::ValueItsTime>(
          id + ".clock_" + std::to_string(kSide), std::get<kSide>(sides_), clock)...};
    }(std::index_sequence_for<Vs...>{});
  }

 private:
  template <typename V>
  static graph::InputSpec side_input(const Stream<std::pair<K, V>>& side) {
    return graph::partitioning(side) == &graph::kKeyName<K> ? graph::merged_input(side)
                                                            : graph::exchanged_input<exchange::ByKey>(side);
  }

  std::tuple<Stream<std::pair<K, Vs>>...> sides_;
};

template <typename K, typename... Vs>
SidesUpstream<K, std::variant<Vs...>, Vs...> sides_of(const Stream<std::pair<K, Vs>>&... sides) {
  return SidesUpstream<K, std::variant<Vs...>, Vs...>{sides...};
}

/// Adds a keyed step of one or several outputs, all of them partitioned by the key.
/// @tparam LogicArgument  what each worker gets its logic of
/// @tparam Outs           the items of the outputs
/// @param settings        what states mean something else without; a run with others does not resume from them
template <typename K, typename... Outs, typename Upstream, typename LogicArgument>
[[gnu::cold]] std::tuple<Stream<Outs>...> add_keyed_outputs(std::string id, const char* op, const Upstream& up,
                                                            LogicArgument logic,
                                                            snapshot::StateSettings settings = {}) {
  static_assert(HasTraits<Logic<LogicArgument>>);
  using Operator = typename Upstream::template OperatorFor<LogicArgument>;
  graph::KeyedSpec keyed =
      graph::keyed_spec<typename Operator::StateKey, typename Logic<LogicArgument>::State>(std::move(settings));
  keyed.closes_by_time = Logic<LogicArgument>::kTraits.closes_by_time;
  graph::StepSpec step{.id = {}, .op = op, .kind = std::move(keyed)};
  step.id = std::move(id);
  up.feed(step);
  (step.emit(graph::output_of<Outs>(&graph::kKeyName<K>)), ...);
  step.factory = graph::factory_of(
      [logic = std::move(logic)](graph::OperatorParts& parts) { return graph::make_operator<Operator>(parts, logic); });
  graph::Graph& graph = up.graph();
  return graph::StreamAccess::make_all<Outs...>(graph, graph.add(std::move(step)));
}

}  // namespace weir::detail::keyed
