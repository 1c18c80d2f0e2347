#include "status/prometheus.hpp"

#include <chrono>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/status/example_run.hpp"

namespace weir::detail::status {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr bool kOpenMetrics = true;
constexpr bool kPrometheus = false;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string file(const std::string& name) {
  std::ifstream stream{WEIR_SOURCE_DIR "/" + name};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

// The families of a page: type and labels. Fails where the page breaks a rule that Prometheus or promtool do not check.
struct Family {
  std::string type;
  std::set<std::string> labels;
  friend bool operator==(const Family&, const Family&) = default;
};

std::map<std::string, Family> families_of(const std::string& page) {
  std::map<std::string, Family> families;
  std::set<std::string> series;
  std::string name;
  std::string helped;
  const std::regex sample{R"re(([a-z_]+)(\{([a-z]+="([^"\\]|\\.)*",?)+\}) ([0-9.e+-]+))re"};
  const std::regex label{R"re(([a-z]+)="([^"\\]|\\.)*")re"};
  for (const std::string& line : lines_of(page)) {
    std::smatch match;
    if (std::regex_match(line, match, std::regex{"# HELP ([a-z_]+) .+\\."})) {
      helped = match[1];
    } else if (std::regex_match(line, match, std::regex{"# TYPE ([a-z_]+) (counter|gauge|histogram)"})) {
      name = match[1];
      EXPECT_EQ(helped, name) << "no help";
      EXPECT_TRUE(families.emplace(name, Family{match[2], {}}).second) << name << " comes twice";
      EXPECT_EQ(name.ends_with("_total"), match[2] == "counter") << name;
    } else if (std::regex_match(line, match, sample)) {
      const bool is_part = families[name].type == "histogram";
      EXPECT_TRUE(match[1] == name || (is_part && match[1].str().starts_with(name + "_"))) << line;
      EXPECT_TRUE(series.insert(match[1].str() + match[2].str()).second) << line << " comes twice";
      const std::string labels = match[2];
      for (std::sregex_iterator each{labels.begin(), labels.end(), label}; each != std::sregex_iterator{}; ++each) {
        if ((*each)[1] != "le") {
          families[name].labels.insert((*each)[1]);
        }
      }
    } else {
      ADD_FAILURE() << "not understood: " << line;
    }
  }
  return families;
}

class MetricsOfARun : public ::testing::Test {
 protected:
  RunStatus run_ = run_with_all_metrics();
};

TEST_F(MetricsOfARun, AreTheExamplesThatPromtoolChecks) {
  EXPECT_EQ(to_prometheus(run_, kPrometheus), file("tests/monitoring/metrics.txt"));
  EXPECT_EQ(to_prometheus(run_, kOpenMetrics), file("tests/monitoring/openmetrics.txt"));
}

TEST_F(MetricsOfARun, AreThoseOfTheTableInTheirPage) {
  std::map<std::string, Family> table;
  const std::regex row{R"re(\| `(weir_[a-z_]+)` \| (counter|gauge|histogram) \| [^|]+ \| ([^|]+) \| [^|]+ \|)re"};
  for (const std::string& line : lines_of(file("docs/operating.md"))) {
    std::smatch match;
    if (std::regex_match(line, match, row)) {
      std::set<std::string> labels{"dataflow"};
      const std::string cell = match[3];
      const std::regex label{"`([a-z]+)`"};
      for (std::sregex_iterator each{cell.begin(), cell.end(), label}; each != std::sregex_iterator{}; ++each) {
        labels.insert((*each)[1]);
      }
      table[match[1]] = {match[2], labels};
    }
  }
  const std::map<std::string, Family> families = families_of(to_prometheus(run_, kPrometheus));
  for (const auto& [name, family] : families) {
    EXPECT_TRUE(table[name] == family) << name << " is not in the table of docs/operating.md as it is in the code";
  }
  for (const auto& [name, family] : table) {
    EXPECT_TRUE(families.contains(name)) << name << " of docs/operating.md is not in the code";
  }
}

TEST_F(MetricsOfARun, InOpenMetricsHaveFamiliesWithoutTotalAndAnEnd) {
  const std::string page = to_prometheus(run_, kOpenMetrics);
  EXPECT_THAT(page, HasSubstr("# TYPE weir_step_items counter\nweir_step_items_total{"));
  EXPECT_TRUE(page.ends_with("\n# EOF\n"));
  EXPECT_THAT(to_prometheus(run_, kPrometheus), Not(HasSubstr("EOF")));
}

TEST_F(MetricsOfARun, AreEscapedWhateverTheBytesOfNames) {
  run_.dataflow = std::string{"a\\b\"c\nd\xff\0e", 10};
  run_.steps[0].id = "\xe2\x82";
  run_.steps[2].counters["\r\xed\xa0\x80"] = 1;
  const std::string page = to_prometheus(run_, kPrometheus);
  EXPECT_EQ(families_of(page).size(), families_of(to_prometheus(run_with_all_metrics(), kPrometheus)).size());
  EXPECT_THAT(page, HasSubstr(std::string{"{dataflow=\"a\\\\b\\\"c\\nd\uFFFD\0e\"} ", 29}));
  EXPECT_THAT(page, HasSubstr(",step=\"\uFFFD\uFFFD\",worker=\"0\"} 6760000\n"));
  EXPECT_THAT(page, HasSubstr(",kind=\"\r\uFFFD\uFFFD\uFFFD\"} 1\n"));
}

TEST_F(MetricsOfARun, OfStepsAreByWorkerUntilTheyAreTooMany) {
  run_.steps.resize(1);
  run_.workers.resize(512);
  run_.steps[0].workers.resize(512);
  EXPECT_THAT(to_prometheus(run_, kPrometheus), HasSubstr("step=\"hits\",worker=\"511\"} 0\n"));
  run_.workers.resize(513);
  run_.steps[0].workers.resize(513);
  EXPECT_THAT(to_prometheus(run_, kPrometheus),
              HasSubstr("weir_step_items_total{dataflow=\"search_sessions\",step=\"hits\"} 26065000\n"));
}

TEST_F(MetricsOfARun, StaySmallWithManyStepsAndWorkers) {
  run_.workers.resize(64, run_.workers[0]);
  StepState step = run_.steps[2];
  step.workers.resize(64, step.workers[0]);
  step.counters = {{"hits", 123'456'789}, {"late_dropped", 12'345'678}, {"misses", 1'234'567}};
  for (std::size_t number = run_.steps.size(); number < 200; ++number) {
    step.id = "a_step_with_a_long_name_" + std::to_string(number);
    run_.steps.push_back(step);
    run_.edges.push_back({.from = 0, .to = number, .kind = EdgeState::Kind::kExchange, .bytes = 1'234'567'890});
  }
  EXPECT_LT(to_prometheus(run_, kPrometheus).size(), 400'000U);
}

TEST_F(MetricsOfARun, WithoutAWatermarkHaveNone) {
  run_.steps[2].watermark = Time::min();
  EXPECT_THAT(to_prometheus(run_, kPrometheus), Not(HasSubstr("watermark")));
  run_.steps[2].watermark = Time::max();
  EXPECT_THAT(to_prometheus(run_, kPrometheus), Not(HasSubstr("watermark")));
}

TEST_F(MetricsOfARun, WithoutSnapshotsHaveNoneOfThem) {
  run_.keeps_snapshots = false;
  const std::string page = to_prometheus(run_, kPrometheus);
  EXPECT_THAT(page, Not(HasSubstr("snapshot")));
  EXPECT_THAT(page, Not(HasSubstr("committed")));
}

TEST_F(MetricsOfARun, ThatHasNotBegunAreFew) {
  EXPECT_THAT(families_of(to_prometheus(RunStatus{.dataflow = "flow"}, kPrometheus)),
              ::testing::Contains(::testing::Key("weir_run_phase")));
}

OwnMetric histogram() {
  return {.all = {.kind = runtime::UserMetric::Kind::kHistogram,
                  .name = "line_bytes",
                  .help = "Sizes",
                  .count = 6,
                  .value = 30.5,
                  .bounds = {1, 10},
                  .buckets = {2, 3}},
          .by_worker = {30.5}};
}

TEST(PrometheusText, CountsAllValuesUpToABoundInItsBucket) {
  RunStatus run;
  run.dataflow = "flow";
  run.steps.push_back({.id = "parse", .op = "map", .workers = {{}}, .metrics = {histogram()}});
  EXPECT_THAT(to_prometheus(run, kPrometheus), HasSubstr(R"(# HELP line_bytes Sizes
# TYPE line_bytes histogram
line_bytes_bucket{dataflow="flow",step="parse",le="1.0"} 2
line_bytes_bucket{dataflow="flow",step="parse",le="10.0"} 5
line_bytes_bucket{dataflow="flow",step="parse",le="+Inf"} 6
line_bytes_sum{dataflow="flow",step="parse"} 30.5
line_bytes_count{dataflow="flow",step="parse"} 6
)"));
}

TEST(PrometheusText, HasTheProgramsMetricsOfSeveralStepsInOneFamily) {
  RunStatus run;
  run.dataflow = "flow";
  const OwnMetric lines{.all = {.name = "lines", .help = "a \\ b\nc"}, .by_worker = {1, 2}};
  run.steps.push_back({.id = "one", .op = "map", .workers = {{}, {}}, .metrics = {lines}});
  run.steps.push_back({.id = "two", .op = "map", .workers = {{}, {}}, .metrics = {lines}});
  EXPECT_THAT(to_prometheus(run, kPrometheus), HasSubstr(R"(# HELP lines_total a \\ b\nc
# TYPE lines_total counter
lines_total{dataflow="flow",step="one",worker="0"} 1
lines_total{dataflow="flow",step="one",worker="1"} 2
lines_total{dataflow="flow",step="two",worker="0"} 1
lines_total{dataflow="flow",step="two",worker="1"} 2
)"));
}

}  // namespace
}  // namespace weir::detail::status
