#pragma once

#include <cstdint>
#include <string>

#include <weir/json_shape.hpp>

namespace weir::bench::kafka {

inline constexpr std::uint64_t kUsers = 1'000'000;

/// What the job reads of an event. The event has more, as events do.
struct Event {
  std::uint64_t user = 0;
  std::string type;
};

/// One event in six has this type, and emits the number of its user's events so far.
inline constexpr const char* kClosing = "close";

inline auto event_shape() { return weir::fields<Event>("user", "type"); }

}  // namespace weir::bench::kafka
