#pragma once

#include <bit>
#include <chrono>
#include <vector>

#include <weir/weir.hpp>

#include "workloads.hpp"

namespace weir::bench {

/// A sink that adds up on each worker what `add(tally, item)` makes of its items.
template <typename Add>
auto tally_into(std::vector<Tally>& tallies, Add add) {
  return ManualOutput{[&tallies, add](std::size_t worker_index, std::size_t) {
    return [tally = &tallies[worker_index], add](auto&& item) { add(*tally, item); };
  }};
}

/// Adds what the workers found to the outcome.
inline void add_up(Outcome& outcome, const std::vector<Tally>& tallies) {
  for (const Tally& tally : tallies) {
    outcome.outputs += tally.outputs;
    outcome.sum += tally.sum;
  }
}

/// Seconds that `work` takes.
template <typename Work>
double seconds_of(Work work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

inline RunOptions options_of(const Setup& setup) {
  RunOptions options;
  options.workers = setup.workers;
  options.exchange = setup.exchange;
  return options;
}

}  // namespace weir::bench
