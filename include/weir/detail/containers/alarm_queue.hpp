#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "weir/detail/containers/slot.hpp"
#include "weir/time.hpp"

namespace weir::detail::containers {

/// Which slots have an alarm, and when. A slot may have several, some for a time that is of no interest any more: the
/// caller looks whether there is anything to do. Slots whose time has come are handed out in no order that means
/// anything.
///
/// A calendar: alarms wait in a ring of buckets of equal length, unsorted. Those of the bucket that time is in wait in
/// a heap, and those further ahead than the ring reaches in another. So an alarm costs a push and a move, whether many
/// slots wait for the same time, as for panes, or each for its own, as for sessions.
/// @see Randy Brown, Calendar queues, 1988
class AlarmQueue {
 public:
  AlarmQueue() = default;
  AlarmQueue(const AlarmQueue&) = delete;
  AlarmQueue& operator=(const AlarmQueue&) = delete;
  ~AlarmQueue() = default;

  /// @param now  what time it is about, from which the length of the buckets is found
  void add(Time at, Slot slot, Time now) {
    if (const std::int64_t number = bucket_of(at); waiting_ > 0 && in_ring(number)) [[likely]] {
      Bucket& bucket = ring_[place_of(number)];
      if (bucket.alarms.size() != bucket.alarms.capacity()) [[likely]] {
        ++waiting_;
        bucket.first = std::min(bucket.first, at);
        bucket.alarms.push_back({at, slot});
        return;
      }
    }
    add_slowly({at, slot}, now);
  }

  [[nodiscard]] bool empty() const { return waiting_ == 0 && taken_ == due_.size(); }

  /// How many alarms wait for their time.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

  /// Drops all that wait for their time.
  void clear();

  /// When the first is due; `Time::max()` if there is none.
  [[nodiscard]] Time next() const;

  /// Takes up to so many slots whose time has come; none if there is no such slot. They are there until the next call.
  std::span<const Slot> take(Time now, std::size_t most) {
    if (taken_ == due_.size() && (waiting_ == 0 || !find_due(now))) {
      return {};
    }
    const std::size_t count = std::min(most, due_.size() - taken_);
    return {due_.data() + std::exchange(taken_, taken_ + count), count};
  }

 private:
  struct Alarm {
    Time at;
    Slot slot;
  };
  struct Bucket {
    Time first = Time::max();
    std::vector<Alarm> alarms;
  };
  using Heap = std::vector<Alarm>;  // the earliest on top

  static constexpr std::size_t kBuckets = 512;
  static constexpr std::size_t kWords = kBuckets / 64;
  static constexpr std::size_t kMostFar = 1024;

  // Fewer than 2^62 either way, so that sums do not overflow.
  [[nodiscard]] std::int64_t bucket_of(Time at) const { return at.time_since_epoch().count() >> shift_; }
  [[nodiscard]] static std::size_t place_of(std::int64_t bucket) {
    return static_cast<std::uint64_t>(bucket) % kBuckets;
  }
  [[nodiscard]] bool in_ring(std::int64_t bucket) const {
    return static_cast<std::uint64_t>(bucket) - static_cast<std::uint64_t>(current_) - 1 < kBuckets;
  }

  void begin(Time at, Time now);
  void add_slowly(Alarm alarm, Time now);
  void put(Alarm alarm);
  [[nodiscard]] std::optional<std::int64_t> first_bucket() const;
  std::vector<Alarm> empty_bucket(std::int64_t bucket);
  void lengthen();
  bool find_due(Time now);

  std::vector<Slot> due_;  // whose time has come
  std::size_t taken_ = 0;
  std::size_t waiting_ = 0;  // for their time
  Heap soon_;                // those of the bucket that time is in, and before it
  std::vector<Bucket> ring_;
  std::array<std::uint64_t, kWords> occupied_{};  // a bit for each bucket
  std::vector<std::vector<Alarm>> spare_;         // the room of buckets that were emptied
  Heap far_;                                      // those after the ring
  std::size_t far_limit_ = kMostFar;              // with more of them, buckets get longer
  int shift_ = 1;                                 // a bucket is 2^shift_ ns long
  std::int64_t current_ = 0;                      // the bucket that time is in; the ring begins after it
};

}  // namespace weir::detail::containers
