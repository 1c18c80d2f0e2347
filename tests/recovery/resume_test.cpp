#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <latch>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/testing_recovery.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using Kind = RecoveryError::Kind;
using Counts = std::vector<std::string>;

/// Adds the steps of a job to its lines, and puts out lines.
using Steps = std::function<void(Dataflow&, const Stream<std::string>&, const std::string& output)>;

/// Jobs over a growing file, one after the other on one recovery directory.
class ARecoveryDirectory : public ::testing::Test {
 protected:
  void write_input(const std::string& lines) const { std::ofstream{input_, std::ios::app} << lines; }

  [[nodiscard]] RunOptions options(std::size_t workers) const {
    RunOptions options;
    options.workers = workers;
    options.recovery = folder_.path("recovery");
    options.epoch_items = 3;
    return options;
  }

  RunReport run_job(const Steps& steps, const RunOptions& options, const std::string& name = "job") const {
    Dataflow flow{name};
    steps(flow, flow.input("lines", TextFiles{{input_}}), output_);
    return run(flow, options);
  }

  void expect_refused(const Steps& steps, const RunOptions& options, const std::string& part_of_message,
                      const std::string& name = "job") const {
    try {
      run_job(steps, options, name);
      FAIL() << "it ran";
    } catch (const RecoveryError& error) {
      EXPECT_EQ(error.kind(), Kind::kRefused);
      EXPECT_NE(std::string{error.what()}.find(part_of_message), std::string::npos) << error.what();
    }
  }

  [[nodiscard]] Counts output() const {
    std::ifstream file{output_};
    Counts lines;
    for (std::string line; std::getline(file, line);) {
      lines.push_back(line);
    }
    std::ranges::sort(lines);
    return lines;
  }

  TemporaryFolder folder_;
  std::string input_ = folder_.path("input.txt");
  std::string output_ = folder_.path("output.txt");
};

/// Puts out how often each line came so far.
/// @tparam State  of the counts
template <typename State>
Steps counting(const std::string& id) {
  return [id](Dataflow&, const Stream<std::string>& lines, const std::string& output) {
    lines | op::key_on("word", [](const std::string& line) { return line; }) |
        op::stateful_map(id,
                         [](std::optional<State>& count, const std::string& word) {
                           count = State(count.value_or(0) + 1);
                           return word + " " + std::to_string(*count);
                         }) |
        op::key_rm("line") | op::output("out", TextFile{output});
  };
}

const Steps kCount = counting<std::uint64_t>("count");

const Steps kCountFinal = [](Dataflow&, const Stream<std::string>& lines, const std::string& output) {
  lines | op::count_final("count", [](const std::string& line) { return line; }) | op::output("out", TextFile{output});
};

TEST_F(ARecoveryDirectory, WhenTheInputGrowsThenTheNextRunGoesOnWhereTheLastOneStopped) {
  write_input("a\nb\na\n");
  for (const std::size_t workers : std::vector<std::size_t>{2, 1, 3, 8, 4}) {
    run_job(kCount, options(workers));
  }
  EXPECT_EQ(output(), (Counts{"a 1", "a 2", "b 1"}));
  write_input("a\nc\n");
  const RunReport report = run_job(kCount, options(3));
  EXPECT_EQ(report.steps[0].items, 2U);
  EXPECT_EQ(output(), (Counts{"a 1", "a 2", "a 3", "b 1", "c 1"}));
}

TEST_F(ARecoveryDirectory, WhenNothingIsNewThenTheEndOfTheInputDoesNotComeAgain) {
  write_input("a\nb\na\n");
  for (const std::size_t workers : std::vector<std::size_t>{2, 1, 3}) {
    EXPECT_EQ(run_job(kCountFinal, options(workers)).outcome, Outcome::kDone);
    EXPECT_EQ(output(), (Counts{"a 2", "b 1"}));
  }
  write_input("b\n");
  run_job(kCountFinal, options(2));
  EXPECT_EQ(output(), (Counts{"a 2", "a 2", "b 1", "b 2"}));
}

