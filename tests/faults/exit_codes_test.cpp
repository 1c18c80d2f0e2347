#include <string>

#include <gtest/gtest.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"

namespace weir {
namespace {

/// What the program exits with, and its message in the file "messages".
int copy(const TemporaryFolder& folder, const std::string& arguments) {
  return faults::shell(folder, "timeout 60 copy_lines " + arguments + " 2>messages");
}

class AProgramThatResumes : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    arguments_ = "--output out --recovery kept --workers " + std::to_string(GetParam()) + " --input ";
    folder_.write("in", "one\ntwo\n");
    folder_.write("other", "three\n");
    ASSERT_EQ(copy(folder_, arguments_ + "in other"), 0) << folder_.read("messages");
  }

  TemporaryFolder folder_;
  std::string arguments_;
};

TEST_P(AProgramThatResumes, ExitsWith6WhenAnInputIsAnotherFileNow) {
  folder_.write("in", "eins\nzwei\ndrei\n");
  EXPECT_EQ(copy(folder_, arguments_ + "in other"), 6) << folder_.read("messages");
  EXPECT_NE(folder_.read("messages").find("recovery: "), std::string::npos) << folder_.read("messages");
}

TEST_P(AProgramThatResumes, ExitsWith6WhenAnInputBecameShorter) {
  folder_.write("in", "one\n");
  EXPECT_EQ(copy(folder_, arguments_ + "in other"), 6) << folder_.read("messages");
}

TEST_P(AProgramThatResumes, ExitsWith6WhenTheOutputWasChanged) {
  folder_.write("out", "one\n");
  EXPECT_EQ(copy(folder_, arguments_ + "in other"), 6) << folder_.read("messages");
}

TEST_P(AProgramThatResumes, ExitsWith2WhenAnInputOnTheCommandLineIsMissing) {
  EXPECT_EQ(copy(folder_, arguments_ + "in other missing"), 2) << folder_.read("messages");
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, AProgramThatResumes, ::testing::Values(1, 2));

}  // namespace
}  // namespace weir
