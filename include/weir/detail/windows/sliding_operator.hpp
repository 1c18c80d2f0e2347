#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/detail/alarms.hpp"
#include "weir/detail/build.hpp"
#include "weir/detail/changed_keys.hpp"
#include "weir/detail/operator.hpp"
#include "weir/detail/windows/aligned_operator.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/closed_panes.hpp"
#include "weir/detail/windows/pane_grid.hpp"
#include "weir/detail/windows/pane_rows.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"
#include "weir/serialize.hpp"
#include "weir/window.hpp"

namespace weir::detail {

template <typename K, typename Input, typename F>
class SlidingOperator;

/// Sliding windows of event time without allowed lateness, whose folds can be merged.
template <typename A, typename Arrivals>
using SlidingLogic = AlignedLogic<SlidingOperator, A, Arrivals, PaneGrid>;

/// The code of sliding windows: an item is folded into its pane, and a window is put out for all keys at once.
///
/// Event time is the same on all workers when an epoch ends, and no window is half put out then. So it follows from the
/// time which windows a fold has been in, and what snapshots keep is one fold by key and pane, which is written when it
/// changes and when it leaves.
template <typename K, typename Input, typename F>
class SlidingOperator : public AlignedOperator<SlidingOperator<K, Input, F>, K, Input, F,
                                               std::pair<K, std::pair<std::int64_t, std::int64_t>>> {
  // States are kept by key, number of the pane, and from which window on it counts; `kAll` if in all.
  using Base = AlignedOperator<SlidingOperator, K, Input, F, std::pair<K, std::pair<std::int64_t, std::int64_t>>>;
  friend Base;
  using Base::add;
  using Base::alarms_;
  using Base::changes_;
  using Base::gate;
  using Base::kLookAhead;
  using Base::logic_;
  using Base::note_change;
  using Base::note_work;
  using Base::outputs_;
  using Base::result_of;
  using Base::site;
  using typename Base::Aggregator;
  using typename Base::Arrivals;
  using typename Base::Fold;
  using typename Base::Value;
  using Rows =
      PaneRows<K, Fold,
               std::conditional_t<InvertibleAggregatorOf<Aggregator, Value>, SubtractOnEvict<Fold>, TwoStacks<Fold>>>;
  using Key = typename Rows::Key;

 public:
  using typename Base::StateKey;
  using Closing = Operator::Closing;

  SlidingOperator(OperatorParts& parts, const F& logic)
      : Base{parts, logic}, rows_{parts.site.tables.seed, parts.resume != nullptr} {}

  void restore(const StateRecord& record) override {
    auto [key, place] = from_bytes<StateKey>(record.key);
    const auto [pane, from] = place;
    Fold fold = from_bytes<Fold>(*record.state);
    Key& known = rows_.add(key);
    KeptMarks* marks = nullptr;
    if (from == kAll) {
      marks = &rows_.insert(known, rows_.pane(pane), rows_.search(known, pane), std::move(fold)).marks();
      expect(first_left_of(pane));
    } else {
      rows_.hold(known.slot);
      marks = &late_.emplace(LateKey{from, known.slot, pane}, Late{std::move(fold)}).first->second.marks;
      expect(from);
    }
    marks->stored = true;
    if (record.migrated) {
      note(key, place, *marks);
    }
  }

  [[nodiscard]] std::size_t keys_held() const override { return rows_.keys(); }

 private:
  static constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kNoWindow = std::numeric_limits<std::int64_t>::max();

  /// Where an item goes.
  struct Target {
    Pane<Fold>* pane;     ///< null: some of its windows are over, or all
    std::int64_t number;  ///< of the pane
    std::int64_t from;    ///< the first window that is not over for it
    Key* key;             ///< null: it is new
  };

  /// What is over for an item, though time has not come so far here yet: it comes to its pane when the first window
  /// that it is in time for is put out.
  struct Late {
    Fold fold;
    KeptMarks marks{};
  };
  using LateKey = std::tuple<std::int64_t, Slot, std::int64_t>;  // from which window on, whose, and in which pane

  // All are looked up before the first is folded: the processor then waits for several entries at once.
  void handle(std::span<std::pair<K, Input>> items) {
    std::array<Target, kLookAhead> targets;
    find_panes(items, targets.data());
    call(site(), "key", [&] {
      for (std::size_t i = 0; i < items.size(); ++i) {
        Target& target = targets[i];
        target.key = rows_.find(items[i].first);
        if (target.key != nullptr && target.pane != nullptr) {
          if (const auto place = target.key->row_in(*target.pane)) {
            __builtin_prefetch(&place.fold(), 1);
          }
        }
      }
    });
    bool all_stay = true;  // no key was moved since
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Target& target = targets[i];
      const K& key = items[i].first;
      Value& value = Arrivals::value_of(items[i].second);
      if (all_stay && target.key != nullptr && target.pane != nullptr) [[likely]] {
        if (const auto place = target.key->row_in(*target.pane)) {
          add(key, place.fold(), std::move(value));
          note(key, place);
          continue;
        }
      }
      all_stay = all_stay && rows_.keys_stay();
      if (target.pane != nullptr) {
        handle_first(key, target, std::move(value));
      } else {
        handle_late(key, target, std::move(value));
      }
    }
  }

