#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "faults/file_runs.hpp"

namespace weir::faults {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kWhole = 1;

/// Runs with recovery over files that are read in parts, on so many workers.
class FilePartsRuns : public FileRuns {
 protected:
  // 16 bytes are fewer than many lines have.
  [[nodiscard]] TextFiles parts(const std::vector<std::string>& names, std::size_t count = 3) const {
    return files(names).in_parts(count, 16);
  }

  void add_lines(const std::string& name, std::size_t count) {
    std::string content;
    for (; count > 0; --count) {
      expected_.insert("line" + std::to_string(++last_));
      content += "line" + std::to_string(last_) + std::string(last_ * 7 % 50, '-') + "\n";
    }
    append(name, content);
  }

  void run_over_all(const TextFiles& source, std::size_t workers = GetParam()) const {
    run_over_lines(source, workers);
  }

  /// Stops a run once it has read about so many lines, which leaves parts at different places.
  void interrupt(const TextFiles& source, std::size_t lines, std::size_t workers = GetParam()) const {
    run_over_lines(source, workers, lines);
  }

  RunReport run_over_lines(const TextFiles& source, std::size_t workers,
                           std::size_t most = std::numeric_limits<std::size_t>::max()) const {
    std::stop_source stop;
    std::atomic<std::size_t> left = most;
    Dataflow flow{"flow"};
    flow.input("in", source) | op::map("stops", [&](std::string&& line) {
      if (--left == 0) {
        stop.request_stop();
      }
      return std::move(line);
    }) | op::output("out", TextFile{path("out/lines")});
    std::filesystem::create_directories(path("out"));
    RunOptions options;
    options.workers = workers;
    options.recovery = path("recovery");
    options.epoch_items = 20;
    options.stop = stop.get_token();
    return run(flow, options);
  }

  [[nodiscard]] std::string refusal_of(const TextFiles& source) const {
    try {
      run_over_all(source);
    } catch (const std::exception& error) {
      return error.what();
    }
    return "it was read";
  }

  // Each line without what fills it, of all runs.
  [[nodiscard]] std::multiset<std::string> found() const {
    std::multiset<std::string> lines;
    std::ifstream file{path("out/lines")};
    for (std::string line; std::getline(file, line);) {
      lines.insert(line.substr(0, line.find('-')));
    }
    return lines;
  }

