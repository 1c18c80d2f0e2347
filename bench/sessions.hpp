#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "measured.hpp"
#include "workloads.hpp"

namespace weir::bench {

inline std::pair<std::string, Session> initial_session(Event&& event) {
  std::string user = std::to_string(std::visit([](const auto& any) { return any.user; }, event));
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

inline std::vector<Session> split_into_searches(Session&& session) {
  std::vector<Session> parts(1);
  for (Event& event : session) {
    if (is_search(event)) {
      parts.emplace_back();
    }
    parts.back().push_back(std::move(event));
  }
  return parts;
}

inline bool has_search(const Session& session) { return std::ranges::any_of(session, is_search); }

inline double click_through(const Session& session) { return std::ranges::any_of(session, is_click) ? 1.0 : 0.0; }

/// Search sessions of `users` users: how many there are, and how many have a click.
inline Outcome run_sessions(std::uint64_t users, const Setup& setup) {
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"sessions"};
    flow.input("input", events_of(users))                               //
        | op::map("initial_session", initial_session)                   //
        | op::reduce("sessionizer", join_sessions, session_has_closed)  //
        | op::map("remove_key", remove_key)                             //
        | op::flat_map("split_into_searches", split_into_searches)      //
        | op::filter("has_search", has_search)                          //
        | op::map("click_through", click_through)                       //
        | op::output("out", tally_into(tallies, [](Tally& tally, double figure) {
                       ++tally.outputs;
                       tally.sum += static_cast<std::uint64_t>(figure);
                     }));
    outcome.events = run(flow, options_of(setup)).steps.front().items;
  });
  for (const Tally& tally : tallies) {
    outcome.outputs += tally.outputs;
    outcome.sum += tally.sum;
  }
  return outcome;
}

}  // namespace weir::bench
