#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using faults::shell;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// How a program of the tests is run.
const std::vector<std::string> kWays{"--workers 1", "--workers 2", "--workers 2 --recovery r"};

class AFileOfOneRun : public ::testing::Test {
 protected:
  // The exit code of a program, whose messages go into a file.
  int run_program(const std::string& command) { return shell(folder_, command + " 2>messages"); }
  [[nodiscard]] std::string messages() const { return folder_.read("messages"); }

  // The run is refused and names both steps, and the file is as it was.
  void expect_refused(const std::string& command, const std::string& one, const std::string& other) {
    EXPECT_EQ(run_program(command), 2) << command << "\n" << messages();
    EXPECT_THAT(messages(), AllOf(HasSubstr("step \"" + one + "\""), HasSubstr("step \"" + other + "\""))) << command;
    EXPECT_EQ(folder_.read("x"), kLines) << command;
  }

  static constexpr const char* kLines = "one\ntwo\n";

  TemporaryFolder folder_;
};

TEST_F(AFileOfOneRun, WhenItIsInputAndOutputThenTheRunIsRefusedAndTheFileIsAsItWas) {
  folder_.write("x", kLines);
  ASSERT_EQ(shell(folder_, "ln x hard; ln -s x soft; ln -s . here; ln -s soft softer"), 0);
  for (const std::string& way : kWays) {
    for (const std::string output : {"x", "./x", "$PWD/x", "hard", "soft", "softer", "here/x", "/dev/fd/3 3<>x"}) {
      expect_refused("copy_lines " + way + " --input x --output " + output, "input", "out");
    }
    expect_refused("copy_lines " + way + " --one-stream --input hard --output soft", "input", "out");
    expect_refused("copy_lines " + way + " --input x --output o --on-bad-record file=./x", "input", "input_bad.file");
    expect_refused("copy_lines " + way + " --input - --output x <x", "input", "out");
    expect_refused("copy_lines " + way + " --input x >>x", "input", "out");
    expect_refused("copy_lines " + way + " --input - <x >>x", "input", "out");
  }
}

TEST_F(AFileOfOneRun, WhenItIsInADirectoryThatIsReadThenTheRunIsRefused) {
  ASSERT_EQ(shell(folder_, "mkdir d e; printf 'one\\ntwo\\n' >x; ln x d/x; ln -s d link; ln -s ../e/made d/dangling"),
            0);
  for (const std::string& way : kWays) {
    for (const std::string output : {"d/x", "x", "d/new", "link/new", "$PWD/d/new", "d/dangling"}) {
      expect_refused("copy_lines " + way + " --input d --output " + output, "input", "out");
    }
    for (const std::string output : {"o", "e/o", "d/.hidden"}) {
      EXPECT_EQ(run_program("copy_lines " + way + " --input d --output " + output), 0) << output << messages();
      EXPECT_EQ(folder_.read(output), kLines);
    }
    ASSERT_EQ(shell(folder_, "test ! -e d/new && test ! -e e/made && rm -rf r o"), 0);
  }
}

TEST_F(AFileOfOneRun, WhenTwoStepsWriteItThenTheRunIsRefusedWhetherItIsThereOrNot) {
  folder_.write("x", kLines);
  ASSERT_EQ(shell(folder_, "ln x hard; ln -s x soft; mkdir d; ln -s d link; ln -s d/new dangling"), 0);
  const std::vector<std::pair<std::string, std::string>> names{
      {"x", "x"}, {"x", "hard"}, {"soft", "./x"}, {"new", "./new"}, {"d/new", "link/new"}, {"dangling", "link/new"}};
  for (const std::string& way : kWays) {
    for (const auto& [one, other] : names) {
      expect_refused("two_by_two " + way + " --output " + one + " --other-output " + other + " </dev/null", "out",
                     "other_out");
    }
    expect_refused("copy_lines " + way + " --input x --output new --on-bad-record file=new", "out", "input_bad.file");
    expect_refused("copy_lines " + way + " --input /dev/null --on-bad-record file=x >>x", "out", "input_bad.file");
  }
  EXPECT_EQ(shell(folder_, "test ! -e new && test ! -e d/new"), 0);
}

TEST_F(AFileOfOneRun, WhenItIsADeviceOrAPipeThenTwoStepsMayWriteIt) {
  for (const std::string way : {"--workers 1", "--workers 2"}) {
    const std::string run = "seq 20000 | two_by_two " + way;
    EXPECT_EQ(run_program(run + " --output /dev/null --other-output /dev/null"), 0) << messages();
    for (const std::string output : {"-", "/dev/stdout"}) {
      const std::string command = run + " --output - --other-output " + output;
      EXPECT_EQ(run_program(command + " | sort -n | uniq -c | awk '$1 != 2 { exit 1 } END { print NR }' >lines"), 0);
      EXPECT_EQ(folder_.read("lines"), "20000\n") << command << ": lines were divided";
    }
    EXPECT_EQ(run_program(run + " --output - --other-output - | head -1 >first"), 0) << messages();
    EXPECT_EQ(run_program(run + " --output - --other-output - >both"), 0) << messages();
    EXPECT_EQ(shell(folder_, "test $(sort both | uniq | wc -l) = 20000 && test $(wc -l <both) = 40000"), 0);
  }
}

