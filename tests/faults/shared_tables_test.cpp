#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
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
using ::testing::AllOf;
using ::testing::HasSubstr;

using Order = std::pair<std::string, std::int64_t>;

auto orders() { return columns<Order>("item", "price"); }

class ATableOfOneRun : public ::testing::Test {
 protected:
  void run_sql(const std::string& sql) const { Database{path_, Database::Mode::kReadWriteCreate}.run(sql); }
  [[nodiscard]] std::int64_t number(const std::string& sql) const {
    return Database{path_, Database::Mode::kReadWriteCreate}.number(sql);
  }

  // What a run of the dataflow says when it is refused, on 1 and 2 workers, with recovery and without.
  template <typename Build>
  [[nodiscard]] std::string refusal_of(Build build) const {
    std::string said;
    for (const RunOptions& options : all_options()) {
      Dataflow flow{"tables"};
      build(flow);
      try {
        run(flow, options);
        return "it was not refused";
      } catch (const UsageError& error) {
        said = error.what();
      }
    }
    return said;
  }

  [[nodiscard]] std::vector<RunOptions> all_options() const {
    std::vector<RunOptions> all;
    for (const std::size_t workers : {std::size_t{1}, std::size_t{2}}) {
      all.push_back({.workers = workers});
      all.push_back({.workers = workers});
      all.back().recovery = folder_.path("recovery");
    }
    return all;
  }

  [[nodiscard]] std::string refusal_of_outputs(const std::string& one, const std::string& other_path,
                                               const std::string& other) const {
    return refusal_of([&](Dataflow& flow) {
      const auto items = flow.input("in", RangeInput{std::vector<Order>{{"pen", 2}}});
      items | op::output("one", SqliteOutput{path_, one, orders()});
      items | op::output("other", SqliteOutput{other_path, other, orders()});
    });
  }

  [[nodiscard]] std::string refusal_of_copy(const std::string& from, const std::string& to) const {
    return refusal_of([&](Dataflow& flow) {
      flow.input("in", SqliteInput{path_, from, orders()}.by("price")) |
          op::output("out", SqliteOutput{path_, to, orders()});
    });
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path("shop.sqlite3");
};

constexpr const char* kNotRefused = "it was not refused";

TEST_F(ATableOfOneRun, WhenTwoStepsWriteItThenTheRunIsRefusedHoweverItIsSpelt) {
  const auto refused = AllOf(HasSubstr("step \"one\""), HasSubstr("step \"other\""));
  const std::string spelt = folder_.path() + "/./shop.sqlite3";
  const std::string link = folder_.path("link");
  std::filesystem::create_symlink("shop.sqlite3", link);
  const auto expect_refusals = [&] {
    EXPECT_THAT(refusal_of_outputs("orders", path_, "orders"), refused);
    EXPECT_THAT(refusal_of_outputs("orders", spelt, "ORDERS"), refused);
    EXPECT_THAT(refusal_of_outputs("Orders", link, "main.orders"), refused);
  };
  expect_refusals();
  EXPECT_FALSE(std::filesystem::exists(path_));
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  expect_refusals();
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_master"), 1);
  EXPECT_EQ(refusal_of_outputs("orders", path_, "others"), kNotRefused);
  EXPECT_EQ(refusal_of_outputs("\u00c4", path_, "\u00e4"), kNotRefused) << "only letters of ASCII have a case";
}

TEST_F(ATableOfOneRun, WhenItIsReadAndWrittenThenTheRunIsRefused) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  run_sql("CREATE TABLE others (item TEXT, price INTEGER)");
  run_sql("CREATE VIEW dear AS SELECT item, price FROM Orders WHERE price > 10");
  run_sql("CREATE VIEW dearest AS SELECT item, price FROM dear WHERE price > 100");
  const auto refused = AllOf(HasSubstr("step \"in\""), HasSubstr("step \"out\""));
  EXPECT_THAT(refusal_of_copy("orders", "ORDERS"), refused);
  EXPECT_THAT(refusal_of_copy("main.orders", "orders"), refused);
  EXPECT_THAT(refusal_of_copy("dear", "orders"), refused);
  EXPECT_THAT(refusal_of_copy("dearest", "orders"), refused);
  EXPECT_EQ(refusal_of_copy("dearest", "others"), kNotRefused);
}

TEST_F(ATableOfOneRun, WhenItsDatabaseIsAFileThatIsWrittenOrReadAsTextThenTheRunIsRefused) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  run_sql("INSERT INTO orders VALUES ('pen', 2)");
  const auto refused = AllOf(HasSubstr("step \"in\""), HasSubstr("step \"out\""));
  EXPECT_THAT(refusal_of([&](Dataflow& flow) {
                flow.input("in", SqliteInput{path_, "orders", orders()}) | op::output("out", TextFile{path_});
              }),
              refused);
  EXPECT_THAT(refusal_of([&](Dataflow& flow) {
                flow.input("in", TextFiles{{folder_.path()}}) |
                    op::map("order", [](std::string&& line) { return Order{std::move(line), 1}; }) |
                    op::output("out", SqliteOutput{path_, "orders", orders()});
              }),
              refused);
  EXPECT_EQ(number("SELECT count(*) FROM orders"), 1);
}

// What waits for them has names of its own.
TEST_F(ATableOfOneRun, MayHaveAFileBesideItThatIsNamedAsTheTwoTogether) {
  EXPECT_EQ(refusal_of([&](Dataflow& flow) {
              const auto items = flow.input("in", RangeInput{std::vector<Order>{{"pen", 2}}});
              items | op::output("table", SqliteOutput{path_, "orders", orders()});
              items | op::output("file", TextFile{path_ + ".orders"});
            }),
            kNotRefused);
}

