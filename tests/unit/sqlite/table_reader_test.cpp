#include "weir/detail/sqlite/table_reader.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "database/database.hpp"
#include "temporary_folder.hpp"

namespace weir::detail::sqlite {
namespace {

using namespace std::chrono_literals;

class ATableThatIsRead : public ::testing::Test {
 protected:
  void run_sql(const std::string& sql) const {
    database::Database{path_, database::Database::Mode::kReadWriteCreate}.run(sql);
  }

  // Rows of which each number is so much greater than the one before.
  void make_rows(std::int64_t rows, std::int64_t apart) const {
    run_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
    run_sql("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < " + std::to_string(rows) +
            ") INSERT INTO t SELECT i * " + std::to_string(apart) + ", 'x' FROM n");
  }

  [[nodiscard]] std::unique_ptr<TableReader> open(const std::optional<std::string>& position = std::nullopt,
                                                  std::optional<std::chrono::milliseconds> follow = std::nullopt) {
    return std::make_unique<TableReader>(
        InputTable{path_, "t", {"a"}, "id", follow}, position,
        OpenContext{WorkerContext{WorkerIndex{0}, WorkerCount{1}}, Waker{nobody_}, io_});
  }

  // Until it has so many rows, or none are there now.
  TableReader::Next read(TableReader& reader, std::size_t rows) {
    TableReader::Next next = TableReader::Next::kRow;
    for (std::size_t row = 0; row < rows; row += next == TableReader::Next::kRow ? 1 : 0) {
      next = reader.next();
      if (next == TableReader::Next::kEnd || (next == TableReader::Next::kNothing && jobs_.empty())) {
        break;
      }
      io_.run();
    }
    return next;
  }

  // What is known once the I/O thread has looked.
  std::optional<SourceProgress> progress_of(const TableReader& reader) {
    static_cast<void>(reader.progress());
    io_.run();
    return reader.progress();
  }

  struct Nobody final : WakeTarget {
    void wake() override {}
  };
  struct ByHand final : IoThread {
    explicit ByHand(std::vector<std::function<void()>>& waiting) : jobs{&waiting} {}
    void submit(std::function<void()> job) override { jobs->push_back(std::move(job)); }
    void when_readable(int /*descriptor*/, std::function<void()> job) override { submit(std::move(job)); }
    void when_writable(int /*descriptor*/, std::function<void()> job) override { submit(std::move(job)); }
    void run() const {
      for (const auto& job : std::exchange(*jobs, {})) {
        job();
      }
    }
    std::vector<std::function<void()>>* jobs;
  };

  TemporaryFolder folder_;
  std::string path_ = folder_.path("rows.sqlite3");
  Nobody nobody_;
  std::vector<std::function<void()>> jobs_;
  ByHand io_{jobs_};
};

TEST_F(ATableThatIsRead, KnowsHowManyOfItsRowsWereRead) {
  make_rows(10'000, 1);
  const auto reader = open();
  EXPECT_FALSE(progress_of(*reader)) << "no row was read, so nothing says how close their numbers are";
  read(*reader, 2'500);
  const std::optional<SourceProgress> progress = progress_of(*reader);
  ASSERT_TRUE(progress);
  EXPECT_EQ(progress->done, 2'500U);
  EXPECT_EQ(progress->total, 10'000U);
  EXPECT_EQ(progress->unit, SourceProgress::Unit::kItems);
  EXPECT_FALSE(progress->grows);
}

TEST_F(ATableThatIsRead, EstimatesItsRowsWhereNumbersAreLeftOut) {
  make_rows(10'000, 1'000);
  const auto reader = open();
  read(*reader, 5'000);
  EXPECT_EQ(progress_of(*reader)->done, 5'000U);
  EXPECT_NEAR(static_cast<double>(reader->progress()->total), 10'000, 10);
}

TEST_F(ATableThatIsRead, IsReadWholeAtItsEnd) {
  make_rows(10, 1'000'000'000'000);
  const auto reader = open();
  ASSERT_EQ(read(*reader, 11), TableReader::Next::kEnd);
  EXPECT_EQ(reader->progress()->done, 10U);
  EXPECT_EQ(reader->progress()->total, 10U);
}

TEST_F(ATableThatIsRead, CountsTheRowsOfEarlierRuns) {
  make_rows(100, 1);
  const auto first = open();
  read(*first, 60);
  const auto second = open(first->position());
  read(*second, 10);
  EXPECT_EQ(progress_of(*second)->done, 70U);
  EXPECT_EQ(second->progress()->total, 100U);
}

TEST_F(ATableThatIsRead, TellsHowFarItIsBehindRowsThatAreAdded) {
  run_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
  const auto reader = open(std::nullopt, 10ms);
  const std::optional<SourceProgress> empty = progress_of(*reader);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->total, 0U);
  EXPECT_TRUE(empty->grows);
  run_sql("INSERT INTO t VALUES (7, 'x'), (8, 'x')");
  read(*reader, 2);
  EXPECT_EQ(reader->progress()->done, 2U);
  EXPECT_EQ(reader->progress()->total, 2U);
}

TEST_F(ATableThatIsRead, IsLookedAtByTheIoThreadAndNotAtEachStatus) {
  make_rows(10, 1);
  const auto reader = open();
  for (int status = 0; status < 3; ++status) {
    static_cast<void>(reader->progress());
  }
  EXPECT_EQ(jobs_.size(), 1U);
}

// Its numbers are as far from each other as they can be, and SQLite makes no number after the greatest.
TEST_F(ATableThatIsRead, MayHaveAnyNumbers) {
  run_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)");
  run_sql("INSERT INTO t VALUES (-9223372036854775807, 'x'), (0, 'x'), (9223372036854775807, 'x')");
  const auto reader = open();
  read(*reader, 1);
  EXPECT_GT(progress_of(*reader)->total, 3U);
  read(*reader, 1);
  EXPECT_EQ(reader->progress()->total, 4U) << "as many as half of the numbers had";
  read(*reader, 1);
  EXPECT_EQ(reader->progress()->total, 3U);
}

}  // namespace
}  // namespace weir::detail::sqlite
