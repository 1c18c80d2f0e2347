#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <latch>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "database/database.hpp"
#include "temporary_folder.hpp"
#include "weir/sqlite.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using detail::database::Database;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Row = std::pair<std::string, std::int64_t>;

class TheRowsOfATable : public ::testing::TestWithParam<std::size_t> {
 protected:
  // As another program does that writes while a run reads: it waits for its turn.
  void run_sql(const std::string& sql) const {
    Database database{path_, Database::Mode::kReadWriteCreate};
    static_cast<void>(database.number("PRAGMA busy_timeout = 60000"));
    database.run(sql);
  }

  [[nodiscard]] SqliteInput<decltype(columns<Row>("a", "b"))> input(const std::string& table = "t") const {
    return {path_, table, columns<Row>("a", "b")};
  }

  // Reads on from where the last call came to; the texts, or what the error says.
  template <typename Input>
  [[nodiscard]] std::vector<std::string> read_on(const Input& source) const {
    std::vector<std::string> texts;
    RunOptions options{.workers = GetParam()};
    options.recovery = folder_.path("recovery");
    Dataflow flow{"read"};
    flow.input("in", source) |
        op::output("out", Callback{[&](const Row& row) { texts.push_back(row.first + std::to_string(row.second)); }});
    run(flow, options);
    return texts;
  }

  template <typename Input>
  [[nodiscard]] std::string refusal_of(const Input& source) const {
    try {
      static_cast<void>(read_on(source));
    } catch (const std::exception& error) {
      return error.what();
    }
    return "nothing was refused";
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path("rows.sqlite3");
};

INSTANTIATE_TEST_SUITE_P(OnWorkers, TheRowsOfATable, ::testing::Values(1, 2));

constexpr const char* kNumbers = "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10000) ";

// Blocks end wherever they like: two rows of one number may be anywhere.
TEST_P(TheRowsOfATable, OfEqualNumbersAreAnErrorWhereverABlockEnds) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER)");
  run_sql(std::string{kNumbers} + "INSERT INTO t SELECT 'x', i FROM n");
  run_sql("CREATE INDEX by_b ON t(b)");
  for (const std::int64_t twice : {1, 4095, 4096, 4097, 8191, 8192, 8193, 10000}) {
    run_sql("INSERT INTO t VALUES ('second', " + std::to_string(twice) + ")");
    std::filesystem::remove_all(folder_.path("recovery"));
    EXPECT_THAT(refusal_of(input().by("b")), HasSubstr("two rows have b " + std::to_string(twice)));
    run_sql("DELETE FROM t WHERE a = 'second'");
  }
  run_sql("UPDATE t SET a = printf('%.*c', 5000, 'x') WHERE b <= 200");  // so that bytes end a block
  for (std::int64_t twice = 50; twice < 60; ++twice) {
    run_sql("INSERT INTO t VALUES ('second', " + std::to_string(twice) + ")");
    std::filesystem::remove_all(folder_.path("recovery"));
    EXPECT_THAT(refusal_of(input().by("b")), HasSubstr("two rows have b " + std::to_string(twice)));
    run_sql("DELETE FROM t WHERE a = 'second'");
  }
}

TEST_P(TheRowsOfATable, WhenARowComesWithTheLastOnesNumberThenTheNextRunIsRefused) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER)");
  run_sql("INSERT INTO t VALUES ('x', 1), ('x', 2)");
  EXPECT_THAT(read_on(input().by("b")), ElementsAre("x1", "x2"));
  run_sql("INSERT INTO t VALUES ('y', 2), ('y', 3)");
  EXPECT_THAT(refusal_of(input().by("b")), AnyOf(HasSubstr("two rows have b 2"), HasSubstr("3 rows up to b 2")));
}

TEST_P(TheRowsOfATable, WhoseNumbersAreTheLeastAndTheGreatestAreRead) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER)");
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  run_sql("INSERT INTO t VALUES ('x', -9223372036854775808)");
  EXPECT_THAT(read_on(input().by("b")), ElementsAre("x" + std::to_string(kLeast)));
  EXPECT_THAT(read_on(input().by("b")), IsEmpty());
  run_sql("INSERT INTO t VALUES ('y', 0), ('z', 9223372036854775807)");
  EXPECT_THAT(read_on(input().by("b")), ElementsAre("y0", "z" + std::to_string(kMost)));
  EXPECT_THAT(read_on(input().by("b")), IsEmpty());
}

