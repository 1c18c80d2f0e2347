#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/per_worker.hpp"

namespace weir {

namespace detail {

/// Sends each item to the output of the first predicate that accepts it, else to the last output.
template <typename T, typename... Fs>
class SplitOperator final : public runtime::Receiver<T>, public runtime::PlainOperator {
 public:
  SplitOperator(graph::OperatorParts& parts, const std::tuple<Fs...>& predicates)
      : runtime::PlainOperator{parts.site},
        predicates_{std::apply(
            [&](const Fs&... each) { return std::tuple<Logic<Fs>...>{make_logic(each, parts.site.worker)...}; },
            predicates)} {
    parts.inputs.front() = this;
    for (std::size_t i = 0; i < out_.size(); ++i) {
      out_[i] = &graph::output<T>(parts, i);
    }
  }

  void push(T&& item) override {
    count_item();
    std::size_t to = 0;
    std::apply(
        [&](auto&... predicate) {
          static_cast<void>(
              ((runtime::call(site(), "predicate", predicate, std::as_const(item)) || (++to, false)) || ...));
        },
        predicates_);
    out_[to]->push(std::move(item));
  }

 private:
  std::tuple<Logic<Fs>...> predicates_;
  std::array<runtime::Receiver<T>*, sizeof...(Fs) + 1> out_{};
};

/// An output for each alternative of a variant.
template <typename... Ts>
class AlternativeOutputs {
 public:
  explicit AlternativeOutputs(graph::OperatorParts& parts) {
    [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      out_ = {&graph::output<Ts>(parts, kIndex)...};
    }(std::index_sequence_for<Ts...>{});
  }

  /// Sends the variant's value to the output of its alternative.
  void push(std::variant<Ts...>&& item) const {
    [&]<std::size_t... kIndex>(std::index_sequence<kIndex...>) {
      ((item.index() == kIndex ? std::get<kIndex>(out_)->push(std::get<kIndex>(std::move(item))) : void()), ...);
    }(std::index_sequence_for<Ts...>{});
  }

 private:
  std::tuple<runtime::Receiver<Ts>*...> out_;
};

/// Adds a step of one input with an output for each of these types.
/// @return  their streams
template <typename... Us, typename T, typename Make>
[[gnu::cold]] std::tuple<Stream<Us>...> add_alternatives_step(std::string id, const char* op, const Stream<T>& up,
                                                              Make make) {
  graph::StepSpec step{.id = std::move(id), .op = op};
  step.factory = graph::factory_of(std::move(make));
  step.read(graph::direct_input(up));
  (step.emit(graph::output_of<Us>()), ...);
  graph::Graph& graph = graph::StreamAccess::graph(up);
  return graph::StreamAccess::make_all<Us...>(graph, graph.add(std::move(step)));
}

/// Sends the value of each item, a variant, to the output of its alternative.
template <typename Variant>
class SplitAlternativesOperator;

template <typename... Ts>
class SplitAlternativesOperator<std::variant<Ts...>> final : public runtime::Receiver<std::variant<Ts...>>,
                                                             public runtime::PlainOperator {
 public:
  explicit SplitAlternativesOperator(graph::OperatorParts& parts) : runtime::PlainOperator{parts.site}, out_{parts} {
    parts.inputs.front() = this;
  }

  void push(std::variant<Ts...>&& item) override {
    count_item();
    out_.push(std::move(item));
  }

 private:
  AlternativeOutputs<Ts...> out_;
};

template <typename T>
inline constexpr bool kIsVariant = false;
template <typename... Ts>
inline constexpr bool kIsVariant<std::variant<Ts...>> = true;

}  // namespace detail

namespace op {

/// The result of `split` by predicates.
template <typename... Predicates>
struct [[nodiscard]] Split {
  std::string step_id;                   ///< as `split` takes it
  std::tuple<Predicates...> predicates;  ///< as `split` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | split(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert((std::predicate<detail::Logic<Predicates>&, const T&> && ...),
                  "split: each predicate must be bool(const T&)");
    if constexpr ((std::predicate<detail::Logic<Predicates>&, const T&> && ...)) {
      detail::graph::StepSpec step{.id = std::move(step_id), .op = "split"};
      step.read(detail::graph::direct_input(up));
      step.emit(detail::graph::output_of<T>(detail::graph::partitioning(up)), sizeof...(Predicates) + 1);
      step.factory =
          detail::graph::factory_of([predicates = std::move(predicates)](detail::graph::OperatorParts& parts) {
            return detail::graph::make_operator<detail::SplitOperator<T, Predicates...>>(parts, predicates);
          });
      detail::graph::Graph& graph = detail::graph::StreamAccess::graph(up);
      const detail::runtime::StepNumber index = graph.add(std::move(step));
      return [&]<std::size_t... kOutput>(std::index_sequence<kOutput...>) {
        return std::array{detail::graph::StreamAccess::make<T>(graph, {index, {kOutput}})...};
      }(std::make_index_sequence<sizeof...(Predicates) + 1>{});
    }
  }
};

/// The result of `split` of a stream of variants.
struct [[nodiscard]] SplitAlternatives {
  std::string step_id;  ///< as `split` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | split(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(detail::kIsVariant<T>,
                  "split: without predicates it needs a stream of std::variant, to split it by alternative");
    if constexpr (detail::kIsVariant<T>) {
      return apply_to_variants(up);
    }
  }

 private:
  template <typename... Ts>
  [[gnu::cold]] auto apply_to_variants(const Stream<std::variant<Ts...>>& up) {
    return detail::add_alternatives_step<Ts...>(
        std::move(step_id), "split", up, [](detail::graph::OperatorParts& parts) {
          return detail::graph::make_operator<detail::SplitAlternativesOperator<std::variant<Ts...>>>(parts);
        });
  }
};

/// Splits a stream into several: each item goes to the stream of the first predicate that accepts it, or to the last
/// stream, which has no predicate, if none does.
///
///     auto [small, large, huge] = orders | op::split("size", is_small, is_large);
///
/// @param step_id     unique in the dataflow
/// @param predicates  `bool(const T&)` each, for each item, in order, until one accepts it
/// @return            turns a `Stream<T>` into an array of `Stream<T>`, one more than there are predicates
/// @see Flink, side outputs; Kafka Streams, `split` and `branch`.
template <typename... Predicates>
  requires(sizeof...(Predicates) > 0)
Split<Predicates...> split(std::string step_id, Predicates... predicates) {
  return {std::move(step_id), {std::move(predicates)...}};
}

/// Makes a stream of each alternative of a stream of variants.
///
///     auto [opens, searches] = events | op::split("kind");  // of a Stream<std::variant<Open, Search>>
///
/// @param step_id  unique in the dataflow
/// @return         turns a `Stream<std::variant<Ts...>>` into a tuple of `Stream<Ts>...`
inline SplitAlternatives split(std::string step_id) { return {std::move(step_id)}; }

}  // namespace op
}  // namespace weir
