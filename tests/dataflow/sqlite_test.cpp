#include "weir/sqlite.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <latch>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "database/database.hpp"
#include "dataflow/every_worker_count.hpp"
#include "temporary_folder.hpp"

namespace weir {
namespace {

using detail::database::Database;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

enum class Colour : std::uint8_t { kRed = 1, kBlue = 2 };

/// A field of each kind.
struct Everything {
  std::int64_t number = 0;
  std::uint8_t small = 0;
  bool truth = false;
  double real = 0;
  Colour colour = Colour::kRed;
  std::string text;
  std::vector<std::byte> blob;
  std::optional<int> maybe_number;
  std::optional<std::string> maybe_text;
  friend auto operator<=>(const Everything&, const Everything&) = default;
};

auto everything() {
  return columns<Everything>("number", "small", "truth", "real", "colour", "text", "blob", "maybe_number",
                             "maybe_text");
}

const std::vector<Everything> kItems{
    {std::numeric_limits<std::int64_t>::min(), 0, false, -0.5, Colour::kRed, "", {}, {}, {}},
    {std::numeric_limits<std::int64_t>::max(), 255, true, 1e300, Colour::kBlue, "a \"text\"", {std::byte{0}}, 7, "x"},
};

using Order = std::pair<std::string, std::int64_t>;

auto orders() { return columns<Order>("item", "price"); }

class ADatabase : public ::testing::Test {
 protected:
  [[nodiscard]] Database open() const { return Database{path_, Database::Mode::kReadWriteCreate}; }
  // As another program does that writes while a run reads: it waits for its turn.
  void run_sql(const std::string& sql) const {
    auto database = open();
    static_cast<void>(database.number("PRAGMA busy_timeout = 60000"));
    database.run(sql);
  }
  [[nodiscard]] std::int64_t number(const std::string& sql) const { return open().number(sql); }
  [[nodiscard]] std::string text(const std::string& sql) const { return open().text(sql); }

  [[nodiscard]] static RunOptions with_workers(std::size_t workers) {
    RunOptions options;
    options.workers = workers;
    return options;
  }

  [[nodiscard]] RunOptions with_recovery(std::size_t workers) const {
    RunOptions options = with_workers(workers);
    options.recovery = folder_.path("recovery");
    options.epoch_items = 3;
    return options;
  }

  template <typename Input>
  [[nodiscard]] static auto read(const Input& input, std::size_t workers = 2) {
    std::vector<typename Input::Item> items;
    Dataflow flow{"read"};
    flow.input("in", input) |
        op::output("out", Callback{[&](typename Input::Item item) { items.push_back(std::move(item)); }});
    run(flow, with_workers(workers));
    return items;
  }

  template <typename Output, typename Item>
  void write(const Output& output, const std::vector<Item>& items, const RunOptions& options) const {
    Dataflow flow{"write"};
    flow.input("in", PartitionedInput{{"all"},
                                      [&](const std::string&, std::optional<std::size_t> at) {
                                        std::vector<std::pair<std::size_t, Item>> rest;
                                        for (std::size_t i = at.value_or(0); i < items.size(); ++i) {
                                          rest.emplace_back(i + 1, items[i]);
                                        }
                                        return rest;
                                      }}) |
        op::output("out", output);
    run(flow, options);
  }

  // From one table into another, in as many runs as there are.
  void copy_orders(const RunOptions& options) const {
    Dataflow flow{"copy"};
    flow.input("in", SqliteInput{path_, "orders", orders()}) | op::redistribute("anywhere") |
        op::output("out", SqliteOutput{path_out_, "copies", orders()});
    run(flow, options);
  }

  [[nodiscard]] std::vector<Order> copies() const {
    std::vector<Order> orders_there = read(SqliteInput{path_out_, "copies", orders()});
    std::ranges::sort(orders_there);
    return orders_there;
  }

