#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/containers/list.hpp"
#include "weir/detail/runtime/make_as.hpp"
#include "weir/detail/windows/closed_panes.hpp"
#include "weir/detail/windows/pane_grid.hpp"
#include "weir/detail/windows/slot_table.hpp"
#include "weir/key.hpp"

namespace weir::detail::windows {

/// The folds of panes and windows by key: a window takes a few merges for each key, however many panes it has.
///
/// A key has a number, its slot, as long as it has rows or is held, and one window longer, since most keys come again.
/// The panes that a window has used are closed; items come to the others.
/// @tparam ClosedPanes  `WholePanes<Fold>`, `SubtractOnEvict<Fold>` or `TwoStacks<Fold>`
template <typename K, typename Fold, typename ClosedPanes>
class PaneRows {
 public:
  /// The fold of a key in a pane, and its marks; false if there is none.
  using Row = typename SlotTable<Fold, PaneMarks>::Row;

  /// @param seed  of the tables of the run
  PaneRows(const PaneGrid& grid, std::uint64_t seed) : grid_{grid}, index_{0, SeededKeyHash<K>{seed}} {}

  [[nodiscard]] const PaneGrid& grid() const noexcept { return grid_; }
  [[nodiscard]] std::size_t keys() const noexcept { return index_.size(); }

  /// How much memory keys and folds take, without what they own.
  [[nodiscard]] std::size_t bytes() const {
    std::size_t bytes = index_.size() * sizeof(std::pair<K, containers::Slot>) + holders_.size() * sizeof(Holder);
    for (std::size_t i = 0; i < panes_.size(); ++i) {
      bytes += panes_[i].rows.bytes();
    }
    return bytes;
  }

  /// How many keys have rows in a pane, or are held.
  [[nodiscard]] std::size_t keys_with_rows() const {
    std::size_t keys = 0;
    for (containers::Slot slot = 0; slot < slots(); ++slot) {
      if (!holders_[slot].known) {
        continue;
      }
      keys += holders_[slot].held > 0 || has_row(slot, 0) ? 1 : 0;
    }
    return keys;
  }

  /// `kNoSlot` if the key has no state, and had none when the last window was emitted.
  [[nodiscard]] containers::Slot find(const K& key) const {
    const auto found = index_.find(key);
    return found != index_.end() ? found->second : containers::kNoSlot;
  }
  [[nodiscard]] const K& key(containers::Slot slot) const { return holders_[slot].key; }

  /// The slot of a key, which keeps it from now on as long as it has rows or is held.
  containers::Slot add(const K& key) {
    const auto [entry, is_new] = index_.try_emplace(key, free_.empty() ? slots() : free_.back());
    if (is_new && free_.empty()) {
      holders_.push_back({key, 0, true});
      closed_panes_.add_slot();
    } else if (is_new) {
      holders_[free_.back()] = {key, 0, true};
      free_.pop_back();
    }
    return entry->second;
  }

  /// A key is held by something other than its rows, or no longer.
  void hold(containers::Slot slot) { ++holders_[slot].held; }
  void release(containers::Slot slot) {
    --holders_[slot].held;
    departed_.push_back(slot);
  }

  /// The pane with this number, created if missing. It does not move while it exists.
  Pane<Fold>& pane(std::int64_t number) { return panes_[index_of(number)]; }

  /// The open pane of a time; null if there is none.
  [[nodiscard]] Pane<Fold>* pane_at(Time time) const { return panes_.open_at(time); }

  /// None if the key has no row there.
  [[nodiscard]] std::optional<Row> find(const K& key, std::int64_t number) {
    const std::size_t index = panes_.first_from(number);
    if (!panes_.is_at(index, number)) {
      return std::nullopt;
    }
    const Row row = panes_[index].rows.find(find(key));
    return row ? std::optional{row} : std::nullopt;
  }

  /// Adds a row for a key that has none in the pane.
  Row insert(containers::Slot slot, Pane<Fold>& pane, Fold fold) {
    if (pane.rows.size() == 0) {
      pane.rows.expect(usual_rows_, slots());
    }
    const Row row = pane.rows.make(slot, slots());
    *row.value = std::move(fold);
    return row;
  }

