#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dataflow/every_worker_count.hpp"
#include "temporary_folder.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

std::vector<std::string> read_all(const TextFiles& files, std::size_t workers = 1) {
  Dataflow flow{"flow"};
  testing::Collected<std::string> lines;
  flow.input("in", files) | op::output("out", lines);
  RunOptions options;
  options.workers = workers;
  run(flow, options);
  return lines.items();
}

template <typename Error>
std::string error_of(const TextFiles& files) {
  try {
    read_all(files);
  } catch (const Error& error) {
    return error.what();
  }
  return "no such error";
}

class TextFilesInAFolder : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(TextFilesInAFolder, GiveTheirLinesInOrder) {
  EXPECT_THAT(read_all(TextFiles{{folder_.write("a", "one\ntwo\n\nthree\n")}}), ElementsAre("one", "two", "", "three"));
}

TEST_F(TextFilesInAFolder, MayLackTheLastLineFeed) {
  EXPECT_THAT(read_all(TextFiles{{folder_.write("a", "one\ntwo")}}), ElementsAre("one", "two"));
}

TEST_F(TextFilesInAFolder, MayBeEmpty) { EXPECT_THAT(read_all(TextFiles{{folder_.write("a", "")}}), ElementsAre()); }

TEST_F(TextFilesInAFolder, LoseCarriageReturnsAtLineEndsAndAByteOrderMark) {
  EXPECT_THAT(read_all(TextFiles{{folder_.write("a", "\xef\xbb\xbfone\r\nt\rwo\r\nthree\r")}}),
              ElementsAre("one", "t\rwo", "three"));
}

TEST_F(TextFilesInAFolder, AreReadOnceAtEveryWorkerCount) {
  std::vector<std::string> paths;
  std::vector<std::string> expected;
  for (int file = 0; file < 30; ++file) {
    std::string content;
    for (int line = 0; line < 50; ++line) {
      expected.push_back(std::to_string(file) + " " + std::to_string(line));
      content += expected.back() + "\n";
    }
    paths.push_back(folder_.write(std::to_string(file), content));
  }
  std::ranges::sort(expected);
  for (const std::size_t workers : testing::kWorkerCounts) {
    std::vector<std::string> lines = read_all(TextFiles{paths}, workers);
    std::ranges::sort(lines);
    EXPECT_EQ(lines, expected) << workers << " workers";
  }
}

// Blocks have 256 KiB; lines of all lengths begin and end anywhere in them.
TEST_F(TextFilesInAFolder, KeepLinesWholeAcrossBlocks) {
  std::vector<std::string> lines;
  std::string content;
  for (std::size_t n = 0; content.size() < 3'000'000; ++n) {
    const std::size_t size = n % 17 == 0 ? n * 997 % 700'000 : n % 300;
    lines.push_back(std::to_string(n) + std::string(size, static_cast<char>('a' + n % 26)));
    content += lines.back() + (n % 5 == 0 ? "\r\n" : "\n");
  }
  EXPECT_EQ(read_all(TextFiles{{folder_.write("a", content)}}), lines);
}

TEST_F(TextFilesInAFolder, KeepLinesWholeWhoseFeedBeginsABlock) {
  constexpr std::size_t kBlock = 256 * 1024;
  for (const std::size_t size : {kBlock - 1, kBlock, kBlock + 1, 2 * kBlock - 1, 2 * kBlock}) {
    const std::string line(size, 'x');
    for (const char* const end : {"\n", "\r\n", ""}) {
      EXPECT_EQ(read_all(TextFiles{{folder_.write("a", line + end)}}), std::vector{line}) << size;
      EXPECT_EQ(read_all(TextFiles{{folder_.write("b", line + end + (*end == '\0' ? "" : "more"))}}),
                (*end == '\0' ? std::vector<std::string>{line} : std::vector<std::string>{line, "more"}));
    }
  }
}

TEST_F(TextFilesInAFolder, AreThoseOfADirectoryWithoutHiddenOnes) {
  folder_.write("logs/b", "b\n");
  folder_.write("logs/a", "a\n");
  folder_.write("logs/.hidden", "hidden\n");
  folder_.write("logs/deeper/c", "c\n");
  EXPECT_THAT(read_all(TextFiles{{folder_.path("logs")}}), UnorderedElementsAre("a", "b"));
}

