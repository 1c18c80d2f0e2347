#pragma once

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/containers/items.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/stateful_operator.hpp"
#include "weir/detail/runtime/batch.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/detail/time/clock_operator.hpp"

namespace weir::detail::keyed {

/// A value of one side as the alternative of a variant.
template <std::size_t kSide, typename... Vs, typename V>
std::variant<Vs...> as_side(std::type_identity<std::variant<Vs...>> /*all*/, V&& value) {
  return std::variant<Vs...>{std::in_place_index<kSide>, std::forward<V>(value)};
}
template <std::size_t kSide, typename Variant, typename V>
time::Timed<Variant> as_side(std::type_identity<time::Timed<Variant>> /*all*/, time::Timed<V>&& timed) {
  return {as_side<kSide>(std::type_identity<Variant>{}, std::move(timed.value)), timed.time, timed.promise};
}

/// A keyed step of several inputs, which its logic gets as alternatives of a variant.
template <typename K, typename Item, typename F, typename... Vs>
class SidesOperator final : public OperatorOf<K, Item, F> {
 public:
  SidesOperator(graph::OperatorParts& parts, const F& logic)
      : OperatorOf<K, Item, F>{parts, logic}, sides_{make_sides(std::index_sequence_for<Vs...>{})} {
    [&]<std::size_t... kSide>(std::index_sequence<kSide...>) {
      ((parts.inputs[kSide] = &std::get<kSide>(sides_)), ...);
    }(std::index_sequence_for<Vs...>{});
  }

 private:
  template <std::size_t kSide, typename V>
  class Side final : public runtime::Receiver<std::pair<K, V>> {
   public:
    explicit Side(SidesOperator& to) : to_{&to} {}
    Side(Side&& other) noexcept : to_{other.to_} {}
    void push(std::pair<K, V>&& item) override { to_->push(with_side(item)); }

    void push_all(containers::Items<std::pair<K, V>> items) override {
      if constexpr (runtime::kBatched<std::pair<K, Item>>) {
        while (!items.empty()) {
          const auto some =
              items.first(std::min<std::size_t>(items.size(), runtime::Batch<std::pair<K, Item>>::kItems));
          batch_.fill(some, with_side);
          to_->push_all(batch_.take());
          items = items.subspan(some.size());
        }
      } else {
        runtime::Receiver<std::pair<K, V>>::push_all(items);
      }
    }

   private:
    static std::pair<K, Item> with_side(std::pair<K, V>& item) {
      return {std::move(item.first), as_side<kSide>(std::type_identity<Item>{}, std::move(item.second))};
    }

    SidesOperator* to_;
    [[no_unique_address]] runtime::Batch<std::pair<K, Item>> batch_;
  };

  template <typename Indices>
  struct SidesOf;
  template <std::size_t... kSide>
  struct SidesOf<std::index_sequence<kSide...>> {
    using type = std::tuple<Side<kSide, Vs>...>;
  };
  using Sides = typename SidesOf<std::index_sequence_for<Vs...>>::type;

  template <std::size_t... kSide>
  Sides make_sides(std::index_sequence<kSide...> /*sides*/) {
    return Sides{Side<kSide, Vs>{*this}...};
  }

  Sides sides_;
};

}  // namespace weir::detail::keyed
