#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/receiver.hpp"

namespace weir::detail::keyed {

/// Stands before one output of a step and holds what is emitted there.
class HeldOutput {
 public:
  HeldOutput() = default;
  HeldOutput(const HeldOutput&) = delete;
  HeldOutput& operator=(const HeldOutput&) = delete;
  virtual ~HeldOutput() = default;

  [[nodiscard]] virtual runtime::ReceiverBase& receiver() = 0;
  /// Emits what it holds, in the order in which it came.
  virtual void put_out() = 0;
  virtual void drop() = 0;
};

/// The same for items that are `T`.
template <typename T>
class HeldOutputOf final : public runtime::Receiver<T>, public HeldOutput {
 public:
  /// @param to  a `Receiver<T>`
  explicit HeldOutputOf(runtime::ReceiverBase* to) : to_{static_cast<runtime::Receiver<T>*>(to)} {}

  [[nodiscard]] runtime::ReceiverBase& receiver() override { return *this; }
  void push(T&& item) override { items_.push_back({std::move(item)}); }
  void put_out() override {
    for (HeldItem& held : items_) {
      to_->push(std::move(held.item));
    }
    items_.clear();
  }
  void drop() override { items_.clear(); }

 private:
  struct HeldItem {  // a vector of bare items would be another thing for bool
    T item;
  };

  runtime::Receiver<T>* to_;
  std::vector<HeldItem> items_;
};

/// Stands before the outputs of a step and holds what is emitted, until it is known whether the logic that emits it
/// throws.
class HeldOutputs {
 public:
  template <typename... Ts>
  HeldOutputs(codec::TypeList<Ts...> /*items*/, const graph::OperatorParts& parts) {
    auto next = parts.outputs.begin();
    (add(new HeldOutputOf<Ts>{*next++}), ...);
  }

  /// Takes the place of the parts' outputs; called again, it leaves that place.
  graph::OperatorParts& swap_outputs(graph::OperatorParts& parts) {
    parts.outputs.swap(receivers_);
    return parts;
  }

  /// What was emitted stays within its output in the order in which it was.
  void put_out() {
    for (const auto& each : held_) {
      each->put_out();
    }
  }
  void drop() {
    for (const auto& each : held_) {
      each->drop();
    }
  }

 private:
  void add(HeldOutput* held) {
    held_.emplace_back(held);
    receivers_.push_back(&held->receiver());
  }

  std::vector<std::unique_ptr<HeldOutput>> held_;
  std::vector<runtime::ReceiverBase*> receivers_;
};

}  // namespace weir::detail::keyed
