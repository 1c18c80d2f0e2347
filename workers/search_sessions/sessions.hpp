#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <weir/weir.hpp>

#include "search_sessions/events.hpp"

namespace search_sessions {

inline std::string user_of(const Event& event) {
  return std::to_string(std::visit([](const auto& any) { return any.user; }, event));
}

inline std::pair<std::string, Session> initial_session(Event&& event) {
  std::string user = user_of(event);
  Session session;
  session.push_back(std::move(event));
  return {std::move(user), std::move(session)};
}

inline void join_sessions(Session& so_far, Session&& next) {
  for (Event& event : next) {
    so_far.push_back(std::move(event));
  }
}

inline bool session_has_closed(const Session& session) { return std::holds_alternative<AppClose>(session.back()); }

inline Session remove_key(std::pair<std::string, Session>&& user_session) { return std::move(user_session.second); }

inline bool is_search(const Event& event) { return std::holds_alternative<Search>(event); }

inline bool is_click(const Event& event) { return std::holds_alternative<ClickResult>(event); }

/// What came before each search, and what came after the last: like splitting text, but with events.
inline std::vector<Session> split_into_searches(Session&& user_session) {
  std::vector<Session> search_sessions(1);
  for (Event& event : user_session) {
    if (is_search(event)) {
      search_sessions.emplace_back();
    }
    search_sessions.back().push_back(std::move(event));
  }
  return search_sessions;
}

inline bool has_search(const Session& search_session) { return std::ranges::any_of(search_session, is_search); }

inline double calc_ctr(const Session& search_session) {
  return std::ranges::any_of(search_session, is_click) ? 1.0 : 0.0;
}

/// One click-through figure per search of a closed session, 1.0 if a result was clicked on and 0.0 if none was.
inline weir::Stream<double> figures(const weir::KeyedStream<std::string, Session>& sessions) {
  namespace op = weir::op;
  return sessions                                                    //
         | op::map("remove_key", remove_key)                         //
         | op::flat_map("split_into_searches", split_into_searches)  //
         | op::filter("has_search", has_search)                      //
         | op::map("calc_ctr", calc_ctr);
}

/// The sessions that users have closed.
inline weir::KeyedStream<std::string, Session> closed_sessions(const weir::Stream<Event>& events) {
  namespace op = weir::op;
  return events                                         //
         | op::map("initial_session", initial_session)  // keyed by user from here on
         | op::reduce("sessionizer", join_sessions, session_has_closed);
}

/// The job: events to click-through figures.
inline weir::Stream<double> click_through(const weir::Stream<Event>& events) {
  return figures(closed_sessions(events));
}

/// The same, each figure with its user.
inline weir::KeyedStream<std::string, double> click_through_by_user(const weir::Stream<Event>& events) {
  namespace op = weir::op;
  return closed_sessions(events)                                           //
         | op::flat_map_value("split_into_searches", split_into_searches)  //
         | op::filter_value("has_search", has_search)                      //
         | op::map_value("calc_ctr", calc_ctr);
}

}  // namespace search_sessions
