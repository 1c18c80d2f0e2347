// Logs that were rotated between two runs with recovery.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "faults/file_runs.hpp"

namespace weir::faults {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class RotatedFiles : public FileRuns {
 protected:
  void run_log() const { run_over(files({"app.log"})); }
  [[nodiscard]] std::string refused() const { return refusal(files({"app.log"})); }

  void set_time(const std::string& name, std::chrono::hours ago) const {
    std::filesystem::last_write_time(path(name), std::filesystem::file_time_type::clock::now() - ago);
  }
};

TEST_P(RotatedFiles, WhenOnlyAHeaderWasReadThenTheFileIsKnownByItsInode) {
  write("app.log", "# header\n");
  run_log();
  append("app.log", "1\n2\n");
  rotate_by_renaming("app.log", "app.log.1", "# header\n3\n");
  run_log();
  EXPECT_EQ(lines(), "# header 1 2 # header 3 ");
}

TEST_P(RotatedFiles, WhenOnlyAHeaderWasReadThenACopyOfTheFileIsFoundBesideOldOnes) {
  write("app.log.1", "# header\n0\n");
  write("app.log", "# header\n");
  run_log();
  append("app.log", "1\n2\n");
  rename("app.log.1", "app.log.2");
  rotate_by_copying("app.log", "app.log.1", "# header\n3\n");
  run_log();
  EXPECT_EQ(lines(), "# header 1 2 # header 3 ");
}

TEST_P(RotatedFiles, WhenTheyHadBeenEmptyThenNothingIsSkipped) {
  for (const bool renamed : {true, false}) {
    const std::string log = renamed ? "app.log" : "other.log";
    write(log, "");
    run_over(files({log}));
    append(log, "1\n2\n");
    if (renamed) {
      rotate_by_renaming(log, log + ".1", "3\n");
    } else {
      rotate_by_copying(log, log + ".1", "3\n");
    }
    run_over(files({log}));
  }
  EXPECT_EQ(lines(), "1 2 3 1 2 3 ");
}

TEST_P(RotatedFiles, WhenOneHadBeenEmptyAndGrewBesideOldOnesThenThoseAreNotRead) {
  write("app.log.1", "old\n");
  write("app.log-20261124.gz", "old");
  write("app.log", "");
  run_log();
  append("app.log", "1\n");
  run_log();
  append("app.log", "2\n");
  run_log();
  EXPECT_EQ(lines(), "1 2 ");
}

TEST_P(RotatedFiles, AreReadInTheOrderOfTheirNames) {
  write("app.log", "1\n");
  run_log();
  rotate_by_renaming("app.log", "app.log.3", "2\n");
  rotate_by_renaming("app.log", "app.log.2", "3\n");
  rotate_by_renaming("app.log", "app.log.1", "4\n");
  set_time("app.log.1", std::chrono::hours{3});
  set_time("app.log.2", std::chrono::hours{2});
  set_time("app.log.3", std::chrono::hours{2});
  run_log();
  EXPECT_EQ(lines(), "1 2 3 4 ");
}

TEST_P(RotatedFiles, WithDatesAreReadInTheirOrder) {
  write("app.log", "1\n");
  run_log();
  rotate_by_renaming("app.log", "app.log-2026-11-09", "2\n");
  rotate_by_renaming("app.log", "app.log-2026-11-10", "3\n");
  rotate_by_renaming("app.log", "app.log-2026-11-10-7", "4\n");
  rotate_by_renaming("app.log", "app.log-2026-11-10-12", "5\n");
  set_time("app.log-2026-11-10-12", std::chrono::hours{100});
  run_log();
  EXPECT_EQ(lines(), "1 2 3 4 5 ");
}

// 9 numbered files grow to 10, whose names are in another order as text.
TEST_P(RotatedFiles, AreFoundAmongManyOlderOnes) {
  for (int n = 2; n <= 10; ++n) {
    write("app.log." + std::to_string(n), "old " + std::to_string(n) + "\n");
  }
  write("app.log.1", "old\n");
  write("app.log", "1\n");
  run_log();
  append("app.log", "2\n");
  for (int n = 10; n >= 1; --n) {
    rename("app.log." + std::to_string(n), "app.log." + std::to_string(n + 1));
  }
  rotate_by_renaming("app.log", "app.log.1", "3\n");
  run_log();
  EXPECT_EQ(lines(), "1 2 3 ");
}

TEST_P(RotatedFiles, MayHaveNumbersThatGrow) {
  std::string expected;
  write("app.log", "");
  for (int day = 0; day < 6; ++day) {
    append("app.log", "# header\n" + std::to_string(day) + "\n");
    expected += "# header " + std::to_string(day) + " ";
    if (day != 4) {
      run_log();
    }
    append("app.log", "evening\n");
    expected += "evening ";
    if (day % 2 == 0) {
      rotate_by_renaming("app.log", "app.log." + std::to_string(day + 1), "");
    } else {
      rotate_by_copying("app.log", "app.log." + std::to_string(day + 1), "");
    }
  }
  run_log();
  EXPECT_EQ(lines(), expected);
}

TEST_P(RotatedFiles, WhenTheirNumbersGrowAndNothingSaysSoThenTheyAreRefused) {
  write("app.log", "1\n");
  run_log();
  rotate_by_renaming("app.log", "app.log.1", "2\n");
  rotate_by_renaming("app.log", "app.log.2", "3\n");
  EXPECT_THAT(refused(), HasSubstr("app.log.2\" is older than that"));
}

TEST_P(RotatedFiles, WhenAnEmptyOneWasCopiedToAGreaterNumberThenItIsRefused) {
  write("app.log.1", "old\n");
  write("app.log", "");
  run_log();
  append("app.log", "1\n");
  rotate_by_copying("app.log", "app.log.2", "2\n");
  EXPECT_THAT(refused(), HasSubstr("app.log.2\" is older than that"));
}

TEST_P(RotatedFiles, WhenTheNewestOneWasSmallAndIsGoneThenItIsRefused) {
  for (const std::string beginning : {"", "# header\n"}) {
    const std::string log = beginning.empty() ? "empty.log" : "header.log";
    write(log, beginning);
    run_over(files({log}));
    rotate_by_copying(log, log + "-20261101", beginning);
    run_over(files({log}));
    std::filesystem::remove(path(log + "-20261101"));
    append(log, "1\n");
    rotate_by_copying(log, log + "-20261102", beginning);
    rotate_by_copying(log, log + "-20261103", beginning);
    append(log, "2\n");
    // By which of the two sentences depends on whether the inode of the one that is gone was given to another.
    EXPECT_THAT(refusal(files({log})), AnyOf(HasSubstr("cannot be told"), HasSubstr("-20261102\" is older"))) << log;
  }
}

TEST_P(RotatedFiles, AreNotTheFilesOfOthersThatAreNamedAlike) {
  write("app.log", "1\n2\n");
  run_log();
  append("app.log", "3\n");
  rotate_by_renaming("app.log", "app.log.1", "4\n");
  for (const char* const name : {"app.log.audit", "app.log.pid", "app.log-errors", "app.log.out", "app.log.1.bak",
                                 "app.log.x1", "app.log.1-", "app.log2", "app.log.1.2"}) {
    write(name, "not ours\n");
  }
  run_log();
  EXPECT_EQ(lines(), "1 2 3 4 ");
}

TEST_P(RotatedFiles, WhenAnOutputLiesBesideThemThenItIsNotRead) {
  const auto run_beside = [&] {
    Dataflow flow{"flow"};
    flow.input("in", files({"app.log"})) | op::output("out", TextFile{path("app.log.out")});
    RunOptions options;
    options.workers = GetParam();
    options.recovery = path("recovery");
    run(flow, options);
  };
  write("app.log", "1\n");
  run_beside();
  rotate_by_renaming("app.log", "app.log.1", "3\n");
  run_beside();
  EXPECT_EQ(folder_.read("app.log.out"), "1\n3\n");
}

TEST_P(RotatedFiles, WhenOneWasCopiedOnlyThenTheCopyIsNotRead) {
  write("app.log", "1\n2\n");
  run_log();
  copy("app.log", "app.log.1");
  append("app.log", "3\n");
  run_log();
  copy("app.log", "app.log.2");
  copy("app.log", "app.log-20261124");
  append("app.log", "4\n");
  run_log();
  EXPECT_EQ(lines(), "1 2 3 4 ");
}

TEST_P(RotatedFiles, WhenACopyIsTakenForANewerFileThenItIsRefused) {
  write("app.log", "1\n");
  run_log();
  append("app.log", "2\n");
  copy("app.log", "app.log.1");
  rotate_by_renaming("app.log", "app.log.2", "3\n");
  EXPECT_THAT(refused(), AllOf(HasSubstr("app.log.1\" is a copy of"), HasSubstr("would come twice")));
}

TEST_P(RotatedFiles, WhenTheNameIsOfNoRotationThenTheFileIsKnownByItsInode) {
  write("app.log", "# header\n");
  run_log();
  append("app.log", "1\n");
  rotate_by_renaming("app.log", "app.log.old", "# header\n2\n");
  run_log();
  EXPECT_EQ(lines(), "# header 1 # header 2 ");
}

TEST_P(RotatedFiles, WhenAnEditorHasSavedOneThenItGoesOn) {
  write("app.log", "1\n2\n");
  run_log();
  rename("app.log", "app.log~");
  write("app.log", "1\n2\n3\n");
  run_log();
  rename("app.log", "kept");
  write("app.log", "1\n2\n3\n4\n");
  run_log();
  EXPECT_EQ(lines(), "1 2 3 4 ");
}

TEST_P(RotatedFiles, WhenABadLineIsMendedThenTheRunGoesOn) {
  for (const bool in_place : {true, false}) {
    const std::string log = in_place ? "app.log" : "other.log";
    write(log, "1\n2\xff");
    run_over(files({log}));
    if (!in_place) {
      rename(log, "mended~");
    }
    write(log, "1\n2\n3\n");
    if (!in_place) {
      EXPECT_THAT(refusal(files({log})), HasSubstr("move \"" + path("mended~") + "\" away"));
      std::filesystem::remove(path("mended~"));
    }
    run_over(files({log}));
  }
  EXPECT_EQ(lines(), "1 2 3 1 2 3 ");
}

TEST_P(RotatedFiles, WhenAllWereRestoredFromABackupThenTheyGoOn) {
  write("logs/app.log.2", "# header\n0\n");
  write("logs/app.log.1", "# header\n1\n");
  write("logs/app.log", "# header\n");
  run_over(files({"logs/app.log"}));
  rename("logs", "lost");
  for (const char* const name : {"app.log", "app.log.1", "app.log.2"}) {
    copy(std::string{"lost/"} + name, std::string{"logs/"} + name);
  }
  append("logs/app.log", "2\n");
  run_over(files({"logs/app.log"}));
  EXPECT_EQ(lines(), "# header 2 ");
}

TEST_P(RotatedFiles, WhenThePartThatWasNotReadIsCompressedThenItIsRefused) {
  write("app.log", "# header\n");
  run_log();
  append("app.log", "1\n");
  write("app.log.1.gz", "compressed");
  std::filesystem::remove(path("app.log"));
  write("app.log", "# header\n2\n");
  EXPECT_THAT(refused(), HasSubstr("app.log.1.gz\", which was compressed since; unpack it"));
}

TEST_P(RotatedFiles, WhenOneGrowsAfterTheNextWasReadThenItIsRefused) {
  write("app.log", "1\n");
  run_log();
  rotate_by_renaming("app.log", "app.log.1", "2\n");
  run_log();
  append("app.log.1", "too late\n");
  EXPECT_THAT(refused(), HasSubstr("app.log.1\" grew by 9 bytes after it was read to its end"));
}

TEST_P(RotatedFiles, AreReadAgainAndAgain) {
  std::string expected;
  write("app.log", "");
  run_log();
  for (int day = 0; day < 8; ++day) {
    const std::string line = std::to_string(day);
    append("app.log", "# header\n" + line + "\n");
    expected += "# header " + line + " ";
    if (day % 3 != 0) {
      run_log();
    }
    for (int n = day; n >= 1; --n) {
      rename("app.log." + std::to_string(n), "app.log." + std::to_string(n + 1));
    }
    if (day % 2 == 0) {
      rotate_by_renaming("app.log", "app.log.1", "");
    } else {
      rotate_by_copying("app.log", "app.log.1", "");
    }
    if (day % 3 == 0) {
      run_log();
    }
  }
  run_log();
  EXPECT_EQ(lines(), expected);
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, RotatedFiles, ::testing::Values(1, 2));

class FilesAsOneStream : public FileRuns {
 protected:
  void SetUp() override {
    write("logs/2", "2\n");
    write("logs/4", "4\n");
    run_stream();
    EXPECT_EQ(lines(), "2 4 ");
  }
  void run_stream() const { run_over(files({"logs"}).as_one_stream()); }
  [[nodiscard]] std::string refused() const { return refusal(files({"logs"}).as_one_stream()); }
};

TEST_P(FilesAsOneStream, GoOnInTheLastFileAndInLaterOnes) {
  append("logs/4", "4b\n");
  write("logs/5", "5\n");
  run_stream();
  write("logs/6", "6\n");
  run_stream();
  EXPECT_EQ(lines(), "2 4 4b 5 6 ");
}

TEST_P(FilesAsOneStream, WhenAnEarlierOneHasGrownThenItIsSaid) {
  append("logs/2", "more\n");
  EXPECT_THAT(refused(), AllOf(HasSubstr("logs/2\" was read to its end at 2 bytes"), HasSubstr("has 7 bytes now")));
}

TEST_P(FilesAsOneStream, WhenAnEarlierNameHasComeThenItIsSaid) {
  for (const char* const name : {"logs/1", "logs/3"}) {
    write(name, "early\n");
    EXPECT_THAT(refused(), AllOf(HasSubstr(std::string{name} + "\" is new and comes before"))) << name;
    std::filesystem::remove(path(name));
  }
  std::filesystem::remove(path("logs/4"));
  write("logs/3", "early\n");
  EXPECT_THAT(refused(), HasSubstr("logs/3\" is new and comes before"));
}

TEST_P(FilesAsOneStream, WhenOneWasRenamedThenItIsSaid) {
  for (const char* const name : {"logs/2", "logs/4"}) {
    rename(name, "logs/6");
    EXPECT_THAT(refused(), HasSubstr("logs/6\" was read as \"" + path(name) + "\" before"));
    rename("logs/6", name);
  }
  rename("logs/4", "logs/5");
  append("logs/5", "4b\n");
  EXPECT_THAT(refused(), HasSubstr("logs/5\" was read as \"" + path("logs/4") + "\" before"));
}

TEST_P(FilesAsOneStream, WhenTheyAreReadEachForItselfThenThatIsRefused) {
  EXPECT_THAT(refusal(files({"logs"})),
              HasSubstr("the files were read as one stream, and are to be read each for itself"));
}

TEST_P(FilesAsOneStream, WhenTheyWereReadEachForItselfThenThatIsRefused) {
  std::filesystem::remove_all(path("recovery"));
  std::filesystem::remove_all(path("out"));
  run_over(files({"logs"}));
  EXPECT_THAT(refused(), HasSubstr("the files were read each for itself, and are to be read as one stream"));
}

TEST_P(FilesAsOneStream, WhenTheLastOneThatWasReadIsGoneThenTheyGoOnAfterIt) {
  std::filesystem::remove(path("logs/4"));
  run_stream();
  write("logs/5", "5\n");
  run_stream();
  std::filesystem::remove(path("logs/2"));
  std::filesystem::remove(path("logs/5"));
  write("logs/6", "6\n");
  run_stream();
  append("logs/6", "6b\n");
  run_stream();
  EXPECT_EQ(lines(), "2 4 5 6 6b ");
  write("logs/3", "early\n");
  EXPECT_THAT(refused(), HasSubstr("logs/3\" is new and comes before"));
}

TEST_P(FilesAsOneStream, WhenOneIsGoneThatWasNotReadToItsEndThenItIsRefused) {
  append("logs/4", "unfin");
  run_stream();
  std::filesystem::remove(path("logs/4"));
  EXPECT_THAT(refused(), AllOf(HasSubstr("byte 2 of"), HasSubstr("not among the files any more")));
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, FilesAsOneStream, ::testing::Values(1, 2));

}  // namespace
}  // namespace weir::faults
