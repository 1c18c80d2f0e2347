#include "graph/layout.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace weir::detail::graph {
namespace {

bool overlap(const Box& a, const Box& b) {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

bool within(const Box& inner, const Box& outer) {
  return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.width <= outer.x + outer.width &&
         inner.y + inner.height <= outer.y + outer.height;
}

bool near(double a, double b) { return std::abs(a - b) < 0.001; }

// At the border of the box; corners are no good place for an edge.
bool at_border(const Point& point, const Box& box) {
  const bool level = point.y > box.y && point.y < box.y + box.height;
  const bool upright = point.x > box.x && point.x < box.x + box.width;
  return (level && (near(point.x, box.x) || near(point.x, box.x + box.width))) ||
         (upright && (near(point.y, box.y) || near(point.y, box.y + box.height)));
}

void expect_sound(const Outline& flow, const Layout& layout) {
  const Box picture{0, 0, layout.width, layout.height};
  for (std::size_t a = 0; a < layout.stages.size(); ++a) {
    EXPECT_TRUE(within(layout.stages[a], picture)) << a;
    for (std::size_t b = a + 1; b < layout.stages.size(); ++b) {
      EXPECT_FALSE(overlap(layout.stages[a], layout.stages[b])) << a << ' ' << b;
    }
  }
  for (std::size_t a = 0; a < layout.steps.size(); ++a) {
    EXPECT_TRUE(within(layout.steps[a], layout.stages[flow.steps[a].stage])) << flow.steps[a].id;
    for (std::size_t b = a + 1; b < layout.steps.size(); ++b) {
      EXPECT_FALSE(overlap(layout.steps[a], layout.steps[b])) << flow.steps[a].id << ' ' << flow.steps[b].id;
    }
  }
  for (std::size_t i = 0; i < flow.edges.size(); ++i) {
    const std::vector<Point>& line = layout.edges[i];
    ASSERT_GE(line.size(), 2U);
    EXPECT_TRUE(at_border(line.front(), layout.steps[flow.edges[i].from])) << i;
    EXPECT_TRUE(at_border(line.back(), layout.steps[flow.edges[i].to])) << i;
    const Point& before = line[line.size() - 2];
    EXPECT_TRUE(near(before.x, line.back().x) || near(before.y, line.back().y)) << i;
    for (const Point& point : line) {
      for (std::size_t stage = 0; stage < flow.stages; ++stage) {
        const Box& box = layout.stages[stage];
        const bool inside =
            point.x > box.x && point.x < box.x + box.width && point.y > box.y && point.y < box.y + box.height;
        EXPECT_TRUE(!inside || stage == flow.steps[flow.edges[i].from].stage ||
                    stage == flow.steps[flow.edges[i].to].stage)
            << "edge " << i << " bends in stage " << stage;
      }
    }
  }
}

/// Adds steps to an outline.
struct Drawing {
  Outline flow{.name = "flow", .stages = 0, .steps = {}, .edges = {}};

  std::size_t in_new_stage(const std::vector<std::size_t>& from, EdgeKind kind = EdgeKind::kExchange) {
    ++flow.stages;
    return add(flow.stages - 1, from, kind);
  }
  std::size_t in_stage_of(std::size_t step) { return add(flow.steps[step].stage, {step}, EdgeKind::kCall); }
  std::size_t add(std::size_t stage, const std::vector<std::size_t>& from, EdgeKind kind) {
    const std::size_t step = flow.steps.size();
    flow.steps.push_back({"step_" + std::to_string(step), "map", "plain", stage});
    for (const std::size_t each : from) {
      flow.edges.push_back({each, 0, step, kind});
    }
    return step;
  }
  [[nodiscard]] Layout layout() const {
    Layout layout = lay_out(flow);
    expect_sound(flow, layout);
    return layout;
  }
};

TEST(ALayout, OfNothingIsEmpty) {
  const Layout layout = lay_out({});
  EXPECT_TRUE(layout.stages.empty() && layout.steps.empty() && layout.edges.empty());
}

TEST(ALayout, HasTheStepsOfAStageOneBelowTheOther) {
  Drawing drawing;
  const std::size_t input = drawing.in_new_stage({});
  const std::size_t parse = drawing.in_stage_of(input);
  const std::size_t out = drawing.in_stage_of(parse);
  const Layout layout = drawing.layout();
  EXPECT_TRUE(near(layout.steps[input].x, layout.steps[out].x));
  EXPECT_LT(layout.steps[input].y + layout.steps[input].height, layout.steps[parse].y);
  EXPECT_LT(layout.steps[parse].y, layout.steps[out].y);
  EXPECT_EQ(layout.edges[0].size(), 2U);
}

TEST(ALayout, HasAShortBranchBeforeALongOne) {
  Drawing drawing;
  const std::size_t input = drawing.in_new_stage({});
  const std::size_t long_branch = drawing.in_stage_of(input);
  drawing.in_stage_of(drawing.in_stage_of(long_branch));
  const std::size_t rejected = drawing.in_stage_of(input);
  const Layout layout = drawing.layout();
  EXPECT_LT(layout.steps[rejected].y, layout.steps[long_branch].y);
}

TEST(ALayout, PutsEachStageToTheRightOfThoseThatFeedIt) {
  Drawing drawing;
  const std::size_t left = drawing.in_new_stage({});
  const std::size_t counted = drawing.in_new_stage({left});
  const std::size_t late = drawing.in_new_stage({});  // feeds the last one only, so it is next to that
  const std::size_t joined = drawing.in_new_stage({counted, late});
  const Layout layout = drawing.layout();
  EXPECT_LT(layout.steps[left].x, layout.steps[counted].x);
  EXPECT_LT(layout.steps[counted].x, layout.steps[joined].x);
  EXPECT_TRUE(near(layout.steps[late].x, layout.steps[counted].x));
}

TEST(ALayout, OrdersStagesSoThatEdgesDoNotCross) {
  Drawing drawing;
  const std::size_t upper = drawing.in_new_stage({});
  const std::size_t lower = drawing.in_new_stage({});
  const std::size_t of_lower = drawing.in_new_stage({lower});
  const std::size_t of_upper = drawing.in_new_stage({upper});
  const Layout layout = drawing.layout();
  EXPECT_EQ(layout.steps[upper].y < layout.steps[lower].y, layout.steps[of_upper].y < layout.steps[of_lower].y);
}

TEST(ALayout, LeadsAnEdgeAroundTheStagesThatItPasses) {
  Drawing drawing;
  const std::size_t from = drawing.in_new_stage({});
  const std::size_t first = drawing.in_new_stage({from});
  const std::size_t second = drawing.in_new_stage({first});
  drawing.in_new_stage({second, from});
  const Layout layout = drawing.layout();
  EXPECT_GT(layout.edges.back().size(), 4U);
}

TEST(ALayout, EntersAStepAtAPlaceForEachEdge) {
  Drawing drawing;
  const std::size_t left = drawing.in_new_stage({});
  const std::size_t right = drawing.in_new_stage({});
  drawing.in_new_stage({left, right, left});
  const Layout layout = drawing.layout();
  EXPECT_FALSE(near(layout.edges[0].back().y, layout.edges[1].back().y));
  EXPECT_FALSE(near(layout.edges[0].back().y, layout.edges[2].back().y));
}

TEST(ALayout, HasRoomForLongIds) {
  Drawing drawing;
  const std::size_t input = drawing.in_new_stage({});
  drawing.flow.steps[input].id = std::string(80, 'x');
  EXPECT_GT(drawing.layout().steps[input].width, 80 * TextSize{}.id_letter);
}

TEST(ALayout, IsSoundForAnyDataflow) {
  std::mt19937 random{20261130};
  const auto below = [&random](std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>{0, limit - 1}(random);
  };
  for (int round = 0; round < 200; ++round) {
    Drawing drawing;
    drawing.in_new_stage({});
    const std::size_t steps = 1 + below(60);
    while (drawing.flow.steps.size() < steps) {
      const std::size_t from = below(drawing.flow.steps.size());
      switch (below(5)) {
        case 0:
          drawing.in_new_stage({});
          break;
        case 1:
          drawing.in_new_stage({from, below(drawing.flow.steps.size())}, EdgeKind::kQueue);
          break;
        case 2:
          drawing.in_new_stage({from});
          break;
        default:
          drawing.in_stage_of(from);
      }
    }
    static_cast<void>(drawing.layout());
  }
}

}  // namespace
}  // namespace weir::detail::graph
