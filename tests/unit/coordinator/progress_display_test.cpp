#include "coordinator/progress_display.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::detail::coordinator {
namespace {

using namespace std::chrono_literals;
using status::RunStatus;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class AProgressDisplay : public ::testing::Test {
 protected:
  ProgressDisplay& display(ShowProgress when) {
    return display_.emplace(when, [this] { return columns_; }, [this](std::string_view text) { written_ += text; });
  }
  static RunStatus run(RunStatus::Phase phase = RunStatus::Phase::kRunning) {
    RunStatus status;
    status.phase = phase;
    status.elapsed = 2s;
    status.workers.resize(1);
    status.steps.push_back({.id = "in", .op = "input", .workers = {{.items = 1'234}}});
    return status;
  }

  std::optional<std::size_t> columns_;
  std::string written_;
  std::optional<ProgressDisplay> display_;
};

TEST_F(AProgressDisplay, WritesItsLineOverTheLastOneOnATerminal) {
  columns_ = 80;
  ProgressDisplay& shown = display(ShowProgress::kAuto);
  shown.show(run());
  EXPECT_THAT(written_, StartsWith("\r\x1b[K"));
  EXPECT_THAT(written_, HasSubstr("in"));
  EXPECT_THAT(written_, Not(HasSubstr("\n")));
}

TEST_F(AProgressDisplay, FitsATerminalThatBecameNarrow) {
  columns_ = 80;
  ProgressDisplay& shown = display(ShowProgress::kAuto);
  shown.show(run());
  written_.clear();
  columns_ = 12;
  shown.show(run());
  EXPECT_LT(written_.size(), 12 + std::string_view{"\r\x1b[K"}.size());
}

TEST_F(AProgressDisplay, LeavesItsPlaceToMessages) {
  columns_ = 80;
  ProgressDisplay& shown = display(ShowProgress::kAuto);
  shown.show(run());
  written_.clear();
  shown.clear();
  EXPECT_EQ(written_, "\r\x1b[K");
  shown.clear();
  EXPECT_EQ(written_, "\r\x1b[K");
}

TEST_F(AProgressDisplay, GoesAwayAtTheEnd) {
  columns_ = 80;
  ProgressDisplay& shown = display(ShowProgress::kAuto);
  shown.show(run());
  shown.show(run(RunStatus::Phase::kEnded));
  EXPECT_THAT(written_, EndsWith("\r\x1b[K"));
}

TEST_F(AProgressDisplay, SaysNothingWhereThereIsNoTerminal) {
  ProgressDisplay& shown = display(ShowProgress::kAuto);
  EXPECT_FALSE(shown.on());
  shown.show(run());
  EXPECT_THAT(written_, IsEmpty());
}

TEST_F(AProgressDisplay, WritesLinesWhereThereIsNoTerminalIfItIsAskedTo) {
  ProgressDisplay& shown = display(ShowProgress::kAlways);
  shown.show(run());
  EXPECT_THAT(written_, EndsWith("\n"));
  EXPECT_THAT(written_, Not(HasSubstr("\x1b")));
}

TEST_F(AProgressDisplay, SaysNothingOfARunThatHasJustBegun) {
  columns_ = 80;
  RunStatus young = run();
  young.elapsed = 900ms;
  display(ShowProgress::kAuto).show(young);
  EXPECT_THAT(written_, IsEmpty());
}

TEST_F(AProgressDisplay, SaysNothingIfItIsAskedTo) {
  columns_ = 80;
  ProgressDisplay& shown = display(ShowProgress::kNever);
  shown.show(run());
  EXPECT_THAT(written_, IsEmpty());
}

}  // namespace
}  // namespace weir::detail::coordinator
