#include <cerrno>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "interleaving/test_scale.hpp"
#include "recovery/crashing_job.hpp"
#include "recovery/power_loss.hpp"
#include "simulation/rng.hpp"
#include "temporary_folder.hpp"

namespace weir::recovery_tests {
namespace {

using interleaving::scaled;
using simulation::Rng;

class AJobWithRecovery : public ::testing::Test {
 protected:
  // Runs it to the end in peace and looks at what came out.
  void expect_exact_after_resume() {
    const CrashingJob::Ending ending = job_.run(rng_.between(1, 5), {});
    ASSERT_FALSE(ending.killed);
    ASSERT_EQ(ending.exit, 0) << ending.message;
    ASSERT_EQ(job_.check_output(), "");
  }

  // In a run that nothing befalls.
  std::uint64_t calls() {
    job_.begin_anew();
    const CrashingJob::Ending ending = job_.run(2, {});
    EXPECT_EQ(ending.exit, 0) << ending.message;
    EXPECT_EQ(job_.check_output(), "");
    return ending.calls;
  }

  TemporaryFolder folder_;
  CrashingJob job_{folder_.path()};
  Rng rng_{1};
};

TEST_F(AJobWithRecovery, WhenItIsKilledAtAnyCallThenItsOutputIsThatOfAnUndisturbedRun) {
  const std::uint64_t calls = this->calls();
  ASSERT_GT(calls, 100U);
  std::uint64_t killed = 0;
  const std::uint64_t points = scaled(1'000);
  for (std::uint64_t point = 0; point < points; ++point) {
    SCOPED_TRACE("point " + std::to_string(point));
    job_.begin_anew();
    const auto kind = point % 2 == 0 ? FileFault::Kind::kKill : FileFault::Kind::kKillHalf;
    const std::uint64_t at = 1 + point * calls / points;
    killed += job_.run(rng_.between(1, 5), {.kind = kind, .at = at}).killed ? 1 : 0;
    while (rng_.percent(30)) {  // again, while it resumes
      killed += job_.run(rng_.between(1, 5), {.kind = kind, .at = rng_.between(1, 40)}).killed ? 1 : 0;
    }
    expect_exact_after_resume();
    if (HasFatalFailure()) {
      return;
    }
  }
  EXPECT_GT(killed, points / 2);
}

TEST_F(AJobWithRecovery, WhenThePowerGoesAtAnyCallThenItsOutputIsThatOfAnUndisturbedRun) {
  const std::string record = folder_.path("record");
  const std::uint64_t points = scaled(2'000);
  for (std::uint64_t point = 0; point < points;) {
    job_.begin_anew();
    ASSERT_EQ(job_.run(rng_.between(1, 5), {}, record).exit, 0);
    const std::vector<FileCall> calls = read_record(record);
    PowerLoss disk;
    const std::uint64_t step = 1 + calls.size() / (points / 4 + 1);
    for (std::size_t i = 0; i < calls.size() && point < points; ++i) {
      disk.apply(calls[i]);
      if (i % step == 0) {
        SCOPED_TRACE("point " + std::to_string(point++) + ", behind call " + std::to_string(i));
        job_.begin_anew();
        disk.leave(job_.harmed_directory(), rng_);
        expect_exact_after_resume();
        if (HasFatalFailure()) {
          return;
        }
      }
    }
  }
}

TEST_F(AJobWithRecovery, WhenTheDiskFailsAtAnyCallThenItSaysSoAndGoesOnExactlyOnceItWorksAgain) {
  const std::uint64_t calls = this->calls();
  const std::uint64_t points = scaled(500);
  std::uint64_t stopped = 0;
  for (std::uint64_t point = 0; point < points; ++point) {
    SCOPED_TRACE("point " + std::to_string(point));
    job_.begin_anew();
    const FileFault fault{.kind = point % 2 == 0 ? FileFault::Kind::kFail : FileFault::Kind::kFailAll,
                          .at = 1 + point * calls / points,
                          .error = point % 3 == 0 ? EIO : ENOSPC};
    const CrashingJob::Ending ending = job_.run(rng_.between(1, 5), fault);
    ASSERT_FALSE(ending.killed);
    if (ending.exit != 0) {
      ++stopped;
      ASSERT_NE(ending.message, "");
    }
    expect_exact_after_resume();
    if (HasFatalFailure()) {
      return;
    }
  }
  EXPECT_GT(stopped, points / 2);
}

}  // namespace
}  // namespace weir::recovery_tests
