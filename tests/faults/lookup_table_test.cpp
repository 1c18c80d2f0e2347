#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "faults/shell.hpp"
#include "temporary_folder.hpp"
#include "weir/testing_recovery.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

using Row = std::pair<int, std::string>;
using Answer = std::pair<int, std::optional<std::string>>;

constexpr int kKeys = 300;

std::string name_of(int key) { return "name " + std::to_string(key); }

std::vector<int> questions() {
  std::vector<int> all;
  for (int n = 0; n < 20 * kKeys; ++n) {
    all.push_back(n % kKeys);
  }
  return all;
}

std::vector<std::vector<Row>> rows(std::size_t partitions = 3) {
  std::vector<std::vector<Row>> rows(partitions);
  for (int key = 0; key < kKeys; ++key) {
    rows[static_cast<std::size_t>(key) % partitions].emplace_back(key, name_of(key));
  }
  return rows;
}

int key_of(int question) { return question; }

RunOptions on(std::size_t workers) {
  RunOptions options;
  options.workers = workers;
  return options;
}

std::uint64_t without_row(const RunReport& report, const std::string& step_id) {
  const auto step = std::ranges::find(report.steps, step_id, &StepReport::step_id);
  return step->counters.at("without_row");
}

void expect_all_found(const std::vector<Answer>& answers, std::size_t count) {
  EXPECT_EQ(answers.size(), count);
  EXPECT_TRUE(
      std::ranges::all_of(answers, [](const Answer& answer) { return answer.second == name_of(answer.first); }));
}

/// A source of one partition whose code is a function of the test.
template <typename T>
class Told {
 public:
  using Item = T;
  using Ask = std::function<Poll(Emit<T>&)>;

  Told(
      Ask ask, bool bounded, std::function<void()> on_snapshot = [] {})
      : ask_{std::move(ask)}, bounded_{bounded}, on_snapshot_{std::move(on_snapshot)} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return {"all"}; }
  [[nodiscard]] std::unique_ptr<SourcePartition<T>> open(const std::string& /*name*/,
                                                         const std::optional<std::string>& /*position*/,
                                                         const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(*this);
  }

 private:
  class Partition final : public SourcePartition<T> {
   public:
    explicit Partition(const Told& told) : told_{told} {}
    Poll poll(Emit<T>& emit) override { return told_.ask_(emit); }
    [[nodiscard]] std::string position() const override {
      told_.on_snapshot_();
      return {};
    }
    [[nodiscard]] bool bounded() const override { return told_.bounded_; }

   private:
    Told told_;
  };

  Ask ask_;
  bool bounded_;
  std::function<void()> on_snapshot_;
};

class AnItemAndItsRow : public ::testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Workers, AnItemAndItsRow, ::testing::Values(1, 2, 4, 8));

TEST_P(AnItemAndItsRow, MeetWhicheverInputIsDeclaredFirst) {
  for (const bool table_first : {false, true}) {
    Dataflow flow{"tested"};
    std::optional<Stream<Row>> table;
    if (table_first) {
      table = flow.input("table", testing::Scripted<Row>{rows()});
    }
    const auto asked = flow.input("questions", RangeInput{questions()}) | op::redistribute("spread");
    if (!table_first) {
      table = flow.input("table", testing::Scripted<Row>{rows()});
    }
    const testing::Collected<Answer> answers;
    op::lookup("answer", asked, &key_of, *table) | op::output("out", answers);
    EXPECT_EQ(without_row(run(flow, on(GetParam())), "answer"), 0U);
    expect_all_found(answers.items(), questions().size());
  }
}

TEST_P(AnItemAndItsRow, MeetThroughFiles) {
  const TemporaryFolder folder;
  std::string lines;
  std::string table_lines;
  for (int n = 0; n < 20 * kKeys; ++n) {
    lines += std::to_string(n % kKeys) + "\n";
  }
  for (int key = 0; key < kKeys; ++key) {
    table_lines += std::to_string(key) + "\n";
  }
  Dataflow flow{"tested"};
  const auto number = [](const std::string& line) { return std::stoi(line); };
  const auto asked = flow.input("questions", TextFiles{{folder.write("in", lines)}}) | op::map("question", number);
  const auto table = flow.input("table", TextFiles{{folder.write("table", table_lines)}}) |
                     op::map("row", [](const std::string& line) { return Row{std::stoi(line), "name " + line}; });
  const testing::Collected<Answer> answers;
  op::lookup("answer", asked, &key_of, table) | op::output("out", answers);
  run(flow, on(GetParam()));
  expect_all_found(answers.items(), questions().size());
}

