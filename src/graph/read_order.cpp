#include "graph/read_order.hpp"

#include <algorithm>
#include <iterator>

namespace weir::detail::graph {
namespace {

using runtime::StepNumber;

bool reads_first(const InputSpec& input) { return input.read != TableRead::kAtOnce; }

/// What each input is read after.
class Waits {
 public:
  explicit Waits(std::size_t steps) : after_(steps) {}

  /// Adds the wait unless it makes a circle. Says whether it did.
  bool add(Wait wait) {
    if (reaches(wait.table, wait.input)) {
      return false;
    }
    after_[wait.input].push_back(wait.table);
    return true;
  }

 private:
  [[nodiscard]] bool reaches(StepNumber from, StepNumber to) const {
    std::vector<bool> seen(after_.size());
    std::vector<StepNumber> ahead{from};
    while (!ahead.empty() && ahead.back() != to) {
      const StepNumber at = ahead.back();
      ahead.pop_back();
      std::ranges::copy_if(after_[at], std::back_inserter(ahead), [&](StepNumber next) { return !seen[next]; });
      seen[at] = true;
    }
    return !ahead.empty();
  }

  std::vector<std::vector<StepNumber>> after_;
};

void add_waits(TableFirst& first, const std::vector<StepNumber>& inputs, Waits& waits) {
  for (const StepNumber input : inputs) {
    for (const StepNumber table : first.tables) {
      if (waits.add({input, table})) {
        first.waits.push_back({input, table});
      } else {
        first.whole = false;
      }
    }
  }
}

}  // namespace

std::vector<TableFirst> tables_first(const Graph& graph) {
  const auto& steps = graph.steps();
  std::vector<TableFirst> all;
  Waits waits{steps.size()};
  for (StepNumber s{0}; s < steps.size(); ++s.value) {
    const auto table = std::ranges::find_if(steps[s].inputs, reads_first);
    if (table == steps[s].inputs.end()) {
      continue;
    }
    TableFirst& first = all.emplace_back();
    first.step = s;
    first.tables = steps[table->from.step].sources;
    first.always = table->read == TableRead::kFirst;
    for (const InputSpec& stream : steps[s].inputs) {
      if (!reads_first(stream)) {
        add_waits(first, steps[stream.from.step].sources, waits);
      }
    }
  }
  return all;
}

}  // namespace weir::detail::graph
