#pragma once

#include <algorithm>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/time/clock_operator.hpp"
#include "weir/detail/time/partition_clock.hpp"
#include "weir/per_worker.hpp"
#include "weir/time.hpp"

namespace weir::detail::windows {

/// An item that arrives at a keyed step.
template <typename V>
struct Arrival {
  V&& value;
  Time time;
  Time promise;  ///< for this item, all before it is over; not before the item's time
};

/// Times of a keyed step's items, and the progress of time, from a clock before the exchange.
///
/// An item's promise is the watermark of its partition when it came, even if the step's watermark is still earlier. So
/// its lateness does not depend on how fast the other partitions are read. The step's watermark is later only where
/// silent partitions were left out.
template <typename V>
class ClockedArrivals {
 public:
  using Input = time::Timed<V>;
  using Value = V;
  static constexpr bool kGoesByWall = false;

  static V& value_of(Input& item) noexcept { return item.value; }

  Arrival<V> arrive(Input&& item, keyed::Alarms& alarms) const {
    return {std::move(item.value), item.time, std::max(item.promise, alarms.watermark())};
  }
  static Time reached(const keyed::Alarms& alarms) { return alarms.watermark(); }
  static void wake(keyed::Alarms& alarms, Time at) { alarms.at_event(at); }
};

/// Times from the values themselves, where a clock runs upstream.
/// @tparam kSides  whether it is a variant whose alternatives are the values of several sides
template <typename V, typename F, bool kSides>
class ToldArrivals {
 public:
  using Input = V;
  using Value = V;
  static constexpr bool kGoesByWall = false;

  static V& value_of(Input& item) noexcept { return item; }

  explicit ToldArrivals(F timestamp_of) : timestamp_of_{std::move(timestamp_of)} {}

  Arrival<V> arrive(Input&& item, keyed::Alarms& alarms) {
    const Time time = told(item);
    return {std::move(item), time, std::max(time, alarms.watermark())};
  }
  static Time reached(const keyed::Alarms& alarms) { return alarms.watermark(); }
  static void wake(keyed::Alarms& alarms, Time at) { alarms.at_event(at); }

 private:
  Time told(const V& value) {
    if constexpr (kSides) {
      return std::visit([this](const auto& side) { return time::time_of(timestamp_of_, side); }, value);
    } else {
      return time::time_of(timestamp_of_, value);
    }
  }

  F timestamp_of_;
};

/// Times from the system's clock.
template <typename V>
class SystemArrivals {
 public:
  using Input = V;
  using Value = V;
  static constexpr bool kGoesByWall = true;

  static V& value_of(Input& item) noexcept { return item; }

  Arrival<V> arrive(Input&& item, keyed::Alarms& alarms) const {
    const Time now = alarms.system();
    return {std::move(item), now, now};
  }
  static Time reached(const keyed::Alarms& alarms) {
    return alarms.watermark() == Time::max() ? Time::max() : alarms.system();
  }
  static void wake(keyed::Alarms& alarms, Time at) { alarms.at_system(at); }
};

}  // namespace weir::detail::windows
