#pragma once

#include <cstdint>
#include <vector>

#include "measured.hpp"
#include "search_sessions/generate.hpp"
#include "search_sessions/sessions.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// Search sessions of `users` users: how many searches there are, and how many have a click.
inline Outcome run_sessions(std::uint64_t users, const Setup& setup) {
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"sessions"};
    search_sessions::click_through(flow.input("input", search_sessions::generated_events(users)))  //
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
