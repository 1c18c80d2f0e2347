#include "graph/layout.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "graph/stage_card.hpp"

namespace weir::detail::graph {
namespace {

constexpr double kMargin = 16;
constexpr double kGutter = 64;        // between two columns of stages
constexpr double kGutterPerEdge = 5;  // more where many edges cross it
constexpr double kWidestGutter = 180;
constexpr double kStageGap = 28;
constexpr double kBendHeight = 18;  // of an edge that passes a column
constexpr int kSweeps = 12;

/// What lies in a column: a stage, or a bend of an edge that passes the column.
struct Node {
  std::size_t column = 0;
  double height = kBendHeight;
  std::optional<std::size_t> stage{};
  double y = 0;
  std::array<std::vector<std::size_t>, 2> links{};  // to the column before and to that after, by number
};

/// A piece of an edge, from one column to the next.
struct Link {
  std::size_t from = 0;  // number of a node
  std::size_t to = 0;
  double leaves = kBendHeight / 2;  // so far below the upper border of `from`
  double enters = kBendHeight / 2;
};

enum Side : std::uint8_t { kBefore, kAfter };

bool crosses(const Outline& flow, const OutlinedEdge& edge) {
  return flow.steps[edge.from].stage != flow.steps[edge.to].stage;
}

// By longest path; a stage that nothing feeds is next to the first one that it feeds.
std::vector<std::size_t> columns_of(const Outline& flow) {
  std::vector<std::size_t> column(flow.stages, 0);
  std::vector<bool> fed(flow.stages, false);
  for (const OutlinedEdge& edge : flow.edges) {  // in the order of the stages that they lead to
    if (crosses(flow, edge)) {
      const std::size_t to = flow.steps[edge.to].stage;
      column[to] = std::max(column[to], column[flow.steps[edge.from].stage] + 1);
      fed[to] = true;
    }
  }
  std::vector<std::size_t> first_fed(flow.stages, std::numeric_limits<std::size_t>::max());
  for (const OutlinedEdge& edge : flow.edges) {
    if (crosses(flow, edge)) {
      std::size_t& first = first_fed[flow.steps[edge.from].stage];
      first = std::min(first, column[flow.steps[edge.to].stage]);
    }
  }
  for (std::size_t stage = 0; stage < flow.stages; ++stage) {
    if (!fed[stage] && first_fed[stage] != std::numeric_limits<std::size_t>::max()) {
      column[stage] = first_fed[stage] - 1;
    }
  }
  return column;
}

/// Stages in columns, joined by the pieces of the edges between them.
class Columns {
 public:
  Columns(const Outline& flow, const std::vector<StageCard>& cards, Layout& layout);

  void order();
  void place_rows();
  void place_columns();
  void draw_edges();

 private:
  void add_edge(std::size_t number);
  void add_link(std::size_t from, std::size_t to, std::size_t edge);
  void leave_apart();
  void enter_apart();
  [[nodiscard]] double position(std::size_t node) const { return static_cast<double>(place_[node]); }
  [[nodiscard]] std::size_t crossings() const;
  void sort_column(std::size_t column, Side side);
  void remember_places();
  void settle(std::size_t column, const std::vector<Side>& sides);
  [[nodiscard]] double wanted_y(std::size_t node, const std::vector<Side>& sides) const;

