#pragma once

#include <optional>
#include <utility>

#include "weir/copyable.hpp"
#include "weir/detail/containers/owned.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/held_outputs.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/lifetimes.hpp"
#include "weir/detail/runtime/operator.hpp"

namespace weir::detail::keyed {

/// What the logic emits for an item while it is not known whether it throws.
template <typename Logic, typename K>
class HeldBack {
 public:
  explicit HeldBack(graph::OperatorParts& parts) : items_{parts}, outputs_{items_.swap_outputs(parts)} {
    items_.swap_outputs(parts);
  }

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

  [[nodiscard]] runtime::NamedCounts counters() const { return outputs_.counters(); }

 private:
  HeldOutputs<typename OutputsOf<Logic, K>::Items> items_;
  OutputsOf<Logic, K> outputs_;
};

/// What a keyed step does with each item beside handling it, by its `StepOptions`.
template <typename Logic, typename K>
struct StateOptions {
  explicit StateOptions(graph::OperatorParts& parts) {
    if constexpr (copyable<typename Logic::State>) {
      if (parts.options.copy_before) {
        held_back.set(new HeldBack<Logic, K>(parts));
      }
    }
    if (parts.options.time_to_live) {
      lifetimes.emplace(*parts.options.time_to_live, *parts.site.stage);
    }
  }

  containers::Owned<HeldBack<Logic, K>> held_back;  ///< null: `copy_before` is not asked for
  std::optional<Lifetimes> lifetimes;               ///< none: `time_to_live` is not
};

}  // namespace weir::detail::keyed
