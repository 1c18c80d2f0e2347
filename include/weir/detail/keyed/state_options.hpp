#pragma once

#include <optional>
#include <utility>

#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/held_outputs.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/lifetimes.hpp"
#include "weir/detail/runtime/operator.hpp"

namespace weir::detail::keyed {

/// What a keyed step does with each item beside handling it, by its `StepOptions`.
class StateOptions {
 public:
  explicit StateOptions(const graph::OperatorParts& parts) {
    if (parts.options.time_to_live) {
      lifetimes.emplace(*parts.options.time_to_live, *parts.site.stage);
    }
  }
  StateOptions(const StateOptions&) = delete;
  StateOptions& operator=(const StateOptions&) = delete;
  virtual ~StateOptions() = default;

  /// Whether it is a `HeldBack`, since `copy_before` is asked for.
  [[nodiscard]] virtual bool holds_back() const { return false; }

  std::optional<Lifetimes> lifetimes;  ///< none: `time_to_live` is not asked for
};

/// Holds what the logic emits for an item while it is not known whether it throws.
template <typename Logic, typename K>
class HeldBack final : public StateOptions {
 public:
  explicit HeldBack(graph::OperatorParts& parts)
      : StateOptions{parts},
        items_{typename OutputsOf<Logic, K>::Items{}, parts},
        outputs_{items_.swap_outputs(parts)} {
    items_.swap_outputs(parts);
  }

  [[nodiscard]] bool holds_back() const override { return true; }

  /// Handles an item. If the logic throws, it has changed nothing: the key's state is as it was, and what was emitted
  /// for the item is dropped.
  /// @param handle  handles it with these outputs; says whether the key keeps its entry
  /// @param erase   erases the entry of a key that is new
  template <typename Handle, typename Erase>
  bool handle(const runtime::StepSite& site, StateHolder<Logic>& state, Handle handle, Erase erase) {
    std::optional<typename Logic::State> before;
    if (state) {
      runtime::call(site, "copying the state", [&] { before.emplace(std::as_const(*state)); });
    }
    bool stays = false;
    try {
      stays = handle(outputs_);
    } catch (...) {
      outputs_.flush();
      items_.drop();
      if (before) {
        state.emplace(std::move(*before));
      } else {
        erase();
      }
      throw;
    }
    outputs_.flush();
    items_.put_out();
    return stays;
  }

  [[nodiscard]] auto counters() const { return outputs_.counters(); }

 private:
  HeldOutputs items_;
  OutputsOf<Logic, K> outputs_;
};

}  // namespace weir::detail::keyed
