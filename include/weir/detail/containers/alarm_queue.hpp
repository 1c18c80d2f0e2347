#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "weir/time.hpp"

namespace weir::detail::containers {

/// Which keys are to be looked at when time has come to a point. A key may be in it several times, and for a time that
/// is of no interest any more: whoever is called looks what there is to do. Keys whose time has come are handed out in
/// no order that means anything.
///
/// A calendar: alarms wait in a ring of buckets of equal length, unsorted. Those of the bucket that time is in wait in
/// a heap, and those that lie further ahead than the ring reaches in another. So an alarm costs a push and a move,
/// whether many keys wait for the same time, as for panes, or each for its own, as for sessions.
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
    if (const std::int64_t number = bucket_of(at); waiting_ > 0 && in_ring(number)) [[likely]] {
      Bucket& bucket = ring_[place_of(number)];
      if (bucket.alarms.size() != bucket.alarms.capacity()) [[likely]] {
        ++waiting_;
        bucket.add({at, key});
        return;
      }
    }
    add_slowly({at, key}, now);
  }

  [[nodiscard]] bool empty() const { return waiting_ == 0 && taken_ == due_.size(); }

  /// How many wait for their time.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

  /// Drops all that wait for their time.
  void clear() {
    waiting_ = 0;
    soon_.clear();
    ring_.clear();
    occupied_ = {};
    far_.clear();
  }

  /// When the first is due; `Time::max()` if there is none.
  [[nodiscard]] Time next() const {
    if (taken_ < due_.size()) {
      return Time::min();
    }
    Time first = soon_.empty() ? Time::max() : soon_.front().at;
    if (!far_.empty()) {
      first = std::min(first, far_.front().at);
    }
    if (const std::optional<std::int64_t> bucket = first_bucket()) {
      first = std::min(first, ring_[place_of(*bucket)].first);
    }
    return first;
  }

  /// Takes up to so many keys whose time has come; none if that is true of no key. They are there until the next call.
  std::span<K> take(Time now, std::size_t most) {
    if (taken_ == due_.size() && (waiting_ == 0 || !find_due(now))) {
      return {};
    }
    const std::size_t count = std::min(most, due_.size() - taken_);
    return std::span{due_}.subspan(std::exchange(taken_, taken_ + count), count);
  }

 private:
  struct Alarm {
    Time at;
    K key;
  };
  struct Bucket {
    Time first = Time::max();
    std::vector<Alarm> alarms;

    void add(Alarm alarm) {
      first = std::min(first, alarm.at);
      alarms.push_back(std::move(alarm));
    }
  };
  class Heap : public std::vector<Alarm> {  // the earliest on top
   public:
    [[gnu::noinline]] void add(Alarm alarm) {
      this->push_back(std::move(alarm));
      std::ranges::push_heap(*this, later);
    }
    Alarm take() {
      std::ranges::pop_heap(*this, later);
      Alarm alarm = std::move(this->back());
      this->pop_back();
      return alarm;
    }
  };

  static constexpr std::size_t kBuckets = 512;
  static constexpr std::size_t kWords = kBuckets / 64;
  static constexpr std::uint64_t kBucketsAhead = 128;  // to the first alarm, if all are alike
  static constexpr std::size_t kMostFar = 1024;
  static constexpr std::size_t kMostSpare = 64;
  static constexpr std::size_t kMostSpareRoom = 1024;  // of one of them, in alarms
  static constexpr int kLongest = 60;

  static bool later(const Alarm& a, const Alarm& b) { return a.at > b.at; }

  // Fewer than 2^62 either way, so that sums do not overflow.
  [[nodiscard]] std::int64_t bucket_of(Time at) const { return at.time_since_epoch().count() >> shift_; }
  [[nodiscard]] static std::size_t place_of(std::int64_t bucket) {
    return static_cast<std::uint64_t>(bucket) % kBuckets;
  }
  [[nodiscard]] bool in_ring(std::int64_t bucket) const {
    return static_cast<std::uint64_t>(bucket) - static_cast<std::uint64_t>(current_) - 1 < kBuckets;
  }

  // Nothing waits: chooses how long buckets are.
  void begin(Time at, Time now) {
    ring_.resize(kBuckets);
    const bool known = now != Time::min() && now < at;
    // Without a sign, since the times may lie further apart than a duration can say.
    const auto count = [](Time time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); };
    const std::uint64_t ahead = known ? (count(at) - count(now)) / kBucketsAhead : std::uint64_t{1} << 28;
    shift_ = static_cast<int>(std::bit_width(std::max<std::uint64_t>(ahead, 2))) - 1;
    current_ = known ? bucket_of(now) : bucket_of(at) - 1;
    far_limit_ = kMostFar;
  }

  // Where the ring has no room for it yet, or is not where it goes; apart, so that `add` saves no registers.
  [[gnu::noinline]] void add_slowly(Alarm alarm, Time now) {
    if (waiting_ == 0) {
      begin(alarm.at, now);
    }
    ++waiting_;
    put(std::move(alarm));
    if (far_.size() > far_limit_ && shift_ < kLongest) {
      lengthen();
    }
  }

  void put(Alarm alarm) {
    const std::int64_t number = bucket_of(alarm.at);
    if (number <= current_) {
      soon_.add(std::move(alarm));
    } else if (!in_ring(number)) {
      far_.add(std::move(alarm));
    } else {
      const std::size_t place = place_of(number);
      Bucket& bucket = ring_[place];
      occupied_[place / 64] |= std::uint64_t{1} << (place % 64);
      if (bucket.alarms.capacity() == 0 && !spare_.empty()) {
        bucket.alarms = std::move(spare_.back());
        spare_.pop_back();
      }
      bucket.add(std::move(alarm));
    }
  }

  // The number of the first bucket in the ring that has alarms; none if it has none.
  [[nodiscard]] std::optional<std::int64_t> first_bucket() const {
    const std::size_t begin = place_of(current_ + 1);
    std::uint64_t word = occupied_[begin / 64] & ~std::uint64_t{0} << (begin % 64);
    for (std::size_t i = 0; i <= kWords; ++i) {
      if (word != 0) {
        const std::size_t place = (begin / 64 + i) % kWords * 64 + static_cast<std::size_t>(std::countr_zero(word));
        return current_ + 1 + static_cast<std::int64_t>((place - begin) % kBuckets);
      }
      word = occupied_[(begin / 64 + i + 1) % kWords];
    }
    return std::nullopt;
  }

  std::vector<Alarm> empty_bucket(std::int64_t bucket) {
    const std::size_t place = place_of(bucket);
    occupied_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
    return std::exchange(ring_[place], {}).alarms;
  }

  // Many alarms lie further ahead than the first one did.
  void lengthen() {
    std::vector<Alarm> all = std::exchange(far_, {});
    while (const std::optional<std::int64_t> bucket = first_bucket()) {
      std::ranges::move(empty_bucket(*bucket), std::back_inserter(all));
    }
    const int more = std::min(3, kLongest - shift_);
    shift_ += more;
    current_ >>= more;
    for (Alarm& alarm : all) {
      put(std::move(alarm));
    }
    far_limit_ = std::max(kMostFar, far_.size() * 2);
  }

  // Says whether any is due.
  bool find_due(Time now) {
    due_.clear();
    taken_ = 0;
    while (!soon_.empty() && soon_.front().at <= now) {
      due_.push_back(soon_.take().key);
    }
    for (auto bucket = first_bucket(); bucket && ring_[place_of(*bucket)].first <= now; bucket = first_bucket()) {
      current_ = *bucket;
      std::vector<Alarm> alarms = empty_bucket(*bucket);
      for (Alarm& alarm : alarms) {
        if (alarm.at <= now) {
          due_.push_back(std::move(alarm.key));
        } else {
          soon_.add(std::move(alarm));
        }
      }
      if (spare_.size() < kMostSpare && alarms.capacity() <= kMostSpareRoom) {
        alarms.clear();
        spare_.push_back(std::move(alarms));
      }
    }
    current_ = std::max(current_, bucket_of(now) - 1);  // what is left lies behind it
    while (!far_.empty() && (far_.front().at <= now || in_ring(bucket_of(far_.front().at)))) {
      Alarm alarm = far_.take();
      if (alarm.at <= now) {
        due_.push_back(std::move(alarm.key));
      } else {
        put(std::move(alarm));
      }
    }
    waiting_ -= due_.size();
    return !due_.empty();
  }

  std::vector<K> due_;  // whose time has come
  std::size_t taken_ = 0;
  std::size_t waiting_ = 0;  // for their time
  Heap soon_;                // those of the bucket that time is in, and before it
  std::vector<Bucket> ring_;
  std::array<std::uint64_t, kWords> occupied_{};  // a bit for each bucket
  std::vector<std::vector<Alarm>> spare_;         // the room of buckets that were emptied
  Heap far_;                                      // those behind the ring
  std::size_t far_limit_ = kMostFar;              // with more of them, buckets get longer
  int shift_ = 1;                                 // a bucket is 2^shift_ ns long
  std::int64_t current_ = 0;                      // the bucket that time is in; the ring begins behind it
};

}  // namespace weir::detail::containers
