#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "dataflow/every_worker_count.hpp"
#include "temporary_folder.hpp"
#include "weir/testing_recovery.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

using Key = std::uint32_t;
using Row = std::optional<std::string>;
using Updates = std::vector<std::vector<std::pair<Key, Row>>>;
using Answer = std::pair<Key, Row>;

/// Jobs on one recovery directory, where the table and the questions grow from run to run: what is asked about was
/// in the table before the run began.
class ALookupTable : public ::testing::Test {
 protected:
  /// Asks every worker about each of these keys.
  std::vector<Answer> ask(const Updates& updates, const std::vector<Key>& questions, std::size_t workers,
                          ExchangeMode exchange = ExchangeMode::kCereal) const {
    Dataflow flow{"job"};
    const auto asked = flow.input("questions", testing::Scripted<Key>{{questions}}) | op::broadcast("ask_all");
    const auto table = flow.input("table", testing::Scripted<std::pair<Key, Row>>{updates});
    const testing::Decided<Answer> answers;
    op::lookup("answer", asked, [](const Key& key) { return key; }, table) | op::output("out", answers);
    RunOptions options;
    options.workers = workers;
    options.exchange = exchange;
    options.recovery = folder_.path("recovery");
    options.epoch_items = 3;
    run(flow, options);
    return answers.items();
  }

  TemporaryFolder folder_;
};

/// Each answer once from every worker.
std::vector<Answer> from_all(const std::vector<Answer>& answers, std::size_t workers) {
  std::vector<Answer> all;
  for (const Answer& answer : answers) {
    all.insert(all.end(), workers, answer);
  }
  std::ranges::sort(all);
  return all;
}

TEST_F(ALookupTable, WhenARunGoesOnThenEveryWorkerHasTheNewestRowOfEachKey) {
  const Updates updates{{{1, "a"}, {2, "b"}, {1, "c"}, {4, "gone"}}, {{3, "d"}, {5, "e"}, {5, std::nullopt}}};
  EXPECT_TRUE(ask(updates, {}, 3).empty());
  std::vector<Key> questions;
  for (const std::size_t workers : testing::kWorkerCounts) {
    for (const ExchangeMode mode : {ExchangeMode::kCereal, ExchangeMode::kMove}) {
      SCOPED_TRACE(std::to_string(workers) + " workers, " + (mode == ExchangeMode::kMove ? "move" : "cereal"));
      questions.insert(questions.end(), {1, 2, 3, 4, 5, 6});
      auto answers = ask(updates, questions, workers, mode);
      std::ranges::sort(answers);
      EXPECT_EQ(answers, from_all({{1, "c"}, {2, "b"}, {3, "d"}, {4, "gone"}, {5, {}}, {6, {}}}, workers));
    }
  }
}

TEST_F(ALookupTable, WhenRowsAreDeletedAndChangedLaterThenNoWorkerHasTheOldOnes) {
  Updates updates(1);
  for (Key key = 0; key < 200; ++key) {
    updates[0].emplace_back(key, "old");
  }
  ask(updates, {}, 2);
  for (Key key = 0; key < 200; key += 2) {
    updates[0].emplace_back(key, std::nullopt);
  }
  for (Key key = 0; key < 200; key += 3) {
    updates[0].emplace_back(key, "new");
  }
  ask(updates, {}, 8);
  std::vector<Key> questions;
  std::vector<Answer> expected;
  for (Key key = 0; key < 200; ++key) {
    questions.push_back(key);
    expected.emplace_back(key, key % 3 == 0 ? Row{"new"} : key % 2 == 0 ? Row{} : Row{"old"});
  }
  auto answers = ask(updates, questions, 4);
  std::ranges::sort(answers);
  EXPECT_EQ(answers, from_all(expected, 4));
}

/// Asks about the same keys again and again until it is told to stop.
class Asking {
 public:
  using Item = Key;