TEST_F(ARecoveryDirectory, WhenCodeOfTheUserThrowsThenTheRestIsDoneOnceItDoesNotAnyMore) {
  write_input("a\nb\na\nb\na\nb\na\nb\npoison\na\n");
  const auto steps = [](bool poisoned) -> Steps {
    return [poisoned](Dataflow& flow, const Stream<std::string>& lines, const std::string& output) {
      kCount(flow,
             lines | op::inspect("look",
                                 [poisoned](const std::string& line) {
                                   if (poisoned && line == "poison") {
                                     throw std::runtime_error{"I cannot stand it"};
                                   }
                                 }),
             output);
    };
  };
  for (const std::size_t workers : std::vector<std::size_t>{1, 2, 4}) {
    EXPECT_THROW(run_job(steps(true), options(workers)), StepError);
  }
  run_job(steps(false), options(3));
  EXPECT_EQ(output(), (Counts{"a 1", "a 2", "a 3", "a 4", "a 5", "b 1", "b 2", "b 3", "b 4", "poison 1"}));
}

TEST_F(ARecoveryDirectory, WhenItIsOfAnotherDataflowThenItIsRefused) {
  write_input("a\n");
  run_job(kCount, options(1));
  expect_refused(kCount, options(1), "belongs to the dataflow \"job\", and this one is \"task\"", "task");
}

TEST_F(ARecoveryDirectory, WhenAStepIsGoneThenItIsRefusedUnlessItMayBe) {
  write_input("a\na\n");
  run_job(kCount, options(1));
  const Steps renamed = counting<std::uint64_t>("tally");
  write_input("a\n");
  expect_refused(renamed, options(2), "step \"count\" (stateful_map) was removed or renamed");
  RunOptions allowing = options(2);
  allowing.allow_dropped_state = {"count"};
  run_job(renamed, allowing);
  EXPECT_EQ(output(), (Counts{"a 1", "a 1", "a 2"}));
  run_job(renamed, options(1));  // nothing is left of the step
}

TEST_F(ARecoveryDirectory, WhenTheTypeOfAStateChangedThenBothShapesAreTold) {
  write_input("a\na\n");
  run_job(kCount, options(1));
  const Steps narrower = counting<std::uint32_t>("count");
  write_input("a\n");
  expect_refused(narrower, options(1), "kept is text8 -> u64, and the dataflow has text8 -> u32");
}

TEST_F(ARecoveryDirectory, WhenMigrationsAreRegisteredThenStatesFollowThem) {
  write_input("a\nb\na\n");
  run_job(kCount, options(2));
  struct Tally {
    std::uint64_t count = 0;
    std::string note;
  };
  const Steps migrating = [](Dataflow& flow, const Stream<std::string>& lines, const std::string& output) {
    flow.migrate("count", [](const std::uint64_t& count) { return std::to_string(count); });
    flow.migrate("count", [](const std::string& count) { return Tally{std::stoull(count), "migrated"}; });
    lines | op::key_on("word", [](const std::string& line) { return line; }) |
        op::stateful_map("count",
                         [](std::optional<Tally>& tally, const std::string& word) {
                           tally = Tally{tally ? tally->count + 1 : 1, tally ? tally->note : "new"};
                           return word + " " + std::to_string(tally->count) + " " + tally->note;
                         }) |
        op::key_rm("line") | op::output("out", TextFile{output});
  };
  write_input("a\nc\n");
  run_job(migrating, options(3));
  EXPECT_EQ(output(), (Counts{"a 1", "a 2", "a 3 migrated", "b 1", "c 1 new"}));
  write_input("b\n");  // of which the first run after the migration saw nothing
  run_job(migrating, options(1));
  EXPECT_EQ(output(), (Counts{"a 1", "a 2", "a 3 migrated", "b 1", "b 2 migrated", "c 1 new"}));
}

