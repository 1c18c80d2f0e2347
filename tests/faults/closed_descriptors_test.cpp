// What a program does whose standard input, output or error cannot be used: its answer, its files and its exit code are
// what they are elsewhere.

#include <string>

#include <gtest/gtest.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"

namespace weir {
namespace {

TEST(AProgram, CopiesLines) {
  const TemporaryFolder folder;
  folder.write("in", "one\ntwo\n");
  EXPECT_EQ(faults::shell(folder, "copy_lines --input in --output out 2>messages"), 0) << folder.read("messages");
  EXPECT_EQ(folder.read("out"), "one\ntwo\n");
}

class AProgramThat : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    folder_.write("in", kLines);
    folder_.write("bad", "a\n\xff\nb\n");
    run_ = "timeout 60 copy_lines --workers " + std::to_string(GetParam()) + " ";
  }

  int shell(const std::string& arguments) { return faults::shell(folder_, run_ + arguments); }

  static constexpr const char* kLines = "one\ntwo\n";

  TemporaryFolder folder_;
  std::string run_;
};

TEST_P(AProgramThat, HasNoStandardOutputWritesNothingIntoItsOwnFiles) {
  EXPECT_EQ(shell("--input in --recovery kept >&- 2>messages"), 2);
  EXPECT_NE(folder_.read("messages").find("standard output is closed"), std::string::npos);
  EXPECT_EQ(folder_.read("kept/LOCK").find("one"), std::string::npos);
}

TEST_P(AProgramThat, HasNoStandardInputReadsNoneOfItsOwnFiles) {
  EXPECT_EQ(shell("--input - --output out --recovery kept <&- 2>messages"), 2);
  EXPECT_NE(folder_.read("messages").find("standard input is closed"), std::string::npos);
  EXPECT_EQ(folder_.read("out"), "");
}

TEST_P(AProgramThat, NeedsNoStandardDescriptorsRunsWithoutThem) {
  EXPECT_EQ(shell("--input in --output out --recovery kept <&- >&- 2>&-"), 0);
  EXPECT_EQ(folder_.read("out"), kLines);
  EXPECT_EQ(shell("--input in --output plain <&- >&-"), 0);
  EXPECT_EQ(folder_.read("plain"), kLines);
}

TEST_P(AProgramThat, CannotWriteMessagesEndsAsElsewhere) {
  for (const std::string to : {"2>/dev/full", "2>&-"}) {
    EXPECT_EQ(shell("--input nofile --output out " + to), 2) << to;
    EXPECT_EQ(shell("--no-such-flag " + to), 2) << to;
    EXPECT_EQ(shell("--input bad --output out " + to), 1) << to;
    EXPECT_EQ(shell("--input bad --output out --on-bad-record skip --profile --log-level trace " + to), 0) << to;
    EXPECT_EQ(folder_.read("out"), "a\nb\n") << to;
  }
}

TEST_P(AProgramThat, HasMessagesForNobodyEndsAsElsewhere) {
  const std::string to_nobody =
      " 2>&1 >/dev/null; echo $? >code; } | true; for i in {1..300}; do [[ -s code ]] && break; "
      "sleep 0.1; done; exit $(<code)";
  EXPECT_EQ(faults::shell(folder_, "{ " + run_ + "--input nofile --output out" + to_nobody), 2);
  EXPECT_EQ(faults::shell(folder_, "rm code; { " + run_ + "--no-such-flag" + to_nobody), 2);
  EXPECT_EQ(faults::shell(folder_, "rm code; { " + run_ +
                                       "--input bad --output out --on-bad-record skip --log-level trace" + to_nobody),
            0);
  EXPECT_EQ(folder_.read("out"), "a\nb\n");
}

TEST_P(AProgramThat, CannotShowWhatItIsAskedForFails) {
  EXPECT_EQ(shell("--help >/dev/full 2>messages"), 1);
  EXPECT_EQ(shell("--graph mermaid --input in >/dev/full 2>messages"), 1);
  EXPECT_NE(folder_.read("messages").find("standard output cannot be written"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, AProgramThat, ::testing::Values(1, 2));

}  // namespace
}  // namespace weir
