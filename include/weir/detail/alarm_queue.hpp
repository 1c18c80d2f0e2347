#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "weir/time.hpp"

namespace weir::detail {

/// Which keys are to be looked at when time has come to a point. A key may be in it several times, and for a time that
/// is of no interest any more: whoever is called looks what there is to do. Keys whose time has come are handed out in
/// no order that means anything.
///
/// A calendar: alarms wait in buckets of equal length, unsorted, and those of the bucket that time is in wait in a
/// heap. So an alarm costs a push and a move, whether many keys wait for the same time, as for aligned windows, or each
/// for its own, as for sessions.
/// @see Randy Brown, Calendar queues, 1988
template <typename K>
class AlarmQueue {
 public:
  AlarmQueue() = default;
  AlarmQueue(const AlarmQueue&) = delete;
  AlarmQueue& operator=(const AlarmQueue&) = delete;
  ~AlarmQueue() = default;

  /// @param now  what time it is about, from which the length of the buckets is found
  void add(Time at, const K& key, Time now) {
    if (buckets_.empty() && soon_.empty()) {
      choose_length(at, now);
    }
    put({at, key});
    if (buckets_.size() > kMostBuckets) {
      lengthen();
    }
  }

  [[nodiscard]] bool empty() const { return buckets_.empty() && soon_.empty() && taken_ == due_.size(); }

  /// When the first is due; `Time::max()` if there is none.
  [[nodiscard]] Time next() const {
    if (taken_ < due_.size()) {
      return Time::min();
    }
    const Time first = buckets_.empty() ? Time::max() : buckets_.begin()->second.first;
    return soon_.empty() ? first : std::min(first, soon_.front().at);
  }

  /// Takes a key whose time has come.
  std::optional<K> take(Time now) {
    if (taken_ == due_.size() && !find_due(now)) {
      return std::nullopt;
    }
    return std::move(due_[taken_++]);
  }

 private:
  struct Alarm {
    Time at;
    K key;
  };
  struct Bucket {
    Time first = Time::max();
    std::vector<Alarm> alarms;
  };
  using Buckets = std::map<std::int64_t, Bucket>;

  static constexpr std::size_t kMostBuckets = 512;
  static constexpr std::int64_t kBucketsAhead = 64;  // to the first alarm

  static bool later(const Alarm& a, const Alarm& b) { return a.at > b.at; }

  [[nodiscard]] std::int64_t bucket_of(Time at) const { return at.time_since_epoch().count() >> shift_; }

  void choose_length(Time at, Time now) {
    const bool known = now != Time::min() && now < at;
    const std::int64_t ahead = known ? (at - now).count() / kBucketsAhead : std::int64_t{1} << 28;
    shift_ = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(ahead, 1)))) - 1;
    current_ = known ? bucket_of(now) : bucket_of(Time::min());
  }

  void put(Alarm alarm) {
    const std::int64_t bucket = bucket_of(alarm.at);
    if (bucket <= current_) {
      soon_.push_back(std::move(alarm));
      std::ranges::push_heap(soon_, later);
      return;
    }
    if (last_ == buckets_.end() || last_->first != bucket) {
      last_ = buckets_.try_emplace(bucket).first;
    }
    last_->second.first = std::min(last_->second.first, alarm.at);
    last_->second.alarms.push_back(std::move(alarm));
  }

  // There are alarms much further ahead than the first one was.
  void lengthen() {
    Buckets old = std::exchange(buckets_, {});
    last_ = buckets_.end();
    shift_ += 3;
    current_ >>= 3;
    for (auto& [number, bucket] : old) {
      for (Alarm& alarm : bucket.alarms) {
        put(std::move(alarm));
      }
    }
  }

  // Says whether any is due.
  bool find_due(Time now) {
    due_.clear();
    taken_ = 0;
    while (!soon_.empty() && soon_.front().at <= now) {
      std::ranges::pop_heap(soon_, later);
      due_.push_back(std::move(soon_.back().key));
      soon_.pop_back();
    }
    while (!buckets_.empty() && buckets_.begin()->second.first <= now) {
      const auto first = buckets_.begin();
      current_ = first->first;
      for (Alarm& alarm : first->second.alarms) {
        if (alarm.at <= now) {
          due_.push_back(std::move(alarm.key));
        } else {
          soon_.push_back(std::move(alarm));
          std::ranges::push_heap(soon_, later);
        }
      }
      if (last_ == first) {
        last_ = buckets_.end();
      }
      buckets_.erase(first);
    }
    return !due_.empty();
  }

  std::vector<K> due_;  // whose time has come
  std::size_t taken_ = 0;
  std::vector<Alarm> soon_;  // a heap, the earliest on top: of the bucket that time is in
  Buckets buckets_;
  typename Buckets::iterator last_ = buckets_.end();
  int shift_ = 0;             // a bucket is 2^shift_ ns long
  std::int64_t current_ = 0;  // the bucket that time is in
};

}  // namespace weir::detail