  Asking(std::vector<Key> keys, const std::atomic<bool>& stop) : keys_{std::move(keys)}, stop_{&stop} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return {"all"}; }
  [[nodiscard]] std::unique_ptr<SourcePartition<Key>> open(const std::string& /*name*/,
                                                           const std::optional<std::string>& /*position*/,
                                                           const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(keys_, *stop_);
  }

 private:
  class Partition final : public SourcePartition<Key> {
   public:
    Partition(std::vector<Key> keys, const std::atomic<bool>& stop) : keys_{std::move(keys)}, stop_{&stop} {}
    Poll poll(Emit<Key>& emit) override {
      if (stop_->load() || std::chrono::steady_clock::now() > deadline_) {
        return Poll::end();
      }
      for (std::size_t i = 0; i < keys_.size() && emit.open(); ++i) {
        emit(keys_[next_++ % keys_.size()]);
      }
      return Poll::idle(100us);
    }
    [[nodiscard]] std::string position() const override { return {}; }

   private:
    std::vector<Key> keys_;
    const std::atomic<bool>* stop_;
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + 30s;
    std::size_t next_ = 0;
  };

  std::vector<Key> keys_;
  const std::atomic<bool>* stop_;
};

/// What each worker was answered about each key, without what it was answered right before.
class Seen {
 public:
  explicit Seen(std::size_t workers) : rows_(workers) {}

  void note(std::uint32_t worker, Key key, int row) {
    const std::scoped_lock lock{mutex_};
    std::vector<int>& rows = rows_[worker][key];
    if (rows.empty() || rows.back() != row) {
      rows.push_back(row);
    }
  }
  [[nodiscard]] bool all_have_seen(Key key, int row) const {
    const std::scoped_lock lock{mutex_};
    return std::ranges::all_of(rows_, [&](const auto& by_key) {
      const auto found = by_key.find(key);
      return found != by_key.end() && found->second.back() == row;
    });
  }
  /// Once nothing is noted any more.
  [[nodiscard]] const std::vector<std::map<Key, std::vector<int>>>& rows() const { return rows_; }

 private:
  mutable std::mutex mutex_;
  std::vector<std::map<Key, std::vector<int>>> rows_;  // by worker
};

/// Whether there is an order in which both are.
bool agree(const std::vector<int>& left, const std::vector<int>& right) {
  const auto common = [](const std::vector<int>& of, const std::vector<int>& with) {
    std::vector<int> rows;
    std::ranges::copy_if(of, std::back_inserter(rows),
                         [&](int row) { return std::ranges::find(with, row) != with.end(); });
    return rows;
  };
  return common(left, right) == common(right, left);
}

