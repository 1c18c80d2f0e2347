#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "weir/detail/joins/time_join_outputs.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/time.hpp"

namespace weir::detail::joins {

/// Emits an item of a key if no emitted item has a time near its own. Forgets emitted items that no item on time can be
/// near to any more.
template <typename V, typename Arrivals>
class DeduplicateWithinLogic {
 public:
  using State = std::vector<Time>;  // of emitted items, ascending, never empty; its alarm is that of the first
  static constexpr keyed::LogicTraits kTraits{.alarms = true};
  template <typename K>
  using Outputs = TimeJoinOutputs<K, V, V>;

  DeduplicateWithinLogic(Arrivals arrivals, std::chrono::nanoseconds length)
      : arrivals_{std::move(arrivals)}, length_{length} {}

  template <typename K, typename Emit>
  void on_item(const K& /*id*/, std::optional<State>& seen, typename Arrivals::Input&& input, Emit& emit,
               keyed::Alarms& alarms) {
    windows::Arrival<V> item = arrivals_.arrive(std::move(input), alarms);
    if (item.time < item.promise) {
      emit.late(std::move(item.value));
      return;
    }
    if (!seen) {
      seen.emplace();
    }
    const auto later = std::ranges::upper_bound(*seen, item.time);
    const bool first = later == seen->begin();
    if ((!first && item.time - *(later - 1) < length_) || (later != seen->end() && *later - item.time < length_)) {
      return;
    }
    seen->insert(later, item.time);
    emit(std::move(item.value));
    if (first) {
      set_alarm(*seen, alarms);
    }
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*id*/, std::optional<State>& seen, Emit& /*emit*/, keyed::Alarms& alarms) {
    const Time now = Arrivals::reached(alarms);
    const auto kept = std::ranges::find_if(*seen, [&](Time time) { return now < time + length_; });
    if (kept == seen->begin()) {
      return;  // the alarm was of another id, which had the slot before; its own comes later
    }
    seen->erase(seen->begin(), kept);
    if (seen->empty()) {
      seen.reset();
    } else {
      set_alarm(*seen, alarms);
    }
  }

  template <typename K>
  void on_restore(const K& /*id*/, const State& seen, keyed::Alarms& alarms) {
    set_alarm(seen, alarms);
  }

 private:
  void set_alarm(const State& seen, keyed::Alarms& alarms) const { Arrivals::wake(alarms, seen.front() + length_); }

  Arrivals arrivals_;
  std::chrono::nanoseconds length_;
};

}  // namespace weir::detail::joins
