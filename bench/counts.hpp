#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "measured.hpp"
#include "mix.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// On each worker every W-th of the numbers `mix(n) % kDistinct`, as a program's own builder makes them.
template <std::uint64_t kDistinct>
auto numbers_to_count(std::uint64_t numbers) {
  return ManualInput{[numbers](std::size_t worker_index, std::size_t worker_count, std::optional<std::uint64_t> last) {
    return [=, next = last ? *last + worker_count
                           : worker_index]() mutable -> std::optional<std::pair<std::uint64_t, std::uint64_t>> {
      if (next >= numbers) {
        return std::nullopt;
      }
      const std::uint64_t n = std::exchange(next, next + worker_count);
      return std::pair{n, mix(n) % kDistinct};
    };
  }};
}

/// Counts numbers by themselves, each on the worker that owns it.
template <std::uint64_t kDistinct>
Outcome run_counts(std::uint64_t numbers, const Setup& setup) {
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.events = numbers;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"counts"};
    flow.input("input", numbers_to_count<kDistinct>(numbers))  //
        | op::count_final("count", std::identity{})            //
        | op::output("out", tally_into(tallies, [](Tally& tally, const std::pair<std::uint64_t, std::uint64_t>& count) {
                       ++tally.outputs;
                       tally.sum += count.second * count.second;
                     }));
    run(flow, options_of(setup));
  });
  add_up(outcome, tallies);
  return outcome;
}

}  // namespace weir::bench
