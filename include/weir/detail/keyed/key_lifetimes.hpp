#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/detail/containers/alarm_queue.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/key.hpp"
#include "weir/time.hpp"

namespace weir::detail::keyed {

/// When the keys of a step had their last items by the system's time, and whose states are to be dropped.
///
/// An item costs a look-up: a key has one alarm, which is set anew where it rings too early. The alarms of keys that
/// were forgotten stay; when most are such, all are set anew.
template <typename K>
class KeyLifetimes {
 public:
  /// @param stage  knows the time; must outlive this
  /// @param seed   of the tables of the run
  KeyLifetimes(std::chrono::nanoseconds time_to_live, const runtime::StageState& stage, std::uint64_t seed)
      : time_to_live_{time_to_live}, stage_{&stage}, lives_{0, SeededKeyHash<K>{seed}} {
    alarms_.emplace();
  }

  /// The key has had an item.
  void touch(const K& key) { touch(key, stage_->system); }

  /// The key has a state of a run before, when what time it is is not known yet. It counts as touched when it is.
  void restore(const K& key) { touch(key, Time::min()); }

  /// The key has no state any more.
  void forget(const K& key) {
    lives_.erase(key);
    if (alarm_count_ > 2 * lives_.size() + kSpareAlarms) {
      alarms_.emplace();
      alarm_count_ = 0;
      for (auto& [each, life] : lives_) {
        set_alarm(each, life, life.alarm);
      }
    }
  }

  /// Looks at a key whose alarm rings; `over(key)` is called if it has had no item for too long, and it is forgotten.
  /// @return  whether there was such an alarm
  template <typename Over>
  bool look(Over over) {
    const Time now = stage_->system;
    const std::span<const Alarmed> due = alarms_->take(now, 1);
    if (due.empty()) {
      return false;
    }
    // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): alarms that are set anew would take it away
    const K key = due.front().key;
    --alarm_count_;
    const auto found = lives_.find(key);
    if (found == lives_.end() || found->second.alarm > now) {
      return true;  // the alarm is one of a life that ended
    }
    Life& life = found->second;
    life.last_item = life.last_item == Time::min() ? now : life.last_item;
    if (const Time end = later(life.last_item, time_to_live_); end > now) {
      set_alarm(key, life, end);
      return true;
    }
    lives_.erase(found);
    over(key);
    return true;
  }

  /// When it wants to look at a key.
  [[nodiscard]] runtime::Steady due() const { return when_system_comes_to(alarms_->next(), stage_->system, *stage_); }

  [[nodiscard]] std::size_t keys() const noexcept { return lives_.size(); }
  [[nodiscard]] std::size_t alarms() const noexcept { return alarm_count_; }

 private:
  struct Life {
    Time last_item;
    Time alarm;
  };
  struct Alarmed {  // a vector of bare keys would be another thing for bool
    K key;
  };

  static constexpr std::size_t kSpareAlarms = 1024;

  void touch(const K& key, Time now) {
    const auto [entry, is_new] = lives_.try_emplace(key);
    entry->second.last_item = now;
    if (is_new) {
      set_alarm(entry->first, entry->second, later(now, time_to_live_));
    }
  }

  void set_alarm(const K& key, Life& life, Time at) {
    life.alarm = at;
    alarms_->add(at, {key}, stage_->system);
    ++alarm_count_;
  }

  std::chrono::nanoseconds time_to_live_;
  const runtime::StageState* stage_;
  boost::unordered_flat_map<K, Life, SeededKeyHash<K>> lives_;
  std::optional<containers::AlarmQueue<Alarmed>> alarms_;
  std::size_t alarm_count_ = 0;
};

}  // namespace weir::detail::keyed