  /// The numbers of the next older pane and the next newer one with a row of the key.
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> around(containers::Slot slot, std::int64_t number) const {
    std::pair around{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
    for (std::size_t i = 0; i < panes_.size(); ++i) {
      Pane<Fold>& pane = panes_[i];
      if (pane.number == number || !pane.rows.find(slot)) {
        continue;
      }
      if (pane.number > number) {
        around.second = pane.number;
        break;
      }
      around.first = pane.number;
    }
    return around;
  }

  /// Closes the panes before this one.
  template <typename A>
  void close_before(A& aggregator, std::int64_t end) {
    while (Pane<Fold>* const pane = panes_.close_next_before(end)) {
      usual_rows_ = pane->rows.size();
      pane->rows.settle();
      closed_panes_.close(aggregator, *pane);
    }
  }

  /// The keys that have rows in the closed panes.
  [[nodiscard]] std::vector<containers::Slot> closed_slots() const { return closed_panes_.slots(); }
  /// Their fold for such a key. Call it once for each window.
  template <typename A>
  [[nodiscard]] Fold closed_fold(A& aggregator, containers::Slot slot) {
    return closed_panes_.fold(aggregator, slot);
  }

  /// Removes the closed panes before this one. Calls `leaves(key, number, marks)` for each row.
  template <typename A, typename Leaves>
  void remove_before(A& aggregator, std::int64_t first, Leaves leaves) {
    const std::size_t leaving = panes_.closed_before(first);
    forget_departed();
    closed_panes_.prepare(aggregator, panes_, leaving);
    for (std::size_t i = 0; i < leaving; ++i) {
      Pane<Fold>& pane = panes_[i];
      pane.rows.for_each([&](containers::Slot slot, const Fold& fold, PaneMarks marks) {
        leaves(holders_[slot].key, pane.number, marks);
        closed_panes_.evict(aggregator, pane, slot, fold);
        if (!closed_panes_.have(slot)) {
          departed_.push_back(slot);
        }
      });
    }
    panes_.remove_first(leaving);
    if (panes_.size() == 0) {
      forget_departed();
    }
  }

  /// Adds a fold to a pane that may be closed.
  template <typename A>
  Row add_late(A& aggregator, containers::Slot slot, std::int64_t number, Fold fold) {
    const std::size_t index = index_of(number);
    Pane<Fold>& pane = panes_[index];
    Row row = pane.rows.find(slot);
    const bool is_new = !row;
    if (is_new) {
      row = insert(slot, pane, fold);
    }
    if (index < panes_.closed()) {
      closed_panes_.add_late(aggregator, pane, slot, fold, is_new);
    }
    if (!is_new) {
      aggregator.merge(*row.value, std::move(fold));
    }
    return row;
  }

  [[nodiscard]] std::optional<std::int64_t> newest_closed() const { return panes_.newest_closed(); }
  [[nodiscard]] std::optional<std::int64_t> oldest_open() const { return panes_.oldest_open(); }

 private:
  struct Holder {
    K key;
    std::uint32_t held;  // by other things than rows
    bool known;          // is in the index
  };

  // Whether the key has a row in a pane from this index on.
  [[nodiscard]] bool has_row(containers::Slot slot, std::size_t from) const {
    for (; from < panes_.size(); ++from) {
      if (panes_[from].rows.find(slot)) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] containers::Slot slots() const noexcept { return static_cast<containers::Slot>(holders_.size()); }

  // Frees the slots of keys that have had no state since the last window.
  void forget_departed() {
    for (const containers::Slot slot : std::exchange(departed_, {})) {
      if (closed_panes_.have(slot)) [[likely]] {
        continue;  // most come again
      }
      Holder& holder = holders_[slot];
      if (holder.known && holder.held == 0 && !has_row(slot, panes_.closed())) {
        holder.known = false;
        index_.erase(holder.key);
        closed_panes_.reset(slot);
        free_.push_back(slot);
      }
    }
  }

  std::size_t index_of(std::int64_t number) {
    const std::size_t index = panes_.first_from(number);
    if (!panes_.is_at(index, number)) {
      const Time over = grid_.windows().end_of(grid_.first_window_of(number));
      panes_.insert(index, runtime::make_as<PaneBounds, Pane<Fold>>(number, grid_.pane(number), over));
    }
    return index;
  }

  PaneGrid grid_;
  boost::unordered_flat_map<K, containers::Slot, SeededKeyHash<K>> index_;
  containers::List<Holder> holders_;  // by slot
  std::vector<containers::Slot> free_;
  std::vector<containers::Slot> departed_;  // had rows until the last window; may be in it twice
  Panes<Fold> panes_;
  ClosedPanes closed_panes_;
  std::size_t usual_rows_ = 0;  // of a pane: as many as the last one had
};

}  // namespace weir::detail::windows
