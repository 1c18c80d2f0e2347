// Files whose last line is not finished when a run with recovery comes to their end.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "faults/file_runs.hpp"
#include "faults/shell.hpp"
#include "os/file_identity.hpp"

namespace weir::faults {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class FilesThatGrow : public FileRuns {};

TEST_P(FilesThatGrow, GiveALineOnceItHasItsEnd) {
  write("a", "alpha\nbra");
  run_over(files({"a"}));
  EXPECT_EQ(lines(), "alpha ");
  append("a", "vo\ncharlie\n");
  run_over(files({"a"}));
  EXPECT_EQ(lines(), "alpha bravo charlie ");
}

// Of each byte of a text the file may be written so far, whatever kind of line feed it is torn at.
TEST_P(FilesThatGrow, GiveTheLinesThatTheyHaveInTheEnd) {
  constexpr std::string_view kText = "\xef\xbb\xbfone\r\n\r\ntw\xc3\xb6\r\nthree\r\n";
  write("a", "");
  for (const char letter : kText) {
    append("a", std::string(1, letter));
    run_over(files({"a"}));
  }
  EXPECT_EQ(lines(), "one  tw\xc3\xb6 three ");
}

TEST_P(FilesThatGrow, AsOneStreamGiveALineOnceItHasItsEnd) {
  write("logs/1", "one");
  write("logs/2", "two\nthr");
  run_over(files({"logs"}).as_one_stream());
  EXPECT_EQ(lines(), "one two ");
  append("logs/2", "ee\r");
  run_over(files({"logs"}).as_one_stream());
  append("logs/2", "\nfour");
  run_over(files({"logs"}).as_one_stream());
  EXPECT_EQ(lines(), "one two three ");
  write("logs/3", "five\n");
  run_over(files({"logs"}).as_one_stream());
  EXPECT_EQ(lines(), "one two three four five ");
}

class FilesAndAPipe : public FileRuns {
 protected:
  FilesAndAPipe() { EXPECT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0); }

  /// Runs over files while these lines come through the pipe.
  void run_with(const TextFiles& source, std::string_view text) const {
    std::thread writer{[this, text] { std::ofstream{path("pipe")} << text; }};
    run_over(source);
    writer.join();
  }
};

TEST_P(FilesAndAPipe, AsOneStreamAreLookedAtThoughReadingCameToThePipe) {
  const TextFiles source = files({"a", "pipe"}).as_one_stream();
  write("a", "1\n");
  run_with(source, "2\n");
  run_with(source, "3\n");
  EXPECT_EQ(lines(), "1 2 3 ");
  append("a", "x\n");
  EXPECT_THAT(refusal(source), HasSubstr("was read to its end at 2 bytes"));
  write("a", "1\n");
  write("0", "x\n");
  EXPECT_THAT(refusal(files({"0", "a", "pipe"}).as_one_stream()), HasSubstr("is new and comes before"));
}

TEST_P(FilesAndAPipe, AsOneStreamAreRefusedWhereThePipeIsNotTheLast) {
  write("a", "1\n");
  EXPECT_THAT(refusal(files({"pipe", "a"}).as_one_stream()), HasSubstr("only the last one can be a pipe"));
}

TEST_P(FilesAndAPipe, WhenAFileTakesThePlaceOfThePipeThenAllOfItIsRead) {
  run_with(files({"pipe"}), "1\n2\n");
  std::filesystem::remove(path("pipe"));
  write("pipe", "3\n4\n5\n");
  run_over(files({"pipe"}));
  EXPECT_EQ(lines(), "1 2 3 4 5 ");
}

TEST(AFileIdentity, IsAnotherWhereAFileWithTheInodeWasMadeAtAnotherTime) {
  const detail::os::FileIdentity was{.device = 1, .inode = 2, .made = 3};
  EXPECT_TRUE(was.is({.device = 1, .inode = 2, .made = 3}));
  EXPECT_TRUE(was.is({.device = 1, .inode = 2, .made = 0}));
  EXPECT_FALSE(was.is({.device = 1, .inode = 2, .made = 4}));
  EXPECT_FALSE(was.is({.device = 1, .inode = 3, .made = 3}));
  EXPECT_FALSE(detail::os::FileIdentity{}.is({}));
}

// Its inode may get the number of the one that is gone.
TEST_P(FilesThatGrow, AreNotTakenForOnesThatAreGoneAndBeganAlike) {
  write("d/a", "id\n1\n");
  run_over(files({"d"}));
  std::filesystem::remove(path("d/a"));
  write("d/b", "id\n1\n2\n");
  run_over(files({"d"}));
  EXPECT_EQ(lines(), "id 1 id 1 2 ");
}

TEST_P(FilesThatGrow, AreReadOnWhereACopyTookTheirPlaceAndANewFileTheirInode) {
  write("d/a", "id\n");
  run_over(files({"d"}));
  write("copy", "id\n1\n");
  rename("copy", "d/a");
  write("d/b", "id\n2\n");
  run_over(files({"d"}));
  std::string letters = lines();
  std::ranges::sort(letters);
  EXPECT_EQ(letters, "    12ddii");
}

TEST_P(FilesThatGrow, WhenALineBecomesTooLongInTheEndThenItIsOneBadRecord) {
  const auto run = [&] { return run_over(files({"a"}).max_line_bytes(8), OnBadRecord::skip()); };
  write("a", "one\ntwo-two-two");
  run();
  append("a", "-two");
  run();
  append("a", "\nthree\n");
  const RunReport report = run();
  EXPECT_EQ(lines(), "one three ");
  std::uint64_t bad = 0;
  for (const StepReport& step : report.steps) {
    bad += step.step_id == "in_bad" ? step.items : 0;
  }
  EXPECT_EQ(bad, 1U);
}