  const Outline& flow_;
  const std::vector<StageCard>& cards_;
  Layout& layout_;
  std::vector<Node> nodes_;  // stages first
  std::vector<Link> links_;
  std::vector<std::vector<std::size_t>> columns_;  // of nodes, from top to bottom
  std::vector<std::size_t> place_;                 // of each node in its column
  std::vector<double> left_;                       // of each column
  std::vector<double> right_;
  std::vector<std::vector<std::size_t>> pieces_;  // of each edge of the outline
};

Columns::Columns(const Outline& flow, const std::vector<StageCard>& cards, Layout& layout)
    : flow_{flow}, cards_{cards}, layout_{layout}, pieces_(flow.edges.size()) {
  const std::vector<std::size_t> columns = columns_of(flow);
  for (std::size_t stage = 0; stage < flow.stages; ++stage) {
    nodes_.push_back({.column = columns[stage], .height = cards[stage].height, .stage = stage});
  }
  for (std::size_t edge = 0; edge < flow.edges.size(); ++edge) {
    if (crosses(flow, flow.edges[edge])) {
      add_edge(edge);
    }
  }
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    columns_.resize(std::max(columns_.size(), nodes_[node].column + 1));
    columns_[nodes_[node].column].push_back(node);
  }
  remember_places();
  leave_apart();
}

void Columns::add_edge(std::size_t number) {
  const OutlinedEdge& edge = flow_.edges[number];
  const std::size_t to = flow_.steps[edge.to].stage;
  std::size_t last = flow_.steps[edge.from].stage;
  while (nodes_[last].column + 1 < nodes_[to].column) {
    nodes_.push_back({.column = nodes_[last].column + 1});
    add_link(last, nodes_.size() - 1, number);
    last = nodes_.size() - 1;
  }
  add_link(last, to, number);
}

void Columns::add_link(std::size_t from, std::size_t to, std::size_t edge) {
  nodes_[from].links[kAfter].push_back(links_.size());
  nodes_[to].links[kBefore].push_back(links_.size());
  pieces_[edge].push_back(links_.size());
  links_.push_back({.from = from, .to = to});
}

// Each output of a step leaves it at a place of its own.
void Columns::leave_apart() {
  std::map<std::size_t, std::set<std::size_t>> outputs;
  for (std::size_t edge = 0; edge < flow_.edges.size(); ++edge) {
    if (!pieces_[edge].empty()) {
      outputs[flow_.edges[edge].from].insert(flow_.edges[edge].output);
    }
  }
  for (std::size_t edge = 0; edge < flow_.edges.size(); ++edge) {
    if (!pieces_[edge].empty()) {
      const std::size_t step = flow_.edges[edge].from;
      const std::set<std::size_t>& all = outputs[step];
      const auto before = static_cast<double>(std::distance(all.begin(), all.find(flow_.edges[edge].output)));
      const Box& box = layout_.steps[step];  // the stage is at 0, 0 so far
      links_[pieces_[edge].front()].leaves = box.y + box.height * (before + 0.5) / static_cast<double>(all.size());
    }
  }
}

// The edges into a step enter it in the order in which they come, so that they do not cross there.
void Columns::enter_apart() {
  for (std::size_t stage = 0; stage < flow_.stages; ++stage) {
    std::vector<std::size_t>& into = nodes_[stage].links[kBefore];
    std::ranges::sort(
        into, {}, [&](std::size_t link) { return std::tuple{position(links_[link].from), links_[link].leaves, link}; });
    const Box& box = layout_.steps[cards_[stage].rows.front()];
    for (std::size_t i = 0; i < into.size(); ++i) {
      const double part = (static_cast<double>(i) + 0.5) / static_cast<double>(into.size());
      links_[into[i]].enters = box.y + box.height * (into.size() == 1 ? 0.5 : 0.08 + 0.6 * part);
    }
  }
}

void Columns::remember_places() {
  place_.resize(nodes_.size());
  for (const auto& column : columns_) {
    for (std::size_t place = 0; place < column.size(); ++place) {
      place_[column[place]] = place;
    }
  }
}

std::size_t Columns::crossings() const {
  std::size_t count = 0;
  for (const auto& column : columns_) {
    std::vector<std::pair<std::pair<double, double>, double>> ends;
    for (const std::size_t node : column) {
      for (const std::size_t link : nodes_[node].links[kAfter]) {
        ends.push_back({{position(node), links_[link].leaves}, position(links_[link].to)});
      }
    }
    for (std::size_t a = 0; a < ends.size(); ++a) {
      for (std::size_t b = 0; b < ends.size(); ++b) {
        count += ends[a].first < ends[b].first && ends[a].second > ends[b].second ? 1 : 0;
      }
    }
  }
  return count;
}

void Columns::sort_column(std::size_t column, Side side) {
  std::map<std::size_t, double> centre;
  for (const std::size_t node : columns_[column]) {
    const auto& links = nodes_[node].links[side];
    double sum = 0;
    for (const std::size_t link : links) {
      const std::size_t other = side == kBefore ? links_[link].from : links_[link].to;
      const double port = side == kBefore ? links_[link].leaves : links_[link].enters;
      sum += position(other) + port / (nodes_[other].height + 1);
    }
    centre[node] = links.empty() ? position(node) : sum / static_cast<double>(links.size());
  }
  std::ranges::sort(columns_[column], {}, [&](std::size_t node) { return std::pair{centre[node], place_[node]}; });
  for (std::size_t place = 0; place < columns_[column].size(); ++place) {
    place_[columns_[column][place]] = place;
  }
}

void Columns::order() {
  auto best = columns_;
  std::size_t fewest = crossings();
  for (int sweep = 0; sweep < kSweeps && fewest > 0; ++sweep) {
    for (std::size_t i = 1; i < columns_.size(); ++i) {
      const bool forward = sweep % 2 == 0;
      sort_column(forward ? i : columns_.size() - 1 - i, forward ? kBefore : kAfter);
    }
    if (const std::size_t now = crossings(); now < fewest) {
      fewest = now;
      best = columns_;
    }
  }
  columns_ = std::move(best);
  remember_places();
  enter_apart();
}

double Columns::wanted_y(std::size_t node, const std::vector<Side>& sides) const {
  double sum = 0;
  double count = 0;
  for (const Side side : sides) {
    for (const std::size_t number : nodes_[node].links[side]) {
      const Link& link = links_[number];
      sum += side == kBefore ? nodes_[link.from].y + link.leaves - link.enters
                             : nodes_[link.to].y + link.enters - link.leaves;
      count += 1;
    }
  }
  return count > 0 ? sum / count : nodes_[node].y;
}

// Brings the nodes of a column as near to where they want to be as their order and the gaps between them allow: nodes
// that would overlap form a block, which lies at the mean of what its nodes want.
void Columns::settle(std::size_t column, const std::vector<Side>& sides) {
  struct Block {
    double sum = 0;
    double nodes = 0;
    [[nodiscard]] double mean() const { return sum / nodes; }
  };
  std::vector<Block> blocks;
  std::vector<double> offset;  // of a node, if all of the column lay one below the other
  double next = 0;
  for (const std::size_t node : columns_[column]) {
    offset.push_back(next);
    next += nodes_[node].height + (nodes_[node].stage ? kStageGap : 0);
    blocks.push_back({wanted_y(node, sides) - offset.back(), 1});
    while (blocks.size() > 1 && blocks[blocks.size() - 2].mean() >= blocks.back().mean()) {
      const Block last = blocks.back();
      blocks.pop_back();
      blocks.back().sum += last.sum;
      blocks.back().nodes += last.nodes;
    }
  }
  std::size_t place = 0;
  for (const Block& block : blocks) {
    for (double i = 0; i < block.nodes; ++i, ++place) {
      nodes_[columns_[column][place]].y = block.mean() + offset[place];
    }
  }
}

void Columns::place_rows() {
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (sweep == kSweeps - 1) {
        settle(i, {kBefore, kAfter});
      } else {
        settle(sweep % 2 == 0 ? i : columns_.size() - 1 - i, {sweep % 2 == 0 ? kBefore : kAfter});
      }
    }
  }
  double top = std::numeric_limits<double>::max();
  double bottom = 0;
  for (const Node& node : nodes_) {
    top = std::min(top, node.y);
    bottom = std::max(bottom, node.y + node.height);
  }
  for (Node& node : nodes_) {
    node.y += kMargin - top;
  }
  layout_.height = bottom - top + 2 * kMargin;
}

