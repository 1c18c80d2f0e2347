// A file that is overwritten or shortened while a run reads it, as a log rotation by copy does.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>

#include <gmock/gmock.h>

#include "faults/file_runs.hpp"

namespace weir::faults {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

/// Reads a log of 1 MB, more than is read ahead, and changes it when the first line has come.
class ALogThatIsRead : public FileRuns {
 protected:
  ALogThatIsRead() { write("app.log", numbered("old", 50'000)); }

  // Lines of 20 bytes.
  static std::string numbered(const std::string& word, int count) {
    std::string text;
    for (int number = 0; number < count; ++number) {
      text += word + " " + std::to_string(1'000'000 + number) + " ......." + '\n';
    }
    return text;
  }

  // Says what the run failed with.
  std::string read_and(const std::function<void()>& change, bool recovery) const {
    std::atomic<bool> changed{false};
    Dataflow flow{"flow"};
    flow.input("in", files({"app.log"})) | op::inspect("change", [&](const std::string& /*line*/) {
      if (!changed.exchange(true)) {
        change();
      }
    }) | op::output("out", TextFile{path("lines")});
    RunOptions options;
    options.workers = GetParam();
    options.recovery = recovery ? path("recovery") : "";
    try {
      run(flow, options);
    } catch (const StepError& error) {
      return error.what();
    }
    return "no error";
  }
};

INSTANTIATE_TEST_SUITE_P(OnWorkers, ALogThatIsRead, ::testing::Values(1, 2));

TEST_P(ALogThatIsRead, WhenItWasCopiedAndBegunAnewThenNothingIsLost) {
  const std::string old = numbered("old", 50'000);
  write("app.log", old.substr(0, 100'000));
  EXPECT_EQ(read_and([] {}, true), "no error");  // so that there is a snapshot
  append("app.log", old.substr(100'000));
  const auto rotate = [this] { rotate_by_copying("app.log", "app.log.1", numbered("new", 75'000)); };
  const std::string failure = read_and(rotate, true);
  EXPECT_THAT(failure, AnyOf("no error", HasSubstr("app.log\" was overwritten while it was read")))
      << "the log is empty for a moment, at which the run may come to its end";
  EXPECT_EQ(read_and([] {}, true), "no error");
  EXPECT_TRUE(folder_.read("lines") == old + numbered("new", 75'000));
}

TEST_P(ALogThatIsRead, WhenItWasCopiedAndEmptiedThenNothingIsLost) {
  const auto rotate = [this] { rotate_by_copying("app.log", "app.log.1", "new\n"); };
  EXPECT_EQ(read_and(rotate, true), "no error") << "what is missing is left to the next run";
  EXPECT_EQ(read_and([] {}, true), "no error");
  EXPECT_TRUE(folder_.read("lines") == numbered("old", 50'000) + "new\n");
}

TEST_P(ALogThatIsRead, WithoutRecoveryThenTheRunFails) {
  EXPECT_THAT(read_and([this] { write("app.log", numbered("new", 75'000)); }, false),
              AnyOf(HasSubstr("was overwritten while it was read"), HasSubstr("was shortened while it was read")));
  write("app.log", numbered("old", 50'000));
  EXPECT_THAT(read_and([this] { std::filesystem::resize_file(path("app.log"), 10'007); }, false),
              HasSubstr("was shortened while it was read"));
}

}  // namespace
}  // namespace weir::faults