TEST_F(ARecoveryDirectory, WhenAManualInputHadOtherWorkersThenItIsRefusedAndToldWhatToDo) {
  const auto run_manual = [this](std::size_t workers) {
    Dataflow flow{"job"};
    std::vector<std::uint64_t> began;
    flow.input("lines", ManualInput{[&began](std::uint32_t, std::uint32_t, std::optional<std::uint64_t> last) {
                 began.push_back(last.value_or(0));
                 std::vector<std::pair<std::uint64_t, int>> items;
                 for (std::uint64_t next = last.value_or(0) + 1; next <= 10; ++next) {
                   items.emplace_back(next, 1);
                 }
                 return items;
               }}) |
        op::output("out", ManualOutput{[](std::uint32_t, std::uint32_t) { return [](int) {}; }});
    run(flow, options(workers));
    return began;
  };
  EXPECT_EQ(run_manual(2), (std::vector<std::uint64_t>{0, 0}));
  EXPECT_EQ(run_manual(2), (std::vector<std::uint64_t>{10, 10}));
  try {
    run_manual(3);
    FAIL() << "it ran";
  } catch (const RecoveryError& error) {
    EXPECT_NE(std::string{error.what()}.find("PartitionedInput{names, builder(name, resume_state)}"),
              std::string::npos);
  }
}

TEST_F(ARecoveryDirectory, WhenABuiltInputGaveNothingThenTheNextRunBeginsItAnew) {
  const auto run_built = [this](int count) {
    Dataflow flow{"job"};
    const auto build = [count](const std::string&, std::optional<int> last) {
      std::vector<std::pair<int, int>> items;
      for (int n = last.value_or(0) + 1; n <= count; ++n) {
        items.emplace_back(n, n);
      }
      return items;
    };
    testing::Collected<int> collected;
    flow.input("in", PartitionedInput{{"a"}, build}) | op::output("out", collected);
    run(flow, options(1));
    return collected.items();
  };
  EXPECT_EQ(run_built(0), std::vector<int>{});
  EXPECT_EQ(run_built(0), std::vector<int>{});
  EXPECT_EQ(run_built(2), (std::vector<int>{1, 2}));
  EXPECT_EQ(run_built(3), std::vector<int>{3});
}

TEST_F(ARecoveryDirectory, WhenTheOutputIsNotAsItWasLeftThenItIsRefused) {
  write_input("a\nb\n");
  run_job(kCount, options(1));
  const auto size = std::filesystem::file_size(output_);
  std::filesystem::resize_file(output_, size - 1);
  expect_refused(kCount, options(1), "were committed");
  std::filesystem::resize_file(output_, size + 1);
  expect_refused(kCount, options(1), "were committed");
  std::filesystem::remove(output_);
  expect_refused(kCount, options(1), "is gone");
}

TEST_F(ARecoveryDirectory, WhenTheInputGotShorterThenTheRunSaysSo) {
  write_input("a\nb\nc\n");
  run_job(kCount, options(1));
  std::filesystem::resize_file(input_, 2);
  EXPECT_THROW(run_job(kCount, options(1)), RecoveryError);
}

TEST_F(ARecoveryDirectory, WhenTheInputIsRotatedAgainAndAgainThenEachLineCountsOnce) {
  Counts expected;
  for (const std::size_t workers : std::vector<std::size_t>{2, 1, 3, 8, 4, 2}) {
    for (int line = 0; line < 5; ++line) {
      const std::string word = "word" + std::to_string(expected.size());
      write_input(word + "\n");
      expected.push_back(word + " 1");
      if (line == 2 && expected.size() > 5) {
        std::filesystem::rename(input_, input_ + "." + std::to_string(expected.size()));
      }
    }
    run_job(kCount, options(workers));
  }
  std::ranges::sort(expected);
  EXPECT_EQ(output(), expected);
}

/// Fails at the item of this number, counted over all runs, so many times.
struct FailingStep {
  std::string at;
  int times;
  std::shared_ptr<std::atomic<int>> failures = std::make_shared<std::atomic<int>>(0);

  void operator()(const std::string& line) const {
    if (line == at && failures->fetch_add(1) < times) {
      throw std::runtime_error{"not now"};
    }
  }
};

class ARunThatFails : public ARecoveryDirectory {
 protected:
  void SetUp() override { write_input("a\nb\na\nb\na\nb\na\nb\nc\na\n"); }