  template <typename Error, typename Call>
  static std::string message_of(Call call) {
    try {
      call();
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path("shop.sqlite3");
  std::string path_out_ = folder_.path("copy.sqlite3");
};

TEST_F(ADatabase, HoldsTheItemsAsRowsAndGivesThemBack) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    for (const bool recovery : {false, true}) {
      const TemporaryFolder folder;
      RunOptions options = with_workers(workers);
      if (recovery) {
        options.recovery = folder.path("recovery");
      }
      const std::string path = folder.path("all.sqlite3");
      write(SqliteOutput{path, "every \"thing\"", everything()}, kItems, options);
      auto found = read(SqliteInput{path, "every \"thing\"", everything()}, workers);
      std::ranges::sort(found);
      EXPECT_EQ(found, kItems) << workers << " workers";
    }
  }
}

TEST_F(ADatabase, HasNaNAsNull) {
  using Numbers = std::tuple<double, std::optional<float>>;
  const auto numbers = columns<Numbers>("a", "b");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  write(SqliteOutput{path_, "numbers", numbers}, std::vector<Numbers>{{nan, 1.5F}}, with_workers(1));
  EXPECT_EQ(number("SELECT count(*) FROM numbers WHERE a IS NULL"), 1);
  const auto found = read(SqliteInput{path_, "numbers", numbers});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(std::isnan(std::get<0>(found[0])));
  EXPECT_EQ(std::get<1>(found[0]), 1.5F);
}

TEST_F(ADatabase, KeepsTheRowsThatItHad) {
  for (int times = 0; times < 2; ++times) {
    write(SqliteOutput{path_, "orders", orders()}, std::vector<Order>{{"pen", 2}}, with_workers(2));
  }
  EXPECT_EQ(number("SELECT count(*) FROM orders WHERE item = 'pen' AND price = 2"), 2);
}

TEST_F(ADatabase, WithAKeyHoldsTheNewestRowOfEach) {
  std::vector<Order> items;
  for (std::int64_t i = 0; i < 1'000; ++i) {
    items.emplace_back("item" + std::to_string(i % 7), i);
  }
  for (const bool recovery : {false, true}) {
    write(SqliteOutput{path_, "prices", orders()}.key({"item"}), items, recovery ? with_recovery(3) : with_workers(3));
    EXPECT_EQ(number("SELECT count(*) FROM prices"), 7);
    EXPECT_EQ(number("SELECT min(price) FROM prices"), 993);
  }
}

TEST_F(ADatabase, IsReadInTheOrderOfTheColumnThatGrows) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER, at INTEGER)");
  run_sql("INSERT INTO orders VALUES ('ink', 3, 30), ('pen', 2, -10), ('cap', 1, 20)");
  EXPECT_THAT(read(SqliteInput{path_, "orders", orders()}.by("at")),
              ElementsAre(Order{"pen", 2}, Order{"cap", 1}, Order{"ink", 3}));
}

TEST_F(ADatabase, IsReadToItsEndHoweverLongItIs) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  run_sql(
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
      "INSERT INTO orders SELECT printf('%.*c', i % 200, 'x'), i FROM n");
  std::int64_t sum = 0;
  for (const Order& order : read(SqliteInput{path_, "orders", orders()})) {
    sum += order.second;
    ASSERT_EQ(order.first.size(), static_cast<std::size_t>(std::max<std::int64_t>(order.second % 200, 1)));
  }
  EXPECT_EQ(sum, 20'000LL * 20'001 / 2);
}

TEST_F(ADatabase, WhenFollowedThenRowsThatComeLaterAreRead) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  run_sql("INSERT INTO orders VALUES ('pen', 2)");
  std::latch first{1};
  std::latch second{1};
  Dataflow flow{"follow"};
  flow.input("in", SqliteInput{path_, "orders", orders()}.follow(std::chrono::milliseconds{1})) |
      op::output("out", Callback{[&](const Order& order) { (order.first == "pen" ? first : second).count_down(); }});
  RunHandle handle = start(flow, with_workers(2));
  first.wait();
  run_sql("INSERT INTO orders VALUES ('ink', 3)");
  second.wait();
  handle.stop();
  EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
}

TEST_F(ADatabase, WhenRowsAreAddedThenTheNextRunCopiesThoseAlone) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  std::vector<Order> expected;
  for (const std::size_t workers : std::vector<std::size_t>{2, 1, 3, 8, 4, 2}) {
    for (int row = 0; row < 5; ++row) {
      expected.emplace_back("item", static_cast<std::int64_t>(expected.size()));
      run_sql("INSERT INTO orders VALUES ('item', " + std::to_string(expected.back().second) + ")");
    }
    copy_orders(with_recovery(workers));
    EXPECT_EQ(copies(), expected);
  }
}

