#include "status/edge_items.hpp"

#include <cstdint>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::detail::status {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;
using Kind = EdgeState::Kind;

class TheItemsOfEdges : public ::testing::Test {
 protected:
  void step(std::string op, std::uint64_t items) {
    run_.steps.push_back({.id = op, .op = std::move(op), .workers = {{.items = items}}});
  }
  void edge(std::size_t from, std::size_t to, Kind kind = Kind::kCall, std::size_t output = 0) {
    run_.edges.push_back({.from = from, .output = output, .to = to, .kind = kind});
  }

  RunStatus run_;
};

TEST_F(TheItemsOfEdges, AreThoseOfTheStepAtTheEndOfAnOnlyOne) {
  step("input", 100);
  step("filter", 100);
  step("map", 40);
  edge(0, 1);
  edge(1, 2, Kind::kExchange);
  EXPECT_THAT(edge_items(run_), ElementsAre(Optional(100U), Optional(40U)));
}

TEST_F(TheItemsOfEdges, OfStreamsThatMergeAreThoseOfInputsAndTheRest) {
  step("input", 100);
  step("filter", 70);
  step("map", 105);
  edge(0, 2);
  edge(1, 2, Kind::kExchange);
  EXPECT_THAT(edge_items(run_), ElementsAre(Optional(100U), Optional(5U)));
}

TEST_F(TheItemsOfEdges, AreTheSameOnAllEdgesOfAnOutput) {
  step("filter", 50);
  step("map", 20);
  step("merged", 27);
  step("filter", 30);
  edge(0, 1);
  edge(0, 2);
  edge(3, 2, Kind::kQueue);
  EXPECT_THAT(edge_items(run_), ElementsAre(Optional(20U), Optional(20U), Optional(7U)));
}

TEST_F(TheItemsOfEdges, OfExchangesMayBeOnAllWorkersSoTheyAreNotThoseOfOthers) {
  step("input", 50);
  step("map", 50);
  step("lookup", 260);
  step("filter", 70);
  edge(0, 1);
  edge(0, 2, Kind::kExchange);
  edge(3, 2, Kind::kExchange);
  EXPECT_THAT(edge_items(run_), ElementsAre(Optional(50U), std::nullopt, std::nullopt));
}

TEST_F(TheItemsOfEdges, AreNeverFewerThanNone) {
  step("input", 100);
  step("filter", 70);
  step("map", 90);
  edge(0, 2, Kind::kQueue);
  edge(1, 2);
  EXPECT_THAT(edge_items(run_), ElementsAre(Optional(100U), Optional(0U))) << "some items are in the queue";
}

TEST_F(TheItemsOfEdges, OfAnInputsBadRecordsAreNotThoseThatItMade) {
  step("input", 100);
  step("map", 3);
  edge(0, 1, Kind::kCall, 1);
  EXPECT_THAT(edge_items(run_), ElementsAre(Optional(3U)));
}

}  // namespace
}  // namespace weir::detail::status
