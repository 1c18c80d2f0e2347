#include "status/progress_line.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "unit/status/example_run.hpp"

namespace weir::detail::status {
namespace {

using namespace std::chrono_literals;

class AProgressLine : public ::testing::Test {
 protected:
  std::string line(std::size_t columns = 200) { return progress_line(now_, progress_of(before_), columns); }

  void has_no_end() {
    for (PartitionState& partition : now_.steps[0].partitions) {
      partition.progress->grows = true;
    }
  }

  RunStatus before_ = search_sessions_after(120s);
  RunStatus now_ = search_sessions_after(130s);
};

TEST_F(AProgressLine, OfAnInputWithAnEndHasThePartThatIsReadAndTheTimeLeft) {
  EXPECT_EQ(line(), "26.1 M in, 5.2 M out, 200 k/s, 67 %, 1 min 10 s left, epoch 14 for 3 s, 148 MB");
}

TEST_F(AProgressLine, OfAnInputWithoutEndHasTheLags) {
  has_no_end();
  now_.steps[2].watermark = now_.now - 4200ms;
  EXPECT_EQ(line(), "26.1 M in, 5.2 M out, 200 k/s, 980 MB behind, event time 4.2 s behind, epoch 14 for 3 s, 148 MB");
}

TEST_F(AProgressLine, OfAnInputThatCountsItemsHasALagInItems) {
  has_no_end();
  for (PartitionState& partition : now_.steps[0].partitions) {
    partition.progress->unit = SourceProgress::Unit::kItems;
  }
  now_.steps[2].watermark = std::nullopt;
  EXPECT_EQ(line(), "26.1 M in, 5.2 M out, 200 k/s, 980 M items behind, epoch 14 for 3 s, 148 MB");
}

TEST_F(AProgressLine, OfAnInputThatKnowsNothingHasOnlyWhatIsKnown) {
  now_.steps[0].partitions[3].progress.reset();
  now_.steps[0].partitions.resize(4);
  for (PartitionState& partition : now_.steps[0].partitions) {
    partition.progress.reset();
  }
  now_.steps[2].watermark = Time::min();
  now_.keeps_snapshots = false;
  now_.resident_bytes = 0;
  EXPECT_EQ(line(), "26.1 M in, 5.2 M out, 200 k/s");
}

TEST_F(AProgressLine, OfARunThatStopsSaysSo) {
  now_.phase = RunStatus::Phase::kStopping;
  EXPECT_EQ(line(30), "stopping, 26.1 M in, 200 k/s");
}

TEST_F(AProgressLine, SaysWhenAFailedRunRestarts) {
  now_.phase = RunStatus::Phase::kRestarting;
  for (WorkerState& worker : now_.workers) {
    worker.ended = true;
  }
  EXPECT_EQ(line(32), "restarting, 26.1 M in, 200 k/s");
  now_.restart = {.attempt = 2, .most = 5, .wait = 4s};
  EXPECT_EQ(line(), "restarting in 4 s (2 of 5), 26.1 M in, 5.2 M out, 200 k/s, 67 %, 1 min 10 s left, 148 MB");
}

TEST_F(AProgressLine, SaysWhatAProcessOfAnApplicationWaitsFor) {
  now_.phase = RunStatus::Phase::kWaiting;
  now_.application = {.shards = 0, .of_shards = 8, .keys = 0, .waits_for = "shards"};
  EXPECT_EQ(line(39), "waits for shards, 26.1 M in, 200 k/s");
}

TEST_F(AProgressLine, SaysHowManyWorkersHaveEnded) {
  now_.workers[1].ended = true;
  EXPECT_EQ(line(),
            "1 of 4 workers ended, 26.1 M in, 5.2 M out, 200 k/s, 67 %, 1 min 10 s left, epoch 14 for 3 s, 148 MB");
}

TEST_F(AProgressLine, LeavesTheLeastImportantPartsOutFirst) {
  const std::string whole = line();
  EXPECT_EQ(line(whole.size() + 1), whole);
  EXPECT_EQ(line(whole.size()), "26.1 M in, 5.2 M out, 200 k/s, 67 %, 1 min 10 s left, epoch 14 for 3 s");
  EXPECT_EQ(line(60), "26.1 M in, 5.2 M out, 200 k/s, 67 %, 1 min 10 s left");
  EXPECT_EQ(line(50), "26.1 M in, 200 k/s, 67 %, 1 min 10 s left");
  EXPECT_EQ(line(30), "26.1 M in, 200 k/s, 67 %");
  EXPECT_EQ(line(20), "26.1 M in, 200 k/s");
  EXPECT_EQ(line(10), "26.1 M in");
  EXPECT_EQ(line(5), "26.1");
}

TEST_F(AProgressLine, IsShorterThanTheTerminalIsWideWhateverThatIs) {
  has_no_end();
  now_.phase = RunStatus::Phase::kStopping;
  EXPECT_EQ(line(0), "");
  for (std::size_t columns = 1; columns < 200; ++columns) {
    const std::string text = line(columns);
    EXPECT_LT(text.size(), columns);
    EXPECT_TRUE(std::ranges::all_of(text, [](char each) { return each >= ' ' && each < '\x7f'; }));
  }
}

TEST_F(AProgressLine, DoesNotSayAllIsReadBeforeItIs) {
  for (PartitionState& partition : now_.steps[0].partitions) {
    partition.progress->done = partition.progress->total - 1;
  }
  EXPECT_NE(line().find(", 99 %, "), std::string::npos);
}

TEST_F(AProgressLine, HasNoTimeLeftWhileNothingIsRead) {
  now_.steps[0].partitions = before_.steps[0].partitions;
  EXPECT_EQ(line(40), "26.1 M in, 5.2 M out, 200 k/s, 63 %");
  before_ = {};
  EXPECT_EQ(line(40), "26.1 M in, 5.2 M out, 200 k/s, 63 %") << "nothing is known of the way so far";
}

TEST_F(AProgressLine, HasNoTimeLeftAfterARestartNorWhenAllIsRead) {
  now_.epochs.failed = 1;
  EXPECT_EQ(line(40), "26.1 M in, 5.2 M out, 200 k/s, 67 %");
  now_.epochs.failed = 0;
  for (PartitionState& partition : now_.steps[0].partitions) {
    partition.progress->done = partition.progress->total;
  }
  EXPECT_EQ(line(40), "26.1 M in, 5.2 M out, 200 k/s, 100 %");
}

TEST_F(AProgressLine, OfARunThatHasNotBegun) { EXPECT_EQ(progress_line(RunStatus{}, {}, 80), "0 in, 0 out, 0/s"); }

}  // namespace
}  // namespace weir::detail::status
