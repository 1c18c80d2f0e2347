#pragma once

#include <concepts>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/detail/containers/fifo.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/self_contained.hpp"
#include "weir/detail/runtime/in_place.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/per_worker.hpp"

namespace weir {

namespace detail {

/// `flat_map` maps and emits whole items.
template <typename T>
struct WholeItem {
  using Waiting = T;
  using Argument = T;
  T&& waiting(T&& item) const { return std::move(item); }
  T&& argument_of(T&& item) { return std::move(item); }
  template <typename Element>
  Element&& emitted(Element&& element) const {
    return std::forward<Element>(element);
  }
  template <typename Element>
  using Emitted = Element;
};

/// `flat_map_value` maps and emits values, and keeps their key.
template <typename T>
struct ValueOfItem {
  using Waiting = T;
  using Argument = typename T::second_type;
  T&& waiting(T&& item) const { return std::move(item); }
  Argument&& argument_of(T&& item) {
    key.emplace(std::move(item.first));
    return std::move(item.second);
  }
  template <typename Element>
  std::pair<typename T::first_type, std::remove_cvref_t<Element>> emitted(Element&& element) const {
    return {*key, std::forward<Element>(element)};
  }
  template <typename Element>
  using Emitted = std::pair<typename T::first_type, Element>;

  std::optional<typename T::first_type> key;
};

/// `flatten` collects the elements of an item at once if the item is a view of values elsewhere, since those values are
/// only valid during the push.
template <typename T>
struct ElementsOfView : WholeItem<typename graph::CollectedFrom<T>::type> {
  using Waiting = typename graph::CollectedFrom<T>::type;
  Waiting waiting(T&& item) const { return graph::collected(std::move(item)); }
};

/// The code of `flat_map` and `flat_map_value`: a cursor over the range that the mapper returned. It suspends itself
/// when the worker has used its share or a channel is full; items that come before it resumes wait.
template <typename T, typename F, typename Part>
class FlatMapOperator final : public runtime::Receiver<T>, public runtime::PlainOperator {
  using Waiting = typename Part::Waiting;
  using Argument = typename Part::Argument;
  using Range = std::remove_cvref_t<std::invoke_result_t<Logic<F>&, Argument>>;
  using Element = std::ranges::range_value_t<Range>;
  using Iterator = std::ranges::iterator_t<Range>;
  using Sentinel = std::ranges::sentinel_t<Range>;
  // A lazy view or a coroutine may refer to its argument, so that lives as long as the range is open.
  static constexpr bool kKeepsArgument = !graph::kTakesByValue<Logic<F>, 0> && !graph::kSelfContained<Range>;
  // A container returned by value: its items are moved, and walking it does not throw.
  static constexpr bool kOwnsItems =
      !std::ranges::view<Range> &&
      std::same_as<std::ranges::range_reference_t<Range>, std::ranges::range_value_t<Range>&>;

 public:
  using Result = typename Part::template Emitted<Element>;

  FlatMapOperator(graph::OperatorParts& parts, const F& mapper)
      : runtime::PlainOperator{parts.site},
        mapper_{make_logic(mapper, parts.site.worker)},
        out_{&graph::output<Result>(parts)} {
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    if (range_) [[unlikely]] {
      waiting_.put(waiting(std::move(item)));
      return;
    }
    bool finished = false;
    try {
      finished = expand(waiting(std::move(item)));
    } catch (...) {
      forget_range();
      throw;
    }
    if (!finished) {
      this->suspend();
    }
  }

  void resume() override {
    if (!range_) {
      return;
    }
    note_work();
    bool finished = true;
    try {
      finished = emit();
      while (finished && !waiting_.empty()) {
        finished = expand(waiting_.take());
      }
    } catch (...) {
      forget_range();
      this->end_suspension();
      throw;
    }
    if (finished) {
      this->end_suspension();
    }
  }

