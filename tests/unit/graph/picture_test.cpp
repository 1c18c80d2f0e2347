#include "graph/picture.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "coordinator/run_access.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir::detail::graph {
namespace {

namespace testing = weir::testing;
namespace op = weir::op;

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size())) {
    ++found;
  }
  return found;
}

// Each tag that is opened is closed, in order, and there is no & or < but those of markup.
void expect_well_formed(std::string_view xml) {
  std::vector<std::string_view> open;
  for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
    const std::size_t end = xml.find('>', at);
    ASSERT_NE(end, std::string_view::npos);
    const std::string_view tag = xml.substr(at + 1, end - at - 1);
    ASSERT_EQ(tag.find('<'), std::string_view::npos) << tag;
    if (tag.starts_with('/')) {
      ASSERT_FALSE(open.empty());
      EXPECT_EQ(tag.substr(1), open.back());
      open.pop_back();
    } else if (!tag.ends_with('/')) {
      open.push_back(tag.substr(0, tag.find(' ')));
    }
  }
  EXPECT_TRUE(open.empty());
  for (std::size_t at = xml.find('&'); at != std::string_view::npos; at = xml.find('&', at + 1)) {
    EXPECT_NE(xml.substr(at, 8).find(';'), std::string_view::npos) << xml.substr(at, 20);
  }
}

/// A dataflow with an edge of each kind: parse is made of two steps, both sources feed merged by queues.
Outline shop() {
  Dataflow flow{"shop"};
  const auto parsed = flow.input("web", testing::Scripted<int>{{}}) |
                      op::map("parse.doubled", [](int n) { return 2 * n; }) |
                      op::map("parse.shifted", [](int n) { return n + 1; });
  const auto phone = flow.input("phone", testing::Scripted<int>{{}});
  op::merge("merged", parsed, phone) | op::map("pair", [](int n) { return std::pair{n, n}; }) |
      op::scan(
          "sum", [] { return 0; }, [](int& sum, int n) { sum += n; }) |
      op::output("out", testing::Collected<std::pair<int, int>>{});
  return outline(Plan{RunAccess::graph(flow)});
}

/// An outline whose names no dataflow has.
Outline hostile() {
  return {.name = "a<b>&\"c\\",
          .stages = 1,
          .steps = {{"<script>", "map & co", "plain", 0}, {"q\"\\", "x\x01y", "sink", 0}},
          .edges = {{0, 0, 1, EdgeKind::kCall}}};
}

TEST(TheOutlineOfADataflow, HasTheKindsOfStepsAndEdges) {
  const Outline flow = shop();
  EXPECT_EQ(flow.name, "shop");
  EXPECT_EQ(flow.stages, 4U);
  ASSERT_EQ(flow.steps.size(), 8U);
  EXPECT_EQ(flow.steps[0].kind, "source");
  EXPECT_EQ(flow.steps[1].kind, "plain");
  EXPECT_EQ(flow.steps[6].kind, "keyed");
  EXPECT_EQ(flow.steps[7].kind, "sink");
  EXPECT_EQ(flow.edges[0].kind, EdgeKind::kCall);
  EXPECT_EQ(std::ranges::count(flow.edges, EdgeKind::kQueue, &OutlinedEdge::kind), 2);
  EXPECT_EQ(std::ranges::count(flow.edges, EdgeKind::kExchange, &OutlinedEdge::kind), 1);
}

TEST(ADataflowAsJson, NamesStepsStagesAndEdges) {
  const std::string json = to_json(shop());
  EXPECT_TRUE(json.starts_with(R"({"dataflow":"shop","stages":[{"stage":0,"steps":["web","parse.doubled",)")) << json;
  EXPECT_NE(json.find(R"({"id":"sum","op":"scan","kind":"keyed","stage":3})"), std::string::npos) << json;
  EXPECT_NE(json.find(R"({"from":"phone","output":0,"to":"merged","kind":"queue"})"), std::string::npos) << json;
  EXPECT_NE(json.find(R"({"from":"pair","output":0,"to":"sum","kind":"exchange"})"), std::string::npos) << json;
  EXPECT_TRUE(json.ends_with("}\n"));
}

TEST(ADataflowAsDot, HasAClusterForEachStageAndForAStepMadeOfSteps) {
  const std::string dot = to_dot(shop());
  EXPECT_TRUE(dot.starts_with("digraph \"shop\" {\n"));
  EXPECT_EQ(count(dot, "subgraph cluster_"), 4U) << dot;
  EXPECT_EQ(count(dot, "subgraph \"cluster_0_parse\" {\n      label=\"parse\";\n"), 1U) << dot;
  EXPECT_EQ(count(dot, "style=dashed"), 2U);
  EXPECT_EQ(count(dot, "penwidth=3"), 1U);
  EXPECT_EQ(count(dot, "{"), count(dot, "}"));
}

TEST(ADataflowAsDot, QuotesNames) {
  const std::string dot = to_dot(hostile());
  EXPECT_NE(dot.find(R"("a<b>&\"c\\")"), std::string::npos) << dot;
  EXPECT_NE(dot.find(R"("q\"\\)"), std::string::npos) << dot;
}

TEST(ADataflowAsSvg, IsWellFormedAndDescribed) {
  const std::string svg = to_svg(shop());
  expect_well_formed(svg);
  EXPECT_TRUE(svg.starts_with("<svg "));
  EXPECT_EQ(count(svg, "<title id=\"weir-title\">shop: 8 steps in 4 stages</title>"), 1U);
  EXPECT_NE(svg.find("pair feeds sum by exchange."), std::string::npos);
  EXPECT_NE(svg.find("phone feeds merged by queue."), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme: dark"), std::string::npos);
  EXPECT_EQ(count(svg, "<rect class=\"stage\""), 4U);
  EXPECT_EQ(count(svg, "<rect class=\"step "), 8U + 3);        // with those of the legend
  EXPECT_EQ(count(svg, "<path class=\"line exchange\""), 2U);  // with that of the legend
}

TEST(ADataflowAsSvg, EscapesNames) {
  const std::string svg = to_svg(hostile());
  expect_well_formed(svg);
  EXPECT_EQ(svg.find("<script"), std::string::npos);
  EXPECT_EQ(svg.find('\x01'), std::string::npos);
  EXPECT_NE(svg.find("&lt;script&gt;"), std::string::npos);
}

TEST(ADataflowAsMermaid, LabelsExchangesAndQueues) {
  const std::string mermaid = to_mermaid(shop());
  EXPECT_TRUE(mermaid.starts_with("flowchart LR\n"));
  EXPECT_EQ(count(mermaid, "== exchange ==>"), 1U);
  EXPECT_EQ(count(mermaid, "-- queue -->"), 2U);
}

}  // namespace
}  // namespace weir::detail::graph
