#include "status/status_json.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "unit/status/example_run.hpp"
#include "weir/json_lines.hpp"

namespace weir::detail::status {
namespace {

using namespace std::chrono_literals;

// A JSON text without the blanks and line feeds between its parts.
std::string compact(const std::string& json) {
  std::string text;
  bool quoted = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    if (quoted && json[at] == '\\') {
      text += json[at++];
    } else if (json[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && (json[at] == ' ' || json[at] == '\n')) {
      continue;
    }
    text += json[at];
  }
  return text;
}

class StatusAsJson : public ::testing::Test {
 protected:
  // Throws if it is no JSON.
  JsonValue parsed(const RunStatus& now, const RunStatus& before = {}) {
    text_ = to_json(now, before);
    return parser_.parse(text_.data(), text_.size());
  }

  JsonValue step(JsonValue run, std::size_t number) {
    std::vector<JsonValue> steps;
    run["steps"].for_each_element([&](JsonValue each) { steps.push_back(each); });
    return steps.at(number);
  }

  RunStatus before_ = search_sessions_after(129s);
  RunStatus now_ = search_sessions_after(130s);
  std::string text_;
  JsonParser parser_;
};

TEST_F(StatusAsJson, IsTheExampleOfItsPage) {
  std::ifstream file{WEIR_SOURCE_DIR "/docs/formats/run-status.example.json"};
  const std::string example{std::istreambuf_iterator<char>{file}, {}};
  EXPECT_EQ(to_json(now_, before_), compact(example))
      << "if the format changed, write this text to the file with python3 -m json.tool --indent 2";
}

TEST_F(StatusAsJson, RatesAreThoseOfTheLastInterval) {
  now_.steps[2].workers[1].items += 9'800;
  const JsonValue run = parsed(now_, before_);
  EXPECT_EQ(run["interval_seconds"].get<double>(), 1);
  EXPECT_EQ(run["items_in_per_second"].get<double>(), 200'500);
  EXPECT_EQ(step(run, 2)["items_per_second"].get<double>(), 210'300);
}

TEST_F(StatusAsJson, WithoutAnEarlierStatusRatesAreThoseSinceTheStart) {
  const JsonValue run = parsed(now_);
  EXPECT_EQ(run["interval_seconds"].get<double>(), 130);
  EXPECT_EQ(run["items_in_per_second"].get<double>(), 200'500);
}

TEST_F(StatusAsJson, AfterARestartRatesAreThoseSinceTheRestart) {
  now_ = search_sessions_after(2s);
  now_.epochs.failed = 1;
  EXPECT_EQ(parsed(now_, before_)["interval_seconds"].get<double>(), 2);
}

TEST_F(StatusAsJson, AnEdgeHasARateThatFollowsFromWhatStepsCount) {
  now_.edges.push_back({.from = 0, .to = 4});
  before_.edges.push_back({.from = 0, .to = 4});
  const JsonValue run = parsed(now_, before_);
  std::vector<std::optional<double>> rates;
  run["edges"].for_each_element(
      [&](JsonValue edge) { rates.push_back(edge["items_per_second"].get<std::optional<double>>()); });
  EXPECT_EQ(rates, (std::vector<std::optional<double>>{200'500, 200'500, 40'100, 0, 200'500}));
}

TEST_F(StatusAsJson, ARunThatHasNotBegunIsShown) {
  const JsonValue run = parsed(RunStatus{});
  EXPECT_EQ(run["items_in_per_second"].get<double>(), 0);
  EXPECT_EQ(run["part_read"].kind(), JsonValue::Kind::kNull);
}

TEST_F(StatusAsJson, BytesOfNamesThatAreNoUtf8AreReplaced) {
  now_.dataflow = "a\xff\"\\\n\x01";
  now_.steps[0].id = "\xc3";
  now_.steps[2].counters["\xe2\x82"] = 1;
  now_.steps[0].partitions[0].name = std::string{"caf\xe9\0.jsonl", 11};
  now_.problems[0] = "\xed\xa0\x80";
  const JsonValue run = parsed(now_, before_);
  EXPECT_EQ(run["dataflow"].text(), "a\uFFFD\"\\\n\x01");
  EXPECT_EQ(step(run, 0)["id"].text(), "\uFFFD");
  EXPECT_TRUE(step(run, 2)["counters"].find("\uFFFD\uFFFD"));
}

TEST_F(StatusAsJson, LimitsOfNumbersAndTimesAreValid) {
  now_.elapsed = nanoseconds::max();
  now_.now = Time::max();
  now_.steps[2].watermark = Time::min();
  now_.workers[0].silent_for = nanoseconds::max();
  now_.steps[0].workers[0].items = std::numeric_limits<std::uint64_t>::max();
  now_.steps[0].partitions[0].progress = SourceProgress{.done = 1, .total = 0};
  EXPECT_EQ(parsed(now_, before_)["now"].text(), "2262-04-11T23:47:16.854775807Z");
}

}  // namespace
}  // namespace weir::detail::status