TEST_P(TheRowsOfATable, ThatHaveNoNumberAreAnErrorWheneverTheyCome) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER, c)");
  run_sql("INSERT INTO t VALUES ('x', 1, NULL)");
  EXPECT_THAT(refusal_of(input().by("c")), HasSubstr("a row has NULL as c"));
  run_sql("UPDATE t SET c = 1");
  EXPECT_THAT(read_on(input().by("c")), ElementsAre("x1"));
  run_sql("INSERT INTO t VALUES ('y', 2, NULL)");
  EXPECT_THAT(refusal_of(input().by("c")), HasSubstr("a row has NULL as c"));
  run_sql("UPDATE t SET c = 'text' WHERE a = 'y'");
  EXPECT_THAT(refusal_of(input().by("c")), HasSubstr("the text \"text\" is there; expected the integers"));
  run_sql("UPDATE t SET c = 1.5 WHERE a = 'y'");
  EXPECT_THAT(refusal_of(input().by("c")), HasSubstr("the number 1.5 is there; expected the integers"));
  run_sql("UPDATE t SET c = 2 WHERE a = 'y'");
  EXPECT_THAT(read_on(input().by("c")), ElementsAre("y2"));
}

TEST_P(TheRowsOfATable, OfAViewWantAColumnThatGrows) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER)");
  run_sql("INSERT INTO t VALUES ('x', 1), ('y', 2)");
  run_sql("CREATE VIEW v AS SELECT a, b FROM t");
  EXPECT_THAT(refusal_of(input("v")), HasSubstr("v is a view and has no column \"rowid\"; name the column that grows"));
  EXPECT_THAT(refusal_of(input("V").by("oid")), HasSubstr("is a view and has no column \"oid\""));
  EXPECT_THAT(read_on(input("v").by("B")), ElementsAre("x1", "y2"));
  run_sql("INSERT INTO t VALUES ('z', 3)");
  EXPECT_THAT(read_on(input("v").by("b")), ElementsAre("z3"));
  run_sql("CREATE VIEW named AS SELECT rowid AS rowid, a, b FROM t");
  EXPECT_THAT(read_on(input("named")), ElementsAre("x1", "y2", "z3"));
}

/// What is declared of a table, and whether SQLite gives its numbers a second time.
struct Declared {
  const char* sql;
  const char* by;
};

const std::vector<Declared> kNumberedAgain{{"CREATE TABLE t (a TEXT, b INTEGER)", "rowid"},
                                           {"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER)", "rowid"},
                                           {"CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INTEGER)", "ID"}};
constexpr Declared kNumberedOnce{"CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INTEGER)", "id"};

TEST_P(TheRowsOfATable, WhoseNumbersVacuumChangesAreNotLeftOut) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER)");
  run_sql("INSERT INTO t VALUES ('x', 1), ('x', 2), ('x', 3), ('x', 4)");
  EXPECT_THAT(read_on(input()), ElementsAre("x1", "x2", "x3", "x4"));
  run_sql("DELETE FROM t WHERE b <= 2");
  run_sql("VACUUM");
  EXPECT_THAT(refusal_of(input()), HasSubstr("the row with rowid 4, which was read last, is gone"));
  run_sql("INSERT INTO t VALUES ('y', 5)");
  EXPECT_THAT(refusal_of(input()), HasSubstr("the row with rowid 4, which was read last, is gone"));
  run_sql("INSERT INTO t VALUES ('y', 6), ('y', 7)");
  EXPECT_THAT(refusal_of(input()), HasSubstr("the row with rowid 4, which was read last, is not what it was"));
}

TEST_P(TheRowsOfATable, WhenVacuumChangesNoNumberAreReadOn) {
  for (const Declared& declared : kNumberedAgain) {
    run_sql("DROP TABLE IF EXISTS t");
    run_sql(declared.sql);
    std::filesystem::remove_all(folder_.path("recovery"));
    run_sql("INSERT INTO t (a, b) VALUES ('x', 1), ('x', 2)");
    EXPECT_THAT(read_on(input().by(declared.by)), ElementsAre("x1", "x2"));
    run_sql("VACUUM");
    EXPECT_THAT(read_on(input().by(declared.by)), IsEmpty());
    run_sql("INSERT INTO t (a, b) VALUES ('x', 3)");
    EXPECT_THAT(read_on(input().by(declared.by)), ElementsAre("x3"));
  }
}

