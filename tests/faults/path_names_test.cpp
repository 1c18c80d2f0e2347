// One file under several names.

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <unistd.h>

#include "faults/file_runs.hpp"
#include "faults/shell.hpp"

namespace weir::faults {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class FilesOfSeveralNames : public FileRuns {
 protected:
  void SetUp() override {
    write("in/a", "one\ntwo\n");
    std::filesystem::create_symlink(path("in"), path("other"));
    std::filesystem::create_symlink(path("in/a"), path("link"));
    std::filesystem::create_hard_link(path("in/a"), path("hard"));
  }
};

TEST_P(FilesOfSeveralNames, AreResumedUnderEach) {
  run_over(files({"in/a"}));
  append("in/a", "three\n");
  for (const char* const name : {"in/./a", "in/../in/a", "other/a", "link", "hard", "in", "other", "in//a", "in/a"}) {
    run_over(files({name}));
    EXPECT_EQ(lines(), "one two three ") << name;
  }
  append("in/a", "four\n");
  run_over(files({"other/a"}));
  EXPECT_EQ(lines(), "one two three four ");
}

TEST_P(FilesOfSeveralNames, AreRefusedWhereTwoAreGiven) {
  for (const char* const name : {"in/./a", "other/a", "link", "hard", "in", "other"}) {
    EXPECT_THAT(refusal(files({"in/a", name})), AllOf(HasSubstr("each file is read once"), HasSubstr(path("in/a"))))
        << name;
  }
  EXPECT_THAT(refusal(files({"in/a", "in/a"})), HasSubstr("named twice"));
  EXPECT_THAT(refusal(files({"in", "other"})), HasSubstr("the same file"));
}

TEST_P(FilesOfSeveralNames, AreReadOnceWhereADirectoryHasThem) {
  std::filesystem::create_symlink("b", path("in/0"));
  write("in/b", "three\n");
  std::filesystem::create_hard_link(path("in/a"), path("in/hard"));
  run_over(files({"in"}).as_one_stream());
  EXPECT_EQ(lines(), "one two three ");
}

TEST_P(FilesOfSeveralNames, WhenOneIsRenamedOverAnEmptyOneThenItIsResumed) {
  write("logs/z", "");
  write("logs/b", "three\n");
  run_over(files({"logs"}));
  rename("logs/b", "logs/z");
  append("logs/z", "four\n");
  run_over(files({"logs"}));
  EXPECT_EQ(lines(), "three four ");
}

TEST_P(FilesOfSeveralNames, WhenOneOfTwoNamesIsAnotherFilesThenNothingIsReadTwice) {
  write("logs/g", "three\n");
  run_over(files({"logs"}));
  std::filesystem::create_hard_link(path("logs/g"), path("logs/h"));
  rename("logs/g", "logs/f");
  write("logs/g", "four\n");
  EXPECT_THAT(refusal(files({"logs"})), HasSubstr("which is read for itself"));
}

TEST_P(FilesOfSeveralNames, WhenTheyAreRenamedInADirectoryThenTheyAreResumed) {
  write("in/b.part", "three\n");
  run_over(files({"in"}));
  const std::string before = lines();
  rename("in/b.part", "in/b");
  std::filesystem::remove(path("hard"));
  std::filesystem::create_hard_link(path("in/a"), path("in/0"));
  append("in/b", "four\n");
  run_over(files({"in"}));
  EXPECT_EQ(lines(), before + "four ");
}

TEST_P(FilesOfSeveralNames, AreNamedInErrorsAsTheUserDid) {
  write("bad", "one\n\xff\n");
  EXPECT_EQ(shell(folder_, "copy_lines --input in/../bad --output copy 2>messages"), 1);
  EXPECT_THAT(folder_.read("messages"), HasSubstr(" in/../bad:2:1: "));
}

TEST_P(FilesOfSeveralNames, WhenAKeptPositionHasNoInputThenItIsSaid) {
  const std::string run = "copy_lines --output copy --recovery r --workers " + std::to_string(GetParam()) + " --input ";
  write("b", "three\n");
  EXPECT_EQ(shell(folder_, run + "in/a b 2>messages"), 0);
  EXPECT_THAT(folder_.read("messages"), Not(HasSubstr("any more")));
  EXPECT_EQ(shell(folder_, run + "./b 2>messages"), 0);
  EXPECT_THAT(folder_.read("messages"), HasSubstr("input \"input\" has no \"" + path("in/a") + "\" any more"));
  EXPECT_EQ(shell(folder_, run + "\"$PWD\"/b other/a 2>messages"), 0);
  EXPECT_THAT(folder_.read("messages"), Not(HasSubstr("any more")));
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, FilesOfSeveralNames, ::testing::Values(1, 2));

}  // namespace
}  // namespace weir::faults
