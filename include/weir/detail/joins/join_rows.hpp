#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weir/detail/snapshot/state_settings.hpp"
#include "weir/join.hpp"

namespace weir::detail::joins {

/// The values that a join keeps of one side of a key.
template <JoinInsert kInsert, typename V>
struct JoinSide {
  std::optional<V> value;

  void insert(V&& next) {
    if (kInsert == JoinInsert::kLast || !value) {
      value.emplace(std::move(next));
    }
  }
  void merge(JoinSide&& later) {
    if (later.value) {
      insert(std::move(*later.value));
    }
  }
  [[nodiscard]] std::size_t count() const { return value ? 1 : 0; }
  [[nodiscard]] const V& at(std::size_t /*index*/) const { return *value; }
};

template <typename V>
struct JoinSide<JoinInsert::kProduct, V> {
  std::vector<V> values;

  void insert(V&& next) { values.push_back(std::move(next)); }
  void merge(JoinSide&& later) {
    for (V& value : later.values) {
      values.push_back(std::move(value));
    }
  }
  [[nodiscard]] std::size_t count() const { return values.size(); }
  [[nodiscard]] const V& at(std::size_t index) const { return values[index]; }
};

/// A state with first values is no state with last values. The types are equal, so a setting tells them apart.
template <JoinInsert kInsert>
snapshot::StateSettings settings_of_insert() {
  return kInsert == JoinInsert::kFirst ? snapshot::StateSettings{}.fix("; keeps the first value")
                                       : snapshot::StateSettings{};
}

/// The row that a join makes of values of its sides.
template <JoinEmit kEmit, typename... Vs>
using JoinRow = std::conditional_t<kEmit == JoinEmit::kComplete, std::tuple<Vs...>, std::tuple<std::optional<Vs>...>>;

/// The values that a join keeps of a key.
template <JoinInsert kInsert, typename... Vs>
struct JoinSides {
  std::tuple<JoinSide<kInsert, Vs>...> sides;

  void insert(std::variant<Vs...>&& value) {
    [&]<std::size_t... kSide>(std::index_sequence<kSide...>) {
      static_cast<void>((
          (value.index() == kSide && (std::get<kSide>(sides).insert(std::get<kSide>(std::move(value))), true)) || ...));
    }(std::index_sequence_for<Vs...>{});
  }

  void merge(JoinSides&& later) {
    [&]<std::size_t... kSide>(std::index_sequence<kSide...>) {
      (std::get<kSide>(sides).merge(std::move(std::get<kSide>(later.sides))), ...);
    }(std::index_sequence_for<Vs...>{});
  }

  [[nodiscard]] bool complete() const {
    return std::apply([](const auto&... each) { return ((each.count() > 0) && ...); }, sides);
  }

  /// Calls `use` with each row: each choice of a value from each side, and nothing for a side that has none.
  template <JoinEmit kEmit, typename Use>
  void rows(Use use) const {
    if (kEmit != JoinEmit::kComplete || complete()) {
      choose<kEmit>(use);
    }
  }

 private:
  // The values chosen so far are of the first sides.
  template <JoinEmit kEmit, typename Use, typename... Chosen>
  void choose(Use& use, const Chosen*... chosen) const {
    constexpr std::size_t kSide = sizeof...(Chosen);
    if constexpr (kSide == sizeof...(Vs)) {
      if constexpr (kEmit == JoinEmit::kComplete) {
        use(JoinRow<kEmit, Vs...>{*chosen...});
      } else {
        use(JoinRow<kEmit, Vs...>{(chosen != nullptr ? std::optional<Vs>{*chosen} : std::nullopt)...});
      }
    } else {
      const auto& side = std::get<kSide>(sides);
      using V = std::tuple_element_t<kSide, std::tuple<Vs...>>;
      if (side.count() == 0) {
        choose<kEmit>(use, chosen..., static_cast<const V*>(nullptr));
      }
      for (std::size_t i = 0; i < side.count(); ++i) {
        choose<kEmit>(use, chosen..., &side.at(i));
      }
    }
  }
};

}  // namespace weir::detail::joins