TEST_P(TheRowsOfATable, WhenNumbersAreGivenAgainThenTheRunIsRefused) {
  for (const Declared& declared : kNumberedAgain) {
    run_sql("DROP TABLE IF EXISTS t");
    run_sql(declared.sql);
    std::filesystem::remove_all(folder_.path("recovery"));
    run_sql("INSERT INTO t (a, b) VALUES ('x', 1), ('x', 2), ('x', 3)");
    EXPECT_THAT(read_on(input().by(declared.by)), ElementsAre("x1", "x2", "x3"));
    run_sql("DELETE FROM t WHERE b >= 2");
    run_sql("INSERT INTO t (a, b) VALUES ('y', 4)");
    EXPECT_THAT(refusal_of(input().by(declared.by)), HasSubstr("3, which was read last, is gone"));
    run_sql("INSERT INTO t (a, b) VALUES ('y', 5)");
    EXPECT_THAT(refusal_of(input().by(declared.by)), HasSubstr("3, which was read last, is not what it was"));
    run_sql("INSERT INTO t (a, b) VALUES ('y', 6)");
    EXPECT_THAT(refusal_of(input().by(declared.by)), HasSubstr("3, which was read last, is not what it was"));
  }
}

TEST_P(TheRowsOfATable, WhenItWasEmptiedAreReadFromTheBeginning) {
  for (const Declared& declared : kNumberedAgain) {
    run_sql("DROP TABLE IF EXISTS t");
    run_sql(declared.sql);
    std::filesystem::remove_all(folder_.path("recovery"));
    run_sql("INSERT INTO t (a, b) VALUES ('x', 1), ('x', 2)");
    EXPECT_THAT(read_on(input().by(declared.by)), ElementsAre("x1", "x2"));
    run_sql("DELETE FROM t");
    EXPECT_THAT(read_on(input().by(declared.by)), IsEmpty());
    run_sql("INSERT INTO t (a, b) VALUES ('y', 3)");
    EXPECT_THAT(read_on(input().by(declared.by)), ElementsAre("y3"));
    run_sql("DELETE FROM t");
    run_sql("INSERT INTO t (a, b) VALUES ('z', 4)");
    EXPECT_THAT(refusal_of(input().by(declared.by)), HasSubstr("is not what it was"));
  }
}

TEST_P(TheRowsOfATable, WhenTheNewestIsGoneAndEarlierOnesAreThereThenTheRunIsRefused) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER UNIQUE)");
  run_sql("INSERT INTO t VALUES ('x', 1), ('x', 2), ('x', 3)");
  EXPECT_THAT(read_on(input().by("b")), ElementsAre("x1", "x2", "x3"));
  run_sql("DELETE FROM t WHERE b >= 2");
  run_sql("INSERT INTO t SELECT 'y', max(b) + 1 FROM t");
  EXPECT_THAT(refusal_of(input().by("b")), HasSubstr("the row with b 3, which was read last, is gone"));
  run_sql("DELETE FROM t");
  run_sql("INSERT INTO t VALUES ('y', 1)");
  EXPECT_THAT(refusal_of(input().by("b")), HasSubstr("the row with b 3, which was read last, is gone"));
  run_sql("DELETE FROM t");
  EXPECT_THAT(read_on(input().by("b")), IsEmpty());
  run_sql("INSERT INTO t VALUES ('z', 1)");
  EXPECT_THAT(read_on(input().by("b")), ElementsAre("z1"));
}

TEST_P(TheRowsOfATable, ThatHaveNoValueInTheKeyAreNotWritten) {
  using Named = std::pair<std::optional<std::int64_t>, std::string>;
  const std::vector<Named> rows{{1, "a"}, {std::nullopt, "b"}, {std::nullopt, "c"}};
  for (const bool recovery : {false, true}) {
    Dataflow flow{"write"};
    flow.input("in", RangeInput{rows}) |
        op::output("out", SqliteOutput{path_, "named", columns<Named>("id", "text")}.key({"ID"}));
    RunOptions options{.workers = GetParam()};
    options.recovery = recovery ? folder_.path("recovery") : "";
    try {
      run(flow, options);
      ADD_FAILURE() << "no error";
    } catch (const StepError& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr("a row has no value in the column \"id\", which is in the key of table \"named\""));
    }
  }
}

