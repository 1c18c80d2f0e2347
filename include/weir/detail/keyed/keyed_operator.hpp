#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include "weir/detail/containers/owned.hpp"
#include "weir/detail/containers/slot.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/keyed/add_changes.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/call_for.hpp"
#include "weir/detail/keyed/kept_states.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/keyed/lifetimes.hpp"
#include "weir/detail/keyed/state_options.hpp"
#include "weir/detail/keyed/state_table.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/per_worker.hpp"
#include "weir/time.hpp"

namespace weir::detail::keyed {

/// What a keyed step does on one worker besides taking items: it keeps the states of the worker's keys, saves and
/// restores them, calls the logic when time comes to an alarm and at the end of the input, and drops the states of idle
/// keys.
template <typename K, typename F>
class KeyedOperator : public runtime::PlainOperator, public runtime::TimedStep {
 public:
  /// What states are kept by.
  using StateKey = K;

  [[gnu::cold]] ~KeyedOperator() override = default;

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

  void snapshot(snapshot::EpochPart& part) override {
    if constexpr (kAlarms) {
      alarms_.snapshot(part);
    }
    add_changes(site(), states_, part);
  }

  void restore(const snapshot::StateRecord& record) override {
    const Entry entry = states_.restore(record);
    if (has_lifetimes()) {
      options_->lifetimes->restore(states_.slot_of(entry));
    }
    if constexpr (kAlarms) {
      set_alarms(entry);
    }
  }

  [[nodiscard, gnu::cold]] runtime::StepCounts counts() override {
    runtime::StepCounts counts{.keys_held = states_.size(),
                               .state_bytes = states_.size() * States::kEntryBytes,
                               .others = outputs_.counters()};
    if (options_ && options_->held_back) {
      counts.others.add(options_->held_back->counters());
    }
    return counts;
  }

  [[nodiscard, gnu::cold]] std::size_t keys_open() override {
    if constexpr (kTraitsOf<Logic<F>>.gives_up_folds) {
      return states_.size();
    } else if constexpr (TellsOpen<Logic<F>>) {
      return states_.count([](const State& state) { return Logic<F>::still_to_emit(state); });
    } else if constexpr (HearsEnd<Logic<F>, K>) {
      return ending_ ? 0 : states_.size();
    } else if constexpr (requires(const State& state) { Logic<F>::timers_wait(state); }) {
      return states_.count([](const State& state) { return Logic<F>::timers_wait(state); });
    } else {
      return 0;
    }
  }

 protected:
  using State = typename Logic<F>::State;
  using Outputs = OutputsOf<Logic<F>, K>;
  static constexpr bool kAlarms = HasAlarms<Logic<F>>;
  using States = std::conditional_t<kAlarms, KeptStates<K, StateHolder<Logic<F>>, SlottedStates>,
                                    KeptStates<K, StateHolder<Logic<F>>, FlatStates>>;
  using Entry = typename States::Entry;

  [[gnu::cold]] KeyedOperator(graph::OperatorParts& parts, const F& logic)
      : runtime::PlainOperator{parts.site},
        logic_{make_logic(logic, parts.site.worker)},
        outputs_{parts},
        states_{parts.site.tables.seed, parts.resume != nullptr},
        alarms_{parts, kTraitsOf<Logic<F>>.by_wall} {
    if (parts.options.copy_before || parts.options.time_to_live) {
      options_.set(new StateOptions<Logic<F>, K>(parts));
    }
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

  // At the end of the input a cursor over the states. Keys come in the table's order, which the run's seed decides.
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
        next_ = states_.first();
      }
      return end_keys();
    }
    return Closing::kDone;
  }

  // Called after the logic was. Says whether the key keeps its entry.
  bool keep(Entry entry, bool had_state = true) {
    states_.note_change(entry);
    if (entry->second.state) {
      if (!had_state) {
        states_.note_state();
      }
      return true;
    }
    if (options_) [[unlikely]] {
      end_life(entry);
    }
    states_.erase(entry, had_state);
    return false;
  }

  // Called where no one holds an entry.
  void forget_departed() {
    states_.forget_departed();
    if constexpr (kAlarms) {
      if (alarms_.crowded(states_.slots())) [[unlikely]] {
        renew_alarms();
      }
    }
  }

 private:
  [[nodiscard]] bool has_lifetimes() const noexcept { return options_ && options_->lifetimes; }

  // The key has no state any more. Not inline: it is called where steps without options are to be fast.
  [[gnu::noinline]] void end_life(Entry entry) {
    if (!options_->lifetimes) {
      return;
    }
    if (const containers::Slot slot = states_.release_slot(entry); slot != containers::kNoSlot) {
      options_->lifetimes->forget(slot);
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
      for (Entry entry = states_.first(); entry != states_.end(); entry = states_.after(entry)) {
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
      const Entry entry = states_.at(ringing_.front());
      ringing_ = ringing_.subspan(1);
      if (entry == states_.end()) {
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
      states_.prefetch(slot);
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
    call_for(site(), "logic of a timer", entry->first, [&] {
      Alarms alarms{entry->slot, alarms_};
      logic_.on_alarm(entry->first, entry->second.state, emit, alarms);
    });
    keep(entry);
  }

  // Drops the states of keys that have had no item for too long, as a cursor.
  Closing drop_idle() {
    containers::Slot slot = 0;
    for (auto alarm = options_->lifetimes->take(slot); alarm != Lifetimes::Alarm::kNone;
         alarm = options_->lifetimes->take(slot)) {
      note_work();
      if (alarm == Lifetimes::Alarm::kOver) {
        const Entry entry = states_.at(slot);
        entry->second.state.reset();
        keep(entry);
      }
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
    }
    return Closing::kDone;
  }

  Closing end_keys() {
    while (next_ != states_.end()) {
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
      note_work();
      const Entry entry = next_;
      next_ = states_.after(entry);
      auto emit = outputs_.emit_for(entry->first);
      call_for(site(), "logic at the end of the input", entry->first,
               [&] { logic_.on_end(entry->first, entry->second.state, emit); });
      if (!entry->second.state) {
        states_.erase(entry, true);
      }
    }
    return Closing::kDone;
  }

 protected:
  Logic<F> logic_;
  Outputs outputs_;
  States states_;
  containers::Owned<StateOptions<Logic<F>, K>> options_;  // null: none is asked for
  [[no_unique_address]] std::conditional_t<kAlarms, StepAlarms, NoAlarms> alarms_;

 private:
  std::span<const containers::Slot> ringing_;  // keys whose alarms were taken, and that are to be called
  Entry next_{};                               // where the end of the input has come to
  bool ending_ = false;
};

}  // namespace weir::detail::keyed