TEST_F(TextFilesInAFolder, AsOneStreamComeInOrderOnOneWorker) {
  folder_.write("logs/2", "c\nd");
  folder_.write("logs/1", "a\nb\n");
  folder_.write("logs/3", "");
  const std::string last = folder_.write("last", "e\n");
  EXPECT_THAT(read_all(TextFiles{{folder_.path("logs"), last}}.as_one_stream(), 3),
              ElementsAre("a", "b", "c", "d", "e"));
}

TEST_F(TextFilesInAFolder, ThatAreMissingOrUnfitAreRefusedBeforeAnythingRuns) {
  const std::string there = folder_.write("there", "x\n");
  EXPECT_THAT(error_of<UsageError>(TextFiles{{there, folder_.path("missing")}}),
              AllOf(HasSubstr("missing\" cannot be read: No such file")));
  EXPECT_THAT(error_of<UsageError>(TextFiles{{there, there}}), HasSubstr("named twice"));
  EXPECT_THAT(error_of<UsageError>(TextFiles{{}}), HasSubstr("no file to read"));
  std::filesystem::create_directory(folder_.path("empty"));
  EXPECT_THAT(error_of<UsageError>(TextFiles{{folder_.path("empty")}}), HasSubstr("has no files"));
}

TEST_F(TextFilesInAFolder, ThatAreNotUtf8StopTheRunWithThePlace) {
  const std::string path = folder_.write("a", "fine \xc3\xa4\nbad \xff here\n");
  EXPECT_THAT(error_of<StepError>(TextFiles{{path}}), HasSubstr(path + ":2:5: the byte 0xff begins no character"));
  EXPECT_THAT(read_all(TextFiles{{path}}.any_encoding()), ElementsAre("fine \xc3\xa4", "bad \xff here"));
}

