#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "weir/detail/joins/joinable.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/keyed_upstream.hpp"
#include "weir/keyed_emit.hpp"
#include "weir/stream.hpp"

namespace weir::detail::joins {

/// Pairs of two sides, each with each.
///
/// @tparam kKeepsLeft   whether values of the left side that find no partner are emitted at the end
/// @tparam kKeepsRight  the same for the right
template <bool kKeepsLeft, bool kKeepsRight, typename A, typename B>
class PairJoinLogic {
  template <typename V>
  struct Held {
    V value{};
    bool matched = false;
  };
  using Left = std::conditional_t<kKeepsRight, std::optional<A>, A>;
  using Right = std::conditional_t<kKeepsLeft, std::optional<B>, B>;

 public:
  static constexpr keyed::LogicTraits kTraits{};

  struct State {
    std::vector<Held<A>> left;
    std::vector<Held<B>> right;
  };
  using Output = std::pair<Left, Right>;

  template <typename K>
  void on_item(const K& /*key*/, std::optional<State>& state, std::variant<A, B>&& value,
               KeyedEmit<K, Output>& emit) const {
    if (!state) {
      state.emplace();
    }
    if (value.index() == 0) {
      A& left = std::get<0>(value);
      for (Held<B>& right : state->right) {
        right.matched = true;
        emit({left, right.value});
      }
      state->left.push_back({std::move(left), !state->right.empty()});
    } else {
      B& right = std::get<1>(value);
      for (Held<A>& left : state->left) {
        left.matched = true;
        emit({left.value, right});
      }
      state->right.push_back({std::move(right), !state->left.empty()});
    }
  }

  static bool still_to_emit(const State& state) {
    const auto waits = [](const auto& each) { return !each.matched; };
    return (kKeepsLeft && std::ranges::any_of(state.left, waits)) ||
           (kKeepsRight && std::ranges::any_of(state.right, waits));
  }

  template <typename K>
    requires(kKeepsLeft || kKeepsRight)
  void on_end(const K& /*key*/, std::optional<State>& state, KeyedEmit<K, Output>& emit) const {
    if constexpr (kKeepsLeft) {
      for (Held<A>& left : state->left) {
        if (!left.matched) {
          emit({std::move(left.value), std::nullopt});
        }
      }
    }
    if constexpr (kKeepsRight) {
      for (Held<B>& right : state->right) {
        if (!right.matched) {
          emit({std::nullopt, std::move(right.value)});
        }
      }
    }
    state.reset();
  }
};

template <bool kKeepsLeft, bool kKeepsRight, typename K, typename A, typename B>
[[gnu::cold]] auto pair_join(std::string id, const char* op, const Stream<std::pair<K, A>>& left,
                             const Stream<std::pair<K, B>>& right) {
  if constexpr (joinable<K, A, B>()) {
    using Joins = PairJoinLogic<kKeepsLeft, kKeepsRight, A, B>;
    return std::get<0>(keyed::add_keyed_outputs<K, std::pair<K, typename Joins::Output>>(
        std::move(id), op, keyed::sides_of(left, right), Joins{}));
  } else {
    return Refused{};
  }
}

}  // namespace weir::detail::joins