TEST(Lookup, WhileTheTableChangesAllWorkersSeeItsUpdatesInOneOrderAndTheLastOneInTheEnd) {
  constexpr int kCount = 300;
  std::vector<std::vector<std::pair<Key, int>>> updates(3);  // of key 0 by all partitions, and of one key each
  for (int n = 1; n <= kCount; ++n) {
    for (Key partition = 0; partition < 3; ++partition) {
      updates[partition].emplace_back(0, static_cast<int>(partition) * 1'000 + n);
      updates[partition].emplace_back(partition + 1, n);
    }
  }
  for (const std::size_t workers : testing::kWorkerCounts) {
    for (const ExchangeMode mode : {ExchangeMode::kCereal, ExchangeMode::kMove}) {
      SCOPED_TRACE(std::to_string(workers) + " workers, " + (mode == ExchangeMode::kMove ? "move" : "cereal"));
      std::atomic<bool> stop{false};
      Seen seen{workers};
      Dataflow flow{"tested"};
      const auto asked = flow.input("questions", Asking{{0, 1, 2, 3}, stop}) | op::broadcast("ask_all");
      const auto table = flow.input("table", testing::Scripted<std::pair<Key, int>>{updates});
      op::lookup(
          "answer", asked, [](const Key& key) { return key; }, table) |
          op::inspect(
              "note", per_worker([&](WorkerContext worker) {
                return [&seen, &stop, worker](const std::pair<Key, std::optional<int>>& answer) {
                  if (answer.second) {
                    seen.note(worker.index.value, answer.first, *answer.second);
                  }
                  if (seen.all_have_seen(1, kCount) && seen.all_have_seen(2, kCount) && seen.all_have_seen(3, kCount)) {
                    stop = true;
                  }
                };
              })) |
          op::output("out", testing::Collected<std::pair<Key, std::optional<int>>>{});
      RunOptions options;
      options.workers = workers;
      options.exchange = mode;
      run(flow, options);
      ASSERT_TRUE(stop) << "a worker never saw the last row of a key";
      for (const auto& by_key : seen.rows()) {
        for (Key key = 1; key <= 3; ++key) {
          EXPECT_TRUE(std::ranges::is_sorted(by_key.at(key)));
        }
        for (const auto& other : seen.rows()) {
          EXPECT_TRUE(by_key.find(0) == by_key.end() || other.find(0) == other.end() ||
                      agree(by_key.at(0), other.at(0)));
        }
      }
    }
  }
}

/// Gives a key a row, and deletes it once it is told to.
class DeletedOnceTold {
 public:
  using Item = std::pair<Key, std::optional<int>>;

  explicit DeletedOnceTold(const std::atomic<bool>& told) : told_{&told} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return {"all"}; }
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& /*name*/,
                                                            const std::optional<std::string>& /*position*/,
                                                            const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(*told_);
  }

 private:
  class Partition final : public SourcePartition<Item> {
   public:
    explicit Partition(const std::atomic<bool>& told) : told_{&told} {}
    Poll poll(Emit<Item>& emit) override {
      if (!std::exchange(given_, true)) {
        emit(Item{0, 1});
      }
      if (!told_->load() && std::chrono::steady_clock::now() < deadline_) {
        return Poll::idle(100us);
      }
      emit(Item{0, std::nullopt});
      return Poll::end();
    }
    [[nodiscard]] std::string position() const override { return {}; }

   private:
    const std::atomic<bool>* told_;
    std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + 30s;
    bool given_ = false;
  };

  const std::atomic<bool>* told_;
};

TEST(Lookup, WhenARowIsDeletedThenEveryWorkerLosesIt) {
  constexpr int kNone = -1;
  for (const std::size_t workers : testing::kWorkerCounts) {
    for (const ExchangeMode mode : {ExchangeMode::kCereal, ExchangeMode::kMove}) {
      SCOPED_TRACE(std::to_string(workers) + " workers, " + (mode == ExchangeMode::kMove ? "move" : "cereal"));
      std::atomic<bool> all_have_it{false};
      std::atomic<bool> all_have_lost_it{false};
      Seen seen{workers};
      Dataflow flow{"tested"};
      const auto asked = flow.input("questions", Asking{{0}, all_have_lost_it}) | op::broadcast("ask_all");
      op::lookup(
          "answer", asked, [](const Key& key) { return key; }, flow.input("table", DeletedOnceTold{all_have_it})) |
          op::inspect("note", per_worker([&](WorkerContext worker) {
                        return [&, worker](const std::pair<Key, std::optional<int>>& answer) {
                          seen.note(worker.index.value, answer.first, answer.second.value_or(kNone));
                          // Neither is taken back by a worker that looked before another one did.
                          if (!all_have_it && seen.all_have_seen(0, 1)) {
                            all_have_it = true;
                          } else if (all_have_it && seen.all_have_seen(0, kNone)) {
                            all_have_lost_it = true;
                          }
                        };
                      })) |
          op::output("out", testing::Collected<std::pair<Key, std::optional<int>>>{});
      RunOptions options;
      options.workers = workers;
      options.exchange = mode;
      run(flow, options);
      ASSERT_TRUE(all_have_it);
      ASSERT_TRUE(all_have_lost_it);
    }
  }
}

