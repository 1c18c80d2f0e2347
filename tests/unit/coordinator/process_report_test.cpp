#include "coordinator/process_report.hpp"

#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

namespace weir::detail::coordinator {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AReportOfAProcess : public ::testing::Test {
 protected:
  AReportOfAProcess() { logger_->set_pattern("%v"); }

  void waits(std::chrono::seconds passed, const std::string& for_what = "shards") {
    now_ += passed;
    report_.waits(for_what);
  }

  std::vector<std::string> lines() {
    std::vector<std::string> lines;
    for (std::string line; std::getline(log_, line);) {
      lines.push_back(line);
    }
    log_.clear();
    return lines;
  }

  ProcessReport::Time now_{1h};
  std::stringstream log_;
  std::shared_ptr<spdlog::logger> logger_ =
      std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_));
  std::vector<std::string> shown_;
  ProcessReport report_{logger_, [this] { return now_; },
                        [this](const status::ApplicationState& state) { shown_.push_back(state.waits_for); }};
};

TEST_F(AReportOfAProcess, SaysNothingOfAShortWait) {
  waits(0s);
  waits(4s);
  waits(0s, "");
  waits(3s);
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(AReportOfAProcess, SaysWhatItWaitsForOnceAndThenEachMinute) {
  waits(0s);
  waits(5s);
  EXPECT_THAT(lines(), ElementsAre("application: for 5 s this process has waited for shards"));
  waits(59s, "brokers");
  EXPECT_THAT(lines(), IsEmpty());
  waits(1s, "brokers");
  EXPECT_THAT(lines(), ElementsAre("application: for 1 min 5 s this process has waited for brokers"));
}

TEST_F(AReportOfAProcess, SaysThatALongWaitIsOver) {
  waits(0s);
  waits(7s);
  lines();
  waits(1s, "");
  waits(2s, "");
  waits(3s, "");
  EXPECT_THAT(lines(), ElementsAre("application: after 8 s the wait is over"));
}

TEST_F(AReportOfAProcess, SaysThatALongWaitIsOverWhenARunBegins) {
  waits(0s);
  waits(7s);
  lines();
  report_.set_between_runs(false);
  EXPECT_THAT(lines(), ElementsAre("application: after 7 s the wait is over"));
}

TEST_F(AReportOfAProcess, TakesAWaitWithShortBreaksForOne) {
  for (int i = 0; i < 5; ++i) {
    waits(1s);
    waits(1s, "");
  }
  EXPECT_THAT(lines(), ElementsAre("application: for 6 s this process has waited for shards"));
}

TEST_F(AReportOfAProcess, ShowsAtOnceAndThenEachSecondWhatItWaitsFor) {
  report_.waits("one");
  report_.waits("two");
  waits(1s, "three");
  EXPECT_THAT(shown_, ElementsAre("one", "three"));
}

TEST_F(AReportOfAProcess, LeavesItToARunToShowWhatItWaitsFor) {
  report_.set_between_runs(false);
  waits(1s);
  EXPECT_THAT(shown_, IsEmpty());
  EXPECT_EQ(report_.state().waits_for, "shards");
}

TEST_F(AReportOfAProcess, CountsTheKeysOfItsShards) {
  report_.dealt(2, 8);
  report_.took_over(1'000);
  EXPECT_EQ(report_.state().shards, 2U);
  EXPECT_EQ(report_.state().of_shards, 8U);
  EXPECT_EQ(report_.state().keys, 1'000U);
  report_.dealt(1, 8);
  EXPECT_EQ(report_.state().keys, 0U);
}

}  // namespace
}  // namespace weir::detail::coordinator
