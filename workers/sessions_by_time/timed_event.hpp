#pragma once

#include <vector>

#include <weir/weir.hpp>

#include "instant.hpp"
#include "search_sessions/event_log.hpp"
#include "search_sessions/events.hpp"

namespace sessions_by_time {

/// An event of the app, and when it happened there.
struct TimedEvent {
  Instant time;
  search_sessions::Event event;
};

/// The events of one session, in the order of their times.
using TimedSession = std::vector<TimedEvent>;

/// How it stands in a log, one a line: {"time":1772438400000,"event":"Search","user":1,"query":"dogs"}.
inline void from_json(const weir::JsonValue& json, TimedEvent& to) {
  static const auto shape = search_sessions::event_shape();
  shape.read(json, to.event);
  to.time = read_time(json);
}

inline void to_json(weir::JsonWriter& json, const TimedEvent& timed) {
  static const auto shape = search_sessions::event_shape();
  json.begin_object();
  write_time(json, timed.time);
  shape.write_members(json, timed.event);
  json.end_object();
}

}  // namespace sessions_by_time