TEST_F(ATableOfOneRun, WhenAnotherRunWritesItThenTheSecondIsRefusedUntilThatEnds) {
  for (const bool recovery : {false, true}) {
    const std::string table = recovery ? "decided" : "plain";
    QueueSource<Order> queue{4};
    Dataflow flow{"first"};
    flow.input("in", queue) | op::output("out", SqliteOutput{path_, table, orders()});
    RunOptions options{.workers = 2};
    options.recovery = recovery ? folder_.path("first") : "";
    RunHandle first = start(flow, options);
    const auto second = [&](const std::string& name) {
      return refusal_of([&](Dataflow& other) {
        other.input("in", RangeInput{std::vector<Order>{{"second", 2}}}) |
            op::output("out", SqliteOutput{path_, name, orders()});
      });
    };
    EXPECT_THAT(second(table), HasSubstr("is being written by another run"));
    EXPECT_THAT(second(recovery ? "DECIDED" : "main.Plain"), HasSubstr("is being written by another run"));
    EXPECT_EQ(second(table + "_too"), kNotRefused);
    ASSERT_TRUE(queue.push({"first", 1}));
    queue.close();
    first.wait();
    EXPECT_EQ(number("SELECT count(*) FROM " + table), 1);
    std::filesystem::remove_all(folder_.path("recovery"));
    EXPECT_EQ(second(table), kNotRefused);
    std::filesystem::remove_all(folder_.path("recovery"));
  }
  for (const auto& entry : std::filesystem::directory_iterator{folder_.path()}) {
    EXPECT_THAT(entry.path().filename().string(), ::testing::Not(HasSubstr("lock"))) << "it was left";
  }
}

TEST_F(ATableOfOneRun, IsFoundByItsNameInAnyCase) {
  run_sql("CREATE TABLE Orders (Item TEXT, Price INTEGER)");
  const auto copy_into = [&](const std::string& name, std::int64_t from, const RunOptions& options) {
    Dataflow flow{"write"};
    flow.input("in", PartitionedInput{{"all"},
                                      [from](const std::string&, std::optional<int> at) {
                                        std::vector<std::pair<int, Order>> rest;
                                        for (int i = at.value_or(0); i < from; ++i) {
                                          rest.emplace_back(i + 1, Order{"pen", i});
                                        }
                                        return rest;
                                      }}) |
        op::output("out", SqliteOutput{path_, name, orders()});
    run(flow, options);
  };
  RunOptions options{.workers = 2};
  options.recovery = folder_.path("own recovery");
  options.epoch_items = 1;
  std::int64_t rows = 0;
  for (const std::string name : {"orders", "ORDERS", "main.Orders", "Main.orders"}) {
    rows += 3;
    copy_into(name, rows, options);
    EXPECT_EQ(number("SELECT count(*) FROM orders"), rows) << name;
    EXPECT_EQ(number("SELECT count(*) FROM weir_epochs"), 1) << name;
  }
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_master WHERE type = 'table'"), 2);
  for (const std::string name : {"SQLITE_x", "Weir_epochs", "main.sqlite_x"}) {
    EXPECT_THAT(refusal_of([&](Dataflow& flow) {
                  flow.input("in", RangeInput{std::vector<Order>{{"pen", 2}}}) |
                      op::output("out", SqliteOutput{path_, name, orders()});
                }),
                HasSubstr("cannot be a table's name"));
  }
}

TEST_F(ATableOfOneRun, HasColumnsWhoseNamesHaveNoCase) {
  run_sql("CREATE TABLE prices (Item TEXT PRIMARY KEY, Price INTEGER)");
  for (const RunOptions& options : all_options()) {
    Dataflow flow{"keys"};
    flow.input("in", RangeInput{std::vector<Order>{{"pen", 1}, {"pen", 2}}}) |
        op::output("out", SqliteOutput{path_, "Prices", orders()}.key({"ITEM"}));
    run(flow, options);
    EXPECT_EQ(number("SELECT price FROM prices"), 2);
  }
}

TEST_F(ATableOfOneRun, IsReadOnWhenItsNameIsInAnotherCase) {
  run_sql("CREATE TABLE Orders (item TEXT, price INTEGER)");
  std::vector<Order> read;
  std::int64_t rows = 0;
  for (const std::string name : {"orders", "ORDERS", "main.Orders", "Orders"}) {
    run_sql("INSERT INTO orders VALUES ('pen', " + std::to_string(++rows) + ")");
    RunOptions options{.workers = 2};
    options.recovery = folder_.path("recovery");
    Dataflow flow{"read"};
    flow.input("in", SqliteInput{path_, name, orders()}) |
        op::output("out", Callback{[&](Order order) { read.push_back(std::move(order)); }});
    run(flow, options);
    EXPECT_EQ(read.size(), static_cast<std::size_t>(rows)) << name;
  }
}

TEST_F(ATableOfOneRun, IsNotKeptInADatabaseThatIsGoneWithTheRun) {
  for (const std::string path : {":memory:", ""}) {
    EXPECT_THAT(refusal_of([&](Dataflow& flow) {
                  flow.input("in", RangeInput{std::vector<Order>{{"pen", 2}}}) |
                      op::output("out", SqliteOutput{path, "orders", orders()});
                }),
                HasSubstr("is a database that is not kept"));
  }
}

}  // namespace
}  // namespace weir
