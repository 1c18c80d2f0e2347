#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/windows/closed_panes.hpp"
#include "weir/key.hpp"

namespace weir::detail {

/// The folds of panes by key, and what those of a window come to: a few merges for each key, however many panes it has.
///
/// A key has a number, its slot, and a row in each pane in which it has something, so that memory goes by what there
/// is. The rows of a key are linked, the newest first. Panes that a window has used are closed; items come to the
/// others.
/// @tparam ClosedPanes  `SubtractOnEvict<Fold>` or `TwoStacks<Fold>`
template <typename K, typename Fold, typename ClosedPanes>
class PaneRows {
 public:
  /// What is known of a key: its slot, and where its newest row is.
  struct Key {
    /// The row of the key in this pane if that is its newest one; else none.
    [[nodiscard]] PaneRow<Fold> row_in(Pane<Fold>& pane) const noexcept {
      return newest_pane == pane.number ? PaneRow<Fold>{&pane, newest_row} : PaneRow<Fold>{};
    }

    Slot slot;
    std::uint32_t newest_row = 0;
    std::int64_t newest_pane = std::numeric_limits<std::int64_t>::min();
  };

  /// @param seed         of the tables of the run
  /// @param keeps_marks  whether rows have marks
  PaneRows(std::uint64_t seed, bool keeps_marks) : index_{0, SeededKeyHash<K>{seed}}, keeps_marks_{keeps_marks} {}

  [[nodiscard]] std::size_t keys() const noexcept { return index_.size(); }

  /// Null if the key has no rows and is not held. A key moves when another one is added, unless `keys_stay`.
  [[nodiscard]] Key* find(const K& key) {
    const auto found = index_.find(key);
    return found != index_.end() ? &found->second : nullptr;
  }
  [[nodiscard]] bool keys_stay() const noexcept { return index_.size() < index_.max_load(); }

  /// The key, which is here from now on as long as it has rows or is held.
  Key& add(const K& key) {
    const auto [entry, is_new] = index_.try_emplace(key, Key{free_.empty() ? slots() : free_.back()});
    if (is_new && free_.empty()) {
      holders_.push_back({key, 0});
      closed_panes_.add_slot();
    } else if (is_new) {
      holders_[free_.back()] = {key, 0};
      free_.pop_back();
    }
    return entry->second;
  }

  /// All keys have slots below this one.
  [[nodiscard]] Slot slots() const noexcept { return static_cast<Slot>(holders_.size()); }
  [[nodiscard]] const K& key(Slot slot) const { return holders_[slot].key; }

  /// A key is held by something beside its rows, or no more.
  void hold(Slot slot) { ++holders_[slot].count; }
  void release(Slot slot) {
    if (--holders_[slot].count == 0) {
      index_.erase(holders_[slot].key);
      closed_panes_.reset(slot);
      free_.push_back(slot);
    }
  }

  /// The pane with this number, new if it is not there. It does not move while it is there.
  Pane<Fold>& pane(std::int64_t number) { return *panes_[index_of(number)]; }

  /// Where a key has its row in a pane, or would have it.
  struct Search {
    PaneRow<Fold> found;
    PaneRow<Fold> newer;          ///< the key's next newer row
    std::int64_t older_pane = 0;  ///< the pane of its next older one; it may not be there any more
    std::uint32_t older_row = 0;
  };
  /// Takes time for each newer row of the key.
  [[nodiscard]] Search search(const Key& key, std::int64_t number) const {
    Search search{{}, {}, key.newest_pane, key.newest_row};
    auto end = panes_.end();
    while (search.older_pane >= number) {
      end = std::ranges::lower_bound(panes_.begin(), end, search.older_pane, {}, number_of);
      const PaneRow<Fold> at{end->get(), search.older_row};
      const auto& link = at.pane->links[at.row];
      search.older_pane = link.older_pane;
      search.older_row = link.older_row;
      if (at.pane->number == number) {
        search.found = at;
        break;
      }
      search.newer = at;
    }
    return search;
  }

  /// Takes time for each newer row of the key.
  [[nodiscard]] PaneRow<Fold> find(const K& key, std::int64_t number) {
    const Key* const known = panes_.empty() || number < panes_.front()->number ? nullptr : find(key);
    return known != nullptr ? search(*known, number).found : PaneRow<Fold>{};
  }