  RunReport run_failing(const FailingStep& failing, std::size_t workers, std::size_t restarts) const {
    RunOptions options = this->options(workers);
    options.restarts = restarts;
    options.restart_delay = {};
    return run_job(
        [&failing](Dataflow& flow, const Stream<std::string>& lines, const std::string& output) {
          kCount(flow, lines | op::inspect("look", failing), output);
        },
        options);
  }

  Counts all_counts_{"a 1", "a 2", "a 3", "a 4", "a 5", "b 1", "b 2", "b 3", "b 4", "c 1"};
};

TEST_F(ARunThatFails, WhenItMayBeRestartedThenItGoesOnFromItsNewestSnapshot) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    std::filesystem::remove_all(folder_.path("recovery"));
    const RunReport report = run_failing({"c", 2}, workers, 2);
    EXPECT_EQ(report.restarts, 2U);
    EXPECT_EQ(output(), all_counts_);
  }
}

TEST_F(ARunThatFails, WhenItFailsOftenerThanThatAtTheSameItemThenItFails) {
  const FailingStep failing{"c", 100};
  EXPECT_THROW(run_failing(failing, 2, 3), StepError);
  EXPECT_LE(failing.failures->load(), 3 + 2);  // the first time may have been before an epoch was committed
  run_failing({"c", 0}, 3, 0);
  EXPECT_EQ(output(), all_counts_);
}

TEST_F(ARunThatFails, WhenItKeepsNoSnapshotsThenItCannotBeRestarted) {
  RunOptions options;
  options.restarts = 1;
  EXPECT_THROW(run_job(kCount, options), UsageError);
}

TEST_F(ARunThatFails, WhenItIsStoppedWhileItWaitsForItsRestartThenItEndsAtOnce) {
  RunOptions options = this->options(2);
  options.restarts = 1;
  options.restart_delay = std::chrono::hours{1};
  std::latch failed{1};
  Dataflow flow{"job"};
  kCount(flow,
         flow.input("lines", TextFiles{{input_}}) | op::inspect("look",
                                                                [&failed](const std::string&) {
                                                                  if (!failed.try_wait()) {
                                                                    failed.count_down();
                                                                    throw std::runtime_error{"not now"};
                                                                  }
                                                                }),
         output_);
  RunHandle handle = start(flow, options);
  failed.wait();
  handle.stop();
  EXPECT_THROW(handle.wait(), StepError);
}

using Clicks = std::vector<std::vector<std::pair<std::string, int>>>;

TEST(RunOverAborted, GivesWhatAnUndisturbedRunGives) {
  Clicks clicks(3);
  for (int click = 0; click < 300; ++click) {
    clicks[static_cast<std::size_t>(click % 3)].emplace_back("user " + std::to_string(click % 15), click);
  }
  const auto steps = [](auto in) {
    return in | op::scan("sum", [] { return 0; }, [](int& sum, int next) { sum += next; });
  };
  auto undisturbed = testing::run_over(clicks, steps, 2);
  auto aborted = testing::run_over_aborted(clicks, steps, {.at = {1, 40, 40, 7, 100}});
  std::ranges::sort(undisturbed);
  std::ranges::sort(aborted);
  EXPECT_EQ(aborted, undisturbed);
}

TEST(RunOverAborted, FindsStateThatNoSnapshotHolds) {
  Clicks clicks(1, {40, std::pair{std::string{"ann"}, 1}});
  const auto steps = [](auto in) {  // what a callable keeps to itself is not kept
    return in | op::map_value("sum", [sum = 0](int next) mutable { return sum += next; });
  };
  EXPECT_NE(testing::run_over_aborted(clicks, steps, {.at = {30}, .workers = {1}, .epoch_items = 5}),
            testing::run_over(clicks, steps, 1));
}

TEST(RunOverAborted, ThrowsWhatIsNoAbort) {
  const auto steps = [](auto in) {
    return in | op::map("fail", [](std::pair<std::string, int> click) {
             if (click.second == 2) {
               throw std::runtime_error{"of its own"};
             }
             return click;
           });
  };
  EXPECT_THROW(testing::run_over_aborted(Clicks{{{"ann", 1}, {"ann", 2}}}, steps, {.at = {}}), StepError);
}

}  // namespace
}  // namespace weir
