#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "weir/detail/changed_keys.hpp"

namespace weir::detail {

/// A key by number.
using Slot = std::uint32_t;

template <typename Fold>
struct Pane;

/// A row of a pane, or none.
template <typename Fold>
struct PaneRow {
  Pane<Fold>* pane = nullptr;
  std::uint32_t row = 0;

  explicit operator bool() const noexcept { return pane != nullptr; }
  [[nodiscard]] Slot slot() const { return pane->links[row].slot; }
  [[nodiscard]] Fold& fold() const { return pane->folds[row]; }
  [[nodiscard]] KeptMarks& marks() const { return pane->marks[row]; }
};

/// A part of time that is in the same windows, and a row for each key that has something in it.
template <typename Fold>
struct Pane {
  /// Whose a row is.
  struct Link {
    std::int64_t older_pane;  ///< where the key has its next older row, if that is still there
    std::uint32_t older_row;
    Slot slot;
  };
  /// The fold of a row and of some of the key's later rows.
  struct Rest {
    Fold fold;
    PaneRow<Fold> later;  ///< the next of them
  };

  std::int64_t number;
  std::vector<Fold> folds;         ///< by row
  std::vector<Link> links{};       ///< by row
  std::vector<KeptMarks> marks{};  ///< by row, in runs that keep snapshots
  std::vector<Rest> rests{};       ///< by row, where `TwoStacks` keeps them
};

/// What the closed panes come to, key by key, where a fold can be taken off again: each row is merged and taken off
/// once.
/// @see Kanat Tangwongsan et al., General incremental sliding-window aggregation, 2015, "subtract-on-evict"
template <typename Fold>
class SubtractOnEvict {
 public:
  void add_slot() { keys_.emplace_back(); }
  void reset(Slot slot) { keys_[slot] = {}; }

  /// A row is closed now.
  template <typename A>
  void close(A& aggregator, const PaneRow<Fold>& row) {
    add_late(aggregator, row, row.fold(), true);
  }
  /// A closed row has got more, or is new.
  template <typename A>
  void add_late(A& aggregator, const PaneRow<Fold>& row, const Fold& more, bool is_new) {
    Key& key = keys_[row.slot()];
    if (key.fold) {
      aggregator.merge(*key.fold, Fold{more});
    } else {
      key.fold.emplace(more);
    }
    key.rows += is_new ? 1 : 0;
  }

  /// The first `leaving` of the closed panes will leave, row by row.
  template <typename A>
  void prepare(A& /*aggregator*/, std::span<const std::unique_ptr<Pane<Fold>>> /*closed*/, std::size_t /*leaving*/) {}
  template <typename A>
  void evict(A& aggregator, const PaneRow<Fold>& row) {
    Key& key = keys_[row.slot()];
    if (--key.rows == 0) {
      key.fold.reset();
    } else {
      aggregator.subtract(*key.fold, std::as_const(row.fold()));
    }
  }

  /// Nothing if the key has no closed row.
  template <typename A>
  [[nodiscard]] std::optional<Fold> fold(A& /*aggregator*/, Slot slot) const {
    return keys_[slot].fold;
  }

 private:
  struct Key {
    std::optional<Fold> fold;
    std::uint32_t rows = 0;
  };

  std::vector<Key> keys_;  // by slot
};

/// The same for folds that can only be merged: each row is merged three times.
///
/// The newer closed panes are the back: what they come to for a key is kept in one fold. The older ones are the front:
/// each of their rows has also the fold of itself and of the key's later rows in front, so that the oldest pane can go
/// and the rest is still folded. When the front is used up it is made of what is in back.
/// @see Kanat Tangwongsan et al., General incremental sliding-window aggregation, 2015, "two stacks"
template <typename Fold>
class TwoStacks {
 public:
  void add_slot() { keys_.emplace_back(); }
  void reset(Slot slot) { keys_[slot] = {}; }

  template <typename A>
  void close(A& aggregator, const PaneRow<Fold>& row) {
    add_to_back(aggregator, row.slot(), row.fold());
  }
  template <typename A>
  void add_late(A& aggregator, const PaneRow<Fold>& row, const Fold& more, bool is_new) {
    if (row.pane->number > newest_in_front_) {
      add_to_back(aggregator, row.slot(), more);
      return;
    }
    PaneRow<Fold>* next = &keys_[row.slot()].front;
    while (*next && (next->pane->number < row.pane->number || (!is_new && next->pane == row.pane))) {
      aggregator.merge(rest_of(*next).fold, Fold{more});
      next = &rest_of(*next).later;
    }
    if (is_new) {
      row.pane->rests.push_back(rest_from(aggregator, row, *next));
      *next = row;
    }
  }

  template <typename A>
  void prepare(A& aggregator, std::span<const std::unique_ptr<Pane<Fold>>> closed, std::size_t leaving) {
    if (leaving > 0 && closed[leaving - 1]->number > newest_in_front_) {
      turn(aggregator, closed, leaving);
    }
  }
  template <typename A>
  void evict(A& /*aggregator*/, const PaneRow<Fold>& row) {
    if (!row.pane->rests.empty()) {
      keys_[row.slot()].front = rest_of(row).later;
    }
  }

  template <typename A>
  [[nodiscard]] std::optional<Fold> fold(A& aggregator, Slot slot) const {
    const Key& key = keys_[slot];
    if (!key.front) {
      return key.back;
    }
    std::optional<Fold> all{rest_of(key.front).fold};
    if (key.back) {
      aggregator.merge(*all, Fold{*key.back});
    }
    return all;
  }

 private:
  struct Key {
    PaneRow<Fold> front;  // the oldest row there
    std::optional<Fold> back;
  };
  using Rest = typename Pane<Fold>::Rest;

  static Rest& rest_of(const PaneRow<Fold>& row) { return row.pane->rests[row.row]; }

  template <typename A>
  static Rest rest_from(A& aggregator, const PaneRow<Fold>& row, const PaneRow<Fold>& later) {
    Rest rest{row.fold(), later};
    if (later) {
      aggregator.merge(rest.fold, Fold{rest_of(later).fold});
    }
    return rest;
  }

  template <typename A>
  void add_to_back(A& aggregator, Slot slot, const Fold& fold) {
    if (std::optional<Fold>& back = keys_[slot].back) {
      aggregator.merge(*back, Fold{fold});
    } else {
      back.emplace(fold);
    }
  }

  // Makes the front of all closed panes but those that are leaving.
  template <typename A>
  void turn(A& aggregator, std::span<const std::unique_ptr<Pane<Fold>>> closed, std::size_t leaving) {
    for (Key& key : keys_) {
      key = {};
    }
    for (const auto& pane : closed.first(leaving)) {
      pane->rests.clear();
    }
    for (std::size_t i = closed.size(); i-- > leaving;) {
      Pane<Fold>& pane = *closed[i];
      pane.rests.reserve(pane.folds.size());
      for (std::uint32_t row = 0; row < pane.folds.size(); ++row) {
        PaneRow<Fold>& oldest = keys_[pane.links[row].slot].front;
        const PaneRow<Fold> older{&pane, row};
        pane.rests.push_back(rest_from(aggregator, older, oldest));
        oldest = older;
      }
    }
    newest_in_front_ = closed.back()->number;
  }

  std::vector<Key> keys_;  // by slot
  std::int64_t newest_in_front_ = std::numeric_limits<std::int64_t>::min();
};

}  // namespace weir::detail
