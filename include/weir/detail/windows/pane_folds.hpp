#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <utility>
#include <vector>

namespace weir::detail::windows {

/// The fold of one pane, or of the panes from one on.
template <typename Fold>
struct PaneFold {
  std::int64_t pane = 0;
  Fold fold{};
};

/// The panes of a key that windows still need, with one fold each, so that a window takes a few merges, however many
/// panes it has.
///
/// Panes that a window has used are closed. The older ones are in `front`, where each has the fold of all from itself
/// to the newest in front. So the oldest can go, and the rest is still folded. The newer ones are in `back`, together
/// with the fold of all of these. When front is empty, the panes in back move to it: each pane is merged three times.
/// @see Kanat Tangwongsan et al., General incremental sliding-window aggregation, 2015, "two stacks"
template <typename Fold>
struct PaneFolds {
  std::vector<PaneFold<Fold>> front;  ///< the newest first
  std::vector<PaneFold<Fold>> back;   ///< the oldest first
  std::optional<Fold> back_fold;
  std::vector<PaneFold<Fold>> open;  ///< the oldest first

  [[nodiscard]] bool closed_empty() const { return front.empty() && back.empty(); }

  /// Whether there is a pane from `first` to before `end`.
  [[nodiscard]] bool any_between(std::int64_t first, std::int64_t end) const {
    const auto inside = [&](const PaneFold<Fold>& each) { return each.pane >= first && each.pane < end; };
    return std::ranges::any_of(front, inside) || std::ranges::any_of(back, inside) || std::ranges::any_of(open, inside);
  }

  /// Adds a value to the newest pane, or to a newer one. Returns whether the pane is new.
  template <typename A, typename V>
  bool add(A& aggregator, std::int64_t pane, V&& value) {
    if (!open.empty() && open.back().pane == pane) {
      aggregator.add(open.back().fold, std::forward<V>(value));
      return false;
    }
    open.push_back({pane, aggregator.first(std::forward<V>(value))});
    return true;
  }

  /// The fold of the panes from `first` to before `end`, which become closed. Drops the panes before `first`. Windows
  /// come in their order.
  template <typename A>
  [[nodiscard]] std::optional<Fold> fold(A& aggregator, std::int64_t first, std::int64_t end) {
    std::size_t closing = 0;
    for (; closing < open.size() && open[closing].pane < end; ++closing) {
      if (open[closing].pane >= first) {
        add_to_back(aggregator, open[closing].fold);
        back.push_back(std::move(open[closing]));
      }
    }
    open.erase(open.begin(), open.begin() + static_cast<std::ptrdiff_t>(closing));
    while (!front.empty() && front.back().pane < first) {
      front.pop_back();
    }
    if (front.empty() && !back.empty() && back.front().pane < first) {
      turn(aggregator, first);
    }
    if (front.empty()) {
      return back_fold;
    }
    std::optional<Fold> all{front.back().fold};
    if (back_fold) {
      aggregator.merge(*all, Fold{*back_fold});
    }
    return all;
  }

 private:
  template <typename A>
  void add_to_back(A& aggregator, const Fold& fold) {
    if (back_fold) {
      aggregator.merge(*back_fold, Fold{fold});
    } else {
      back_fold.emplace(fold);
    }
  }

  // Makes front of the panes in back from `first` on.
  template <typename A>
  void turn(A& aggregator, std::int64_t first) {
    for (PaneFold<Fold>& each : std::views::reverse(back)) {
      if (each.pane < first) {
        break;
      }
      if (!front.empty()) {
        aggregator.merge(each.fold, Fold{front.back().fold});
      }
      front.push_back(std::move(each));
    }
    back.clear();
    back_fold.reset();
  }
};

}  // namespace weir::detail::windows