/// A question, or where `update` is one, a new row.
struct Event {
  Key key = 0;
  bool update = false;
  int row = 0;
};

TEST(Lookup, OfATableThatComesFromTheSameSourceGoesOnBehindAborts) {
  constexpr int kCount = 200;
  std::vector<std::vector<Event>> events(3);
  for (int n = 0; n < kCount; ++n) {
    events[0].push_back({static_cast<Key>(n % 7), true, n});
    events[1].push_back({static_cast<Key>(n % 7), false, n});
    events[2].push_back({static_cast<Key>(n % 7), false, kCount + n});
  }
  const auto answers = [](const Stream<Event>& all) {
    const auto [updates, questions] = all | op::branch("updates", [](const Event& event) { return event.update; });
    const auto table = updates | op::map("row", [](const Event& event) { return std::pair{event.key, event.row}; });
    return op::lookup("answer", questions | op::redistribute("spread"), &Event::key, table, TableRead::kAtOnce) |
           op::map("plain", [](const std::pair<Event, std::optional<int>>& answer) {
             return std::pair{answer.first.row, answer.second.value_or(-1)};
           });
  };
  const testing::Aborts aborts{.at = {40, 150, 90, 200, 130}, .workers = {2, 8, 1, 4, 3, 2}};
  const auto out = testing::run_over_aborted(events, answers, aborts);
  std::multiset<int> asked;
  for (const auto& [question, row] : out) {
    asked.insert(question);
    EXPECT_TRUE(row == -1 || row % 7 == question % kCount % 7) << question << " got " << row;
  }
  std::multiset<int> expected;
  for (int n = 0; n < 2 * kCount; ++n) {
    expected.insert(n);
  }
  EXPECT_EQ(asked, expected);
}

/// Windows behind the lookup close while the table, whose clock stands still, has not ended.
TEST(Lookup, LetsTheEventTimeOfTheStreamFlowOnAndDoesNotWaitForTheTable) {
  std::vector<std::vector<std::int64_t>> seconds(1);
  for (std::int64_t second = 0; second < 100; ++second) {
    seconds[0].push_back(second);
  }
  const auto time_of = [](std::int64_t second) { return std::chrono::sys_seconds{std::chrono::seconds{second}}; };
  for (const bool table_has_time : {false, true}) {
    for (const std::size_t workers : testing::kWorkerCounts) {
      SCOPED_TRACE(std::to_string(workers) + " workers");
      Dataflow flow{"tested"};
      const auto stream =
          flow.input("in", testing::Scripted<std::int64_t>{seconds}) | op::event_time("clock", EventClock{time_of, 0s});
      auto rows = flow.input("rows", testing::Scripted<std::int64_t>{{{1}}, testing::Then::kPause});
      if (table_has_time) {
        rows = rows | op::event_time("rows_clock", EventClock{time_of, 0s});
      }
      const auto table = rows | op::key_on("row", [](std::int64_t row) { return row; });
      std::promise<void> closed;
      std::atomic<int> windows{0};
      op::lookup(
          "row_of", stream, [](std::int64_t second) { return second; }, table) |
          op::key_on("all", [](const auto& /*item*/) { return Key{0}; }) |
          op::count_window(
              "count", TumblingWindows{EventTime{[time_of](const auto& item) { return time_of(item.first); }}, 10s}) |
          op::output("note", Callback{[&](const std::pair<Key, InWindow<std::uint64_t>>& window) {
                       EXPECT_EQ(window.second.value, 10U);
                       if (++windows == 9) {
                         closed.set_value();
                       }
                     }});
      RunOptions options;
      options.workers = workers;
      RunHandle running = start(flow, options);
      EXPECT_EQ(closed.get_future().wait_for(30s), std::future_status::ready);
      running.stop();
      running.wait();
    }
  }
}

}  // namespace
}  // namespace weir
