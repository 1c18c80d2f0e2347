#include "weir/detail/containers/alarm_queue.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

namespace weir::detail::containers {
namespace {

constexpr std::uint64_t kBucketsAhead = 128;  // to the first alarm, if all are alike
constexpr std::size_t kMostSpare = 64;
constexpr std::size_t kMostSpareRoom = 1024;  // of one of them, in alarms
constexpr int kLongest = 60;

constexpr auto later = [](const auto& a, const auto& b) { return a.at > b.at; };

template <typename Alarm>
void push(std::vector<Alarm>& heap, const Alarm& alarm) {
  heap.push_back(alarm);
  std::ranges::push_heap(heap, later);
}

template <typename Alarm>
Alarm pop(std::vector<Alarm>& heap) {
  std::ranges::pop_heap(heap, later);
  const Alarm alarm = heap.back();
  heap.pop_back();
  return alarm;
}

}  // namespace

void AlarmQueue::clear() {
  waiting_ = 0;
  soon_.clear();
  ring_.clear();
  occupied_ = {};
  far_.clear();
}

Time AlarmQueue::next() const {
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

// Nothing waits: chooses how long buckets are.
void AlarmQueue::begin(Time at, Time now) {
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
void AlarmQueue::add_slowly(Alarm alarm, Time now) {
  if (waiting_ == 0) {
    begin(alarm.at, now);
  }
  ++waiting_;
  put(alarm);
  if (far_.size() > far_limit_ && shift_ < kLongest) {
    lengthen();
  }
}

void AlarmQueue::put(Alarm alarm) {
  const std::int64_t number = bucket_of(alarm.at);
  if (number <= current_) {
    push(soon_, alarm);
  } else if (!in_ring(number)) {
    push(far_, alarm);
  } else {
    const std::size_t place = place_of(number);
    Bucket& bucket = ring_[place];
    occupied_[place / 64] |= std::uint64_t{1} << (place % 64);
    if (bucket.alarms.capacity() == 0 && !spare_.empty()) {
      bucket.alarms = std::move(spare_.back());
      spare_.pop_back();
    }
    bucket.first = std::min(bucket.first, alarm.at);
    bucket.alarms.push_back(alarm);
  }
}

// The number of the first bucket in the ring that has alarms; none if it has none.
std::optional<std::int64_t> AlarmQueue::first_bucket() const {
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

std::vector<AlarmQueue::Alarm> AlarmQueue::empty_bucket(std::int64_t bucket) {
  const std::size_t place = place_of(bucket);
  occupied_[place / 64] &= ~(std::uint64_t{1} << (place % 64));
  return std::exchange(ring_[place], {}).alarms;
}

// Many alarms lie further ahead than the first one did.
void AlarmQueue::lengthen() {
  std::vector<Alarm> all = std::exchange(far_, {});
  while (const std::optional<std::int64_t> bucket = first_bucket()) {
    std::ranges::move(empty_bucket(*bucket), std::back_inserter(all));
  }
  const int more = std::min(3, kLongest - shift_);
  shift_ += more;
  current_ >>= more;
  for (const Alarm& alarm : all) {
    put(alarm);
  }
  far_limit_ = std::max(kMostFar, far_.size() * 2);
}

// Says whether any is due.
bool AlarmQueue::find_due(Time now) {
  due_.clear();
  taken_ = 0;
  while (!soon_.empty() && soon_.front().at <= now) {
    due_.push_back(pop(soon_).slot);
  }
  for (auto bucket = first_bucket(); bucket && ring_[place_of(*bucket)].first <= now; bucket = first_bucket()) {
    current_ = *bucket;
    std::vector<Alarm> alarms = empty_bucket(*bucket);
    for (const Alarm& alarm : alarms) {
      if (alarm.at <= now) {
        due_.push_back(alarm.slot);
      } else {
        push(soon_, alarm);
      }
    }
    if (spare_.size() < kMostSpare && alarms.capacity() <= kMostSpareRoom) {
      alarms.clear();
      spare_.push_back(std::move(alarms));
    }
  }
  current_ = std::max(current_, bucket_of(now) - 1);  // what is left lies after it
  while (!far_.empty() && (far_.front().at <= now || in_ring(bucket_of(far_.front().at)))) {
    const Alarm alarm = pop(far_);
    if (alarm.at <= now) {
      due_.push_back(alarm.slot);
    } else {
      put(alarm);
    }
  }
  waiting_ -= due_.size();
  return !due_.empty();
}

}  // namespace weir::detail::containers