TEST_P(AnItemAndItsRow, MeetWhereTheTableComesThroughOtherStepsAndLookups) {
  Dataflow flow{"tested"};
  const auto asked = flow.input("questions", RangeInput{questions()}) | op::redistribute("spread");
  const auto numbers =
      flow.input("numbers", PartitionedInput{{"a", "b"}, [](const std::string& name, std::optional<int>) {
                                               std::vector<std::pair<int, int>> keys;
                                               for (int key = name == "a" ? 0 : 1; key < kKeys; key += 2) {
                                                 keys.emplace_back(key, key);
                                               }
                                               return keys;
                                             }});
  const auto spread = numbers | op::redistribute("spread_numbers") | op::key_on("key", [](int key) { return key; }) |
                      op::distinct("once");
  const auto names = flow.input("names", testing::Scripted<Row>{rows()});
  const auto table = op::lookup(
                         "name", spread, [](const std::pair<int, int>& row) { return row.first; }, names) |
                     op::map("row", [](const std::pair<std::pair<int, int>, std::optional<std::string>>& found) {
                       return Row{found.first.first, found.second.value_or("?")};
                     });
  const auto answered = op::lookup("answer", asked, &key_of, table);
  const testing::Collected<Answer> again;
  op::lookup(
      "again", answered, [](const Answer& answer) { return answer.first; }, names) |
      op::map("plain",
              [](const std::pair<Answer, std::optional<std::string>>& found) {
                return found.second == found.first.second ? found.first : Answer{};
              }) |
      op::output("out", again);
  run(flow, on(GetParam()));
  expect_all_found(again.items(), questions().size());
}

TEST_P(AnItemAndItsRow, MeetThoughTheStreamIsAskedForNothingUntilTheTableHasEnded) {
  std::atomic<bool> ended{false};
  std::atomic<bool> asked_early{false};
  std::size_t next_row = 0;
  const auto all = rows(1).front();
  Dataflow flow{"tested"};
  const auto asked = flow.input("questions", Told<int>{[&](Emit<int>& emit) {
                                                         asked_early = asked_early || !ended;
                                                         emit(7);
                                                         return Poll::end();
                                                       },
                                                       true});
  const auto table = flow.input("table", Told<Row>{[&](Emit<Row>& emit) {
                                                     if (next_row == all.size()) {
                                                       ended = true;
                                                       return Poll::end();
                                                     }
                                                     emit(Row{all[next_row++]});
                                                     return Poll::idle(1us);
                                                   },
                                                   true});
  const testing::Collected<Answer> answers;
  op::lookup("answer", asked, &key_of, table) | op::output("out", answers);
  run(flow, on(GetParam()));
  EXPECT_FALSE(asked_early);
  expect_all_found(answers.items(), 1);
}

TEST_P(AnItemAndItsRow, MeetThoughEpochsCloseWhileTheTableIsRead) {
  const TemporaryFolder folder;
  std::atomic<int> epochs{0};
  bool given = false;
  Dataflow flow{"tested"};
  const auto asked = flow.input("questions", RangeInput{questions()});
  const auto table =
      flow.input("table", Told<Row>{[&](Emit<Row>& emit) {
                                      if (!std::exchange(given, true)) {
                                        std::ranges::for_each(rows(1).front(), [&](const Row& row) { emit(Row{row}); });
                                      }
                                      emit(Row{-1, "tick"});
                                      return epochs < 3 ? Poll::idle(100us) : Poll::end();
                                    },
                                    true, [&] { ++epochs; }});
  const testing::Decided<Answer> answers;
  op::lookup("answer", asked, &key_of, table) | op::output("out", answers);
  RunOptions options = on(GetParam());
  options.recovery = folder.path("recovery");
  options.epoch_interval = 1ms;
  run(flow, options);
  EXPECT_GE(epochs, 3);
  expect_all_found(answers.items(), questions().size());
}

