#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "weir/detail/windows/pane_list.hpp"
#include "weir/detail/windows/slot_table.hpp"
#include "weir/time.hpp"

namespace weir::detail::windows {

/// The marks of a key's fold in a pane: whether it is present, and `KeptMarks`, in one byte.
struct PaneMarks {
  bool there : 1 = false;
  bool changed : 1 = false;
  bool stored : 1 = false;
};

/// A pane with a row for each key that has values in it.
template <typename Fold>
struct Pane final : PaneBounds {
  using PaneBounds::PaneBounds;

  /// The fold of the rows of a key in this pane and in some later ones.
  struct Rest {
    Fold fold{};
    Pane* later = nullptr;  ///< the next of them
  };
  struct RestMarks {
    bool there = false;
  };

  SlotTable<Fold, PaneMarks> rows{};
  SlotTable<Rest, RestMarks> rests{};  ///< only with `TwoStacks`
};

/// A `PaneList` of panes with such folds.
template <typename Fold>
class Panes : public PaneList {
 public:
  [[nodiscard]] Pane<Fold>& operator[](std::size_t index) const noexcept { return static_cast<Pane<Fold>&>(at(index)); }

  [[nodiscard]] Pane<Fold>* open_at(Time time) const noexcept {
    return static_cast<Pane<Fold>*>(PaneList::open_at(time));
  }
  Pane<Fold>* close_next_before(std::int64_t end) noexcept {
    return static_cast<Pane<Fold>*>(PaneList::close_next_before(end));
  }
};

/// Those of the first `count` slots for which `have` is true.
template <typename Have>
std::vector<containers::Slot> slots_that(std::size_t count, Have have) {
  std::vector<containers::Slot> slots;
  slots.reserve(count);
  for (containers::Slot slot = 0; slot < count; ++slot) {
    if (have(slot)) {
      slots.push_back(slot);
    }
  }
  return slots;
}

/// The folds of closed panes if each pane is a window of its own.
template <typename Fold>
class WholePanes {
 public:
  void add_slot() {}
  void reset(containers::Slot /*slot*/) {}

  /// The pane is closed now.
  template <typename A>
  void close(A& /*aggregator*/, Pane<Fold>& pane) {
    assert((closed_ == nullptr || closed_->rows.size() == 0) && "one window is put out at a time");
    closed_ = &pane;
  }
  /// The first `leaving` closed panes will leave, row by row.
  template <typename A>
  void prepare(A& /*aggregator*/, const Panes<Fold>& /*panes*/, std::size_t leaving) {
    closed_ = leaving > 0 ? nullptr : closed_;
  }
  template <typename A>
  void evict(A& /*aggregator*/, const Pane<Fold>& /*pane*/, containers::Slot /*slot*/, const Fold& /*fold*/) {}

  /// Whether a key has a row in a closed pane that does not leave.
  [[nodiscard]] bool have(containers::Slot slot) const { return closed_ != nullptr && closed_->rows.find(slot); }
  /// The keys that have rows in the closed panes.
  [[nodiscard]] std::vector<containers::Slot> slots() const {
    std::vector<containers::Slot> slots(closed_->rows.size());
    containers::Slot* next = slots.data();
    closed_->rows.for_each([&](containers::Slot slot, const Fold& /*fold*/, PaneMarks /*marks*/) { *next++ = slot; });
    return slots;
  }
  /// Their fold for such a key. Call it once.
  template <typename A>
  [[nodiscard]] Fold fold(A& /*aggregator*/, containers::Slot slot) {
    return std::move(*closed_->rows.find(slot).value);
  }

 private:
  Pane<Fold>* closed_ = nullptr;
};

/// The folds of the closed panes by key, for folds that can be subtracted: each row is merged and subtracted once.
/// @see Kanat Tangwongsan et al., General incremental sliding-window aggregation, 2015, "subtract-on-evict"
template <typename Fold>
class SubtractOnEvict {
 public:
  void add_slot() { keys_.emplace_back(); }
  void reset(containers::Slot slot) { keys_[slot] = {}; }

  template <typename A>
  void close(A& aggregator, Pane<Fold>& pane) {
    pane.rows.for_each([&](containers::Slot slot, const Fold& fold, PaneMarks /*marks*/) {
      add_late(aggregator, pane, slot, fold, /*is_new=*/true);
    });
  }
  /// A row of a closed pane has got more values, or is new.
  template <typename A>
  void add_late(A& aggregator, const Pane<Fold>& /*pane*/, containers::Slot slot, const Fold& more, bool is_new) {
    Key& key = keys_[slot];
    if (key.rows > 0) {
      aggregator.merge(key.fold, Fold{more});
    } else {
      key.fold = more;
    }
    key.rows += is_new ? 1 : 0;
  }

  template <typename A>
  void prepare(A& /*aggregator*/, const Panes<Fold>& /*panes*/, std::size_t /*leaving*/) {}
  template <typename A>
  void evict(A& aggregator, const Pane<Fold>& /*pane*/, containers::Slot slot, const Fold& fold) {
    Key& key = keys_[slot];
    if (--key.rows == 0) {
      key.fold = Fold{};
    } else {
      aggregator.subtract(key.fold, fold);
    }
  }

