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

/// Counts the words of `lines` lines, each word on the worker that owns it.
inline Outcome run_words(std::uint64_t lines, const Setup& setup) {
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.events = lines * wordcount::kWordsPerLine;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"words"};
    flow.input("input", wordcount::generated_lines(lines))               //
        | op::flat_map("split_into_words", wordcount::split_into_words)  //
        | op::count_final("count", std::identity{})                      //
        | op::output("out", tally_into(tallies, [](Tally& tally, const std::pair<std::string, std::uint64_t>& word) {
                       ++tally.outputs;
                       tally.sum += word.second * word.second;
                     }));
    run(flow, options_of(setup));
  });
  for (const Tally& tally : tallies) {
    outcome.outputs += tally.outputs;
    outcome.sum += tally.sum;
  }
  return outcome;
}

}  // namespace weir::bench
