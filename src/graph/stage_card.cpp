#include "graph/stage_card.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace weir::detail::graph {
namespace {

constexpr double kPadding = 12;
constexpr double kStepHeight = 40;
constexpr double kStepGap = 20;
constexpr double kLeastStepWidth = 90;
constexpr double kLane = 14;
constexpr double kParallelGap = 14;  // between two edges from one step to the next

/// The edges within stages, by the steps that they join.
struct CallGraph {
  explicit CallGraph(const Outline& flow)
      : from(flow.steps.size()), feeds(flow.steps.size()), depth(flow.steps.size()) {
    for (const OutlinedEdge& edge : flow.edges) {
      if (flow.steps[edge.from].stage == flow.steps[edge.to].stage) {
        from[edge.from].push_back(edge.to);
        ++feeds[edge.to];
      }
    }
    for (std::size_t step = flow.steps.size(); step-- > 0;) {
      for (const std::size_t to : from[step]) {
        depth[step] = std::max(depth[step], depth[to] + 1);
      }
    }
  }

  std::vector<std::vector<std::size_t>> from;
  std::vector<std::size_t> feeds;  // how many edges lead to a step
  std::vector<std::size_t> depth;  // steps on the longest path after a step
};

std::vector<std::size_t> rows_of(const std::vector<std::size_t>& steps, CallGraph& calls) {
  std::vector<std::size_t> rows;
  std::vector<std::size_t> ready;
  for (std::size_t i = steps.size(); i-- > 0;) {
    if (calls.feeds[steps[i]] == 0) {
      ready.push_back(steps[i]);
    }
  }
  while (!ready.empty()) {
    const std::size_t step = ready.back();
    ready.pop_back();
    rows.push_back(step);
    const auto first_new = static_cast<std::ptrdiff_t>(ready.size());
    for (const std::size_t to : calls.from[step]) {
      if (--calls.feeds[to] == 0) {
        ready.push_back(to);
      }
    }
    // The last one is taken next.
    std::sort(ready.begin() + first_new, ready.end(), [&](std::size_t a, std::size_t b) {
      return std::pair{calls.depth[a], a} > std::pair{calls.depth[b], b};
    });
  }
  return rows;
}

/// Rows between which a lane is in use.
struct Span {
  std::size_t from = 0;
  std::size_t to = 0;
};

// A lane for each step that feeds others than the next row, short ones nearest to the steps.
std::map<std::size_t, std::size_t> lanes_of(const std::map<std::size_t, Span>& spans, std::size_t& lanes) {
  std::vector<std::pair<std::size_t, Span>> by_length{spans.begin(), spans.end()};
  std::ranges::sort(by_length, {},
                    [](const auto& each) { return std::pair{each.second.to - each.second.from, each.first}; });
  std::vector<std::vector<Span>> taken;
  std::map<std::size_t, std::size_t> lane_of;
  for (const auto& [step, span] : by_length) {
    const std::size_t first = span.from;
    const std::size_t last = span.to;
    const auto is_free = [first, last](const std::vector<Span>& lane) {
      return std::ranges::all_of(lane, [&](const Span& other) { return other.to < first || last < other.from; });
    };
    const auto lane = std::ranges::find_if(taken, is_free);
    lane_of[step] = static_cast<std::size_t>(lane - taken.begin());
    (lane == taken.end() ? taken.emplace_back() : *lane).push_back(span);
  }
  lanes = taken.size();
  return lane_of;
}

std::vector<std::size_t> rows_by_step(const Outline& flow, const std::vector<StageCard>& cards) {
  std::vector<std::size_t> row_of(flow.steps.size());
  for (const StageCard& card : cards) {
    for (std::size_t row = 0; row < card.rows.size(); ++row) {
      row_of[card.rows[row]] = row;
    }
  }
  return row_of;
}

double text_width(const OutlinedStep& step, const TextSize& text) {
  return std::max(text.id_letter * static_cast<double>(step.id.size()),
                  text.op_letter * static_cast<double>(step.op.size()));
}

void size_card(const Outline& flow, const TextSize& text, StageCard& card) {
  double widest = kLeastStepWidth;
  for (const std::size_t step : card.rows) {
    widest = std::max(widest, text_width(flow.steps[step], text) + 2 * kPadding);
  }
  const auto rows = static_cast<double>(card.rows.size());
  card.width = widest + 2 * kPadding + static_cast<double>(card.lanes) * kLane;
  card.height = kStageHeading + rows * (kStepHeight + kStepGap) - kStepGap + kPadding;
}

}  // namespace

std::vector<StageCard> arrange_stages(const Outline& flow, const TextSize& text) {
  std::vector<StageCard> cards(flow.stages);
  CallGraph calls{flow};
  const auto steps = steps_by_stage(flow);
  for (std::size_t stage = 0; stage < flow.stages; ++stage) {
    cards[stage].rows = rows_of(steps[stage], calls);
  }
  const std::vector<std::size_t> row_of = rows_by_step(flow, cards);
  std::vector<std::map<std::size_t, Span>> spans(flow.stages);
  for (std::size_t number = 0; number < flow.edges.size(); ++number) {
    const OutlinedEdge& edge = flow.edges[number];
    const std::size_t stage = flow.steps[edge.from].stage;
    if (stage != flow.steps[edge.to].stage) {
      continue;
    }
    if (row_of[edge.to] == row_of[edge.from] + 1) {
      cards[stage].next.push_back(number);
      continue;
    }
    cards[stage].others.push_back({.edge = number});
    Span& span = spans[stage].try_emplace(edge.from, Span{row_of[edge.from], row_of[edge.to]}).first->second;
    span.to = std::max(span.to, row_of[edge.to]);
  }
  for (std::size_t stage = 0; stage < flow.stages; ++stage) {
    const auto lane_of = lanes_of(spans[stage], cards[stage].lanes);
    for (LaneEdge& other : cards[stage].others) {
      other.lane = lane_of.at(flow.edges[other.edge].from);
    }
    size_card(flow, text, cards[stage]);
  }
  return cards;
}

void place_card(const Outline& flow, const StageCard& card, const Box& at, Layout& layout) {
  const double left = at.x + kPadding + static_cast<double>(card.lanes) * kLane;
  for (std::size_t row = 0; row < card.rows.size(); ++row) {
    layout.steps[card.rows[row]] = {.x = left,
                                    .y = at.y + kStageHeading + static_cast<double>(row) * (kStepHeight + kStepGap),
                                    .width = at.x + at.width - kPadding - left,
                                    .height = kStepHeight};
  }
  std::map<std::size_t, double> parallel;
  for (const std::size_t edge : card.next) {
    const Box& from = layout.steps[flow.edges[edge].from];
    const double x = from.x + from.width / 2 + parallel[flow.edges[edge].from];
    parallel[flow.edges[edge].from] += kParallelGap;
    layout.edges[edge] = {{x, from.y + from.height}, {x, layout.steps[flow.edges[edge].to].y}};
  }
  for (const LaneEdge& other : card.others) {
    const Box& from = layout.steps[flow.edges[other.edge].from];
    const Box& to = layout.steps[flow.edges[other.edge].to];
    const double leaves = from.y + from.height * 0.85;  // below where edges enter
    const double enters = to.y + to.height / 2;
    const double x = left - kLane * static_cast<double>(other.lane + 1);
    layout.edges[other.edge] = {{left, leaves}, {x, leaves}, {x, enters}, {left, enters}};
  }
}

}  // namespace weir::detail::graph
