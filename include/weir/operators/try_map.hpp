#pragma once

#include <concepts>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/operators/split.hpp"
#include "weir/per_worker.hpp"

namespace weir {

namespace detail {

/// Maps each item to a variant, with an output for each alternative.
template <typename T, typename F, typename Result>
class TryMapOperator;

template <typename T, typename F, typename... Us>
class TryMapOperator<T, F, std::variant<Us...>> final : public runtime::Receiver<T>, public runtime::PlainOperator {
 public:
  TryMapOperator(graph::OperatorParts& parts, const F& mapper)
      : runtime::PlainOperator{parts.site}, mapper_{make_logic(mapper, parts.site.worker)}, out_{parts} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    out_.push(static_cast<std::variant<Us...>>(runtime::call(site(), "mapper", mapper_, std::move(item))));
  }

 private:
  Logic<F> mapper_;
  AlternativeOutputs<Us...> out_;
};

}  // namespace detail

namespace op {

/// The result of `try_map`.
template <typename Mapper>
struct [[nodiscard]] TryMap {
  std::string step_id;  ///< as `try_map` takes it
  Mapper mapper;        ///< as `try_map` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | try_map(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(std::invocable<detail::Logic<Mapper>&, T>, "try_map: mapper must be callable with the stream's item");
    if constexpr (std::invocable<detail::Logic<Mapper>&, T>) {
      using Result = std::decay_t<std::invoke_result_t<detail::Logic<Mapper>&, T>>;
      static_assert(detail::kIsVariant<Result>,
                    "try_map: mapper must return a std::variant of what it makes and what can go wrong");
      if constexpr (detail::kIsVariant<Result>) {
        return apply_to(up, std::type_identity<Result>{});
      }
    }
  }

 private:
  template <typename T, typename... Us>
  [[gnu::cold]] auto apply_to(const Stream<T>& up, std::type_identity<std::variant<Us...>> /*result*/) {
    using Op = detail::TryMapOperator<T, Mapper, std::variant<Us...>>;
    return detail::add_alternatives_step<Us...>(std::move(step_id), "try_map", up,
                                                [mapper = std::move(mapper)](detail::graph::OperatorParts& parts) {
                                                  return detail::graph::make_operator<Op>(parts, mapper);
                                                });
  }
};

/// Maps each item to a result or to an error, with a stream for each.
///
///     std::variant<Order, ParseError> parse(std::string line);
///     auto [orders, errors] = lines | op::try_map("parse", parse);
///
/// An exception of the mapper fails the run, as with `map`.
/// @param step_id  unique in the dataflow
/// @param mapper   `std::variant<U, E>(T)`, for each item, in order; it may have more alternatives, or equal ones
/// @return         turns a `Stream<T>` into a tuple of a stream for each alternative
/// @see Flink, side outputs of a ProcessFunction.
template <typename Mapper>
TryMap<Mapper> try_map(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

}  // namespace op
}  // namespace weir