TEST_F(AFileOfOneRun, WhenItIsAPipeThatTwoStepsReadThenTheRunIsRefused) {
  folder_.write("x", kLines);
  expect_refused("cat x | two_by_two --input - --other-input - --output o", "in", "other_in");
  expect_refused("cat x | two_by_two --input - --other-input /dev/stdin --output o", "in", "other_in");
  expect_refused("mkfifo p; two_by_two --input ./p --other-input p --output o", "in", "other_in");
  expect_refused("two_by_two --input ./p --other-input x --output p", "in", "out");
  EXPECT_EQ(run_program("two_by_two --input x --other-input x --output o </dev/null"), 0) << messages();
  EXPECT_EQ(run_program("two_by_two --input - --other-input - --output o </dev/null"), 0) << messages();
}

TEST_F(AFileOfOneRun, WhenItIsTheSnapshotStoresThenTheRunIsRefusedAndTheStoreIsAsItWas) {
  folder_.write("x", kLines);
  for (const std::string name : {"LOCK", "FORMAT", "state.sqlite3"}) {
    EXPECT_EQ(run_program("copy_lines --input x --recovery r --output r/" + name), 2);
    EXPECT_THAT(messages(), HasSubstr("step \"out\" writes \"r/" + name + "\", and the snapshot store writes"));
  }
  for (int times = 0; times < 2; ++times) {
    EXPECT_EQ(run_program("copy_lines --input x --recovery r --output r/o"), 0) << messages();
    EXPECT_EQ(folder_.read("r/o"), kLines);
    EXPECT_EQ(run_program("copy_lines --input x --recovery r --output ./r/../r/state.sqlite3"), 2);
  }
}

// The first process reads from a pipe that stays open; it has locked its output once nobody else can.
constexpr const char* kStartFirst =
    "rm -f p ready; mkfifo p\n"
    "copy_lines $WAY --input p --output o 2>first &\n"
    "first=$!; exec 3>p; printf 'first\\n' >&3\n"
    "until [ -e o ] && ! flock --nonblock o true; do kill -0 $first || exit 9; done\n";

TEST_F(AFileOfOneRun, WhenAnotherProcessWritesItThenTheSecondIsRefusedAndNothingIsLost) {
  for (const std::string way : {"--workers 1", "--workers 2 --recovery r$BASHPID"}) {
    folder_.write("x", kLines);
    ASSERT_EQ(
        shell(folder_, "WAY='" + way + "'\n" + kStartFirst +
                           "for other in o ./o; do\n"
                           "  copy_lines $WAY --input x --output $other 2>messages; [ $? = 2 ] || exit 3\n"
                           "  copy_lines --input x --output new --on-bad-record file=o 2>>messages; [ $? = 2 ] || "
                           "exit 4\n"
                           "done\n"
                           "exec 3>&-; wait $first || exit 5; [ ! -e new ] || exit 6"),
        0)
        << messages() << folder_.read("first");
    EXPECT_THAT(messages(), HasSubstr("is being written by another run"));
    EXPECT_EQ(folder_.read("o"), "first\n");
    EXPECT_EQ(run_program("rm -rf r*; copy_lines --input x --output o"), 0) << messages();
    EXPECT_EQ(folder_.read("o"), kLines);
  }
}

TEST_F(AFileOfOneRun, WhenTheProcessThatWroteItWasKilledThenTheNextOneWritesIt) {
  folder_.write("x", kLines);
  for (const std::string way : {"--workers 1", "--workers 2 --recovery r"}) {
    ASSERT_EQ(shell(folder_, "WAY='" + way + "'\n" + kStartFirst +
                                 "kill -KILL $first; wait $first 2>/dev/null\n"
                                 "copy_lines --input x --output o 2>messages"),
              0)
        << messages();
    EXPECT_EQ(folder_.read("o"), kLines);
  }
}

TEST_F(AFileOfOneRun, KeepsTheWaitingSegmentsOfOutputsWhoseNamesBeginAlike) {
  folder_.write("x", kLines);
  const std::vector<std::string> others{".o.weir-1.weir-1-1", ".o.weir-1-1.weir-2-3", ".o.weir-1-", ".o.weir-a-1"};
  for (const std::string& other : others) {
    folder_.write(other, "of another");
  }
  folder_.write(".o.weir-7-1", "left by a crash");
  ASSERT_EQ(run_program("copy_lines --input x --output o --recovery r"), 0) << messages();
  for (const std::string& other : others) {
    EXPECT_EQ(folder_.read(other), "of another");
  }
  EXPECT_EQ(shell(folder_, "test ! -e .o.weir-7-1"), 0);
}

