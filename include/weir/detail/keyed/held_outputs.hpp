#pragma once

#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/containers/list.hpp"
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
        }(std::index_sequence_for<Ts...>{})} {
    std::apply([this](Held<Ts>&... each) { outputs_ = {&each...}; }, held_);
  }
  HeldOutputs(const HeldOutputs&) = delete;
  HeldOutputs& operator=(const HeldOutputs&) = delete;
  ~HeldOutputs() = default;

  /// Takes the place of the parts' outputs; called again, it leaves that place.
  graph::OperatorParts& swap_outputs(graph::OperatorParts& parts) {
    parts.outputs.swap(outputs_);
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
    struct HeldItem {  // a vector of bare items would be another thing for bool
      T item;
    };

    explicit Held(runtime::Receiver<T>& next) : to{&next} {}
    Held(Held&& other) noexcept : to{other.to} {}

    void push(T&& item) override { items.push_back({std::move(item)}); }
    void put_out() {
      for (HeldItem& held : items) {
        to->push(std::move(held.item));
      }
      items.clear();
    }

    runtime::Receiver<T>* to;
    containers::List<HeldItem> items;
  };

  std::tuple<Held<Ts>...> held_;
  std::vector<runtime::ReceiverBase*> outputs_;
};

}  // namespace weir::detail::keyed