 private:
  decltype(auto) waiting(T&& item) {
    if constexpr (std::same_as<Waiting, T>) {
      return part_.waiting(std::move(item));
    } else {
      return runtime::call(site(), "item's range", [&] { return part_.waiting(std::move(item)); });
    }
  }

  // Both return whether the whole range has been emitted.
  bool expand(Waiting&& item) {
    range_.emplace(runtime::InPlace{
        [&]() -> Range { return runtime::call(site(), "mapper", mapper_, argument_of(std::move(item))); }});
    runtime::call(site(), "mapper's range", [this] {
      next_.emplace(std::ranges::begin(*range_));
      end_.emplace(std::ranges::end(*range_));
    });
    return emit();
  }

  Argument&& argument_of(Waiting&& item) {
    if constexpr (kKeepsArgument) {
      return std::move(argument_.emplace(part_.argument_of(std::move(item))));
    } else {
      return part_.argument_of(std::move(item));
    }
  }

  bool emit() {
    while (!at_end()) {
      if (!gate().spend()) [[unlikely]] {
        return false;
      }
      if constexpr (kOwnsItems) {
        out_->push(part_.emitted(std::move(**next_)));
        note_work();
        ++*next_;
      } else {
        out_->push(part_.emitted(runtime::call(site(), "mapper's range", [this]() -> Element { return **next_; })));
        note_work();
        runtime::call(site(), "mapper's range", [this] { ++*next_; });
      }
    }
    forget_range();
    return true;
  }

  bool at_end() {
    if constexpr (kOwnsItems) {
      return *next_ == *end_;
    } else {
      return runtime::call(site(), "mapper's range", [this] { return *next_ == *end_; });
    }
  }

  // Also drops a range that threw, so that the next item finds none.
  void forget_range() {
    next_.reset();
    end_.reset();
    range_.reset();
    if constexpr (kKeepsArgument) {
      argument_.reset();
    }
  }

  struct NoArgument {};

  Logic<F> mapper_;
  runtime::Receiver<Result>* out_;
  [[no_unique_address]] Part part_;
  // The range may refer to it. Declared before the range, so that it is destroyed after it.
  [[no_unique_address]] std::conditional_t<kKeepsArgument, std::optional<Argument>, NoArgument> argument_;
  std::optional<Range> range_;
  std::optional<Iterator> next_;
  std::optional<Sentinel> end_;
  containers::Fifo<Waiting> waiting_;
};

/// A callable whose result for a `T` is a range of movable items.
template <typename F, typename T>
concept ReturnsRange =
    std::invocable<F&, T> && std::ranges::input_range<std::remove_cvref_t<std::invoke_result_t<F&, T>>>;

/// The mapper of `flatten`.
struct ItemItself {
  template <typename T>
  T operator()(T item) const {
    return item;
  }
};
/// @cond
template <>
inline constexpr bool graph::kTakesByValue<ItemItself, 0> = true;
/// @endcond

}  // namespace detail

namespace op {

/// The result of `flat_map`.
template <typename Mapper>
struct [[nodiscard]] FlatMap {
  std::string step_id;  ///< as `flat_map` takes it
  Mapper mapper;        ///< as `flat_map` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | flat_map(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(detail::ReturnsRange<detail::Logic<Mapper>, T>,
                  "flat_map: mapper must be callable with the stream's item and return a range or a weir::Generator");
    if constexpr (detail::ReturnsRange<detail::Logic<Mapper>, T>) {
      using Operator = detail::FlatMapOperator<T, Mapper, detail::WholeItem<T>>;
      return detail::graph::add_step<typename Operator::Result>(
          std::move(step_id), "flat_map", up, detail::graph::direct_input(up), nullptr,
          [mapper = std::move(mapper)](detail::graph::OperatorParts& parts) {
            return detail::graph::make_operator<Operator>(parts, mapper);
          });
    }
  }
};