TEST_F(ADatabase, WhenItsTableWasReplacedThenTheRunIsRefused) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  run_sql("INSERT INTO orders VALUES ('pen', 2)");
  copy_orders(with_recovery(2));
  std::filesystem::remove(path_out_);
  run_sql("INSERT INTO orders VALUES ('ink', 3)");
  EXPECT_THAT(message_of<RecoveryError>([&] { copy_orders(with_recovery(2)); }),
              HasSubstr("copies of " + path_out_ + "\" has 0 bytes, and"));
}

TEST_F(ADatabase, WhenItsTableIsGoneThenTheRunIsRefused) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  run_sql("INSERT INTO orders VALUES ('pen', 2)");
  copy_orders(with_recovery(2));
  detail::database::Database{path_out_, detail::database::Database::Mode::kReadWriteCreate}.run("DROP TABLE copies");
  run_sql("INSERT INTO orders VALUES ('ink', 3)");
  for (int start = 0; start < 2; ++start) {
    EXPECT_THAT(message_of<RecoveryError>([&] { copy_orders(with_recovery(2)); }),
                HasSubstr(path_out_ + "\" has no table \"copies\" any more"));
  }
}

TEST_F(ADatabase, WhenAnotherRunTookOverItsTableThenTheOlderOneStops) {
  std::latch written{1};
  std::latch taken_over{1};
  QueueSource<Order> queue{4};
  Dataflow flow{"older"};
  flow.input("in", queue) | op::inspect("look", [&](const Order& order) {
    if (order.first == "second") {
      written.count_down();
      taken_over.wait();
    }
  }) | op::output("out", SqliteOutput{path_, "orders", orders()});
  RunHandle handle = start(flow, with_recovery(1));
  ASSERT_TRUE(queue.push({"first", 1}));
  ASSERT_TRUE(queue.push({"second", 2}));
  written.wait();
  std::filesystem::remove(folder_.path(".shop.sqlite3.orders.weir-rows-lock"));  // which else refuses the other run
  RunOptions options = with_workers(1);
  options.recovery = folder_.path("other recovery");
  write(SqliteOutput{path_, "orders", orders()}, std::vector<Order>{{"newer", 3}}, options);
  taken_over.count_down();
  queue.close();
  EXPECT_THAT(message_of<std::exception>([&] { handle.wait(); }), HasSubstr("is written by another run"));
  EXPECT_EQ(text("SELECT group_concat(item) FROM orders"), "newer");
}

TEST_F(ADatabase, WhenItsTableRefusesARowThenNoRowOfThatEpochIsThereAndTheRestComesOnceItDoesNot) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER CHECK (price != 4))");
  std::vector<Order> items;
  for (std::int64_t i = 0; i < 9; ++i) {
    items.emplace_back("item", i);
  }
  const auto write_all = [&](std::size_t workers) {
    write(SqliteOutput{path_, "orders", orders()}, items, with_recovery(workers));
  };
  EXPECT_THAT(message_of<StepError>([&] { write_all(2); }), HasSubstr("CHECK constraint failed"));
  EXPECT_EQ(number("SELECT count(*) FROM orders WHERE price >= 3"), 0);
  run_sql("ALTER TABLE orders RENAME TO refusing");
  run_sql("CREATE TABLE orders AS SELECT * FROM refusing");
  run_sql("DROP TABLE refusing");
  write_all(3);
  EXPECT_EQ(text("SELECT group_concat(price) FROM (SELECT price FROM orders ORDER BY price)"), "0,1,2,3,4,5,6,7,8");
}

TEST_F(ADatabase, WhenAnIntegerIsTooLargeThenTheErrorNamesItAndItsColumn) {
  using Row = std::tuple<std::uint64_t>;
  EXPECT_THAT(message_of<StepError>([&] {
                write(SqliteOutput{path_, "t", columns<Row>("n")}, std::vector<Row>{{std::uint64_t{1} << 63}},
                      with_workers(1));
              }),
              HasSubstr("column \"n\": 9223372036854775808 is larger"));
}

