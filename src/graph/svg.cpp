#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "graph/layout.hpp"
#include "graph/picture.hpp"

namespace weir::detail::graph {
namespace {

constexpr double kHeader = 36;  // with the name of the dataflow
constexpr double kLegend = 40;
constexpr double kArrow = 8;
constexpr double kLegendPart = 112;

// Colours alone tell nothing: lines differ in width and dashes, and steps have their operators' names.
constexpr std::string_view kStyle = R"(<style>
.weir-graph { font-family: system-ui, "Segoe UI", "Helvetica Neue", "DejaVu Sans", sans-serif; }
.weir-graph .paper { fill: #ffffff; }
.weir-graph text { fill: #1b2330; font-size: 11px; }
.weir-graph .name { font-size: 16px; font-weight: 600; }
.weir-graph .quiet { fill: #556070; }
.weir-graph .id { font-family: ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; font-size: 13px; }
.weir-graph .stage { fill: #f3f5f9; stroke: #d3dae5; }
.weir-graph .step { fill: #ffffff; stroke: #7d899b; }
.weir-graph .source { fill: #e6f4ea; stroke: #2f855a; }
.weir-graph .sink { fill: #e6eefc; stroke: #3361b8; }
.weir-graph .keyed { fill: #fdf3e1; stroke: #a1640f; }
.weir-graph .line { fill: none; stroke: #5b6779; stroke-width: 1.5; }
.weir-graph .arrow { fill: #5b6779; }
.weir-graph .line.queue { stroke-dasharray: 6 4; }
.weir-graph .line.exchange { stroke: #b4431c; stroke-width: 3.5; }
.weir-graph .arrow.exchange { fill: #b4431c; }
@media (prefers-color-scheme: dark) {
.weir-graph .paper { fill: #10151d; }
.weir-graph text { fill: #e8edf4; }
.weir-graph .quiet { fill: #a5b0c0; }
.weir-graph .stage { fill: #1a212d; stroke: #344054; }
.weir-graph .step { fill: #232c3a; stroke: #7b8798; }
.weir-graph .source { fill: #16341f; stroke: #58b07f; }
.weir-graph .sink { fill: #16294d; stroke: #6f9bea; }
.weir-graph .keyed { fill: #3b2a10; stroke: #d79a45; }
.weir-graph .line { stroke: #98a4b5; }
.weir-graph .arrow { fill: #98a4b5; }
.weir-graph .line.exchange { stroke: #f08a5d; }
.weir-graph .arrow.exchange { fill: #f08a5d; }
}
</style>
)";

std::string escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        // XML has no other control characters.
        escaped += static_cast<unsigned char>(c) < 0x20 ? std::string_view{"\xEF\xBF\xBD"} : std::string_view{&c, 1};
    }
  }
  return escaped;
}

std::string count_of(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string title_of(const Outline& flow) {
  return fmt::format("{}: {} in {}", flow.name, count_of(flow.steps.size(), "step"), count_of(flow.stages, "stage"));
}

// For screen readers: what the boxes and lines show.
std::string description_of(const Outline& flow) {
  std::string text;
  const auto stages = steps_by_stage(flow);
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    text += fmt::format("Stage {}: ", stage);
    for (const std::size_t step : stages[stage]) {
      text +=
          fmt::format("{}{} ({})", step == stages[stage].front() ? "" : ", ", flow.steps[step].id, flow.steps[step].op);
    }
    text += ". ";
  }
  for (const OutlinedEdge& edge : flow.edges) {
    const char* const from = edge.kind == EdgeKind::kCall ? "calls" : "feeds";
    text += fmt::format("{} {} {}", flow.steps[edge.from].id, from, flow.steps[edge.to].id);
    text += edge.kind == EdgeKind::kCall ? ". " : fmt::format(" by {}. ", name_of(edge.kind));
  }
  text.resize(text.empty() ? 0 : text.size() - 1);
  return text;
}

std::string rectangle(std::string_view style, const Box& box, double rounding) {
  return fmt::format(R"(<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="{}"/>)", style, box.x,
                     box.y, box.width, box.height, rounding);
}

// Level and upright pieces are straight; others bend, and begin and end level.
std::string path_of(const std::vector<Point>& line, const Point& end) {
  std::string path = fmt::format("M{:.1f} {:.1f}", line.front().x, line.front().y);
  for (std::size_t i = 1; i < line.size(); ++i) {
    const Point& from = line[i - 1];
    const Point& to = i + 1 == line.size() ? end : line[i];
    const double middle = (from.x + to.x) / 2;
    path += std::abs(from.x - to.x) < 0.1 || std::abs(from.y - to.y) < 0.1
                ? fmt::format("L{:.1f} {:.1f}", to.x, to.y)
                : fmt::format("C{0:.1f} {1:.1f} {0:.1f} {3:.1f} {2:.1f} {3:.1f}", middle, from.y, to.x, to.y);
  }
  return path;
}

std::string draw_line(const std::vector<Point>& line, EdgeKind kind) {
  const Point& tip = line.back();
  const bool down = std::abs(line[line.size() - 2].x - tip.x) < 0.1;
  const double half = kind == EdgeKind::kExchange ? 6 : 4;
  const double along = kind == EdgeKind::kExchange ? kArrow + 3 : kArrow;
  const Point end = down ? Point{tip.x, tip.y - along + 1} : Point{tip.x - along + 1, tip.y};
  const std::string arrow = down ? fmt::format("M{:.1f} {:.1f}l{} {}h{}z", tip.x, tip.y, -half, -along, 2 * half)
                                 : fmt::format("M{:.1f} {:.1f}l{} {}v{}z", tip.x, tip.y, -along, -half, 2 * half);
  return fmt::format("<path class=\"line {0}\" d=\"{1}\"/><path class=\"arrow {0}\" d=\"{2}\"/>", name_of(kind),
                     path_of(line, end), arrow);
}

std::string draw_stages(const Layout& layout) {
  std::string text;
  for (std::size_t stage = 0; stage < layout.stages.size(); ++stage) {
    const Box& box = layout.stages[stage];
    text += fmt::format("{}<text class=\"quiet\" x=\"{:.1f}\" y=\"{:.1f}\">stage {}</text>\n",
                        rectangle("stage", box, 8), box.x + 12, box.y + 17, stage);
  }
  return text;
}

std::string draw_step(const OutlinedStep& step, const Box& box) {
  const std::size_t last = step.id.rfind('.') + 1;  // the step's own name; before it that of the step that it is in
  const std::string outer = escaped(std::string_view{step.id}.substr(0, last));
  return fmt::format(
      "<g><title>{0} ({1})</title>{2}<text class=\"id\" x=\"{3:.1f}\" y=\"{4:.1f}\">{5}{6}</text>"
      "<text class=\"quiet\" x=\"{3:.1f}\" y=\"{7:.1f}\">{1}</text></g>\n",
      escaped(step.id), escaped(step.op), rectangle(fmt::format("step {}", step.kind), box, 5), box.x + 12, box.y + 17,
      outer.empty() ? "" : fmt::format("<tspan class=\"quiet\">{}</tspan>", outer),
      escaped(std::string_view{step.id}.substr(last)), box.y + 32);
}

std::string draw_steps(const Outline& flow, const Layout& layout) {
  std::string text;
  for (std::size_t step = 0; step < flow.steps.size(); ++step) {
    text += draw_step(flow.steps[step], layout.steps[step]);
  }
  return text;
}

std::string draw_edges(const Outline& flow, const Layout& layout) {
  std::string text;
  for (std::size_t edge = 0; edge < flow.edges.size(); ++edge) {
    const OutlinedEdge& drawn = flow.edges[edge];
    text += fmt::format("<g><title>{} from {} to {}</title>{}</g>\n", name_of(drawn.kind),
                        escaped(flow.steps[drawn.from].id), escaped(flow.steps[drawn.to].id),
                        draw_line(layout.edges[edge], drawn.kind));
  }
  return text;
}

/// The kinds of lines and boxes that the picture has.
struct Legend {
  std::string text;
  double width = 0;
};

Legend draw_legend(const Outline& flow, double y) {
  std::string text;
  double x = 16;
  for (const EdgeKind kind : {EdgeKind::kCall, EdgeKind::kQueue, EdgeKind::kExchange}) {
    if (std::ranges::find(flow.edges, kind, &OutlinedEdge::kind) != flow.edges.end()) {
      text += fmt::format("{}<text class=\"quiet\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                          draw_line({{x, y}, {x + 34, y}}, kind), x + 40, y + 4, name_of(kind));
      x += kLegendPart;
    }
  }
  for (const auto& [kind, meaning] : {std::pair{"source", "input"}, {"keyed", "keeps state"}, {"sink", "output"}}) {
    if (std::ranges::find(flow.steps, kind, &OutlinedStep::kind) != flow.steps.end()) {
      text += fmt::format("{}<text class=\"quiet\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                          rectangle(fmt::format("step {}", kind), {x, y - 7, 20, 14}, 3), x + 26, y + 4, meaning);
      x += kLegendPart;
    }
  }
  return {text, x};
}

}  // namespace

std::string to_svg(const Outline& flow) {
  const Layout layout = lay_out(flow);
  const Legend legend = draw_legend(flow, layout.height + 12);
  const std::string title = escaped(title_of(flow));
  const double named = 32 + 8.2 * static_cast<double>(title.size());
  const double width = std::max({layout.width, named, legend.width});
  const double height = kHeader + layout.height + kLegend;
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"weir-graph\" role=\"img\" "
             "aria-labelledby=\"weir-title weir-description\" width=\"{0:.0f}\" height=\"{1:.0f}\" "
             "viewBox=\"0 0 {0:.0f} {1:.0f}\">\n"
             "<title id=\"weir-title\">{2}</title>\n<desc id=\"weir-description\">{3}</desc>\n{4}"
             "<rect class=\"paper\" width=\"{0:.0f}\" height=\"{1:.0f}\"/>\n"
             "<text class=\"name\" x=\"16\" y=\"27\">{2}</text>\n",
             width, height, title, escaped(description_of(flow)), kStyle) +
         fmt::format("<g transform=\"translate(0 {})\">\n{}{}{}{}</g>\n</svg>\n", kHeader, draw_stages(layout),
                     draw_steps(flow, layout), draw_edges(flow, layout), legend.text);
}

}  // namespace weir::detail::graph