  void find_panes(std::span<std::pair<K, Input>> items, Target* target) {
    Alarms<std::int64_t> alarms{kNoWindow, alarms_};
    for (auto& [key, input] : items) {
      try {
        const Arrival<Value> arrival = logic_.arrivals.arrive(std::move(input), alarms);
        if (recent_ == nullptr || arrival.time < recent_bounds_.start || arrival.time >= recent_bounds_.end ||
            arrival.promise >= recent_over_) {
          find_pane(arrival, *target);
        } else {
          *target = {recent_, recent_->number, kAll, nullptr};
        }
      } catch (...) {
        throw_step_error(site(), "logic", key_text(key));
      }
      ++target;
    }
  }

  [[gnu::noinline]] void find_pane(const Arrival<Value>& arrival, Target& target) {
    const AlignedWindows& windows = logic_.grid.windows();
    const std::int64_t number = logic_.grid.pane_with(arrival.time);
    const std::int64_t first = logic_.grid.first_window_of(number);
    if (windows.end_of(first) > arrival.promise) {
      recent_ = &rows_.pane(number);
      recent_bounds_ = logic_.grid.pane(number);
      recent_over_ = windows.end_of(first);
      target = {recent_, number, kAll, nullptr};
      return;
    }
    const bool in_any = windows.end_of(logic_.grid.last_window_of(number)) > arrival.promise;
    target = {nullptr, number, in_any ? windows.first_with(arrival.promise) : kNoWindow, nullptr};
  }

  // The value may be the key's first one in the pane.
  [[gnu::noinline]] void handle_first(const K& key, const Target& target, Value&& value) {
    Key* known = rows_.find(key);
    typename Rows::Search search;
    if (known != nullptr) {
      search = rows_.search(*known, target.number);
      if (search.found) {
        add(key, search.found.fold(), std::move(value));
        note(key, search.found);
        return;
      }
    }
    Fold fold = first_of(key, std::move(value));
    if (known == nullptr) {
      known = &rows_.add(key);
      search = rows_.search(*known, target.number);
    }
    const std::int64_t newer = search.newer ? search.newer.pane->number : std::numeric_limits<std::int64_t>::max();
    note(key, rows_.insert(*known, *target.pane, search, std::move(fold)));
    expect(logic_.grid.first_window_of(target.number));
    if (auto emit = outputs_.emit_for(key); emit.wants_events()) {
      tell_opened(target.number, search.older_pane, newer, emit);
    }
  }

  // The key has something new in a pane, and had nothing between two others.
  template <typename Emit>
  void tell_opened(std::int64_t pane, std::int64_t older, std::int64_t newer, Emit& emit) {
    for (std::int64_t window = logic_.grid.first_window_of(pane); window <= logic_.grid.last_window_of(pane);
         ++window) {
      if (older < logic_.grid.first_of(window) && newer >= logic_.grid.end_of(window)) {
        emit.event(WindowEvent::Kind::kOpened, logic_.grid.windows().window(window));
      }
    }
  }

  [[gnu::noinline]] void handle_late(const K& key, const Target& target, Value&& value) {
    if (target.from == kNoWindow) {
      outputs_.emit_for(key).late(std::move(value));
      return;
    }
    if (const Key* const known = rows_.find(key)) {
      if (const auto found = late_.find({target.from, known->slot, target.number}); found != late_.end()) {
        add(key, found->second.fold, std::move(value));
        note(key, {target.number, target.from}, found->second.marks);
        return;
      }
    }
    Late late{first_of(key, std::move(value))};
    const Slot slot = rows_.add(key).slot;
    rows_.hold(slot);
    const auto added = late_.emplace(LateKey{target.from, slot, target.number}, std::move(late)).first;
    note(key, {target.number, target.from}, added->second.marks);
    expect(target.from);
  }

  Fold first_of(const K& key, Value&& value) {
    try {
      return logic_.aggregator.first(std::move(value));
    } catch (...) {
      throw_step_error(site(), "logic", key_text(key));
    }
  }

  // The first window of a pane that is not over.
  [[nodiscard]] std::int64_t first_left_of(std::int64_t pane) const {
    const std::int64_t first = logic_.grid.first_window_of(pane);
    const AlignedWindows& windows = logic_.grid.windows();
    return windows.end_of(first) > alarms_.watermark() ? first : windows.first_with(alarms_.watermark());
  }

