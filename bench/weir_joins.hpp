#pragma once

#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "joins.hpp"
#include "measured.hpp"
#include "numbered.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// The pairs of two streams of `items` each.
inline Outcome run_join(std::uint64_t items, const Setup& setup) {
  using Pair = std::pair<std::uint64_t, std::tuple<std::uint64_t, std::uint64_t>>;
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.events = 2 * items;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"join"};
    const auto left = flow.input("left", Numbered{items, [](std::uint64_t n) { return make_left(n); }});
    const auto right = flow.input("right", Numbered{items, [items](std::uint64_t n) { return make_right(n, items); }});
    op::join("pairs", left, right) | op::output("out", tally_into(tallies, [](Tally& tally, const Pair& pair) {
                                                  const auto& [left_value, right_value] = pair.second;
                                                  tally_pair(tally, pair.first, left_value, right_value);
                                                }));
    run(flow, options_of(setup));
  });
  add_up(outcome, tallies);
  return outcome;
}

}  // namespace weir::bench
