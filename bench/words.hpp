#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "measured.hpp"
#include "wordcount/generate.hpp"
#include "wordcount/words.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// Counts the words of `lines` lines, each word on the worker that owns it. `count` is the step that counts.
template <typename Count>
Outcome run_words_with(std::uint64_t lines, const Setup& setup, Count count) {
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.events = lines * wordcount::kWordsPerLine;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"words"};
    flow.input("input", wordcount::generated_lines(lines))               //
        | op::flat_map("split_into_words", wordcount::split_into_words)  //
        | std::move(count)                                               //
        | op::output("out", tally_into(tallies, [](Tally& tally, const std::pair<std::string, std::uint64_t>& word) {
                       ++tally.outputs;
                       tally.sum += word.second * word.second;
                     }));
    run(flow, options_of(setup));
  });
  add_up(outcome, tallies);
  return outcome;
}

/// Every word crosses to its owner.
inline Outcome run_words(std::uint64_t lines, const Setup& setup) {
  return run_words_with(lines, setup, op::count_final("count", std::identity{}).uncombined());
}

/// Workers count first, and only their counts cross.
inline Outcome run_combined_words(std::uint64_t lines, const Setup& setup) {
  return run_words_with(lines, setup, op::count_final("count", std::identity{}).combined());
}

}  // namespace weir::bench