void Columns::place_columns() {
  double x = kMargin;
  for (const auto& column : columns_) {
    double width = 0;
    double leaving = 0;
    for (const std::size_t node : column) {
      width = std::max(width, nodes_[node].stage ? cards_[*nodes_[node].stage].width : 0);
      leaving += static_cast<double>(nodes_[node].links[kAfter].size());
    }
    left_.push_back(x);
    right_.push_back(x + width);
    x += width + std::min(kGutter + kGutterPerEdge * leaving, kWidestGutter);
    for (const std::size_t node : column) {
      if (const auto stage = nodes_[node].stage) {
        layout_.stages[*stage] = {left_.back(), nodes_[node].y, width, nodes_[node].height};
        place_card(flow_, cards_[*stage], layout_.stages[*stage], layout_);
      }
    }
  }
  layout_.width = right_.back() + kMargin;
}

void Columns::draw_edges() {
  for (std::size_t edge = 0; edge < flow_.edges.size(); ++edge) {
    if (pieces_[edge].empty()) {
      continue;
    }
    const Box& from = layout_.steps[flow_.edges[edge].from];
    std::vector<Point>& line = layout_.edges[edge];
    double x = from.x + from.width;
    for (const std::size_t piece : pieces_[edge]) {
      const Link& link = links_[piece];
      const double leaves = nodes_[link.from].y + link.leaves;
      line.push_back({x, leaves});
      line.push_back({right_[nodes_[link.from].column], leaves});
      x = left_[nodes_[link.to].column];
      line.push_back({x, nodes_[link.to].y + link.enters});
    }
    line.push_back({layout_.steps[flow_.edges[edge].to].x, line.back().y});
  }
}

}  // namespace

Layout lay_out(const Outline& flow, const TextSize& text) {
  Layout layout{.stages = std::vector<Box>(flow.stages),
                .steps = std::vector<Box>(flow.steps.size()),
                .edges = std::vector<std::vector<Point>>(flow.edges.size())};
  if (flow.steps.empty()) {
    return layout;
  }
  const std::vector<StageCard> cards = arrange_stages(flow, text);
  for (const StageCard& card : cards) {
    place_card(flow, card, {.width = card.width, .height = card.height}, layout);
  }
  Columns columns{flow, cards, layout};
  columns.order();
  columns.place_rows();
  columns.place_columns();
  columns.draw_edges();
  return layout;
}

}  // namespace weir::detail::graph
