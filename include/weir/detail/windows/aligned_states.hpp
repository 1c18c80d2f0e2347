#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "weir/detail/containers/owned.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/detail/snapshot/changed_keys.hpp"
#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/detail/windows/closed_panes.hpp"
#include "weir/detail/windows/late_parts.hpp"
#include "weir/detail/windows/pane_grid.hpp"
#include "weir/detail/windows/pane_rows.hpp"
#include "weir/key.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::windows {

/// Where a fold counts: in a pane, from one of the pane's windows on.
struct Place {
  std::int64_t pane = 0;
  std::int64_t from = kAll;  ///< the number of the first window that it counts in; `kAll` if in all of the pane's

  static constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::min();
};

/// What an `AlignedOperator` keeps: the folds of keys in panes, and the late parts. In runs that keep snapshots it
/// lists which of them change.
///
/// A late part is the fold of items for which some windows of their pane were closed already. It joins its pane's fold
/// when the first window that it counts in is emitted.
template <typename K, typename Fold, typename Evict>
class AlignedStates {
 public:
  using Rows = PaneRows<K, Fold, Evict>;
  using Row = typename Rows::Row;

  /// What states are kept by in a snapshot: a key, and the numbers of its place.
  using StateKey = std::pair<K, std::pair<std::int64_t, std::int64_t>>;

  struct LatePart {
    Fold fold;
    PaneMarks marks{.there = true};
  };
  /// A late part that was taken out.
  struct TakenPart {
    containers::Slot slot;
    std::int64_t pane;
    Fold fold;
  };

  /// @param seed  of the run's tables
  /// @param kept  whether the run keeps snapshots
  AlignedStates(const PaneGrid& grid, std::uint64_t seed, bool kept) : changes_{kept}, rows_{grid, seed} {}

  [[nodiscard]] Rows& rows() noexcept { return rows_; }

  /// Null if there is none.
  [[nodiscard]] LatePart* find_late(containers::Slot slot, const Place& place) {
    return static_cast<LatePart*>(late_.find({place.from, slot, place.pane}));
  }

  /// There is none yet. Holds the key's slot until it is taken.
  LatePart& add_late(containers::Slot slot, const Place& place, Fold fold) {
    rows_.hold(slot);
    auto* const part = new LatePart{std::move(fold)};
    late_.add({place.from, slot, place.pane}, part);
    return *part;
  }

  /// Whether another late part of the key counts in a window.
  [[nodiscard]] bool has_late(containers::Slot slot, std::int64_t window, const Place& but) const {
    return late_.has(slot, rows_.grid(), window, {but.from, slot, but.pane});
  }

  /// The first window that a late part counts in.
  [[nodiscard]] std::optional<std::int64_t> first_late() const { return late_.first(); }

  /// Takes out one that counts in this window or one before. The caller releases its slot.
  [[nodiscard]] std::optional<TakenPart> take_late(std::int64_t window) {
    const LateParts::Taken taken = late_.take(window);
    if (taken.part == nullptr) {
      return std::nullopt;
    }
    const containers::Owned<LatePart> part{static_cast<LatePart*>(taken.part)};
    note_end(rows_.key(taken.place.slot), {taken.place.pane, taken.place.from}, part->marks);
    return TakenPart{taken.place.slot, taken.place.pane, std::move(part->fold)};
  }

  /// Whether the run keeps snapshots.
  [[nodiscard]] bool kept() const noexcept { return changes_.kept(); }
  [[nodiscard]] bool changed() const noexcept { return !changes_.empty(); }

  /// A fold has changed, perhaps again since the last snapshot.
  void note(const K& key, std::int64_t pane, const Row& row) {
    if (changes_.kept()) {
      note(key, {pane}, *row.marks);
    }
  }
  void note(const K& key, const Place& place, PaneMarks& marks) {
    if (changes_.kept() && !marks.changed) {
      marks.changed = true;
      note_change(key, place, marks.stored);
    }
  }
  /// A fold is gone.
  void note_end(const K& key, const Place& place, PaneMarks marks) {
    if (marks.stored && !marks.changed) {
      note_change(key, place, true);
    }
  }

  /// What has changed since the last call.
  [[nodiscard]] std::unique_ptr<snapshot::StateChanges> take_changes() {
    return changes_.template take<Fold>([](const StateKey& key) { return key_hash(key.first); },
                                        [this](const StateKey& key) { return find_state(key); });
  }

  /// Gives a key a fold of a snapshot.
  /// @return where it counts
  Place restore(const snapshot::StateRecord& record) {
    const auto [key, numbers] = from_bytes<StateKey>(record.key);
    const Place place{numbers.first, numbers.second};
    Fold fold = from_bytes<Fold>(*record.state);
    const containers::Slot slot = rows_.add(key);
    PaneMarks& marks = place.from == Place::kAll ? *rows_.insert(slot, rows_.pane(place.pane), std::move(fold)).marks
                                                 : add_late(slot, place, std::move(fold)).marks;
    marks.stored = true;
    if (record.migrated) {
      note(key, place, marks);
    }
    return place;
  }

 private:
  void note_change(const K& key, const Place& place, bool stored) {
    changes_.note(StateKey{key, {place.pane, place.from}}, stored,
                  [this](const StateKey& each) { return find_state(each).first != nullptr; });
  }

  std::pair<Fold*, PaneMarks*> find_state(const StateKey& key) {
    const Place place{key.second.first, key.second.second};
    if (place.from == Place::kAll) {
      const auto row = rows_.find(key.first, place.pane);
      return row ? std::pair{row->value, row->marks} : std::pair<Fold*, PaneMarks*>{};
    }
    const containers::Slot slot = rows_.find(key.first);
    LatePart* const part = slot != containers::kNoSlot ? find_late(slot, place) : nullptr;
    return part != nullptr ? std::pair{&part->fold, &part->marks} : std::pair<Fold*, PaneMarks*>{};
  }

  snapshot::ChangedKeys<StateKey> changes_;
  Rows rows_;
  LateParts late_{[](void* part) { delete static_cast<LatePart*>(part); }};
};

}  // namespace weir::detail::windows
