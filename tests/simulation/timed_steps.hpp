#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "simulation/item.hpp"
#include "simulation/random_step.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {

inline constexpr std::int64_t kBeforeAll = std::numeric_limits<std::int64_t>::min();

/// An item before a step that goes by event time.
struct TimedItem {
  Item item;
  std::int64_t promise;  ///< the watermark of its partition when it came
};

/// How far event time had come at a step that goes by it.
struct TimeReached {
  bool ended = false;  ///< nothing can come any more
  Time watermark = Time::min();
};

/// The clocks of a step, in one of which each item is.
[[nodiscard]] std::size_t clocks_of(const RandomStep& step);
[[nodiscard]] std::size_t clock_of(const RandomStep& step, const Item& item);

/// How many seconds items may lie back.
[[nodiscard]] std::int64_t out_of_orderness(const RandomStep& step);

/// Whether what a join makes of late items is defined.
[[nodiscard]] bool time_join_takes_late(const RandomStep& step);

/// The reference sorts everything, then computes: what is late is known by the promises alone. The items of a key are
/// in their order.
Stream<Item> build_timed_step(const RandomStep& step, const std::string& id, const Stream<Item>& up);
Items reference_of_timed_step(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached);
Stream<Item> build_time_join(const RandomStep& step, const std::string& id, const Stream<Item>& up);
Items reference_of_time_join(const RandomStep& step, const std::vector<TimedItem>& in, const TimeReached& reached);

}  // namespace weir::simulation