TEST_P(FilesThatGrow, MayHaveLinesOfTheGreatestLengthWhereverABlockEnds) {
  std::string text;
  for (int line = 0; line < 50'000; ++line) {
    text += "12345678\r\n";  // the file is some blocks long, and those end at each place of a line
    text += line % 7 == 0 ? "a\r\n" : "";
  }
  write("a", text);
  const RunReport report = run_over(files({"a"}).max_line_bytes(8), OnBadRecord::skip());
  for (const StepReport& step : report.steps) {
    EXPECT_TRUE(step.step_id != "in_bad" || step.items == 0) << step.items;
  }
  append("a", "123456789\r\n");
  EXPECT_THAT(refusal(files({"a"}).max_line_bytes(8)), HasSubstr("a line of more than 8 bytes"));
}

TEST_P(FilesThatGrow, SayTheLineOfWhatIsWrongInThem) {
  write("a", "one\ntw");
  run_over(files({"a"}));
  append("a", "o\nthree\nb\xff\n");
  EXPECT_THAT(refusal(files({"a"})), HasSubstr("a:4:2: the byte 0xff"));
}

TEST_P(FilesThatGrow, WhenTheyAreCompleteThenTheirLastLineIsOne) {
  write("a", "one\ntwo");
  run_over(files({"a"}).complete_files());
  EXPECT_EQ(lines(), "one two ");
  run_over(files({"a"}).complete_files());
  EXPECT_EQ(lines(), "one two ");
}

TEST_P(FilesThatGrow, WhenOneThatWasCompleteGetsItsLineFeedThenThatIsNoLine) {
  for (const std::string_view end : {"\n", "\r\n"}) {
    const std::string name = end == "\n" ? "a" : "b";
    write(name, "one\ntwo");
  }
  run_over(files({"a", "b"}).complete_files());
  append("a", "\nthree\n");
  append("b", "\r\n");
  const std::string before = lines();
  run_over(files({"a", "b"}).complete_files());
  EXPECT_EQ(lines(), before + "three ");
}

TEST_P(FilesThatGrow, WhenALineGoesOnThatWasCompleteThenTheRestIsABadRecord) {
  write("a", "one\ntw");
  run_over(files({"a"}).complete_files());
  append("a", "o\nthree\n");
  EXPECT_THAT(refusal(files({"a"}).complete_files()),
              AllOf(HasSubstr("a:2: the line grew after its beginning was read"), HasSubstr("end of the file")));
  run_over(files({"a"}).complete_files(), OnBadRecord::file(path("bad")));
  EXPECT_EQ(lines(), "one tw three ");
  EXPECT_THAT(folder_.read("bad"), HasSubstr("\"record\":\"o\""));
}

TEST_P(FilesThatGrow, WithoutRecoveryGiveTheirLastLine) {
  write("a", "one\ntw");
  write("b", "three\r");
  testing::Collected<std::string> collected;
  Dataflow flow{"flow"};
  flow.input("in", files({"a", "b"}).as_one_stream()) | op::output("out", collected);
  RunOptions options;
  options.workers = GetParam();
  run(flow, options);
  EXPECT_THAT(collected.items(), ::testing::ElementsAre("one", "tw", "three"));
}

// What is read before other sources is not looked at again.
TEST_P(FilesThatGrow, BeforeOtherSourcesGiveTheirLastLine) {
  write("history", "one\ntwo");
  write("more", "three\nfo");
  Dataflow flow{"flow"};
  flow.input("in", concat_sources(files({"history"}), files({"more"}))) | op::output("out", TextFile{path("lines")});
  RunOptions options;
  options.workers = GetParam();
  options.recovery = path("recovery");
  run(flow, options);
  EXPECT_EQ(folder_.read("lines"), "one\ntwo\nthree\n");
  append("more", "ur\n");
  run(flow, options);
  EXPECT_EQ(folder_.read("lines"), "one\ntwo\nthree\nfour\n");
}

struct Pair {
  int a = 0;
  int b = 0;
};

TEST_P(FilesThatGrow, OfJsonGiveARecordOnceItIsWhole) {
  const auto run_once = [&] {
    Dataflow flow{"flow"};
    flow.input("in", JsonLines{{path("a")}, fields<Pair>("a", "b")}) |
        op::map("sum", [](const Pair& pair) { return std::to_string(pair.a + pair.b); }) |
        op::output("out", TextFile{path("lines")});
    RunOptions options;
    options.workers = GetParam();
    options.recovery = path("recovery");
    run(flow, options);
  };
  const std::string text = "{\"a\":1,\"b\":2}\r\n{\"a\":10,\"b\":20}\n";
  write("a", "");
  for (const char letter : text) {
    append("a", std::string(1, letter));
    run_once();
  }
  EXPECT_EQ(folder_.read("lines"), "3\n30\n");
}

TEST_P(FilesThatGrow, WhenALastLineWaitsThenItIsSaid) {
  write("a", "one\ntwo");
  EXPECT_EQ(run_over(files({"a"})).steps.front().counters.at("left_over"), 1U);
  write("in", "one\ntwo");
  EXPECT_EQ(shell(folder_, "copy_lines --input in --output copy --recovery r --workers " + std::to_string(GetParam()) +
                               " 2>messages"),
            0);
  EXPECT_THAT(folder_.read("messages"), HasSubstr("\"in\" ends within line 2, which waits for its line feed"));
  EXPECT_EQ(folder_.read("copy"), "one\n");
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, FilesThatGrow, ::testing::Values(1, 2));
INSTANTIATE_TEST_SUITE_P(OnWorkers, FilesAndAPipe, ::testing::Values(1, 2));

}  // namespace
}  // namespace weir::faults