TEST_P(AnItemAndItsRow, MeetAfterFailuresInTheMiddleOfTheTable) {
  const TemporaryFolder folder;
  const testing::Decided<Answer> answers;
  for (const int fails_at : {100, 250, -1}) {
    Dataflow flow{"tested"};
    const auto asked = flow.input("questions", RangeInput{questions()});
    std::atomic<int> seen{0};
    const auto table = flow.input("table", testing::Scripted<Row>{rows(1)}) | op::inspect("fail", [&](const Row& row) {
                         if (++seen > 20 && row.first == fails_at) {
                           throw std::runtime_error{"planned"};
                         }
                       });
    op::lookup("answer", asked, &key_of, table) | op::output("out", answers);
    RunOptions options = on(fails_at == 250 ? 3 : GetParam());
    options.recovery = folder.path("recovery");
    options.epoch_items = 10;
    if (fails_at >= 0) {
      EXPECT_THROW(run(flow, options), StepError);
      EXPECT_TRUE(answers.items().empty());
    } else {
      run(flow, options);
    }
  }
  expect_all_found(answers.items(), questions().size());
}

TEST_P(AnItemAndItsRow, MayMissEachOtherWhereBothComeFromOneInputAndTheRunEnds) {
  Dataflow flow{"tested"};
  const auto all = flow.input("all", RangeInput{questions()});
  const auto table = all | op::map("row", [](int key) { return Row{key, name_of(key)}; });
  const testing::Collected<Answer> answers;
  op::lookup("answer", all, &key_of, table) | op::output("out", answers);
  const auto missed = without_row(run(flow, on(GetParam())), "answer");
  EXPECT_EQ(answers.items().size(), questions().size());
  const auto with_row = [](const Answer& answer) { return answer.second.has_value(); };
  const std::vector<Answer> all_answers = answers.items();
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count_if(all_answers, with_row)), all_answers.size() - missed);
}

TEST_P(AnItemAndItsRow, DoNotKeepTwoInputsWaitingForEachOther) {
  Dataflow flow{"tested"};
  const auto ones = flow.input("ones", testing::Scripted<Row>{rows()});
  const auto others = flow.input("others", testing::Scripted<Row>{rows()});
  const testing::Collected<std::pair<Row, std::optional<std::string>>> out;
  const auto key = [](const Row& row) { return row.first; };
  op::lookup("of_ones", ones, key, others) | op::output("out_ones", out);
  op::lookup("of_others", others, key, ones) | op::output("out_others", out);
  const RunReport report = run(flow, on(GetParam()));
  EXPECT_EQ(out.items().size(), 2U * kKeys);
  EXPECT_EQ(without_row(report, "of_ones"), 0U) << "this one is read in order";
}

TEST_P(AnItemAndItsRow, AreReadAtOnceWhereThatIsAskedFor) {
  std::atomic<bool> answered{false};
  Dataflow flow{"tested"};
  const auto asked = flow.input("questions", RangeInput{std::vector{1, 2, 3}});
  const auto table = flow.input("table", Told<Row>{[&](Emit<Row>& emit) {
                                                     if (!answered) {
                                                       return Poll::idle(100us);
                                                     }
                                                     emit(Row{1, name_of(1)});
                                                     return Poll::end();
                                                   },
                                                   true});
  op::lookup("answer", asked, &key_of, table, TableRead::kAtOnce) |
      op::inspect("note", [&](const Answer&) { answered = true; }) | op::output("out", testing::Collected<Answer>{});
  EXPECT_EQ(without_row(run(flow, on(GetParam())), "answer"), 3U);
}

TEST_P(AnItemAndItsRow, MeetWhereTheTableIsAskedForThoughItMayHaveNoEnd) {
  std::atomic<int> asks{0};
  Dataflow flow{"tested"};
  const auto asked = flow.input("questions", RangeInput{questions()});
  const auto table =
      flow.input("table", Told<Row>{[&](Emit<Row>& emit) {
                                      if (++asks < 20) {
                                        return Poll::idle(100us);
                                      }
                                      std::ranges::for_each(rows(1).front(), [&](const Row& row) { emit(Row{row}); });
                                      return Poll::end();
                                    },
                                    false});
  const testing::Collected<Answer> answers;
  op::lookup("answer", asked, &key_of, table, TableRead::kFirst) | op::output("out", answers);
  run(flow, on(GetParam()));
  expect_all_found(answers.items(), questions().size());
}