template <typename Call>
std::string refusal_of(Call call) {
  try {
    call();
  } catch (const UsageError& error) {
    return error.what();
  }
  return "it was not refused";
}

TEST_F(AFileOfOneRun, WhenTwoRunsOfOneProcessWriteItThenTheSecondIsRefused) {
  QueueSource<std::string> queue{4};
  Dataflow flow{"first"};
  flow.input("in", queue) | op::output("out", TextFile{folder_.path("o")});
  RunHandle first = start(flow, {.workers = 2});
  Dataflow other{"second"};
  other.input("in", RangeInput{std::vector<std::string>{"second"}}) | op::output("out", TextFile{folder_.path("o")});
  EXPECT_THAT(refusal_of([&] { run(other, {.workers = 2}); }), HasSubstr("is being written by another run"));
  ASSERT_TRUE(queue.push("first"));
  queue.close();
  first.wait();
  EXPECT_EQ(folder_.read("o"), "first\n");
  run(other, {.workers = 2});
  EXPECT_EQ(folder_.read("o"), "second\n");
}

TEST_F(AFileOfOneRun, WhenTheRunIsRestartedThenItWritesItAgain) {
  for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
    bool failed = false;
    Dataflow flow{"restarted"};
    flow.input("in", RangeInput{std::vector<std::string>{"one", "two"}}) |
        op::inspect("fail_once",
                    [&](const std::string& line) {
                      if (line == "two" && !failed) {
                        failed = true;
                        throw std::runtime_error{"once"};
                      }
                    }) |
        op::output("out", TextFile{folder_.path("o")});
    RunOptions options{.workers = workers};
    options.recovery = folder_.path("r" + std::to_string(workers));
    options.restarts = 1;
    options.restart_delay = std::chrono::nanoseconds{0};
    EXPECT_EQ(run(flow, options).restarts, 1U);
    EXPECT_EQ(folder_.read("o"), kLines);
  }
}

/// A sink of a user that says which files it writes.
struct OwnSink {
  std::vector<Resource> written;

  template <typename T>
  [[nodiscard]] std::unique_ptr<SinkPartition<T>> open(const OpenContext& /*context*/) const {
    throw std::logic_error{"it was opened"};
  }
  [[nodiscard]] std::vector<Resource> resources() const { return written; }
};

/// A source of a user that says what it reads.
struct OwnSource {
  using Item = std::string;
  std::vector<Resource> read;

  [[nodiscard]] std::vector<std::string> partitions() const { return {"all"}; }
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& /*name*/,
                                                            const std::optional<std::string>& /*position*/,
                                                            const OpenContext& /*context*/) const {
    throw std::logic_error{"it was opened"};
  }
  [[nodiscard]] std::vector<Resource> resources() const { return read; }
};

TEST_F(AFileOfOneRun, MayBeOneOfOwnSourcesAndSinks) {
  const auto clash = [&](const Resource& read, const Resource& written) {
    Dataflow flow{"own"};
    flow.input("in", concat_sources(OwnSource{{}}, OwnSource{{Resource::file("other"), read}})) |
        op::output("out", OwnSink{{written}});
    return refusal_of([&] { run(flow, {.workers = 2}); });
  };
  const std::string x = folder_.write("x", kLines);
  const std::string folder = folder_.path();
  const auto refused = AllOf(HasSubstr("step \"in\""), HasSubstr("step \"out\""));
  EXPECT_THAT(clash(Resource::file(x), Resource::file(x)), refused);
  EXPECT_THAT(clash(Resource::file(x), Resource::directory(folder)), refused);
  EXPECT_THAT(clash(Resource::directory(folder), Resource::file(folder + "/new")), refused);
  EXPECT_THAT(clash(Resource::directory(folder), Resource::directory(folder + "/.")), refused);
  EXPECT_THAT(clash(Resource::table(x, "t"), Resource::file(x)), refused);
  EXPECT_THAT(clash(Resource::table(x, "t"), Resource::table(x, "main.T")), refused);
  const auto opened = [&](const Resource& read, const Resource& written) {
    try {
      return clash(read, written);
    } catch (const StepError& error) {
      return std::string{error.what()};
    }
  };
  EXPECT_THAT(opened(Resource::file(x), Resource::file(folder + "/new")), HasSubstr("it was opened"));
  EXPECT_THAT(opened(Resource::directory(folder), Resource::file(folder + "/.new")), HasSubstr("it was opened"));
  EXPECT_THAT(opened(Resource::table(x, "t"), Resource::table(x, "u")), HasSubstr("it was opened"));
}

}  // namespace
}  // namespace weir
