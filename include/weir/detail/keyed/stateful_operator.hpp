#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/copyable.hpp"
#include "weir/detail/containers/cache_line.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/detail/containers/slotted_table.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/state_options.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/snapshot/changed_keys.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::keyed {

/// The code of keyed steps that have none of their own: a table of the states of this worker's keys.
///
/// Where the table is too large for the processor's cache, items wait until there are some, and all their keys are
/// looked up before the first is handled: the processor then waits for several entries at once and not for each in
/// turn.
///
/// In runs that keep snapshots it lists the keys that change, so that a snapshot takes time for these alone.
template <typename K, typename V, typename F>
class StatefulOperator : public runtime::Receiver<std::pair<K, V>>,
                         public runtime::PlainOperator,
                         public runtime::TimedStep {
  using State = typename Logic<F>::State;
  static constexpr bool kAlarms = HasAlarms<Logic<F>>;
  struct NoLife {};
  struct Life {
    containers::Slot slot = KeySlots<K>::kNone;
  };
  struct Held {
    [[no_unique_address]] StateHolder<Logic<F>> state;
    [[no_unique_address]] snapshot::KeptMarks marks{};
    [[no_unique_address]] std::conditional_t<kAlarms, NoLife, Life> life{};

    explicit operator bool() const { return static_cast<bool>(state); }
  };
  using Table = std::conditional_t<kAlarms, containers::SlottedTable<K, Held>,
                                   boost::unordered_flat_map<K, Held, SeededKeyHash<K>>>;
  using Entry = typename Table::iterator;

 public:
  /// What states are kept by.
  using StateKey = K;

  StatefulOperator(graph::OperatorParts& parts, const F& logic)
      : runtime::PlainOperator{parts.site},
        logic_{make_logic(logic, parts.site.worker)},
        outputs_{parts},
        table_{0, SeededKeyHash<K>{parts.site.tables.seed}},
        cached_entries_{parts.site.tables.cached_bytes / sizeof(typename Table::value_type)},
        changes_{parts.resume != nullptr},
        alarms_{parts, GoesByWall<Logic<F>>} {
    parts.inputs.front() = this;
    if (parts.options.copy_before || parts.options.time_to_live) {
      options_ = std::make_unique<StateOptions<Logic<F>, K>>(parts);
    }
  }

  void push(std::pair<K, V>&& item) override {
    count_item();
    if (options_ != nullptr) [[unlikely]] {
      handle_with_options(std::move(item));
      outputs_.flush();
      return;
    }
    if (table_.size() <= cached_entries_) {  // which does not change while items wait
      forget_departed();
      handle_alone(entry_of(item.first), std::move(item.second), outputs_);
      outputs_.flush();
      return;
    }
    waiting_.push_back(std::move(item));
    if (waiting_.size() == kLookAhead) {
      handle_waiting();
    }
  }

  void push_all(std::span<std::pair<K, V>> items) override {
    handle_waiting();
    count_items(items.size());
    handle_many(items);
  }

  void idle() override {
    if (gate().feedable()) {
      handle_waiting();
    }
  }

  Closing advance(const StepTime& now) override {
    handle_waiting();
    const Closing answer = advance_to(now);
    outputs_.flush();
    return answer;
  }

  [[nodiscard]] runtime::Steady due() const override {
    runtime::Steady due = runtime::Steady::max();
    if constexpr (kAlarms) {
      due = !ringing_.empty() ? runtime::Steady::min() : alarms_.due();
    }
    return has_lifetimes() ? std::min(due, options_->lifetimes->due()) : due;
  }

  [[nodiscard]] Time resumed_watermark() const override {
    if constexpr (kAlarms) {
      return alarms_.resumed_watermark();
    } else {
      return Time::min();
    }
  }

  Closing close(const runtime::Mark& mark) override {
    handle_waiting();
    const Closing answer = mark.kind == runtime::Mark::Kind::kEnd ? end() : Closing::kDone;
    outputs_.flush();
    return answer;
  }

  void snapshot(snapshot::EpochPart& part) override {
    if constexpr (kAlarms) {
      alarms_.snapshot(part);
    }
    if (changes_.empty()) {
      return;
    }
    note_work();
    auto changes = runtime::call(site(), "state", [this] {
      return changes_.template take<State>([](const K& key) { return key_hash(key); },
                                           [this](const K& key) { return find_state(key); });
    });
    part.states.push_back({site().step, std::move(changes)});
  }

  void restore(const snapshot::StateRecord& record) override {
    auto key = from_bytes<K>(record.key);
    const Entry entry = table_.try_emplace(std::move(key)).first;
    entry->second.state.emplace(from_bytes<State>(*record.state));
    note_state();
    entry->second.marks.stored = true;
    if (record.migrated) {
      note_change(entry);
    }
    if (has_lifetimes()) {
      options_->lifetimes->restore(life_of(entry));
    }
    if constexpr (kAlarms) {
      set_alarms(entry);
    }
  }

  [[nodiscard]] runtime::StepCounts counts() override {
    runtime::StepCounts counts{.keys_held = table_.size(), .keys_open = keys_open(), .others = outputs_.counters()};
    if (options_ != nullptr && options_->held_back != nullptr) {
      for (const auto& [name, count] : options_->held_back->outputs.counters()) {
        counts.others[name] += count;
      }
    }
    return counts;
  }

 protected:
  /// Any number of items, which have been counted.
  void handle_many(std::span<std::pair<K, V>> items) {
    if (options_ != nullptr) [[unlikely]] {
      for (std::pair<K, V>& item : items) {
        handle_with_options(std::move(item));
      }
      outputs_.flush();
      return;
    }
    for (std::size_t at = 0; at < items.size(); at += kLookAhead) {
      handle_all(items.subspan(at, std::min(kLookAhead, items.size() - at)));
    }
    outputs_.flush();
  }

 private:
  static constexpr std::size_t kLookAhead = 32;  // 16 and 64 measure the same

  [[nodiscard]] std::size_t keys_open() {
    if constexpr (GivesUpFolds<Logic<F>>) {
      return table_.size();
    } else if constexpr (TellsOpen<Logic<F>>) {
      return count_states([](const State& state) { return Logic<F>::still_to_emit(state); });
    } else if constexpr (HearsEnd<Logic<F>, K>) {
      return ending_ ? 0 : table_.size();
    } else if constexpr (requires(const State& state) { Logic<F>::timers_wait(state); }) {
      return count_states([](const State& state) { return Logic<F>::timers_wait(state); });
    } else {
      return 0;
    }
  }

  template <typename Counts>
  [[nodiscard]] std::size_t count_states(Counts counts) {
    std::size_t keys = 0;
    for (Entry entry = first_entry(); entry != table_.end(); entry = entry_after(entry)) {
      keys += entry->second.state && counts(*entry->second.state) ? 1 : 0;
    }
    return keys;
  }

  Closing advance_to(const StepTime& now) {
    if constexpr (kAlarms) {
      alarms_.advance(now);
      if (const Closing answer = ring(); answer != Closing::kDone) {
        return answer;
      }
    } else {
      static_cast<void>(now);
    }
    return has_lifetimes() && !ending_ ? drop_idle() : Closing::kDone;
  }

  // At the end of the input a cursor over the table: keys come in the table's order, which only the run's seed decides.
  Closing end() {
    if constexpr (kAlarms) {
      if (!ending_) {  // the end is as far as event time can come
        alarms_.end();
        if (const Closing answer = ring(); answer != Closing::kDone) {
          return answer;
        }
      }
    }
    if constexpr (HearsEnd<Logic<F>, K>) {
      if (!ending_) {
        ending_ = true;
        next_ = first_entry();
      }
      return end_keys();
    }
    return Closing::kDone;
  }

  Entry entry_of(K& key) {
    return runtime::call(site(), "key", [&] { return table_.try_emplace(std::move(key)).first; });
  }

  [[nodiscard]] bool has_lifetimes() const noexcept { return options_ != nullptr && options_->lifetimes; }

  // The slot by which lifetimes know the key.
  containers::Slot life_of(Entry entry) {
    if constexpr (kAlarms) {
      return entry->slot;
    } else {
      containers::Slot& slot = entry->second.life.slot;
      if (slot == KeySlots<K>::kNone) {
        slot = options_->slots.add(entry->first);
      }
      return slot;
    }
  }

  // The key has no state any more. Not inline: it is called where steps without options are to be fast.
  [[gnu::noinline]] void end_life(Entry entry) {
    if constexpr (kAlarms) {
      if (options_->lifetimes) {
        options_->lifetimes->forget(entry->slot);
      }
    } else if (const containers::Slot slot = entry->second.life.slot; slot != KeySlots<K>::kNone) {
      options_->lifetimes->forget(slot);
      options_->slots.remove(slot);
    }
  }

  // No item waits, so that the one that is being pushed is the one that fails.
  [[gnu::noinline]] void handle_with_options(std::pair<K, V>&& item) {
    forget_departed();
    const Entry entry = entry_of(item.first);
    const bool stays = options_->held_back != nullptr ? handle_with_copy(entry, std::move(item.second))
                                                      : handle_alone(entry, std::move(item.second), outputs_);
    if (stays && options_->lifetimes) {
      runtime::call(site(), "key", [&] { options_->lifetimes->touch(life_of(entry)); });
    }
  }

  // A logic that throws has changed nothing: the key's state is as it was, a key that was new is not known, and what
  // was emitted for the item is not put out.
  bool handle_with_copy(Entry entry, V&& value) {
    bool stays = false;
    if constexpr (copyable<State>) {
      auto& state = entry->second.state;
      std::optional<State> before;
      if (state) {
        runtime::call(site(), "copying the state", [&] { before.emplace(std::as_const(*state)); });
      }
      try {
        stays = handle_alone(entry, std::move(value), options_->held_back->outputs);
      } catch (...) {
        options_->held_back->outputs.flush();
        options_->held_back->items.drop();
        if (before) {
          state.emplace(std::move(*before));
        } else {
          erase(entry, false);
        }
        throw;
      }
      options_->held_back->outputs.flush();
      options_->held_back->items.put_out();
    }
    return stays;
  }

  // For the places that have one item at a time.
  [[gnu::noinline]] bool handle_alone(Entry entry, V&& value, OutputsOf<Logic<F>, K>& outputs) {
    return handle(entry, std::move(value), outputs);
  }

  // Says whether the key keeps its entry. Part of the loop over a batch.
  [[gnu::always_inline]] bool handle(Entry entry, V&& value, OutputsOf<Logic<F>, K>& outputs) {
    if constexpr (Glances<Logic<F>, V>) {
      auto rest = glance(entry, std::move(value));
      return !rest || handle_rest(entry, *std::move(rest), outputs);
    } else {
      return call_logic(entry, std::move(value), outputs);
    }
  }

  [[gnu::always_inline]] auto glance(Entry entry, V&& value) {
    Alarms alarms{entry->slot, alarms_};
    auto rest = [&] {
      try {
        return logic_.glance(entry->second.state, std::move(value), alarms);
      } catch (...) {
        runtime::throw_step_error(site(), "logic", key_text(entry->first));
      }
    }();
    if (!rest) {
      note_first_change(entry);
    }
    return rest;
  }

  // What is left of few items, and would take registers from the others.
  template <typename Rest>
  [[gnu::noinline]] bool handle_rest(Entry entry, Rest&& rest, OutputsOf<Logic<F>, K>& outputs) {
    return call_logic(entry, std::forward<Rest>(rest), outputs);
  }

  template <typename Item>
  [[gnu::always_inline]] bool call_logic(Entry entry, Item&& item, OutputsOf<Logic<F>, K>& outputs) {
    const bool had_state = kAlarms && entry->second.state;
    auto emit = outputs.emit_for(entry->first);
    try {
      if constexpr (kAlarms) {
        Alarms alarms{entry->slot, alarms_};
        logic_.on_item(entry->first, entry->second.state, std::forward<Item>(item), emit, alarms);
      } else {
        logic_.on_item(entry->first, entry->second.state, std::forward<Item>(item), emit);
      }
    } catch (...) {
      runtime::throw_step_error(site(), "logic", key_text(entry->first));
    }
    return keep(entry, had_state);
  }

  // Behind what the logic did with a key.
  bool keep(Entry entry, bool had_state = true) {
    note_first_change(entry);
    if (entry->second.state) {
      if (!had_state) {
        note_state();
      }
      return true;
    }
    if (options_ != nullptr) [[unlikely]] {
      end_life(entry);
    }
    erase(entry, had_state);
    return false;
  }

  // A key has got a state.
  void note_state() {
    if constexpr (kAlarms) {
      table_.note_value();
    }
  }

  void erase(Entry entry, bool had_state) {
    if constexpr (kAlarms) {
      table_.erase(entry, had_state);
    } else {
      table_.erase(entry);
    }
  }

  // Where nobody has an entry.
  void forget_departed() {
    if constexpr (kAlarms) {
      table_.forget_departed();
      if (alarms_.crowded(table_.slots())) [[unlikely]] {
        renew_alarms();
      }
    }
  }

  // Those that follow from the key's state.
  void set_alarms(Entry entry)
    requires kAlarms
  {
    Alarms alarms{entry->slot, alarms_};
    logic_.on_restore(entry->first, *entry->second.state, alarms);
  }

  [[gnu::noinline]] void renew_alarms()
    requires kAlarms
  {
    alarms_.renew([this] {
      for (Entry entry = first_entry(); entry != table_.end(); entry = entry_after(entry)) {
        if (entry->second.state) {
          set_alarms(entry);
        }
      }
    });
  }

  // Calls the keys that have an alarm now, as a cursor.
  Closing ring()
    requires kAlarms
  {
    while (!ringing_.empty() || take_ringing()) {
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
      const Entry entry = table_.at(ringing_.front());
      ringing_ = ringing_.subspan(1);
      if (entry == table_.end()) {
        continue;
      }
      note_work();
      if (!put_off(entry)) {
        call_back(entry);
      }
    }
    return Closing::kDone;
  }

  // Says whether there are keys to be called.
  bool take_ringing()
    requires kAlarms
  {
    forget_departed();
    ringing_ = alarms_.take();
    for (const containers::Slot slot : ringing_) {
      prefetch(table_.entry(slot));
    }
    return !ringing_.empty();
  }

  // Whether the logic finds at a glance that it is too early for the key.
  [[nodiscard]] bool put_off(Entry entry)
    requires kAlarms
  {
    if constexpr (requires(Alarms& alarms) { logic_.put_off(entry->second.state, alarms); }) {
      Alarms alarms{entry->slot, alarms_};
      return logic_.put_off(entry->second.state, alarms);
    } else {
      return false;
    }
  }

  void call_back(Entry entry)
    requires kAlarms
  {
    auto emit = outputs_.emit_for(entry->first);
    try {
      Alarms alarms{entry->slot, alarms_};
      logic_.on_alarm(entry->first, entry->second.state, emit, alarms);
    } catch (...) {
      runtime::throw_step_error(site(), "logic of a timer", key_text(entry->first));
    }
    keep(entry);
  }

  // Drops the states of keys that have had no item for too long, as a cursor.
  Closing drop_idle() {
    containers::Slot slot = 0;
    for (auto alarm = options_->lifetimes->take(slot); alarm != Lifetimes::Alarm::kNone;
         alarm = options_->lifetimes->take(slot)) {
      note_work();
      if (alarm == Lifetimes::Alarm::kOver) {
        const Entry entry = entry_at(slot);
        entry->second.state.reset();
        keep(entry);
      }
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
    }
    return Closing::kDone;
  }

  // The key's state has changed, perhaps again since the last snapshot.
  [[gnu::always_inline]] void note_first_change(Entry entry) {
    if (changes_.kept() && !entry->second.marks.changed) {
      note_change(entry);
    }
  }

  void note_change(Entry entry) {
    snapshot::KeptMarks& marks = entry->second.marks;
    if (!entry->second.state && !marks.stored) {
      return;  // it came and went between two snapshots
    }
    marks.changed = true;
    changes_.note(entry->first, marks.stored, [this](const K& key) { return find_state(key).first != nullptr; });
  }

  std::pair<State*, snapshot::KeptMarks*> find_state(const K& key) {
    const Entry entry = table_.find(key);
    return entry != table_.end() && entry->second.state ? std::pair{&*entry->second.state, &entry->second.marks}
                                                        : std::pair<State*, snapshot::KeptMarks*>{};
  }

  void handle_waiting() {
    if (waiting_.empty()) {
      return;
    }
    note_work();
    handle_all(waiting_);
    waiting_.clear();
    outputs_.flush();
  }

  // Of an entry in a hash table the key was read to find it.
  static void prefetch(const typename Table::value_type& entry) {
    if constexpr (kAlarms) {
      containers::prefetch_lines(entry);
    } else {
      containers::prefetch_end(entry);
    }
  }

  void handle_all(std::span<std::pair<K, V>> items) {
    forget_departed();
    runtime::call(site(), "key", [&] { look_up(items, found_.data()); });
    constexpr bool kMoves = !kAlarms;  // entries of a flat table
    bool all_stay = true;              // none was moved since, as the table grew
    std::uint64_t erased = 0;          // the `bit_of` each entry that was erased since
    const Entry* next = found_.data();
    for (auto& [key, value] : items) {
      Entry entry = *next++;
      if (entry == table_.end() || (kMoves && (!all_stay || (erased & bit_of(entry)) != 0))) {
        all_stay = all_stay && table_.size() < table_.max_load();
        entry = entry_of(key);
      }
      if (!handle(entry, std::move(value), outputs_) && kMoves) {
        erased |= bit_of(entry);
      }
    }
  }

  // In a flat table keys that are not there get an entry at once, if that moves none and the key is still there to be
  // looked up again.
  void look_up(std::span<std::pair<K, V>> items, Entry* found) {
    if (!kAlarms && std::is_trivially_copyable_v<K> && table_.size() + items.size() <= table_.max_load()) {
      for (const auto& [key, value] : items) {
        *found = table_.try_emplace(key).first;
        prefetch(*(*found++));
      }
      return;
    }
    for (const auto& [key, value] : items) {
      *found = table_.find(key);
      if (*found != table_.end()) {
        prefetch(**found);
      }
      ++found;
    }
  }

  // One of 64 that stands for the entry, and for others.
  static std::uint64_t bit_of(Entry entry) {
    return std::uint64_t{1} << (reinterpret_cast<std::uintptr_t>(&*entry) / sizeof(*entry) % 64);
  }

  Entry first_entry() {
    if constexpr (kAlarms) {
      return table_.next(0);
    } else {
      return table_.begin();
    }
  }
  Entry entry_after(Entry entry) {
    if constexpr (kAlarms) {
      return table_.next(entry->slot + 1);
    } else {
      return std::next(entry);
    }
  }

  // Of a key that lifetimes know by the slot.
  Entry entry_at(containers::Slot slot) {
    if constexpr (kAlarms) {
      return table_.at(slot);
    } else {
      return table_.find(options_->slots.key(slot));
    }
  }

  Closing end_keys() {
    while (next_ != table_.end()) {
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
      note_work();
      const Entry entry = next_;
      next_ = entry_after(entry);
      auto emit = outputs_.emit_for(entry->first);
      try {
        logic_.on_end(entry->first, entry->second.state, emit);
      } catch (...) {
        runtime::throw_step_error(site(), "logic at the end of the input", key_text(entry->first));
      }
      if (!entry->second.state) {
        erase(entry, true);
      }
    }
    return Closing::kDone;
  }

  Logic<F> logic_;
  OutputsOf<Logic<F>, K> outputs_;
  Table table_;
  std::size_t cached_entries_;            // a table of more does not fit the cache
  std::vector<std::pair<K, V>> waiting_;  // fewer than kLookAhead
  std::array<Entry, kLookAhead> found_;  // of the items at hand; here, since to clear it anew took a tenth of a look-up
  std::span<const containers::Slot> ringing_;  // keys whose alarms were taken, and who are to be called
  snapshot::ChangedKeys<K> changes_;
  Entry next_{};
  std::unique_ptr<StateOptions<Logic<F>, K>> options_;  // null: none is asked for
  bool ending_ = false;
  [[no_unique_address]] std::conditional_t<kAlarms, StepAlarms, NoAlarms> alarms_;
};

template <typename K, typename V, typename F>
struct OperatorOfLogic {
  using Type = StatefulOperator<K, V, F>;
};
template <typename K, typename V, typename F>
  requires requires { typename Logic<F>::template Operator<K, V, F>; }
struct OperatorOfLogic<K, V, F> {
  using Type = typename Logic<F>::template Operator<K, V, F>;
};

/// The code of a keyed step: the logic's own, or a `StatefulOperator`.
template <typename K, typename V, typename F>
using OperatorOf = typename OperatorOfLogic<K, V, F>::Type;

}  // namespace weir::detail::keyed