  /// Adds the row for which was searched.
  PaneRow<Fold> insert(Key& key, Pane<Fold>& pane, const Search& search, Fold fold) {
    const PaneRow<Fold> added{&pane, static_cast<std::uint32_t>(pane.folds.size())};
    if (pane.folds.empty()) {
      pane.folds.reserve(usual_rows_);
      pane.links.reserve(usual_rows_);
    }
    pane.folds.push_back(std::move(fold));
    pane.links.push_back({search.older_pane, search.older_row, key.slot});
    if (keeps_marks_) {
      pane.marks.emplace_back();
    }
    if (search.newer) {
      auto& newer = search.newer.pane->links[search.newer.row];
      newer.older_pane = pane.number;
      newer.older_row = added.row;
    } else {
      key.newest_pane = pane.number;
      key.newest_row = added.row;
    }
    hold(key.slot);
    return added;
  }

  /// Closes the panes before this one.
  template <typename A>
  void close_before(A& aggregator, std::int64_t end) {
    for (; closed_ < panes_.size() && panes_[closed_]->number < end; ++closed_) {
      Pane<Fold>& pane = *panes_[closed_];
      usual_rows_ = pane.folds.size();
      if (pane.folds.capacity() - usual_rows_ > usual_rows_ / 4) {
        pane.folds.shrink_to_fit();
        pane.links.shrink_to_fit();
      }
      for (std::uint32_t row = 0; row < pane.folds.size(); ++row) {
        closed_panes_.close(aggregator, {&pane, row});
      }
    }
  }

  /// What the closed panes come to for a key; nothing if it has none.
  template <typename A>
  [[nodiscard]] std::optional<Fold> closed_fold(A& aggregator, Slot slot) const {
    return closed_panes_.fold(aggregator, slot);
  }

  /// Removes the closed panes before this one. `leaves(key, row)` hears of each row.
  template <typename A, typename Leaves>
  void remove_before(A& aggregator, std::int64_t first, Leaves leaves) {
    std::size_t leaving = 0;
    while (leaving < closed_ && panes_[leaving]->number < first) {
      ++leaving;
    }
    closed_panes_.prepare(aggregator, std::span{std::as_const(panes_)}.first(closed_), leaving);
    for (std::size_t i = 0; i < leaving; ++i) {
      for (PaneRow<Fold> row{panes_[i].get()}; row.row < row.pane->folds.size(); ++row.row) {
        leaves(holders_[row.slot()].key, row);
        closed_panes_.evict(aggregator, row);
        release(row.slot());
      }
    }
    panes_.erase(panes_.begin(), panes_.begin() + static_cast<std::ptrdiff_t>(leaving));
    closed_ -= leaving;
  }

  /// Adds a fold to a pane that may be closed, and says where it is. Takes time for each row of the key.
  template <typename A>
  PaneRow<Fold> add_late(A& aggregator, Slot slot, std::int64_t number, Fold fold) {
    Key& key = *find(holders_[slot].key);
    const std::size_t index = index_of(number);
    const Search search = this->search(key, number);
    const bool is_new = !search.found;
    const PaneRow<Fold> row = is_new ? insert(key, *panes_[index], search, fold) : search.found;
    if (index < closed_) {
      closed_panes_.add_late(aggregator, row, fold, is_new);
    }
    if (!is_new) {
      aggregator.merge(row.fold(), std::move(fold));
    }
    return row;
  }

  [[nodiscard]] std::optional<std::int64_t> newest_closed() const {
    return closed_ > 0 ? std::optional{panes_[closed_ - 1]->number} : std::nullopt;
  }
  [[nodiscard]] std::optional<std::int64_t> oldest_open() const {
    return closed_ < panes_.size() ? std::optional{panes_[closed_]->number} : std::nullopt;
  }

 private:
  // Who has a slot, for as long as anything holds it.
  struct Holder {
    K key;
    std::uint32_t count;
  };

  static std::int64_t number_of(const std::unique_ptr<Pane<Fold>>& pane) { return pane->number; }

  std::size_t index_of(std::int64_t number) {
    const auto place = std::ranges::lower_bound(panes_, number, {}, number_of);
    const auto index = static_cast<std::size_t>(place - panes_.begin());
    if (place == panes_.end() || (*place)->number != number) {
      panes_.insert(place, std::make_unique<Pane<Fold>>(Pane<Fold>{number, {}}));
      closed_ += index < closed_ ? 1 : 0;
    }
    return index;
  }

  boost::unordered_flat_map<K, Key, SeededKeyHash<K>> index_;
  std::vector<Holder> holders_;  // by slot
  std::vector<Slot> free_;
  std::vector<std::unique_ptr<Pane<Fold>>> panes_;  // by number; closed ones first
  std::size_t closed_ = 0;                          // how many are closed
  ClosedPanes closed_panes_;
  std::size_t usual_rows_ = 0;  // of a pane: what the last one had
  bool keeps_marks_;
};

}  // namespace weir::detail