  // A window has something in it.
  void expect(std::int64_t window) {
    if (window < next_) {
      next_ = window;
      Alarms<std::int64_t> alarms{next_, alarms_};
      Arrivals::wake(alarms, logic_.grid.windows().end_of(next_));
    }
  }

  // Puts out the windows that are over, as a cursor.
  Closing close_windows() {
    while (next_ != kNoWindow && logic_.grid.windows().end_of(next_) <= alarms_.watermark()) {
      note_work();
      if (const Closing answer = put_out(next_); answer != Closing::kDone) {
        return answer;
      }
      rows_.remove_before(logic_.aggregator, logic_.grid.first_of(next_ + 1),
                          [this](const K& key, const PaneRow<Fold>& row) { note_end(key, row); });
      recent_ = nullptr;
      expect_after(std::exchange(next_, kNoWindow));
    }
    return Closing::kDone;
  }

  Closing put_out(std::int64_t index) {
    if (!next_slot_) {
      take_late(index);
      call(site(), "merge", [&] { rows_.close_before(logic_.aggregator, logic_.grid.end_of(index)); });
      next_slot_ = 0;
    }
    const Window window = logic_.grid.windows().window(index);
    while (*next_slot_ < rows_.slots()) {
      const Slot slot = (*next_slot_)++;
      if (std::optional<Fold> fold = rows_.closed_fold(logic_.aggregator, slot)) {
        auto emit = outputs_.emit_for(rows_.key(slot));
        emit.result(window, result_of(rows_.key(slot), std::move(*fold)));
        emit.event(WindowEvent::Kind::kClosed, window);
        if (!gate().spend()) {
          return gate().full() ? Closing::kWait : Closing::kMore;
        }
      }
    }
    next_slot_.reset();
    return Closing::kDone;
  }

  // What was late before this window comes to its pane now.
  void take_late(std::int64_t window) {
    while (!late_.empty() && std::get<0>(late_.begin()->first) <= window) {
      auto taken = late_.extract(late_.begin());
      const auto [from, slot, pane] = taken.key();
      const K& key = rows_.key(slot);
      note_end(key, {pane, from}, taken.mapped().marks);
      note(key, add_late(slot, pane, std::move(taken.mapped().fold)));
      rows_.release(slot);
    }
  }

  PaneRow<Fold> add_late(Slot slot, std::int64_t pane, Fold&& fold) {
    return call(site(), "merge", [&] { return rows_.add_late(logic_.aggregator, slot, pane, std::move(fold)); });
  }

  // The next window with something in it, of those behind one that was put out.
  void expect_after(std::int64_t window) {
    if (const auto closed = rows_.newest_closed(); closed && logic_.grid.last_window_of(*closed) > window) {
      expect(window + 1);
    }
    if (const auto open = rows_.oldest_open()) {
      expect(std::max(window + 1, logic_.grid.first_window_of(*open)));
    }
    if (!late_.empty()) {
      expect(std::get<0>(late_.begin()->first));
    }
  }

  void note(const K& key, const PaneRow<Fold>& place) {
    if (changes_.kept()) {
      note(key, {place.pane->number, kAll}, place.marks());
    }
  }

  void note(const K& key, std::pair<std::int64_t, std::int64_t> place, KeptMarks& marks) {
    if (changes_.kept() && !marks.changed) {
      marks.changed = true;
      note_change({key, place}, marks.stored);
    }
  }

  // What was there is no more.
  void note_end(const K& key, const PaneRow<Fold>& row) {
    if (changes_.kept()) {
      note_end(key, {row.pane->number, kAll}, row.marks());
    }
  }

  void note_end(const K& key, std::pair<std::int64_t, std::int64_t> place, const KeptMarks& marks) {
    if (marks.stored && !marks.changed) {
      note_change({key, place}, true);
    }
  }

  std::pair<Fold*, KeptMarks*> find_state(const StateKey& key) {
    const auto [pane, from] = key.second;
    if (from == kAll) {
      const auto place = rows_.find(key.first, pane);
      return place ? std::pair{&place.fold(), &place.marks()} : std::pair<Fold*, KeptMarks*>{};
    }
    const Key* const known = rows_.find(key.first);
    const auto found = known != nullptr ? late_.find({from, known->slot, pane}) : late_.end();
    return found != late_.end() ? std::pair{&found->second.fold, &found->second.marks} : std::pair<Fold*, KeptMarks*>{};
  }

  Rows rows_;
  std::map<LateKey, Late> late_;
  std::int64_t next_ = kNoWindow;  // the next window with something in it
  std::optional<Slot> next_slot_;  // whose window is to be put out
  Pane<Fold>* recent_ = nullptr;   // that the last item was in, while it is known to be there
  Window recent_bounds_{};
  Time recent_over_{};  // when its first window is over
};

}  // namespace weir::detail