TEST_F(TextFilesInAFolder, WithALineThatIsTooLongStopTheRunWithThePlace) {
  const std::string path = folder_.write("a", "short\n" + std::string(1'000'000, 'x') + "\nshort\n");
  EXPECT_THAT(error_of<StepError>(TextFiles{{path}}.max_line_bytes(999'999)),
              HasSubstr(path + ":2: a line of more than 999999 bytes"));
  EXPECT_EQ(read_all(TextFiles{{path}}.max_line_bytes(1'000'000)).size(), 3U);
  EXPECT_THAT(error_of<StepError>(TextFiles{{path}}.max_line_bytes(4)), HasSubstr(path + ":1: a line of more than 4"));
}

class TextFilesWithBadLines : public TextFilesInAFolder {
 protected:
  static constexpr const char* kBad =
      "b\xff\x01"
      "ad";

  // Good lines and bad ones, with the places of these.
  std::pair<std::vector<std::string>, std::vector<std::string>> read_both(const TextFiles& files, std::size_t workers) {
    Dataflow flow{"flow"};
    testing::Collected<std::string> lines;
    testing::Collected<std::string> bad_lines;
    const auto [good, bad] = flow.try_input("in", files);
    good | op::output("out", lines);
    bad | op::map("text", [](BadRecord&& record) { return record.error + "|" + record.record.substr(0, 20); }) |
        op::output("bad", bad_lines);
    RunOptions options;
    options.workers = workers;
    run(flow, options);
    return {lines.items(), bad_lines.items()};
  }
};

TEST_F(TextFilesWithBadLines, GiveTheGoodOnesAndTellOfTheBadOnes) {
  const std::string text = std::string{kBad} + "\none\n" + kBad + "\ntwo\n" + kBad;
  const std::string path = folder_.write("a", text);
  for (const std::size_t workers : testing::kWorkerCounts) {
    const auto [lines, bad] = read_both(TextFiles{{path}}, workers);
    EXPECT_THAT(lines, ElementsAre("one", "two"));
    EXPECT_THAT(bad, ElementsAre(AllOf(HasSubstr(path + ":1:2:"), HasSubstr(std::string{"|"} + kBad)),
                                 HasSubstr(path + ":3:2:"), HasSubstr(path + ":5:2:")));
  }
}

TEST_F(TextFilesWithBadLines, GoOnBehindALineThatIsTooLong) {
  const std::vector<std::size_t> sizes{11, 100'000, 262'144, 262'145, 1'000'000};
  for (const std::size_t size : sizes) {
    for (const std::string behind : {"\n", "\ntwo\n", "\ntwo"}) {
      const std::string path = folder_.write("a", "one\n" + std::string(size, 'x') + behind);
      const auto [lines, bad] = read_both(TextFiles{{path}}.max_line_bytes(10), 1);
      EXPECT_THAT(bad,
                  ElementsAre(path + ":2: a line of more than 10 bytes; divide it, or raise the limit|xxxxxxxxxx"));
      EXPECT_EQ(lines, behind == "\n" ? std::vector<std::string>{"one"} : (std::vector<std::string>{"one", "two"}));
    }
  }
}

TEST_F(TextFilesWithBadLines, WhenTheyAreSkippedThenTheReportCountsThem) {
  const TextFiles files{{folder_.write("a", std::string{kBad} + "\none\n" + kBad)}};
  Dataflow flow{"flow"};
  testing::Collected<std::string> lines;
  flow.input("in", files, OnBadRecord::skip()) | op::output("out", lines);
  const RunReport report = run(flow);
  EXPECT_THAT(lines.items(), ElementsAre("one"));
  const auto step = std::ranges::find(report.steps, "in_bad", &StepReport::step_id);
  ASSERT_NE(step, report.steps.end());
  EXPECT_EQ(step->items, 2U);
}

TEST_F(TextFilesWithBadLines, WhenTheyGoIntoAFileThenItHasThemWithTheirErrors) {
  const std::string path = folder_.write("a", std::string{kBad} + "\none\n");
  Dataflow flow{"flow"};
  testing::Collected<std::string> lines;
  flow.input("in", TextFiles{{path}}, OnBadRecord::file(folder_.path("bad.jsonl"))) | op::output("out", lines);
  run(flow);
  EXPECT_THAT(lines.items(), ElementsAre("one"));
  EXPECT_EQ(folder_.read("bad.jsonl"), R"({"input":"in","error":")" + path +
                                           R"(:1:2: the byte 0xff begins no character of UTF-8; lines are expected )" +
                                           R"(to be UTF-8","record":"b)" + "\xef\xbf\xbd" + R"(\u0001ad"})" + "\n");
}

TEST(OnBadRecord, IsReadFromTextAndSaysWhatItExpects) {
  EXPECT_EQ(OnBadRecord::parse("stop").action(), OnBadRecord::Action::kStop);
  EXPECT_EQ(OnBadRecord::parse("skip").action(), OnBadRecord::Action::kSkip);
  EXPECT_EQ(OnBadRecord::parse("file=a=b").path(), "a=b");
  for (const char* const text : {"", "file=", "file", "Skip", "skip "}) {
    EXPECT_THROW(OnBadRecord::parse(text), UsageError) << text;
  }
}

/// An input of one partition, polled by hand.
class PolledByHand {
 public:
  PolledByHand(const TextFiles& files, const std::optional<std::string>& position) {
    partition_ = files.open(files.partitions().front(), position,
                            OpenContext{{WorkerIndex{0}, WorkerCount{1}}, Waker{target_}, io_, true});
  }

  // Up to so many lines.
  std::vector<std::string> lines(std::size_t most) {
    Collector collector;
    while (collector.lines.size() < most) {
      detail::runtime::Gate closing;
      collector.gate = &closing;
      collector.left = most - collector.lines.size();
      detail::runtime::Activity activity;
      Emit<std::string> emit{collector, closing, activity};
      if (partition_->poll(emit).kind() == Poll::Kind::kEnd) {
        break;
      }
    }
    return collector.lines;
  }

  [[nodiscard]] std::string position() const { return partition_->position(); }

 private:
  struct Nobody final : detail::WakeTarget {
    void wake() override {}
  };
  // Does each job at once.
  struct AtOnce final : IoThread {
    void submit(std::function<void()> job) override { job(); }
    void when_readable(int, std::function<void()> job) override { job(); }
    void when_writable(int, std::function<void()> job) override { job(); }
  };
  struct Collector final : detail::runtime::Receiver<std::string> {
    void push(std::string&& line) override {
      lines.push_back(std::move(line));
      if (--left == 0) {
        gate->close();
      }
    }
    std::vector<std::string> lines;
    detail::runtime::Gate* gate = nullptr;
    std::size_t left = 0;
  };

  Nobody target_;
  AtOnce io_;
  std::unique_ptr<SourcePartition<std::string>> partition_;
};

TEST_F(TextFilesInAFolder, GoOnBehindTheLineThatAPositionNames) {
  folder_.write("logs/1", "a\nb\r\n\xc3\xa4");
  folder_.write("logs/2", std::string(300'000, 'x') + "\n\nlast\n");
  const TextFiles files = TextFiles{{folder_.path("logs")}}.as_one_stream();
  const std::vector<std::string> all = PolledByHand{files, std::nullopt}.lines(100);
  ASSERT_EQ(all.size(), 6U);
  for (std::size_t read = 0; read <= all.size(); ++read) {
    PolledByHand first{files, std::nullopt};
    std::vector<std::string> lines = first.lines(read);
    PolledByHand second{files, first.position()};
    std::ranges::move(second.lines(100), std::back_inserter(lines));
    EXPECT_EQ(lines, all) << read;
  }
}

class ALogThatWasReadInPart : public ::testing::Test {
 protected:
  // Files are changed a second behind one another.
  void write(const std::string& name, const std::string& lines) { set_time(folder_.write(name, lines)); }
  void rename(const std::string& name, const std::string& to) {
    std::filesystem::rename(folder_.path(name), folder_.path(to));
  }
  void set_time(const std::string& path) { std::filesystem::last_write_time(path, time_ += std::chrono::seconds{1}); }

  std::vector<std::string> read(std::size_t most = 100) {
    PolledByHand polled{log_, position_};
    std::vector<std::string> lines = polled.lines(most);
    position_ = polled.position();
    return lines;
  }

  void expect_refused(const std::string& message) {
    try {
      read();
      FAIL() << "it was read";
    } catch (const RecoveryError& error) {
      EXPECT_EQ(error.kind(), RecoveryError::Kind::kRefused);
      EXPECT_THAT(error.what(), HasSubstr(message));
    }
  }

  void SetUp() override {
    write("app.log", "one\ntwo\nthree\n");
    ASSERT_THAT(read(2), ElementsAre("one", "two"));
  }

  TemporaryFolder folder_;
  TextFiles log_{{folder_.path("app.log")}};
  std::optional<std::string> position_;
  std::filesystem::file_time_type time_{};
};

TEST_F(ALogThatWasReadInPart, WhenItGrewThenTheRestIsRead) {
  write("app.log", "one\ntwo\nthree\nfour\n");
  EXPECT_THAT(read(), ElementsAre("three", "four"));
  write("app.log", "one\ntwo\nthree\nfour\nfive\n");
  EXPECT_THAT(read(), ElementsAre("five"));
}

TEST_F(ALogThatWasReadInPart, WhenItWasRotatedThenTheOldFileIsReadToItsEndAndTheNewOneBehindIt) {
  rename("app.log", "app.log.1");
  write("app.log", "four\n");
  EXPECT_THAT(read(), ElementsAre("three", "four"));
  EXPECT_THAT(read(), ElementsAre());
  write("app.log", "four\nfive\n");
  EXPECT_THAT(read(), ElementsAre("five"));
}

TEST_F(ALogThatWasReadInPart, WhenItWasRotatedAgainBetweenTwoLinesThenNoneIsLost) {
  rename("app.log", "app.log.1");
  write("app.log", "four\nfive\n");
  EXPECT_THAT(read(1), ElementsAre("three"));
  rename("app.log.1", "app.log.2");
  rename("app.log", "app.log.1");
  write("app.log", "six\n");
  EXPECT_THAT(read(1), ElementsAre("four"));
  rename("app.log.2", "app.log.3");
  rename("app.log.1", "app.log.2");
  rename("app.log", "app.log.1");
  write("app.log", "seven\n");
  EXPECT_THAT(read(), ElementsAre("five", "six", "seven"));
}

TEST_F(ALogThatWasReadInPart, WhenItWasCopiedAndEmptiedThenTheCopyIsReadToItsEnd) {
  write("app.log-20261124", "one\ntwo\nthree\nfour\n");
  write("app.log", "");
  EXPECT_THAT(read(), ElementsAre("three", "four"));
  write("app.log", "five\n");
  EXPECT_THAT(read(), ElementsAre("five"));
}

TEST_F(ALogThatWasReadInPart, WhenItIsLongThenItIsKnownByItsBeginning) {
  const std::string lines = std::string(5'000, 'x') + "\none\n";
  write("app.log", "one\ntwo\nthree\n" + lines);
  EXPECT_EQ(read(2).size(), 2U);
  rename("app.log", "app.log.1");
  write("app.log", "last\n");
  EXPECT_THAT(read(), ElementsAre("one", "last"));
}

TEST_F(ALogThatWasReadInPart, WhenItBecameShorterThenItIsRefused) {
  write("app.log", "one\n");
  expect_refused("8 bytes of \"" + folder_.path("app.log") + "\" were read before, and it does not begin with them");
}

TEST_F(ALogThatWasReadInPart, WhenItWasReplacedThenItIsRefused) {
  write("app.log", "eno\nowt\neerht\n");
  write("app.log.1", "another\nlog\nentirely\n");
  expect_refused("nor does a file beside it");
}

// Earlier builds kept the bytes and lines that had been read, and a hash of the first 1,024.
std::string position_of_an_earlier_build(const std::string& read, std::size_t lines, const std::string& path) {
  return std::to_string(read.size()) + " " + std::to_string(lines) + " " + std::to_string(read.size()) + " " +
         std::to_string(detail::hash_text(read, 0)) + " " + path;
}

TEST_F(ALogThatWasReadInPart, WhenAnEarlierBuildKeptThePositionThenItIsReadFromThere) {
  position_ = position_of_an_earlier_build("one\ntwo\n", 2, folder_.path("app.log"));
  EXPECT_THAT(read(), ElementsAre("three"));
  position_ = position_of_an_earlier_build("one\nowt\n", 2, folder_.path("app.log"));
  expect_refused("does not begin with them any more");
}

TEST_F(TextFilesInAFolder, AsOneStreamAreReadFromThePositionOfAnEarlierBuild) {
  folder_.write("logs/1", "a\n");
  const std::string second = folder_.write("logs/2", "b\n");
  const TextFiles files = TextFiles{{folder_.path("logs")}}.as_one_stream();
  PolledByHand first{files, position_of_an_earlier_build("b\n", 1, second)};
  EXPECT_THAT(first.lines(100), ElementsAre());
  folder_.write("logs/3", "c\n");
  PolledByHand later{files, first.position()};
  EXPECT_THAT(later.lines(100), ElementsAre("c"));
}

TEST_F(ALogThatWasReadInPart, WhenAPartOfItWasCompressedThenItIsRefused) {
  rename("app.log", "app.log.2");
  write("app.log.1.gz", "four, compressed");
  write("app.log", "five\n");
  expect_refused("app.log.1.gz\", which was compressed since; unpack it");
}

TEST_F(ALogThatWasReadInPart, WhenTheOldFileIsReadForItselfThenItIsRefused) {
  rename("app.log", "app.log.1");
  write("app.log", "four\n");
  log_ = TextFiles{{folder_.path()}};
  expect_refused("is read for itself");
}

class TextFilesGivenANamedPipe : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0); }

  TemporaryFolder folder_;
  std::string path_ = folder_.path("pipe");
};

TEST_F(TextFilesGivenANamedPipe, WhenTheRunIsStoppedThenWhatWasReadIsPutOut) {
  // Opened for both, so that neither end waits for the other.
  const int pipe = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
  ASSERT_GE(pipe, 0);
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    testing::Collected<std::string> lines;
    std::promise<void> first_line;
    std::atomic<bool> seen{false};
    flow.input("in", TextFiles{{path_}}) | op::inspect("look", [&](const std::string&) {
      if (!seen.exchange(true)) {
        first_line.set_value();
      }
    }) | op::output("out", lines);
    RunOptions options;
    options.workers = workers;
    RunHandle handle = start(flow, options);
    ASSERT_EQ(::write(pipe, "one\ntwo\n", 8), 8);
    first_line.get_future().wait();
    handle.stop();  // while the pipe gives no more lines
    EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
    EXPECT_THAT(lines.items(), ElementsAre("one", "two")) << workers << " workers";
  }
  ::close(pipe);
}

}  // namespace
}  // namespace weir