TEST_F(ADatabase, WhenAValueDoesNotFitItsFieldThenTheErrorNamesTheRow) {
  run_sql("CREATE TABLE orders (item, price)");
  const std::vector<std::pair<std::string, std::string>> cases{
      {"'pen', 'dear'", "rowid 1: column \"price\": the text \"dear\" is there; expected an integer"},
      {"NULL, 1", "rowid 1: column \"item\": NULL is there; expected text"},
      {"'pen', 1.5", "rowid 1: column \"price\": the number 1.5 is there; expected an integer"},
      {"x'00', 1", "rowid 1: column \"item\": a blob of 1 bytes is there; expected text"}};
  for (const auto& [values, message] : cases) {
    run_sql("DELETE FROM orders");
    run_sql("INSERT INTO orders VALUES (" + values + ")");
    EXPECT_THAT(message_of<StepError>([&] { static_cast<void>(read(SqliteInput{path_, "orders", orders()})); }),
                HasSubstr(path_ + ":orders: " + message));
  }
  run_sql("DELETE FROM orders");
  run_sql("INSERT INTO orders VALUES ('pen', 300)");
  using Small = std::pair<std::string, std::int8_t>;
  const SqliteInput small{path_, "orders", columns<Small>("item", "price")};
  EXPECT_THAT(message_of<StepError>([&] { static_cast<void>(read(small)); }),
              HasSubstr("300 does not fit; expected -128 to 127"));
}

TEST_F(ADatabase, WhenBadRowsAreTakenThenTheOthersAreRead) {
  run_sql("CREATE TABLE orders (item, price)");
  run_sql("INSERT INTO orders VALUES (1, 2), ('pen', 2), ('ink', 'dear'), (NULL, NULL), ('cap', 1)");
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"read"};
    std::vector<Order> good_rows;
    std::vector<std::string> errors;
    const auto [good, bad] = flow.try_input("in", SqliteInput{path_, "orders", orders()});
    good | op::output("out", Callback{[&](Order order) { good_rows.push_back(std::move(order)); }});
    bad | op::output("bad", Callback{[&](const BadRecord& record) { errors.push_back(record.error); }});
    run(flow, with_workers(workers));
    EXPECT_THAT(good_rows, ElementsAre(Order{"pen", 2}, Order{"cap", 1}));
    EXPECT_THAT(errors, ElementsAre(HasSubstr("rowid 1: column \"item\": the integer 1 is there; expected text"),
                                    HasSubstr("rowid 3: column \"price\""), HasSubstr("rowid 4: column \"item\"")));
  }
}

TEST_F(ADatabase, WhenTheColumnThatGrowsHasEqualValuesThenTheErrorSaysSo) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  run_sql("INSERT INTO orders VALUES ('pen', 2), ('ink', 2)");
  EXPECT_THAT(
      message_of<StepError>([&] { static_cast<void>(read(SqliteInput{path_, "orders", orders()}.by("price"))); }),
      HasSubstr("two rows have price 2"));
}

TEST_F(ADatabase, WhenItCannotBeUsedThenTheRunDoesNotBeginAndTheErrorSaysWhy) {
  run_sql("CREATE TABLE orders (item TEXT, price INTEGER)");
  const auto cannot_read = [&](const std::string& path, const std::string& table, const std::string& column,
                               const auto& message) {
    const SqliteInput input{path, table, columns<Order>("item", column)};
    EXPECT_THAT(message_of<UsageError>([&] { static_cast<void>(read(input)); }), message);
  };
  cannot_read(folder_.path("missing"), "orders", "price", HasSubstr("unable to open database file"));
  cannot_read(folder_.write("text", "this is no database, but long enough to be taken for one, if nobody looked"),
              "orders", "price", HasSubstr("file is not a database"));
  cannot_read(path_, "order", "price", HasSubstr("no such table: order"));
  cannot_read(path_, "orders", "prices",
              AnyOf(HasSubstr("no such column: prices"), HasSubstr("no such column: \"prices\"")));  // SQLite 3.46

  const auto cannot_write = [&](const auto& output, const std::string& message) {
    for (const bool recovery : {false, true}) {
      const RunOptions options = recovery ? with_recovery(2) : with_workers(2);
      EXPECT_THAT(message_of<UsageError>([&] { write(output, std::vector<Order>{{"pen", 2}}, options); }),
                  HasSubstr(message));
    }
  };
  cannot_write(SqliteOutput{folder_.path("no/folder"), "orders", orders()}, "unable to open database file");
  cannot_write(SqliteOutput{path_, "orders", columns<Order>("item", "prices")}, "has no column named prices");
  cannot_write(SqliteOutput{path_, "sqlite_orders", orders()}, "cannot be a table's name");
  cannot_write(SqliteOutput{path_, "orders", orders()}.key({"id"}), "the key's column \"id\" is none of the table's");
  cannot_write(SqliteOutput{path_, "orders", orders()}.key({"item"}), "ON CONFLICT clause does not match");
}

}  // namespace
}  // namespace weir
