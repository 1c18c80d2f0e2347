#pragma once

#include <memory>
#include <optional>

#include "weir/copyable.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/held_outputs.hpp"
#include "weir/detail/keyed/key_lifetimes.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"

namespace weir::detail::keyed {

/// What a keyed step does with each item beside handling it, by its `StepOptions`.
template <typename Logic, typename K>
struct StateOptions {
  /// What the logic emits for an item while it is not known whether it throws.
  struct HeldBack {
    explicit HeldBack(const graph::OperatorParts& parts) : items{parts}, outputs{items.in_place_of_outputs(parts)} {}
    HeldOutputs<typename OutputsOf<Logic, K>::Items> items;
    OutputsOf<Logic, K> outputs;
  };

  explicit StateOptions(const graph::OperatorParts& parts) {
    if constexpr (copyable<typename Logic::State>) {
      if (parts.options.copy_before) {
        held_back = std::make_unique<HeldBack>(parts);
      }
    }
    if (parts.options.time_to_live) {
      lifetimes.emplace(*parts.options.time_to_live, *parts.site.stage, parts.site.tables.seed);
    }
  }

  /// The key has no state any more. Not inline: it is called where steps without options are to be fast.
  [[gnu::noinline]] void forget(const K& key) {
    if (lifetimes) {
      lifetimes->forget(key);
    }
  }

  std::unique_ptr<HeldBack> held_back;       ///< null: `copy_before` is not asked for
  std::optional<KeyLifetimes<K>> lifetimes;  ///< none: `time_to_live` is not
};

}  // namespace weir::detail::keyed
