#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "weir/aggregator.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/containers/items.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/add_changes.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/call_for.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/detail/windows/aligned_logic.hpp"
#include "weir/detail/windows/aligned_states.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/pane_grid.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"
#include "weir/time.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// The code of an `AlignedLogic`. It folds an item into the fold that its key has in the item's pane. When time has
/// passed the end of a window, it emits the window for all keys at once.
///
/// So no key has an alarm, and none is looked up for one. At the end of an epoch no window is half emitted, and event
/// time is the same on all workers: it tells which of its overlapping windows a fold has been emitted in. A snapshot
/// has one fold for each key and pane, written when it changes and when it leaves.
template <typename K, typename Input, typename F>
class AlignedOperator : public runtime::Receiver<std::pair<K, Input>>,
                        public runtime::PlainOperator,
                        public runtime::TimedStep {
  using WindowLogic = Logic<F>;
  using Aggregator = typename WindowLogic::Aggregator;
  using Arrivals = typename WindowLogic::Arrivals;
  using Value = typename Arrivals::Value;
  using Fold = typename WindowLogic::State;

  static constexpr bool kOverlap = WindowLogic::kOverlap;
  using States = AlignedStates<K, Fold, typename WindowLogic::Evict>;
  using Rows = typename States::Rows;
  using Row = typename Rows::Row;

  static constexpr std::int64_t kNoWindow = std::numeric_limits<std::int64_t>::max();

 public:
  /// What states are kept by.
  using StateKey = typename States::StateKey;

  [[gnu::cold]] AlignedOperator(graph::OperatorParts& parts, const F& logic)
      : runtime::PlainOperator{parts.site},
        logic_{make_logic(logic, parts.site.worker)},
        outputs_{parts},
        alarms_{parts, WindowLogic::kTraits.by_wall},
        copy_before_{parts.options.copy_before},
        states_{logic_.grid, parts.site.tables.seed, parts.resume != nullptr} {
    parts.inputs.front() = this;
  }

  [[gnu::cold, gnu::noinline]] ~AlignedOperator() override = default;

  void push(std::pair<K, Input>&& item) override {
    count_item();
    handle({&item, 1});
    outputs_.flush();
  }

  void push_all(containers::Items<std::pair<K, Input>> items) override {
    count_items(items.size());
    for (std::size_t at = 0; at < items.size(); at += kLookAhead) {
      handle(items.subspan(at, std::min(kLookAhead, items.size() - at)));
    }
    outputs_.flush();
  }

  Closing advance(const StepTime& now) override {
    alarms_.advance(now);
    return close_windows();
  }

  [[nodiscard]] runtime::Steady due() const override { return alarms_.due(); }
  [[nodiscard]] Time resumed_watermark() const override { return alarms_.resumed_watermark(); }

  Closing close(const runtime::Mark& mark) override {
    if (mark.kind != runtime::Mark::Kind::kEnd) {
      return Closing::kDone;
    }
    alarms_.end();  // the end is as far as event time can come
    return close_windows();
  }

  // No window is half emitted then: all workers are told of the time before an epoch ends.
  void snapshot(snapshot::EpochPart& part) override {
    alarms_.snapshot(part);
    keyed::add_changes(site(), states_, part);
  }

  void restore(const snapshot::StateRecord& record) override {
    const Place place = states_.restore(record);
    expect(place.from == Place::kAll ? first_left_of(place.pane) : place.from);
  }

  [[nodiscard, gnu::cold]] runtime::StepCounts counts() override {
    return {.keys_held = rows().keys(), .state_bytes = rows().bytes(), .others = outputs_.counters()};
  }
  [[nodiscard, gnu::cold]] std::size_t keys_open() override { return rows().keys_with_rows(); }

 private:
  static constexpr std::size_t kLookAhead = 64;  // a batch: each loop over some ends with a branch that is mispredicted

  // Items that lie in one pane are handled together.
  void handle(containers::Items<std::pair<K, Input>> items) {
    keyed::Alarms alarms{containers::kNoSlot, alarms_};
    std::optional<Arrival<Value>> first{arrival_of(items.front(), alarms)};
    while (!items.empty()) {
      Pane<Fold>* const pane = find_pane(*first);
      if (pane == nullptr) {
        handle_late(items.front().first, *first);
      }
      std::size_t count = 1;
      for (; count < items.size(); ++count) {
        Arrival<Value> arrival = arrival_of(items[count], alarms);
        if (pane == nullptr || !takes(*pane, arrival)) {
          first.emplace(std::move(arrival));
          break;
        }
      }
      if (pane != nullptr) {
        handle_in(*pane, items.first(count));
      }
      items = items.subspan(count);
    }
  }

  Arrival<Value> arrival_of(std::pair<K, Input>& item, keyed::Alarms& alarms) {
    return keyed::call_for(site(), "logic", item.first,
                           [&] { return logic_.arrivals.arrive(std::move(item.second), alarms); });
  }

  // All are looked up before the first is folded: the processor then waits for several at once. Those whose keys are
  // new in the pane come last, so that nothing branches on that, which is hard to foresee.
  void handle_in(Pane<Fold>& pane, containers::Items<std::pair<K, Input>> items) {
    containers::Slot slots[kLookAhead];
    runtime::call(site(), "key", [&] {
      containers::Slot* slot = slots;
      for (const std::pair<K, Input>& item : items) {
        *slot++ = rows().find(item.first);
      }
    });
    struct Found {
      std::uint32_t item;
      Row row;
    };
    Found found[kLookAhead];
    std::uint32_t missing[kLookAhead];
    std::size_t found_count = 0;
    const auto rows = pane.rows.rows();
    for (std::uint32_t i = 0; i < items.size(); ++i) {
      const Row row = rows.find(slots[i]);
      found[found_count] = {i, row};
      missing[i - found_count] = i;
      found_count += row ? 1 : 0;
    }
    const bool plain = !copy_before_ && !states_.kept();
    for (const Found* each = found; each != found + found_count; ++each) {
      std::pair<K, Input>& item = items[each->item];
      if (plain) {
        add_to(item.first, *each->row.value, std::move(Arrivals::value_of(item.second)));
      } else {
        add(item.first, *each->row.value, std::move(Arrivals::value_of(item.second)));
        states_.note(item.first, pane.number, each->row);
      }
    }
    for (const std::uint32_t* i = missing; i != missing + (items.size() - found_count); ++i) {
      handle_first(items[*i].first, slots[*i], pane, std::move(Arrivals::value_of(items[*i].second)));
    }
  }

  [[nodiscard]] Rows& rows() noexcept { return states_.rows(); }

  static bool takes(const Pane<Fold>& pane, const Arrival<Value>& item) noexcept {
    return pane.bounds.start <= item.time && item.time < pane.bounds.end && item.promise < pane.over;
  }

  // Null if some of the windows are over for the item, or it is in none.
  [[gnu::noinline]] Pane<Fold>* find_pane(const Arrival<Value>& item) {
    if (Pane<Fold>* const there = rows().pane_at(item.time); there != nullptr && takes(*there, item)) {
      return there;
    }
    const std::int64_t number = logic_.grid.pane_with(item.time);
    if (kOverlap && logic_.grid.in_gap(number)) {
      return nullptr;
    }
    const Time over = logic_.grid.windows().end_of(logic_.grid.first_window_of(number));
    return item.promise < over ? &rows().pane(number) : nullptr;
  }

  // The value may be the key's first one in the pane; the key may have got a slot since.
  void handle_first(const K& key, containers::Slot slot, Pane<Fold>& pane, Value&& value) {
    slot = slot == containers::kNoSlot ? rows().find(key) : slot;
    if (const Row row = pane.rows.find(slot)) {
      add(key, *row.value, std::move(value));
      states_.note(key, pane.number, row);
      return;
    }
    Fold fold = first_of(key, std::move(value));
    slot = slot == containers::kNoSlot ? rows().add(key) : slot;
    states_.note(key, pane.number, rows().insert(slot, pane, std::move(fold)));
    expect(logic_.grid.first_window_of(pane.number));
    if (auto emit = outputs_.emit_for(key); emit.wants_events()) {
      tell_opened(slot, {pane.number}, emit);
    }
  }

  // The key has something in a place for the first time: of its windows, those open that have nothing of it elsewhere.
  template <typename Emit>
  void tell_opened(containers::Slot slot, const Place& place, Emit& emit) {
    const auto [older, newer] = rows().around(slot, place.pane);
    for (std::int64_t window = std::max(place.from, logic_.grid.first_window_of(place.pane));
         window <= logic_.grid.last_window_of(place.pane); ++window) {
      if (older < logic_.grid.first_of(window) && newer >= logic_.grid.end_of(window) &&
          !states_.has_late(slot, window, place)) {
        emit.event(WindowEvent::Kind::kOpened, logic_.grid.windows().window(window));
      }
    }
  }

  // Some windows of the item's pane are over for it, or all.
  [[gnu::noinline]] void handle_late(const K& key, const Arrival<Value>& item) {
    const AlignedWindows& windows = logic_.grid.windows();
    const std::int64_t pane = logic_.grid.pane_with(item.time);
    if (kOverlap && logic_.grid.in_gap(pane)) {
      return;
    }
    if (!kOverlap || windows.end_of(logic_.grid.last_window_of(pane)) <= item.promise) {
      outputs_.emit_for(key).late(std::move(item.value));
      return;
    }
    const std::int64_t from = windows.first_with(item.promise);
    if (const containers::Slot slot = rows().find(key); slot != containers::kNoSlot) {
      if (auto* const part = states_.find_late(slot, {pane, from})) {
        add(key, part->fold, std::move(item.value));
        states_.note(key, {pane, from}, part->marks);
        return;
      }
    }
    Fold fold = first_of(key, std::move(item.value));
    const containers::Slot slot = rows().add(key);
    states_.note(key, {pane, from}, states_.add_late(slot, {pane, from}, std::move(fold)).marks);
    expect(from);
    if (auto emit = outputs_.emit_for(key); emit.wants_events() && !rows().find(key, pane)) {
      tell_opened(slot, {pane, from}, emit);
    }
  }

  void add(const K& key, Fold& fold, Value&& value) {
    if constexpr (copyable<Fold>) {
      if (copy_before_) [[unlikely]] {
        add_with_copy(key, fold, std::move(value));
        return;
      }
    }
    add_to(key, fold, std::move(value));
  }

  // An aggregator that throws has changed nothing.
  [[gnu::noinline]] void add_with_copy(const K& key, Fold& fold, Value&& value)
    requires copyable<Fold>
  {
    Fold copy = runtime::call(site(), "copying the state", [&] { return Fold{std::as_const(fold)}; });
    add_to(key, copy, std::move(value));
    fold = std::move(copy);
  }

  void add_to(const K& key, Fold& fold, Value&& value) {
    keyed::call_for(site(), "logic", key, [&] { logic_.aggregator.add(fold, std::move(value)); });
  }

  Fold first_of(const K& key, Value&& value) {
    return keyed::call_for(site(), "logic", key, [&] { return logic_.aggregator.first(std::move(value)); });
  }

  // The first window of a pane that is not closed. A pane that is a window by itself is kept until the window is
  // emitted; by the system's clock the watermark does not tell.
  [[nodiscard]] std::int64_t first_left_of(std::int64_t pane) {
    const std::int64_t first = logic_.grid.first_window_of(pane);
    if (!kOverlap) {
      return first;
    }
    const AlignedWindows& windows = logic_.grid.windows();
    return windows.end_of(first) > alarms_.watermark() ? first : windows.first_with(alarms_.watermark());
  }

  // A window has something in it.
  void expect(std::int64_t window) {
    if (window < next_) {
      next_ = window;
      keyed::Alarms alarms{containers::kNoSlot, alarms_};
      Arrivals::wake(alarms, logic_.grid.windows().end_of(next_));
    }
  }

  [[gnu::noinline]] Closing close_windows() {
    while (!alarms_.take().empty()) {  // it was asked for so as to be called; the windows say what there is to do
    }
    const Closing answer = put_out_windows();
    outputs_.flush();
    return answer;
  }

  // Those that are over, as a cursor.
  Closing put_out_windows() {
    const keyed::Alarms alarms{containers::kNoSlot, alarms_};
    const Time now = Arrivals::reached(alarms);
    while (next_ != kNoWindow && logic_.grid.windows().end_of(next_) <= now) {
      note_work();
      if (const Closing answer = put_out(next_); answer != Closing::kDone) {
        return answer;
      }
      runtime::call(site(), "merge", [this] {
        rows().remove_before(
            logic_.aggregator, logic_.grid.first_of(next_ + 1),
            [this](const K& key, std::int64_t pane, PaneMarks marks) { states_.note_end(key, {pane}, marks); });
      });
      expect_after(std::exchange(next_, kNoWindow));
    }
    return Closing::kDone;
  }

  Closing put_out(std::int64_t index) {
    if (!closing_) {
      take_late(index);
      runtime::call(site(), "merge", [&] { rows().close_before(logic_.aggregator, logic_.grid.end_of(index)); });
      closing_ = rows().closed_slots();
    }
    const Window window = logic_.grid.windows().window(index);
    while (!closing_->empty()) {
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
      const containers::Slot slot = closing_->back();
      closing_->pop_back();
      Fold fold = runtime::call(site(), "merge", [&] { return rows().closed_fold(logic_.aggregator, slot); });
      auto emit = outputs_.emit_for(rows().key(slot));
      emit.result(window, keyed::call_for(site(), "logic of a timer", rows().key(slot),
                                          [&] { return logic_.aggregator.result(std::move(fold)); }));
      emit.event(WindowEvent::Kind::kClosed, window);
    }
    closing_.reset();
    return Closing::kDone;
  }

  // What was late before this window comes to its pane now.
  void take_late(std::int64_t window) {
    if constexpr (kOverlap) {
      while (auto taken = states_.take_late(window)) {
        const Row row = runtime::call(site(), "merge", [&] {
          return rows().add_late(logic_.aggregator, taken->slot, taken->pane, std::move(taken->fold));
        });
        states_.note(rows().key(taken->slot), taken->pane, row);
        rows().release(taken->slot);
      }
    }
  }

  // The next window with something in it, after one that was emitted.
  void expect_after(std::int64_t window) {
    if (const auto closed = rows().newest_closed(); closed && logic_.grid.last_window_of(*closed) > window) {
      expect(window + 1);
    }
    if (const auto open = rows().oldest_open()) {
      expect(std::max(window + 1, logic_.grid.first_window_of(*open)));
    }
    if (const auto late = states_.first_late()) {
      expect(*late);
    }
  }

  WindowLogic logic_;
  keyed::OutputsOf<WindowLogic, K> outputs_;
  keyed::StepAlarms alarms_;
  bool copy_before_;
  States states_;
  std::int64_t next_ = kNoWindow;                         // the next window with something in it
  std::optional<std::vector<containers::Slot>> closing_;  // its keys that are still to be emitted, while it is closed
};

}  // namespace weir::detail::windows