/// Replaces each item by any number of items: those of the range that `mapper` returns.
///
///     sessions | op::flat_map("split", [](Session s) { return split_into_searches(std::move(s)); })
///
/// The range may be a lazy view, endless, or a coroutine (`weir::Generator`). The step emits it 1,024 items at a time,
/// as channels have room, and an epoch ends only after all of it. It may refer to the item that the mapper takes by
/// reference: the item lives as long as the range is open. Elements that refer to the item (`std::string_view`) are
/// valid until the next step returns; map them to values there. The items of a container returned by value are moved.
/// @param step_id  unique in the dataflow
/// @param mapper   `Range(T)`, for each item, in order
/// @see Bytewax 0.15, operator `flat_map`.
template <typename Mapper>
FlatMap<Mapper> flat_map(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

/// The result of `flatten`.
struct [[nodiscard]] Flatten {
  std::string step_id;  ///< as `flatten` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | flatten(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(detail::ReturnsRange<detail::ItemItself, T>, "flatten: the stream's items must be ranges");
    if constexpr (detail::ReturnsRange<detail::ItemItself, T>) {
      using Part = std::conditional_t<detail::graph::kCollects<T>, detail::ElementsOfView<T>, detail::WholeItem<T>>;
      using Operator = detail::FlatMapOperator<T, detail::ItemItself, Part>;
      return detail::graph::add_step<typename Operator::Result>(
          std::move(step_id), "flatten", up, detail::graph::direct_input(up), nullptr,
          [](detail::graph::OperatorParts& parts) {
            return detail::graph::make_operator<Operator>(parts, detail::ItemItself{});
          });
    }
  }
};

/// Replaces each item, a range, by the items in it, as `flat_map` does.
///
/// A view with an end that may refer to values elsewhere is read at once, while those values are valid. A generator is
/// read later, so it must own its data: its function takes parameters by value.
/// @param step_id  unique in the dataflow
/// @see Bytewax 0.21, operator `flatten`.
inline Flatten flatten(std::string step_id) { return {std::move(step_id)}; }

/// The result of `flat_map_value`.
template <typename Mapper>
struct [[nodiscard]] FlatMapValue {
  std::string step_id;  ///< as `flat_map_value` takes it
  Mapper mapper;        ///< as `flat_map_value` takes it

  /// Adds the step to the dataflow of `up`, and returns its result. `up | flat_map_value(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] auto apply(const Stream<T>& up) && {
    static_assert(KeyedItem<T>,
                  "flat_map_value: needs a keyed stream, one of std::pair<Key, Value>; put op::key_on before it");
    if constexpr (KeyedItem<T>) {
      using V = typename T::second_type;
      static_assert(copyable<typename T::first_type>, "flat_map_value: the key goes with each result, so it is copied");
      static_assert(detail::ReturnsRange<detail::Logic<Mapper>, V>,
                    "flat_map_value: mapper must be callable with the value and return a range or a weir::Generator");
      if constexpr (copyable<typename T::first_type> && detail::ReturnsRange<detail::Logic<Mapper>, V>) {
        using Operator = detail::FlatMapOperator<T, Mapper, detail::ValueOfItem<T>>;
        return detail::graph::add_step<typename Operator::Result>(
            std::move(step_id), "flat_map_value", up, detail::graph::direct_input(up), detail::graph::partitioning(up),
            [mapper = std::move(mapper)](detail::graph::OperatorParts& parts) {
              return detail::graph::make_operator<Operator>(parts, mapper);
            });
      }
    }
  }
};

/// Replaces each value by any number of values under the same key, as `flat_map` does with items; they stay on their
/// worker.
///
///     orders_by_user | op::flat_map_value("items", [](Order order) { return order.items; })
///
/// @param step_id  unique in the dataflow
/// @param mapper   `Range(V)`, for each item, in order
/// @see Bytewax 0.21, operator `flat_map_value`.
template <typename Mapper>
FlatMapValue<Mapper> flat_map_value(std::string step_id, Mapper mapper) {
  return {std::move(step_id), std::move(mapper)};
}

}  // namespace op
}  // namespace weir
