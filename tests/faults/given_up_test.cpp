#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

/// Events of two users, two of ann and one of bob.
constexpr const char* kEvents =
    "{\"second\":100,\"user\":\"ann\"}\n{\"second\":101,\"user\":\"bob\"}\n{\"second\":130,\"user\":\"ann\"}\n";

/// What count_events says at the end of its input.
std::string said_at_the_end(const std::string& by, const std::string& events, const std::string& workers) {
  const TemporaryFolder folder;
  folder.write("in", events);
  EXPECT_EQ(faults::shell(folder,
                          "count_events --input in --output out --by " + by + " --workers " + workers + " 2>messages"),
            0);
  return folder.read("messages");
}

TEST(TheEndOfTheInput, SaysThatKeysWereOpenOnlyWhereAFoldIsGivenUp) {
  for (const std::string workers : {"1", "3"}) {
    EXPECT_EQ(said_at_the_end("reduce", kEvents, workers),
              "step \"count\": 2 keys were still open at the end of the input\n");
    for (const std::string by : {"scan", "top", "as_of", "window", "final"}) {
      EXPECT_EQ(said_at_the_end(by, kEvents, workers), "") << by << " on " << workers << " workers";
    }
  }
}

TEST(TheEndOfTheInput, SaysWhatWasLateAndNothingBesides) {
  const std::string events = std::string{kEvents} + "{\"second\":7,\"user\":\"ann\"}\n";
  EXPECT_EQ(said_at_the_end("as_of", events, "2"), "step \"count\": 2 items that came too late were left out\n");
  EXPECT_EQ(said_at_the_end("window", events, "2"), "step \"count\": 1 item that came too late was left out\n");
}

TEST(TheEndOfTheInput, IsNotSaidAgainWhereNothingHasComeSince) {
  const TemporaryFolder folder;
  folder.write("in", kEvents);
  for (int run = 0; run < 2; ++run) {
    EXPECT_EQ(faults::shell(folder,
                            "count_events --input in --output out --by window --recovery recovery --log-level "
                            "error 2>messages"),
              0);
    EXPECT_EQ(folder.read("messages"), "") << "run " << run;
  }
}

/// What a run of count_events makes of the events when it is stopped behind them, before its input ends.
struct Stopped {
  explicit Stopped(const std::string& arguments) {
    folder.write("in", kEvents);
    const std::string script =
        "mkfifo pipe\n"
        "count_events --input - --output out --by " +
        arguments +
        " <pipe 2>messages &\n"
        "program=$!\n"
        "exec 3>pipe\n"
        "cat in >&3\n"
        "for i in $(seq 3000); do\n"
        "  [ \"$(cat seen 2>/dev/null | wc -l)\" = 3 ] && break\n"
        "  sleep 0.01\n"
        "done\n"
        "kill -TERM $program\n"
        "wait $program\n";
    EXPECT_EQ(faults::shell(folder, script), 0);
    messages = folder.read("messages");
    out = folder.read("out");
  }

  TemporaryFolder folder;
  std::string messages;
  std::string out;
};

TEST(AStop, SaysWhatWasReadAndIsGivenUp) {
  for (const std::string workers : {"1", "3"}) {
    const Stopped counting{"final --workers " + workers};
    EXPECT_EQ(counting.messages,
              "step \"count\": 2 keys were still open when the run was stopped\n"
              "stopped after 3 items were read: what was still open is given up, --on-stop emit emits it; a run with "
              "--recovery resumes with it\n")
        << workers << " workers";
    EXPECT_EQ(counting.out, "");
    EXPECT_TRUE(Stopped{"window --workers " + workers}.messages.starts_with(
        "step \"count\": 1 key was still open when the run was stopped\n"))
        << "event time has passed the first two of three windows";
    EXPECT_EQ(Stopped{"scan --workers " + workers}.messages, "");
    EXPECT_TRUE(Stopped{"as_of --workers " + workers}.messages.starts_with(
        "step \"count\": 1 key was still open when the run was stopped\n"))
        << "time has passed two of the three values";
  }
}

TEST(AStop, EmitsWhatIsOpenWhereItIsAskedTo) {
  for (const std::string workers : {"1", "3"}) {
    for (const std::string by : {"window", "final"}) {
      const Stopped stopped{by + " --on-stop emit --workers " + workers};
      EXPECT_EQ(stopped.messages, "");
      const std::string counts = by == "final" ? "ann 2\nbob 1\n" : "";
      if (by == "final") {
        EXPECT_TRUE(stopped.out == counts || stopped.out == "bob 1\nann 2\n") << stopped.out;
      } else {
        EXPECT_EQ(std::ranges::count(stopped.out, '\n'), 3) << stopped.out;
      }
    }
  }
}

TEST(AStop, WithRecoveryGivesNothingUpAndSaysNothing) {
  const Stopped stopped{"final --recovery recovery --epoch-interval 50 --log-level error"};
  EXPECT_EQ(stopped.messages, "");
  EXPECT_EQ(stopped.out, "");
}

/// The counts of numbers by their last digit, of a run that is stopped in the middle and of one that resumes.
std::vector<std::pair<int, std::uint64_t>> counted(const std::string& recovery, OnStop on_stop, int from, int to,
                                                   bool ends, std::uint64_t& open) {
  QueueSource<int> queue{4096};
  Dataflow flow{"tested"};
  const testing::Collected<std::pair<int, std::uint64_t>> out;
  flow.input("in", queue) | op::count_final("count", [](int number) { return number % 10; }) | op::output("out", out);
  RunOptions options;
  options.workers = 3;
  options.on_stop = on_stop;
  options.recovery = recovery;
  RunHandle running = start(flow, options);
  for (int number = from; number < to; ++number) {
    queue.push(number);
  }
  if (ends) {
    queue.close();
  } else {
    running.stop();
  }
  const RunReport report = running.wait();
  EXPECT_EQ(report.outcome, ends ? Outcome::kDone : Outcome::kDrained);
  open = std::ranges::find(report.steps, "count", &StepReport::step_id)->keys_open;
  auto items = out.items();
  std::ranges::sort(items);
  return items;
}

std::vector<std::pair<int, std::uint64_t>> ten_times(std::uint64_t count) {
  std::vector<std::pair<int, std::uint64_t>> counts;
  for (int digit = 0; digit < 10; ++digit) {
    counts.emplace_back(digit, count);
  }
  return counts;
}

TEST(AStop, DropsOrEmitsAsTheOptionsSayAndARunThatResumesHasEverything) {
  std::uint64_t open = 0;
  EXPECT_TRUE(counted({}, OnStop::kDrop, 0, 1'000, false, open).empty());
  EXPECT_EQ(open, 10U);
  EXPECT_EQ(counted({}, OnStop::kEmit, 0, 1'000, false, open), ten_times(100));
  EXPECT_EQ(open, 0U);
  const TemporaryFolder folder;
  const std::string recovery = folder.path("recovery");
  EXPECT_TRUE(counted(recovery, OnStop::kDrop, 0, 1'000, false, open).empty());
  EXPECT_EQ(counted(recovery, OnStop::kEmit, 1'000, 2'000, false, open), ten_times(200));
  EXPECT_TRUE(counted(recovery, OnStop::kEmit, 0, 0, false, open).empty())
      << "nothing new came, so that it was emitted";
  EXPECT_EQ(counted(recovery, OnStop::kEmit, 2'000, 3'000, true, open), ten_times(300));
}

}  // namespace
}  // namespace weir
