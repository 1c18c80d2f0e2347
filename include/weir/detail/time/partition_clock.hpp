#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ratio>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/source_operator.hpp"
#include "weir/detail/snapshot/epoch_part.hpp"
#include "weir/detail/time/duration.hpp"
#include "weir/time.hpp"

namespace weir::detail::time {

/// @throws BuildError  if a duration of a clock is negative
void check_clock(const std::string& step_id, std::chrono::nanoseconds max_out_of_orderness,
                 std::optional<std::chrono::nanoseconds> idle_after);

/// The watermarks of the partitions that a worker reads from one source. Untyped, so it is in the compiled core.
class PartitionClock {
 public:
  PartitionClock(const graph::OperatorParts& parts, std::chrono::nanoseconds max_out_of_orderness,
                 std::optional<std::chrono::nanoseconds> idle_after);

  /// The partition that is being read.
  class Reading {
   public:
    /// An item of this time has come.
    /// @return  the watermark from the items before it, or the time if that is not earlier
    Time observe(Time time) noexcept {
      const Time promise = std::max(time, watermark());
      latest_ = std::max(latest_, time);
      return promise;
    }

   private:
    friend class PartitionClock;
    Reading(Time watermark, std::chrono::nanoseconds max_out_of_orderness)
        : latest_{std::min(watermark, Time::max() - max_out_of_orderness) + max_out_of_orderness},
          max_out_of_orderness_{max_out_of_orderness} {}

    [[nodiscard]] Time watermark() const noexcept { return latest_ - max_out_of_orderness_; }

    Time latest_;  // of the items, or what the watermark before them is worth
    std::chrono::nanoseconds max_out_of_orderness_;
  };

  /// `read(reading)` observes items of the partition that is being read, and returns the updated reading.
  template <typename Read>
  void observe_all(Read read) {
    if (partitions_.empty()) [[unlikely]] {
      open();
    }
    Partition& partition = partitions_[stage_->partition];
    const Reading reading = read(Reading{partition.watermark, max_out_of_orderness_});
    if (const Time watermark = reading.watermark(); watermark > partition.watermark) {
      partition.watermark = watermark;
      partition.moved = true;
    }
  }

  /// The least over the partitions. A silent partition is idle; so is one that has ended and cannot grow.
  [[nodiscard]] Watermark watermark();

  /// The same, but a partition that has ended is idle in any case.
  [[nodiscard]] Watermark read_until();

  /// That of one partition, by its number in the source; `Time::min()` if it has none yet.
  [[nodiscard]] Time watermark_of(std::size_t partition) const {
    return partition < partitions_.size() ? partitions_[partition].watermark : Time::min();
  }

  /// When a silent partition becomes idle.
  [[nodiscard]] runtime::Steady due() const;

  /// Adds the watermarks that have moved.
  void snapshot(runtime::StepNumber step, snapshot::EpochPart& part);

 private:
  struct Partition {
    Time watermark = Time::min();
    bool moved = false;  // since the last snapshot
  };

  void open();
  [[nodiscard]] Watermark least(bool waits_for_ended);
  [[nodiscard]] bool silent(const runtime::PartitionStatus& status) const;

  std::string step_id_;
  const runtime::StageState* stage_;
  const snapshot::ResumePoint* resume_;
  std::chrono::nanoseconds max_out_of_orderness_;
  std::optional<std::chrono::nanoseconds> idle_after_;
  std::vector<Partition> partitions_;  // by their numbers in the source; filled once that exists
};

/// @param seconds  the time, since 1970
[[noreturn]] void throw_time_out_of_range(long double seconds);

/// The result of `timestamp_of` for a value.
/// @throws std::range_error  if it cannot be an event time
template <typename F, typename V>
Time time_of(F& timestamp_of, const V& value) {
  const auto told = std::invoke(timestamp_of, value).time_since_epoch();
  using Told = std::remove_cvref_t<decltype(told)>;
  using Unit = std::ratio_divide<typename Told::period, std::nano>;
  if constexpr (std::integral<typename Told::rep> && Unit::den == 1) {
    constexpr std::int64_t kMost = kMostNanoseconds / Unit::num;
    if (std::cmp_greater(told.count(), kMost) || std::cmp_less(told.count(), -kMost)) [[unlikely]] {
      throw_time_out_of_range(std::chrono::duration<long double>{told}.count());
    }
    return Time{std::chrono::nanoseconds{static_cast<std::int64_t>(told.count()) * Unit::num}};
  } else {
    const auto count = std::chrono::duration<long double, std::nano>{told}.count();
    if (!(std::abs(count) <= static_cast<long double>(kMostNanoseconds))) [[unlikely]] {
      throw_time_out_of_range(count / 1e9L);
    }
    return Time{std::chrono::nanoseconds{static_cast<std::int64_t>(count)}};
  }
}

/// The result of `timestamp_of`, clamped to the first and last event time.
/// @throws std::range_error  if it is not a number
template <typename F>
struct ClampedTime {
  F timestamp_of;

  template <typename V>
    requires TimestampOf<F, V>
  Time operator()(const V& value) {
    const auto told = std::invoke(timestamp_of, value).time_since_epoch();
    if constexpr (std::floating_point<typename decltype(told)::rep>) {
      if (std::isnan(told.count())) {
        throw_time_out_of_range(told.count());
      }
    }
    constexpr std::chrono::nanoseconds kMost{kMostNanoseconds};
    return Time{std::clamp(saturated(told), -kMost, kMost)};
  }
};

}  // namespace weir::detail::time
