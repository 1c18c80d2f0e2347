#include "status/summary.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/status/example_run.hpp"
#include "weir/json_lines.hpp"

namespace weir::detail::status {
namespace {

using namespace std::chrono_literals;

std::vector<StepOnWorker> items_on_one_of_four(std::uint64_t items) { return {{.items = items}, {}, {}, {}}; }

class ASummary : public ::testing::Test {
 protected:
  ASummary() { run_.phase = RunStatus::Phase::kEnded; }

  // Throws if it is no JSON.
  JsonValue json() {
    text_ = summary_json(run_);
    return parser_.parse(text_.data(), text_.size());
  }

  std::vector<std::optional<std::uint64_t>> items_out() {
    std::vector<std::optional<std::uint64_t>> items;
    json()["steps"].for_each_element(
        [&](JsonValue step) { items.push_back(step["items_out"].get<std::optional<std::uint64_t>>()); });
    return items;
  }

  RunStatus run_ = search_sessions_after(130s);
  std::string text_;
  JsonParser parser_;
};

TEST_F(ASummary, OfAProcessOfAnApplicationHasItsShardsAndKeys) {
  run_.application = {.shards = 3, .of_shards = 8, .keys = 1'200'000, .waits_for = {}};
  EXPECT_NE(summary(run_).find("The process had 3 of 8 shards, 1.2 M keys taken over.\n"), std::string::npos);
  EXPECT_EQ(json()["application"]["keys_taken_over"].get<std::uint64_t>(), 1'200'000U);
  EXPECT_EQ(json()["application"]["waits_for"].get<std::optional<std::string>>(), std::nullopt);
}

TEST_F(ASummary, HasSentencesAndATableOfStepsAndOneOfWorkers) {
  EXPECT_EQ(summary(run_), R"("search_sessions": 26.1 M items in and 5.2 M out in 2 min 10 s, 200 k/s.
Half of the items take up to 4 ms from their source to an output, 99 % up to 38 ms.
The slowest step is "sessionizer": it takes 38 % of the workers' time, 7481 ns an item.
Over the whole run, nothing holds it back: the workers are busy in equal parts ("hits" 30 %, "sessionizer" 22 %, "figures" 6 %).

step         operator  items in       out  late  keys held  time
hits         input     26065000  26065000                   30 %
by_user      key_on    26065000  26065000                    4 %
sessionizer  reduce    26065000   5213000   390     326065  38 %
figures      flat_map   5213000   5213000                    6 %
out          output     5213000                              3 %

worker                  0       1       2       3
items              26.6 M  20.5 M  21.2 M  20.3 M
busy                 95 %    79 %    80 %    80 %
waits for input       4 %    19 %    18 %    18 %
waits for room        1 %     2 %     2 %     2 %
)");
}

TEST_F(ASummary, CountsWhatIsSkippedAtTheStepThatSkips) {
  run_.steps.push_back({.id = "hits_bad", .op = "bad_records", .workers = items_on_one_of_four(3)});
  run_.steps.push_back({.id = "figures.skipped", .op = "skipped", .workers = items_on_one_of_four(4)});
  EXPECT_NE(summary(run_).find(R"(
step         operator  items in       out  late  skipped  keys held  time
hits         input     26065000  26065000              3             30 %
by_user      key_on    26065000  26065000                             4 %
sessionizer  reduce    26065000   5213000   390              326065  38 %
figures      flat_map   5213000   5213000              4              6 %
out          output     5213000                                       3 %

)"),
            std::string::npos)
      << summary(run_);
  std::vector<std::uint64_t> skipped;
  json()["steps"].for_each_element([&](JsonValue step) { skipped.push_back(step["skipped"].get<std::uint64_t>()); });
  EXPECT_EQ(skipped, (std::vector<std::uint64_t>{3, 0, 0, 4, 0}));
}

TEST_F(ASummary, KnowsWhatAStepEmitsByThoseThatTakeIt) {
  EXPECT_EQ(items_out(),
            (std::vector<std::optional<std::uint64_t>>{26'065'000, 26'065'000, 5'213'000, 5'213'000, std::nullopt}));
}

TEST_F(ASummary, CountsAnOutputThatSeveralTakeOnce) {
  run_.steps.push_back(run_.steps[3]);
  run_.edges.push_back({.from = 2, .to = 5});
  EXPECT_EQ(items_out()[2], 5'213'000);
  run_.edges.back().output = 1;
  EXPECT_EQ(items_out()[2], 10'426'000);
}

TEST_F(ASummary, DoesNotKnowWhatAStepEmitsIntoAStepOfSeveralInputs) {
  run_.edges.push_back({.from = 0, .to = 4});
  EXPECT_EQ(items_out()[3], std::nullopt);
  EXPECT_EQ(items_out()[0], 26'065'000) << "by_user takes the same items";
}

TEST_F(ASummary, HoldsOnTheWholeRunNotItsLastMoment) {
  run_.workers[1].silent_for = 1h;
  run_.edges[3].held_bytes = 1'000'000;
  run_.epochs.open = 20;
  EXPECT_EQ(json()["held_back"].text().substr(0, 21), "nothing holds it back");
}

TEST_F(ASummary, ShowsSomeOfManyWorkers) {
  run_.workers.resize(64);
  for (StepState& step : run_.steps) {
    step.workers.resize(64);
  }
  EXPECT_NE(summary(run_).find("and 48 more workers\n"), std::string::npos);
}

TEST_F(ASummary, NamesOfAnyBytesAreShown) {
  run_.dataflow = "a\x1b\xff";
  run_.steps[2].id = "\n\xff";
  EXPECT_EQ(summary(run_).find('\x1b'), std::string::npos);
  EXPECT_EQ(json()["slowest_step"].text(), "\n\uFFFD");
}

TEST_F(ASummary, OfARunThatDidNothing) {
  run_ = {};
  EXPECT_EQ(summary(run_), "\"\": 0 items in and 0 out in 0 s, 0/s.\n\n");
  EXPECT_EQ(json()["slowest_step"].kind(), JsonValue::Kind::kNull);
}

}  // namespace
}  // namespace weir::detail::status
