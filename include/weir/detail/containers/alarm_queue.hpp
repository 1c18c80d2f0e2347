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

/// The alarms of slots. A slot may have several, and some may be obsolete: the caller checks whether there is anything
/// to do. Due slots come in no particular order.
///
/// A calendar: alarms wait in a ring of buckets of equal length, unsorted. Alarms of the current bucket wait in a heap,
/// and those beyond the ring in another. So an alarm costs a push and a move, whether many slots wait for the same
/// time, as for panes, or each for its own, as for sessions.
/// @see Randy Brown, Calendar queues, 1988
class AlarmQueue {
 public:
  AlarmQueue() = default;
  AlarmQueue(const AlarmQueue&) = delete;
  AlarmQueue& operator=(const AlarmQueue&) = delete;
  ~AlarmQueue() = default;

  /// @param now  the approximate time, which determines the length of the buckets
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

  /// How many alarms are waiting.
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_; }

  /// Drops all waiting alarms.
  void clear();

  /// When the first is due; `Time::max()` if there is none.
  [[nodiscard]] Time next() const;

  /// Takes up to `most` due slots; none if no slot is due. The span is valid until the next call.
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

  std::vector<Slot> due_;  // the due slots
  std::size_t taken_ = 0;
  std::size_t waiting_ = 0;  // for their time
  Heap soon_;                // alarms of the current bucket, and before it
  std::vector<Bucket> ring_;
  std::array<std::uint64_t, kWords> occupied_{};  // a bit for each bucket
  std::vector<std::vector<Alarm>> spare_;         // the memory of emptied buckets
  Heap far_;                                      // those after the ring
  std::size_t far_limit_ = kMostFar;              // with more of them, buckets get longer
  int shift_ = 1;                                 // a bucket is 2^shift_ ns long
  std::int64_t current_ = 0;                      // the current bucket; the ring begins after it
};

}  // namespace weir::detail::containers