TEST_P(AnItemAndItsRow, DoNotKeepARunFromStopping) {
  std::promise<void> begun;
  std::atomic<int> asks{0};
  Dataflow flow{"tested"};
  const auto asked = flow.input("questions", RangeInput{questions()});
  const auto table = flow.input("table", Told<Row>{[&](Emit<Row>& /*emit*/) {
                                                     if (asks++ == 0) {
                                                       begun.set_value();
                                                     }
                                                     return Poll::idle();
                                                   },
                                                   true});
  const testing::Collected<Answer> answers;
  op::lookup("answer", asked, &key_of, table) | op::output("out", answers);
  RunHandle running = start(flow, on(GetParam()));
  begun.get_future().wait();
  running.stop();
  EXPECT_EQ(running.wait().outcome, Outcome::kDrained);
  EXPECT_TRUE(answers.items().empty());
}

TEST_P(AnItemAndItsRow, MeetWhereTheRunIsStoppedAndTheStreamCannotBeReadAgain) {
  std::promise<void> begun;
  std::atomic<int> asks{0};
  std::atomic<bool> stopped{false};
  QueueSource<int> queue;
  Dataflow flow{"tested"};
  const auto asked = flow.input("questions", queue);
  const auto table =
      flow.input("table", Told<Row>{[&](Emit<Row>& emit) {
                                      if (asks++ == 0) {
                                        begun.set_value();
                                      }
                                      if (!stopped) {
                                        return Poll::idle(100us);
                                      }
                                      std::ranges::for_each(rows(1).front(), [&](const Row& row) { emit(Row{row}); });
                                      return Poll::end();
                                    },
                                    true});
  const testing::Collected<Answer> answers;
  op::lookup("answer", asked, &key_of, table) | op::output("out", answers);
  RunHandle running = start(flow, on(GetParam()));
  begun.get_future().wait();
  for (int key = 0; key < 10; ++key) {
    queue.push(key);
  }
  running.stop();
  stopped = true;
  EXPECT_EQ(running.wait().outcome, Outcome::kDrained);
  expect_all_found(answers.items(), 10);
}

TEST(ATable, ThatIsToBeReadBeforeItsOwnInputIsABuildError) {
  Dataflow flow{"tested"};
  const auto all = flow.input("all", RangeInput{questions()});
  const auto table = all | op::map("row", [](int key) { return Row{key, name_of(key)}; });
  try {
    op::lookup("answer", all, &key_of, table, TableRead::kFirst);
    FAIL() << "no error";
  } catch (const BuildError& error) {
    EXPECT_NE(std::string{error.what()}.find("step \"answer\" is to read its table before its stream"),
              std::string::npos)
        << error.what();
  }
  op::lookup("at_once", all, &key_of, table, TableRead::kAtOnce) | op::output("out", testing::Collected<Answer>{});
  EXPECT_EQ(run(flow, on(2)).outcome, Outcome::kDone) << "the step that was refused is not there";
}

TEST(AProgram, SaysHowManyItemsFoundNoRow) {
  const TemporaryFolder folder;
  std::string orders;
  std::string countries;
  for (int n = 0; n < 20'000; ++n) {
    orders += R"({"id":)" + std::to_string(n) + R"(,"country":"c)" + std::to_string(n % 200) + "\"}\n";
  }
  for (int n = 0; n < 199; ++n) {
    countries += R"({"code":"c)" + std::to_string(n) + R"(","name":"Country"})" + "\n";
  }
  folder.write("orders.jsonl", orders);
  folder.write("countries.jsonl", countries);
  for (const std::string workers : {"1", "2", "4"}) {
    EXPECT_EQ(
        faults::shell(folder, "name_orders --orders orders.jsonl --countries countries.jsonl --output out --workers " +
                                  workers + " 2>messages"),
        0);
    EXPECT_EQ(folder.read("messages"), "step \"country\": 100 items found no row in the table\n");
    const std::string out = folder.read("out");
    EXPECT_EQ(std::ranges::count(out, '?'), 100);
    EXPECT_EQ(std::ranges::count(out, '\n'), 20'000) << "workers " << workers;
  }
}

}  // namespace
}  // namespace weir
