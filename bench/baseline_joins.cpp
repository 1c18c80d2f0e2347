#include "baseline_joins.hpp"

#include <cstdint>

#include <boost/unordered/unordered_flat_map.hpp>

#include "joins.hpp"
#include "measured.hpp"

namespace weir::bench {

Outcome hand_written_join(std::uint64_t items) {
  Tally tally;
  const double seconds = seconds_of([&] {
    // The values whose other side has not come. Which side one is of need not be kept: a key is once in each stream, so
    // whoever finds it there is of the other.
    boost::unordered_flat_map<std::uint64_t, std::uint64_t> waiting;
    for (std::uint64_t n = 0; n < items; ++n) {
      const auto [left_key, left] = make_left(n);
      if (const auto [entry, is_first] = waiting.try_emplace(left_key, left); !is_first) {
        tally_pair(tally, left_key, left, entry->second);
        waiting.erase(entry);
      }
      const auto [right_key, right] = make_right(n, items);
      if (const auto [entry, is_first] = waiting.try_emplace(right_key, right); !is_first) {
        tally_pair(tally, right_key, entry->second, right);
        waiting.erase(entry);
      }
    }
  });
  return {.events = 2 * items, .outputs = tally.outputs, .sum = tally.sum, .seconds = seconds};
}

}  // namespace weir::bench
