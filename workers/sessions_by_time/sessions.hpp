#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <variant>

#include <weir/weir.hpp>

#include "search_sessions/events.hpp"
#include "search_sessions/sessions.hpp"
#include "sessions_by_time/timed_event.hpp"

namespace sessions_by_time {

/// When a session is over.
struct Rules {
  std::chrono::nanoseconds gap = std::chrono::minutes{30};               ///< without an event
  std::chrono::nanoseconds out_of_orderness = std::chrono::seconds{10};  ///< that events may come behind later ones
};

inline std::string user_of(const TimedEvent& timed) { return search_sessions::user_of(timed.event); }

/// Behind the events of the same time.
inline void insert_by_time(TimedSession& session, TimedEvent&& next) {
  const auto place = std::ranges::upper_bound(session, next.time, {}, &TimedEvent::time);
  session.insert(place, std::move(next));
}

/// Makes one session of two that an event has joined.
inline void merge_by_time(TimedSession& session, TimedSession&& other) {
  const auto middle = static_cast<std::ptrdiff_t>(session.size());
  std::ranges::move(other, std::back_inserter(session));
  std::ranges::inplace_merge(session, session.begin() + middle, {}, &TimedEvent::time);
}

using UserSession = std::pair<std::string, TimedSession>;

/// Ends a session with the event that no app sends.
inline UserSession time_out(std::pair<std::string, weir::InWindow<TimedSession>>&& user_session) {
  auto& [window, session] = user_session.second;
  const std::uint64_t user = std::visit([](const auto& any) { return any.user; }, session.front().event);
  const auto end = std::chrono::time_point_cast<Instant::duration>(window.end);
  session.push_back({end, search_sessions::Timeout{user}});
  return {std::move(user_session.first), std::move(session)};
}

/// The events alone.
inline search_sessions::Session without_times(TimedSession&& timed) {
  search_sessions::Session session;
  session.reserve(timed.size());
  for (TimedEvent& each : timed) {
    session.push_back(std::move(each.event));
  }
  return session;
}

/// What becomes of events.
struct Sessions {
  weir::KeyedStream<std::string, TimedSession> down;  ///< by user, each with its Timeout
  weir::KeyedStream<std::string, TimedEvent> late;    ///< events that came when their session was over
};

/// Events to sessions, which end when a user has done nothing for some time.
inline Sessions sessionize(const weir::Stream<TimedEvent>& events, const Rules& rules) {
  namespace op = weir::op;
  const weir::SessionWindows windows{weir::EventClock{&TimedEvent::time, rules.out_of_orderness}, rules.gap};
  const auto sessions =
      events | op::key_on("by_user", user_of) |
      op::fold_window("sessionizer", windows, [] { return TimedSession{}; }, insert_by_time, merge_by_time);
  return {sessions.down | op::map("time_out", time_out), sessions.late};
}

/// Sessions to click-through figures: the steps of search_sessions.
inline weir::Stream<double> figures(const weir::KeyedStream<std::string, TimedSession>& sessions) {
  return search_sessions::figures(sessions | weir::op::map_value("without_times", without_times));
}

}  // namespace sessions_by_time