  [[nodiscard]] bool have(containers::Slot slot) const { return keys_[slot].rows > 0; }
  [[nodiscard]] std::vector<containers::Slot> slots() const {
    return slots_that(keys_.size(), [this](containers::Slot slot) { return have(slot); });
  }
  template <typename A>
  [[nodiscard]] Fold fold(A& /*aggregator*/, containers::Slot slot) const {
    return keys_[slot].fold;
  }

 private:
  struct Key {
    Fold fold{};
    std::uint32_t rows = 0;
  };

  std::vector<Key> keys_;  // by slot
};

/// The same for folds that can only be merged: each row is merged three times.
///
/// The newer closed panes are the back: a key has one fold of all of them. The older ones are the front: each of their
/// rows also has the fold of itself and of the key's later rows in front. So the oldest pane can go, and the rest is
/// still folded. When the front is used up, the panes in back become the front.
/// @see Kanat Tangwongsan et al., General incremental sliding-window aggregation, 2015, "two stacks"
template <typename Fold>
class TwoStacks {
 public:
  void add_slot() { keys_.emplace_back(); }
  void reset(containers::Slot slot) { keys_[slot] = {}; }

  template <typename A>
  void close(A& aggregator, Pane<Fold>& pane) {
    pane.rows.for_each(
        [&](containers::Slot slot, const Fold& fold, PaneMarks /*marks*/) { add_to_back(aggregator, slot, fold); });
  }
  template <typename A>
  void add_late(A& aggregator, Pane<Fold>& pane, containers::Slot slot, const Fold& more, bool is_new) {
    if (pane.number > newest_in_front_) {
      add_to_back(aggregator, slot, more);
      return;
    }
    Pane<Fold>** next = &keys_[slot].front;
    while (*next != nullptr && ((*next)->number < pane.number || (!is_new && *next == &pane))) {
      Rest& rest = rest_of(**next, slot);
      aggregator.merge(rest.fold, Fold{more});
      next = &rest.later;
    }
    if (is_new) {
      add_rest(aggregator, pane, slot, std::exchange(*next, &pane));
    }
  }

  template <typename A>
  void prepare(A& aggregator, const Panes<Fold>& panes, std::size_t leaving) {
    if (leaving > 0 && panes[leaving - 1].number > newest_in_front_) {
      turn(aggregator, panes, leaving);
    }
  }
  template <typename A>
  void evict(A& /*aggregator*/, Pane<Fold>& pane, containers::Slot slot, const Fold& /*fold*/) {
    if (pane.rests.size() > 0) {
      keys_[slot].front = rest_of(pane, slot).later;
    }
  }

  [[nodiscard]] bool have(containers::Slot slot) const { return keys_[slot].front != nullptr || keys_[slot].back; }
  [[nodiscard]] std::vector<containers::Slot> slots() const {
    return slots_that(keys_.size(), [this](containers::Slot slot) { return have(slot); });
  }
  template <typename A>
  [[nodiscard]] Fold fold(A& aggregator, containers::Slot slot) const {
    const Key& key = keys_[slot];
    if (key.front == nullptr) {
      return *key.back;
    }
    Fold all{rest_of(*key.front, slot).fold};
    if (key.back) {
      aggregator.merge(all, Fold{*key.back});
    }
    return all;
  }

 private:
  using Rest = typename Pane<Fold>::Rest;

  struct Key {
    Pane<Fold>* front = nullptr;  // the oldest pane in front with a row of it
    std::optional<Fold> back;
  };

  static Rest& rest_of(Pane<Fold>& pane, containers::Slot slot) { return *pane.rests.find(slot).value; }

  // Makes the fold of a row and of those after it.
  template <typename A>
  void add_rest(A& aggregator, Pane<Fold>& pane, containers::Slot slot, Pane<Fold>* later) {
    Rest& rest = *pane.rests.make(slot, static_cast<containers::Slot>(keys_.size())).value;
    rest.fold = *pane.rows.find(slot).value;
    rest.later = later;
    if (later != nullptr) {
      aggregator.merge(rest.fold, Fold{rest_of(*later, slot).fold});
    }
  }

  template <typename A>
  void add_to_back(A& aggregator, containers::Slot slot, const Fold& fold) {
    if (std::optional<Fold>& back = keys_[slot].back) {
      aggregator.merge(*back, Fold{fold});
    } else {
      back.emplace(fold);
    }
  }

  // Makes the front of all closed panes except those that are leaving.
  template <typename A>
  void turn(A& aggregator, const Panes<Fold>& panes, std::size_t leaving) {
    for (Key& key : keys_) {
      key = {};
    }
    for (std::size_t i = 0; i < leaving; ++i) {
      panes[i].rests = {};
    }
    for (std::size_t i = panes.closed(); i-- > leaving;) {
      Pane<Fold>& pane = panes[i];
      pane.rests.expect(pane.rows.size(), static_cast<containers::Slot>(keys_.size()));
      pane.rows.for_each([&](containers::Slot slot, const Fold& /*fold*/, PaneMarks /*marks*/) {
        add_rest(aggregator, pane, slot, std::exchange(keys_[slot].front, &pane));
      });
    }
    newest_in_front_ = panes[panes.closed() - 1].number;
  }

  std::vector<Key> keys_;  // by slot
  std::int64_t newest_in_front_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace weir::detail::windows
