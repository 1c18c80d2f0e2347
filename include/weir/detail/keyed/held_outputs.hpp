#pragma once

#include <cstddef>
#include <deque>
#include <tuple>
#include <utility>
#include <vector>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/receiver.hpp"

namespace weir::detail::keyed {

/// Stands before the outputs of a step and holds what is emitted, until it is known whether the logic that emits it
/// throws.
template <typename Items>
class HeldOutputs;

template <typename... Ts>
class HeldOutputs<codec::TypeList<Ts...>> {
 public:
  explicit HeldOutputs(const graph::OperatorParts& parts)
      : held_{[&]<std::size_t... kOutput>(std::index_sequence<kOutput...>) {
          return std::tuple<Held<Ts>...>{graph::output<Ts>(parts, kOutput)...};
        }(std::index_sequence_for<Ts...>{})} {}
  HeldOutputs(const HeldOutputs&) = delete;
  HeldOutputs& operator=(const HeldOutputs&) = delete;
  ~HeldOutputs() = default;

  /// The same parts, with this in place of their outputs.
  [[nodiscard]] graph::OperatorParts in_place_of_outputs(graph::OperatorParts parts) {
    std::apply([&](Held<Ts>&... each) { parts.outputs = {&each...}; }, held_);
    return parts;
  }

  /// What was emitted stays within its output in the order in which it was.
  void put_out() {
    std::apply([](Held<Ts>&... each) { (each.put_out(), ...); }, held_);
  }
  void drop() {
    std::apply([](Held<Ts>&... each) { (each.items.clear(), ...); }, held_);
  }

 private:
  template <typename T>
  struct Held final : runtime::Receiver<T> {
    explicit Held(runtime::Receiver<T>& next) : to{&next} {}
    Held(Held&& other) noexcept : to{other.to} {}

    void push(T&& item) override { items.push_back(std::move(item)); }
    void put_out() {
      for (T& item : items) {
        to->push(std::move(item));
      }
      items.clear();
    }

    runtime::Receiver<T>* to;
    std::deque<T> items;  // not a vector, which is another thing for bool
  };

  std::tuple<Held<Ts>...> held_;
};

}  // namespace weir::detail::keyed
