#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "simulation/rng.hpp"
#include "temporary_folder.hpp"
#include "weir/testing_recovery.hpp"

namespace weir {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// (chain, source, number): those of a chain come in this order.
using Entry = std::tuple<int, int, int>;
using Entries = std::vector<std::vector<Entry>>;

/// The partitions of a source that have as many entries.
Entries entries(int source, std::initializer_list<int> counts) {
  Entries partitions;
  for (const int count : counts) {
    const int chain = static_cast<int>(partitions.size());
    auto& partition = partitions.emplace_back();
    for (int n = 0; n < count; ++n) {
      partition.emplace_back(chain, source, n);
    }
  }
  return partitions;
}

std::map<int, std::vector<Entry>> by_chain(const std::vector<Entry>& all) {
  std::map<int, std::vector<Entry>> chains;
  for (const Entry& entry : all) {
    chains[std::get<0>(entry)].push_back(entry);
  }
  return chains;
}

/// What the chains of these sources give.
std::map<int, std::vector<Entry>> chained(std::initializer_list<Entries> sources) {
  std::vector<Entry> all;
  for (const Entries& partitions : sources) {
    for (const std::vector<Entry>& partition : partitions) {
      all.insert(all.end(), partition.begin(), partition.end());
    }
  }
  return by_chain(all);
}

RunOptions with_workers(std::size_t workers) {
  RunOptions options;
  options.workers = workers;
  return options;
}

template <typename S>
std::vector<typename S::Item> read_all(S source, const RunOptions& options) {
  Dataflow flow{"flow"};
  testing::Collected<typename S::Item> collected;
  flow.input("in", std::move(source)) | op::output("out", collected);
  run(flow, options);
  return collected.items();
}

TEST(ConcatSources, ReadsAPartitionOfEachSourceBehindThatOfTheOneBefore) {
  const Entries first = entries(0, {5, 0, 2'000});
  const Entries second = entries(1, {3, 4'000});
  const Entries third = entries(2, {1, 10, 1, 3, 7});
  for (const std::size_t workers : testing::kWorkerCounts) {
    const auto out =
        read_all(concat_sources(testing::Scripted{first}, testing::Scripted{second}, testing::Scripted{third}),
                 with_workers(workers));
    EXPECT_EQ(by_chain(out), chained({first, second, third})) << workers << " workers";
  }
}

TEST(ConcatSources, GivesWhatThereIsWhereSourcesHaveNothing) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    const Entries none;
    const Entries empty = entries(0, {0, 0});
    const Entries some = entries(1, {2});
    const auto read = [&](const Entries& a, const Entries& b) {
      return by_chain(read_all(concat_sources(testing::Scripted{a}, testing::Scripted{b}), with_workers(workers)));
    };
    EXPECT_EQ(read(none, none), chained({}));
    EXPECT_EQ(read(empty, empty), chained({}));
    EXPECT_EQ(read(none, some), chained({some}));
    EXPECT_EQ(read(some, empty), chained({some}));
    EXPECT_EQ(by_chain(read_all(concat_sources(testing::Scripted{some}), with_workers(workers))), chained({some}));
  }
}

TEST(ConcatSources, OfWhichOneThrowsFailsTheRunInItsStep) {
  const testing::Scripted fails{entries(1, {3}), testing::Then::kThrow};
  for (const std::size_t workers : testing::kWorkerCounts) {
    try {
      read_all(concat_sources(testing::Scripted{entries(0, {3})}, fails), with_workers(workers));
      FAIL() << "it ran";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), "in");
      EXPECT_THAT(error.what(), HasSubstr("source partition \"0\""));
    }
  }
}

TEST(ConcatSources, ThatEveryWorkerHasAPartitionOfAreReadOneAfterAnotherOnEachWorker) {
  const auto source = [](int number) {
    return ManualInput{[number](std::size_t worker, std::size_t, std::optional<int>) {
      std::vector<std::pair<int, Entry>> made;
      for (int n = 0; n < 100; ++n) {
        made.emplace_back(n, Entry{static_cast<int>(worker), number, n});
      }
      return made;
    }};
  };
  for (const std::size_t workers : testing::kWorkerCounts) {
    std::vector<Entry> expected;
    for (int worker = 0; worker < static_cast<int>(workers); ++worker) {
      for (int n = 0; n < 200; ++n) {
        expected.emplace_back(worker, n / 100, n % 100);
      }
    }
    EXPECT_EQ(by_chain(read_all(concat_sources(source(0), source(1)), with_workers(workers))), by_chain(expected));
  }
}

TEST(ConcatSources, PassTheirBadRecordsOn) {
  const TemporaryFolder folder;
  const TextFiles first{{folder.write("a", "one\n\xff\ntwo\n")}};
  const TextFiles second{{folder.write("b", "three\n\xfe\n")}};
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    testing::Collected<std::string> good;
    testing::Collected<BadRecord> bad;
    const auto [lines, rejected] = flow.try_input("in", concat_sources(first, second));
    lines | op::output("good", good);
    rejected | op::output("bad", bad);
    run(flow, with_workers(workers));
    EXPECT_THAT(good.items(), ElementsAre("one", "two", "three"));
    ASSERT_EQ(bad.items().size(), 2U);
    EXPECT_EQ(bad.items()[0].record, "\xff");
    EXPECT_EQ(bad.items()[1].record, "\xfe");
  }
}

