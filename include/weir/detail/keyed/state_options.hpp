#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "weir/copyable.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/held_outputs.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/lifetimes.hpp"
#include "weir/detail/runtime/make_as.hpp"

namespace weir::detail::keyed {

/// Slots for the keys of a table that has none.
template <typename K>
class KeySlots {
 public:
  static constexpr containers::Slot kNone = std::numeric_limits<containers::Slot>::max();

  [[nodiscard]] const K& key(containers::Slot slot) const { return keys_[slot].key; }

  containers::Slot add(const K& key) {
    if (free_.empty()) {
      keys_.push_back({key});
      return static_cast<containers::Slot>(keys_.size() - 1);
    }
    const containers::Slot slot = free_.back();
    keys_[slot].key = key;
    free_.pop_back();
    return slot;
  }
  void remove(containers::Slot slot) {
    keys_[slot].key = K{};
    free_.push_back(slot);
  }

 private:
  struct Holder {  // a vector of bare keys would be another thing for bool
    K key;
  };

  std::vector<Holder> keys_;  // by slot
  std::vector<containers::Slot> free_;
};

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
        held_back = runtime::make_as<HeldBack, HeldBack>(parts);
      }
    }
    if (parts.options.time_to_live) {
      lifetimes.emplace(*parts.options.time_to_live, *parts.site.stage);
    }
  }

  std::unique_ptr<HeldBack> held_back;  ///< null: `copy_before` is not asked for
  std::optional<Lifetimes> lifetimes;   ///< none: `time_to_live` is not
  KeySlots<K> slots;                    ///< by which lifetimes know keys, if the table has no slots
};

}  // namespace weir::detail::keyed
