#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "measured.hpp"
#include "search_sessions/generate.hpp"
#include "search_sessions/sessions.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// Search sessions of `users` users: how many searches there are, and how many have a click. `job` makes a stream of
/// click-through figures from one of events.
template <typename Job>
Outcome run_sessions_by(std::uint64_t users, const Setup& setup, Job job) {
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"sessions"};
    job(flow.input("input", search_sessions::generated_events(users)))  //
        | op::output("out", tally_into(tallies, [](Tally& tally, double figure) {
                       ++tally.outputs;
                       tally.sum += static_cast<std::uint64_t>(figure);
                     }));
    outcome.events = run(flow, options_of(setup)).steps.front().items;
  });
  add_up(outcome, tallies);
  return outcome;
}

/// Each event crosses to its user's worker and is appended to the user's session there.
inline Outcome run_sessions(std::uint64_t users, const Setup& setup) {
  return run_sessions_by(users, setup, [](const Stream<search_sessions::Event>& events) {
    using search_sessions::Event;
    using search_sessions::Session;
    return search_sessions::figures(events  //
                                    | op::key_on("user", search_sessions::user_of) |
                                    op::fold(
                                        "sessionizer", [] { return Session{}; },
                                        [](Session& session, Event&& event) { session.push_back(std::move(event)); },
                                        search_sessions::session_has_closed));
  });
}

/// The program search_sessions, which follows the tutorial: each event travels in a list of its own, and lists are
/// joined.
inline Outcome run_tutorial_sessions(std::uint64_t users, const Setup& setup) {
  return run_sessions_by(users, setup, search_sessions::click_through);
}

}  // namespace weir::bench