/// What a run did with the partitions of a `Watched` source.
class Log {
 public:
  void add(const std::string& event) {
    const std::scoped_lock lock{mutex_};
    events_.push_back(event);
  }
  [[nodiscard]] std::vector<std::string> take() {
    const std::scoped_lock lock{mutex_};
    return std::exchange(events_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> events_;
};

/// A source of one item a partition that writes down what is done with it.
struct Watched {
  using Item = int;

  std::string name;
  Log* log;
  std::vector<std::string> names{"only"};
  bool ends = true;
  bool replayable = true;
  bool holds = false;   // what it has not emitted could not be read again
  bool silent = false;  // it has nothing as yet

  [[nodiscard]] std::vector<std::string> partitions() const {
    log->add(name + " listed");
    return names;
  }

  [[nodiscard]] std::unique_ptr<SourcePartition<int>> open(const std::string& partition,
                                                           const std::optional<std::string>& position,
                                                           const OpenContext& context) const;
};

class WatchedPartition final : public SourcePartition<int> {
 public:
  WatchedPartition(Watched source, bool emitted) : source_{std::move(source)}, emitted_{emitted} {}
  ~WatchedPartition() override { source_.log->add(source_.name + " closed"); }

  Poll poll(Emit<int>& emit) override {
    if (!emitted_ && !source_.silent) {
      emitted_ = true;
      source_.log->add(source_.name + " polled");
      emit(0);
    }
    return source_.ends || stopped_ ? Poll::end() : Poll::idle();
  }
  [[nodiscard]] std::string position() const override { return "its end"; }
  [[nodiscard]] bool ends() const override { return source_.ends; }
  [[nodiscard]] bool replayable() const override { return source_.replayable; }
  [[nodiscard]] bool stop() override {
    source_.log->add(source_.name + " stopped");
    stopped_ = true;
    return source_.holds;
  }

 private:
  Watched source_;
  bool emitted_;
  bool stopped_ = false;
};

std::unique_ptr<SourcePartition<int>> Watched::open(const std::string& /*partition*/,
                                                    const std::optional<std::string>& position,
                                                    const OpenContext& /*context*/) const {
  log->add(name + " opened at " + position.value_or("its beginning"));
  return std::make_unique<WatchedPartition>(*this, position.has_value());
}

/// Wakes nothing and does nothing.
struct Nobody final : detail::WakeTarget, IoThread {
  void wake() override {}
  void submit(std::function<void()> /*job*/) override {}
  void when_readable(int /*descriptor*/, std::function<void()> /*job*/) override {}
  void when_writable(int /*descriptor*/, std::function<void()> /*job*/) override {}
};

class AChainOfPartitions : public ::testing::Test {
 protected:
  template <typename S>
  std::unique_ptr<SourcePartition<int>> open(const S& source) {
    return source.open("0", std::nullopt, OpenContext{{WorkerIndex{0}, WorkerCount{1}}, Waker{nobody_}, nobody_});
  }

  RunOptions recovering() const {
    RunOptions options = with_workers(2);
    options.recovery = folder_.path("recovery");
    return options;
  }

  Log log_;
  Nobody nobody_;
  TemporaryFolder folder_;
};

TEST_F(AChainOfPartitions, IsOpenedWhenTheRunStartsAndClosedPartByPart) {
  read_all(concat_sources(Watched{"a", &log_}, Watched{"b", &log_}), with_workers(1));
  EXPECT_THAT(log_.take(), ElementsAre("a listed", "b listed", "a opened at its beginning", "b opened at its beginning",
                                       "a polled", "a closed", "b polled", "b closed"));
}

TEST_F(AChainOfPartitions, IsMadeOfNamesThatAreListedOnceForAllWorkers) {
  const Watched source{"a", &log_, {"w", "x", "y", "z"}};
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_EQ(read_all(concat_sources(source, source), with_workers(workers)).size(), 8U);
    EXPECT_EQ(std::ranges::count(log_.take(), "a listed"), 2) << "once for each of the two sources";
  }
}

TEST_F(AChainOfPartitions, EndsByItselfIfAllOfThemDo) {
  const Watched ends{"a", &log_};
  Watched live{"b", &log_};
  live.ends = false;
  EXPECT_TRUE(open(concat_sources(ends, ends))->ends());
  EXPECT_FALSE(open(concat_sources(ends, live))->ends());
  EXPECT_FALSE(open(concat_sources(live, ends))->ends());
}

TEST_F(AChainOfPartitions, CanBeReadAgainIfAllOfThemCan) {
  const Watched file{"a", &log_};
  Watched pipe{"b", &log_};
  pipe.replayable = false;
  EXPECT_TRUE(open(concat_sources(file, file))->replayable());
  EXPECT_FALSE(open(concat_sources(file, pipe))->replayable());
  EXPECT_FALSE(open(concat_sources(pipe, file))->replayable());
}

TEST_F(AChainOfPartitions, TellsAStopToTheOneThatIsReadAndGoesOnFromThere) {
  for (const bool holds : {false, true}) {
    Watched live{"b", &log_};
    live.ends = false;
    live.holds = holds;
    const auto source = concat_sources(Watched{"a", &log_}, live, Watched{"c", &log_});
    const TemporaryFolder folder;
    RunOptions options = with_workers(2);
    options.recovery = folder.path("recovery");
    Dataflow flow{"flow"};
    std::atomic<int> seen{0};
    flow.input("in", source) | op::output("out", Callback{[&](int) { ++seen; }});
    RunHandle handle = start(flow, options);
    while (seen != 2) {
      std::this_thread::yield();
    }
    handle.stop();
    EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
    EXPECT_THAT(log_.take(), ElementsAre("a listed", "b listed", "c listed", "a opened at its beginning",
                                         "b opened at its beginning", "c opened at its beginning", "a polled",
                                         "a closed", "b polled", "b stopped", "b closed", "c closed"));
    live.ends = true;
    EXPECT_THAT(read_all(concat_sources(Watched{"a", &log_}, live, Watched{"c", &log_}), options), ElementsAre(0));
    EXPECT_THAT(log_.take(), ElementsAre("a listed", "b listed", "c listed", "b opened at its end",
                                         "c opened at its beginning", "b closed", "c polled", "c closed"));
  }
}

TEST_F(AChainOfPartitions, BeginsOneThatGaveNothingAnewInTheNextRun) {
  Watched live{"b", &log_};
  live.ends = false;
  live.silent = true;
  Dataflow flow{"flow"};
  std::atomic<int> seen{0};
  flow.input("in", concat_sources(Watched{"a", &log_}, live)) | op::output("out", Callback{[&](int) { ++seen; }});
  RunHandle handle = start(flow, recovering());
  while (seen != 1) {
    std::this_thread::yield();
  }
  handle.stop();
  handle.wait();
  static_cast<void>(log_.take());
  live.ends = true;
  live.silent = false;
  EXPECT_THAT(read_all(concat_sources(Watched{"a", &log_}, live), recovering()), ElementsAre(0));
  EXPECT_THAT(log_.take(), ElementsAre("a listed", "b listed", "b opened at its beginning", "b polled", "b closed"));
}

TEST_F(AChainOfPartitions, GoesOnWithSourcesThatAreAddedAtItsEnd) {
  const Watched a{"a", &log_};
  EXPECT_EQ(read_all(concat_sources(a), recovering()).size(), 1U);
  EXPECT_EQ(read_all(concat_sources(a), recovering()).size(), 0U);
  EXPECT_EQ(read_all(concat_sources(a, a), recovering()).size(), 1U);
  EXPECT_EQ(read_all(concat_sources(a, a), recovering()).size(), 0U);
  EXPECT_EQ(read_all(concat_sources(a, a, Watched{"b", &log_, {"x", "y"}}), recovering()).size(), 2U);
}

TEST_F(AChainOfPartitions, IsRefusedWhereItIsMadeOfOthersThanBefore) {
  const auto source = [this](std::vector<std::string> names) { return Watched{"", &log_, std::move(names)}; };
  const auto b = source({"b0", "b1"});
  const auto expect_refused = [&](const auto& sources, const std::string& part_of_message) {
    try {
      read_all(sources, recovering());
      FAIL() << "it ran";
    } catch (const RecoveryError& error) {
      EXPECT_EQ(error.kind(), RecoveryError::Kind::kRefused);
      EXPECT_THAT(error.what(), HasSubstr(part_of_message));
    }
  };
  EXPECT_EQ(read_all(concat_sources(source({"a0"}), b), recovering()).size(), 3U);
  expect_refused(concat_sources(source({"a0", "a1"}), b), "partition \"1\" was none of source 1 and is \"a1\" now");
  expect_refused(concat_sources(source({"new"}), b), "partition \"0\" was \"a0\" of source 1 and is \"new\" now");
  expect_refused(concat_sources(source({"a0"}), source({"b1"})),
                 "partition \"0\" was \"b0\" of source 2 and is \"b1\"");
  expect_refused(concat_sources(source({"a0"})), "partition \"0\" had reached source 2, and the dataflow has 1");
  EXPECT_EQ(read_all(concat_sources(source({}), b), recovering()).size(), 0U);
  EXPECT_EQ(read_all(concat_sources(source({"a0"}), b, source({"c0"})), recovering()).size(), 1U);
}

/// Runs sources to their end, aborted again and again; returns what was put out in the end.
template <typename S>
std::vector<Entry> read_aborted(const S& source, const testing::Aborts& aborts) {
  const TemporaryFolder folder;
  const testing::Decided<Entry> decided;
  for (std::size_t attempt = 0; attempt <= aborts.at.size(); ++attempt) {
    std::atomic<std::uint64_t> read{0};
    const std::uint64_t abort_at = attempt < aborts.at.size() ? aborts.at[attempt] : 0;
    Dataflow flow{"flow"};
    flow.input("in", source) | op::inspect("abort", [&](const Entry&) {
      if (++read == abort_at) {
        throw testing::detail::Aborted{};
      }
    }) | op::output("out", decided);
    RunOptions options = with_workers(aborts.workers[attempt % aborts.workers.size()]);
    options.recovery = folder.path("recovery");
    options.epoch_items = aborts.epoch_items;
    try {
      run(flow, options);
    } catch (const StepError& error) {
      EXPECT_TRUE(testing::detail::is_abort(error)) << error.what();
    }
  }
  return decided.items();
}

TEST(ConcatSources, GoOnWhereAnAbortedRunWas) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    simulation::Rng random{seed};
    const auto few = [&] { return static_cast<int>(random.percent(20) ? 0 : random.below(40)); };
    const Entries first = entries(0, {few(), few(), few()});
    const Entries second = entries(1, {few()});
    const Entries third = entries(2, {few(), few(), few(), few()});
    testing::Aborts aborts;
    aborts.epoch_items = random.between(1, 10);
    for (std::uint64_t attempt = random.between(1, 6); attempt > 0; --attempt) {
      aborts.at.push_back(random.between(1, 80));
    }
    using Paced = testing::detail::Paced<Entry>;
    const auto source = concat_sources(Paced{first, aborts.epoch_items}, Paced{second, aborts.epoch_items},
                                       Paced{third, aborts.epoch_items});
    EXPECT_EQ(by_chain(read_aborted(source, aborts)), chained({first, second, third}));
  }
}

