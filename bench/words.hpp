#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "measured.hpp"
#include "workloads.hpp"

namespace weir::bench {

inline std::vector<std::string> split_into_words(const std::string& line) {
  std::vector<std::string> words;
  words.reserve(kWordsPerLine);
  for (std::size_t begin = 0; begin < line.size();) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    words.emplace_back(line, begin, end - begin);
    begin = end + 1;
  }
  return words;
}

/// Counts the words of `lines` lines, each word on the worker that owns it.
inline Outcome run_words(std::uint64_t lines, const Setup& setup) {
  std::vector<Tally> tallies(setup.workers);
  Outcome outcome;
  outcome.events = lines * kWordsPerLine;
  outcome.seconds = seconds_of([&] {
    Dataflow flow{"words"};
    flow.input("input", lines_of(lines))                      //
        | op::flat_map("split_into_words", split_into_words)  //
        | op::count_final("count", std::identity{})           //
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
