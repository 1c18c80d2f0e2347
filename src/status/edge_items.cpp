#include "status/edge_items.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace weir::detail::status {
namespace {

// Steps count what they take in, over all their edges, and inputs what they make.
class EdgeItems {
 public:
  explicit EdgeItems(const RunStatus& run) : run_{run}, items_(run.edges.size()) {}

  std::vector<std::optional<std::uint64_t>> items() && {
    for (std::size_t edge = 0; edge < items_.size(); ++edge) {
      const EdgeState& state = run_.edges[edge];
      if (is_direct(state) && state.output == 0 && run_.steps[state.from].op == "input") {
        items_[edge] = run_.steps[state.from].items();
      }
    }
    while (add_rests() || add_siblings()) {
    }
    return std::move(items_);
  }

 private:
  // What is exchanged may go to all workers, and counts on each.
  static bool is_direct(const EdgeState& edge) { return edge.kind != EdgeState::Kind::kExchange; }

  // The only edge to a step of which nothing is known has the rest of the step's items.
  bool add_rests() {
    bool any = false;
    for (std::size_t edge = 0; edge < items_.size(); ++edge) {
      if (items_[edge]) {
        continue;
      }
      std::uint64_t others = 0;
      bool known = true;
      for (std::size_t other = 0; other < items_.size(); ++other) {
        if (other != edge && run_.edges[other].to == run_.edges[edge].to) {
          known = known && items_[other].has_value();
          others += items_[other].value_or(0);
        }
      }
      if (known) {
        const std::uint64_t all = run_.steps[run_.edges[edge].to].items();
        items_[edge] = all - std::min(all, others);
        any = true;
      }
    }
    return any;
  }

  // All that an output emits goes over each of its edges.
  bool add_siblings() {
    bool any = false;
    for (std::size_t edge = 0; edge < items_.size(); ++edge) {
      const EdgeState& state = run_.edges[edge];
      for (std::size_t other = 0; !items_[edge] && is_direct(state) && other < items_.size(); ++other) {
        const EdgeState& sibling = run_.edges[other];
        if (items_[other] && is_direct(sibling) && sibling.from == state.from && sibling.output == state.output) {
          items_[edge] = items_[other];
          any = true;
        }
      }
    }
    return any;
  }

  const RunStatus& run_;
  std::vector<std::optional<std::uint64_t>> items_;
};

}  // namespace

std::vector<std::optional<std::uint64_t>> edge_items(const RunStatus& run) { return EdgeItems{run}.items(); }

}  // namespace weir::detail::status