TEST_P(TheRowsOfATable, WhoseNumbersAreGivenOnceMayBeDeletedAndChanged) {
  run_sql(kNumberedOnce.sql);
  run_sql("INSERT INTO t (a, b) VALUES ('x', 1), ('x', 2), ('x', 3)");
  EXPECT_THAT(read_on(input()), ElementsAre("x1", "x2", "x3"));
  run_sql("UPDATE t SET a = 'changed'");
  EXPECT_THAT(read_on(input()), IsEmpty());
  run_sql("DELETE FROM t WHERE b >= 2");
  run_sql("VACUUM");
  EXPECT_THAT(read_on(input()), IsEmpty());
  run_sql("INSERT INTO t (a, b) VALUES ('y', 4)");
  EXPECT_THAT(read_on(input()), ElementsAre("y4"));
  run_sql("DELETE FROM t");
  run_sql("INSERT INTO t (a, b) VALUES ('y', 5)");
  EXPECT_THAT(read_on(input()), ElementsAre("y5"));
}

TEST_P(TheRowsOfATable, ThatWasMadeAnewAreNotLeftOut) {
  run_sql(kNumberedOnce.sql);
  run_sql("INSERT INTO t (a, b) VALUES ('x', 1), ('x', 2), ('x', 3)");
  EXPECT_THAT(read_on(input()), ElementsAre("x1", "x2", "x3"));
  run_sql("DROP TABLE t");
  run_sql(kNumberedOnce.sql);
  run_sql("INSERT INTO t (a, b) VALUES ('y', 4), ('y', 5)");
  EXPECT_THAT(refusal_of(input()), HasSubstr("3, which was read last, is gone"));
  run_sql("INSERT INTO t (a, b) VALUES ('y', 6), ('y', 7)");
  EXPECT_THAT(refusal_of(input()), HasSubstr("3, which was read last, is not what it was"));
}

TEST_P(TheRowsOfATable, WhenSomeAreAddedBelowThenTheNextRunIsRefused) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER PRIMARY KEY)");
  run_sql("INSERT INTO t VALUES ('x', 10), ('x', 20)");
  EXPECT_THAT(read_on(input().by("b")), ElementsAre("x10", "x20"));
  run_sql("INSERT INTO t VALUES ('y', 15), ('y', 30)");
  EXPECT_THAT(refusal_of(input().by("b")), HasSubstr("has 3 rows up to b 20, and 2 were read"));
  run_sql("UPDATE t SET b = 25 WHERE b = 15");
  EXPECT_THAT(read_on(input().by("b")), ElementsAre("y25", "y30"));
  run_sql("DELETE FROM t WHERE b < 30");
  EXPECT_THAT(read_on(input().by("b")), IsEmpty());
  run_sql("INSERT INTO t VALUES ('z', 40)");
  EXPECT_THAT(read_on(input().by("b")), ElementsAre("z40"));
}

TEST_P(TheRowsOfATable, WhenAnotherColumnIsNamedThenTheRunIsRefused) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER)");
  run_sql("INSERT INTO t VALUES ('x', 10)");
  EXPECT_THAT(read_on(input().by("b")), ElementsAre("x10"));
  EXPECT_THAT(refusal_of(input()), HasSubstr("was read by the column \"b\", and is to be read by \"rowid\" now"));
  EXPECT_THAT(read_on(input().by("B")), IsEmpty());
}

TEST_P(TheRowsOfATable, WhenItemsHaveOtherColumnsThanBeforeAreReadOn) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER, c INTEGER)");
  run_sql("INSERT INTO t VALUES ('x', 1, 7)");
  EXPECT_THAT(read_on(input()), ElementsAre("x1"));
  run_sql("INSERT INTO t VALUES ('y', 2, 8)");
  EXPECT_THAT(read_on(SqliteInput{path_, "t", columns<Row>("a", "c")}), ElementsAre("y8"));
}

TEST_P(TheRowsOfATable, WhenFollowedAndNumbersAreGivenAgainAreNotLeftOut) {
  run_sql("CREATE TABLE t (a TEXT, b INTEGER)");
  run_sql("INSERT INTO t VALUES ('x', 1), ('x', 2)");
  std::latch read{2};
  Dataflow flow{"follow"};
  flow.input("in", input().follow(std::chrono::milliseconds{1})) |
      op::output("out", Callback{[&](const Row&) { read.count_down(); }});
  RunHandle handle = start(flow, {.workers = GetParam()});
  read.wait();
  run_sql("DELETE FROM t WHERE b = 2; INSERT INTO t VALUES ('y', 3)");
  std::string said;
  try {
    handle.wait();
  } catch (const StepError& error) {
    said = error.what();
  }
  EXPECT_THAT(said, HasSubstr("2, which was read last, is"));
}

}  // namespace
}  // namespace weir