class HistoryAndALiveQueue : public ::testing::Test {
 protected:
  [[nodiscard]] RunHandle start_reading(std::size_t workers) {
    TextFiles history{{folder_.path("history")}};
    Dataflow& flow = flow_.emplace("flow");
    flow.input("lines", concat_sources(history.as_one_stream(), live_)) |
        op::output("out", Callback{[this](const std::string& line) {
                     lines_.push_back(line);
                     ++seen_;
                   }});
    RunOptions options = with_workers(workers);
    options.recovery = folder_.path("recovery" + std::to_string(workers));
    return start(flow, options);
  }

  void wait_for(std::size_t lines) const {
    while (seen_ != lines) {
      std::this_thread::yield();
    }
  }

  TemporaryFolder folder_;
  QueueSource<std::string> live_;
  std::optional<Dataflow> flow_;  // of the run
  std::vector<std::string> lines_;
  std::atomic<std::size_t> seen_{0};
};

TEST_F(HistoryAndALiveQueue, AreReadInThisOrderAndTheNextRunFollowsTheQueueAlone) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    live_ = QueueSource<std::string>{};
    lines_.clear();
    seen_ = 0;
    folder_.write("history/a", "one\ntwo\n");
    folder_.write("history/b", "three\n");
    ASSERT_TRUE(live_.push("four"));
    RunHandle first = start_reading(workers);
    wait_for(4);
    ASSERT_TRUE(live_.push("five"));
    first.stop();
    EXPECT_EQ(first.wait().outcome, Outcome::kDrained);
    folder_.write("history/b", "three\nbehind its time\n");
    ASSERT_TRUE(live_.push("six"));
    RunHandle second = start_reading(workers);
    live_.close();
    EXPECT_EQ(second.wait().outcome, Outcome::kDone);
    EXPECT_THAT(lines_, ElementsAre("one", "two", "three", "four", "five", "six")) << workers << " workers";
  }
}

}  // namespace
}  // namespace weir