  std::multiset<std::string> expected_;
  std::size_t last_ = 0;
};

TEST_P(FilePartsRuns, ReadWhatWasAddedOnce) {
  add_lines("a", 40);
  for (int growth = 0; growth < 5; ++growth) {
    run_over_all(parts({"a"}));
    EXPECT_EQ(found(), expected_);
    add_lines("a", static_cast<std::size_t>(1 + growth * 7));
  }
  run_over_all(parts({"a"}));
  EXPECT_EQ(found(), expected_);
}

TEST_P(FilePartsRuns, LeaveALastLineToTheRunThatFindsItsEnd) {
  add_lines("a", 10);
  append("a", "torn");
  const RunReport report = run_over_lines(parts({"a"}), GetParam());
  EXPECT_EQ(report.steps.front().counters.at("left_over"), 1U);
  EXPECT_EQ(found(), expected_);
  append("a", "-" + std::string(70, '-') + "\n");
  expected_.insert("torn");
  add_lines("a", 10);
  run_over_all(parts({"a"}));
  EXPECT_EQ(found(), expected_);
}

TEST_P(FilePartsRuns, ResumeWhereEachPartWasInterruptedAtAnyWorkerCount) {
  add_lines("a", 150);
  std::size_t workers = GetParam();
  for (int interruption = 0; interruption < 3; ++interruption) {
    interrupt(parts({"a"}), 35, workers);
    workers = workers % 4 + 1;
  }
  run_over_all(parts({"a"}), workers);
  EXPECT_EQ(found(), expected_);
}

TEST_P(FilePartsRuns, MayBeDividedInAnotherWayOnceTheyAreRead) {
  for (const std::size_t count :
       {std::size_t{3}, kWhole, std::size_t{2}, std::size_t{5}, std::size_t{2}, kWhole, std::size_t{3}}) {
    add_lines("a", 1 + count * 7);
    run_over_all(parts({"a"}, count));
    EXPECT_EQ(found(), expected_);
  }
  const auto all = expected_;
  append("a", "bad \xff\n");
  EXPECT_THAT(refusal_of(parts({"a"}, kWhole)), HasSubstr(":" + std::to_string(all.size() + 1) + ":5: "));
}

TEST_P(FilePartsRuns, AreFoundUnderAnotherName) {
  write("logs/a", "");
  add_lines("logs/a", 150);
  interrupt(parts({"logs"}), 50);
  rename("logs/a", "logs/b");
  run_over_all(parts({"logs"}));
  EXPECT_EQ(found(), expected_);
}

TEST_P(FilePartsRuns, ContinueInTheFilesThatALogRotationMade) {
  for (const bool copies : {false, true}) {
    const std::string log = copies ? "copied.log" : "renamed.log";
    add_lines(log, 150);
    interrupt(parts({log}), 50);
    add_lines(log, 20);
    if (copies) {
      rotate_by_copying(log, log + ".1", "");
    } else {
      rotate_by_renaming(log, log + ".1", "");
    }
    add_lines(log, 90);
    interrupt(parts({log}), 60);
    rotate_by_renaming(log + ".1", log + ".2", "");
    std::filesystem::remove(path(log + ".1"));
    rotate_by_renaming(log, log + ".1", "");
    add_lines(log, 5);
    run_over_all(parts({log}));
    EXPECT_EQ(found(), expected_) << log;
    std::filesystem::remove_all(path("recovery"));
    std::filesystem::remove_all(path("out"));
    expected_.clear();
  }
}

TEST_P(FilePartsRuns, TakeALineThatGrewForABadRecord) {
  write("a", "one\ntwo");
  run_over_all(parts({"a"}).complete_files());
  expected_ = {"one", "two"};
  EXPECT_EQ(found(), expected_);
  append("a", "\n");
  add_lines("a", 20);
  run_over_all(parts({"a"}).complete_files());
  EXPECT_EQ(found(), expected_);
  append("a", "a line without its end, over several stripes of the file");
  expected_.insert("a line without its end, over several stripes of the file");
  run_over_all(parts({"a"}).complete_files());
  EXPECT_EQ(found(), expected_);
  append("a", " and more\n");
  EXPECT_THAT(refusal_of(parts({"a"}).complete_files()), HasSubstr("a:23: the line grew after its beginning was read"));
}

TEST_P(FilePartsRuns, GiveEachLineOnceHoweverFilesGrowAndRunsEnd) {
  for (std::uint64_t seed = 0; seed < 6; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random{seed * 100 + GetParam()};
    std::size_t count = 1 + random() % 4;
    for (int round = 0; round < 6; ++round) {
      for (const char* const name : {"a", "b"}) {
        add_lines(name, random() % 30);
      }
      if (random() % 3 == 0) {
        interrupt(parts({"a", "b"}, count), 1 + random() % 10, 1 + random() % 4);
      } else {
        run_over_all(parts({"a", "b"}, count), 1 + random() % 4);
        count = 1 + random() % 4;
      }
    }
    add_lines("a", 12);  // what a run is interrupted in is never the end
    run_over_all(parts({"a", "b"}, count));
    EXPECT_EQ(found(), expected_);
    for (const char* const name : {"a", "b", "recovery", "out"}) {
      std::filesystem::remove_all(path(name));
    }
    expected_.clear();
  }
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, FilePartsRuns, ::testing::Values(1, 2, 3, 4, 8));

}  // namespace
}  // namespace weir::faults
