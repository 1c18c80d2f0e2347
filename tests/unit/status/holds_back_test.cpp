#include "status/holds_back.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace weir::detail::status {
namespace {

using namespace std::chrono_literals;

// A second of a run: in -> by_user -> count -> out, with an exchange before count, and one before out. What no step
// takes of a worker's time, it waits for input.
class WhatHoldsBack : public ::testing::Test {
 protected:
  enum Step : std::size_t { kIn, kByUser, kCount, kOut };

  WhatHoldsBack() { use_workers(4); }

  void use_workers(std::size_t workers) {
    now_.elapsed = 1s;
    now_.workers.assign(workers, WorkerState{});
    now_.steps = {{.id = "in", .op = "input", .stage = 0, .workers = {}},
                  {.id = "by_user", .op = "key_on", .stage = 0, .workers = {}},
                  {.id = "count", .op = "reduce", .stage = 1, .workers = {}},
                  {.id = "out", .op = "output", .stage = 2, .workers = {}}};
    now_.edges = {{.from = kIn, .to = kByUser},
                  {.from = kByUser, .to = kCount, .kind = EdgeState::Kind::kExchange, .buffers = 64},
                  {.from = kCount, .to = kOut, .kind = EdgeState::Kind::kExchange, .buffers = 64}};
    for (StepState& step : now_.steps) {
      step.workers.assign(workers, StepOnWorker{.items = 1'000});
    }
  }

  void on_worker(std::size_t worker, Step step, nanoseconds time) { now_.steps[step].workers[worker].working = time; }

  void on_all(Step step, nanoseconds time) {
    for (std::size_t worker = 0; worker < now_.workers.size(); ++worker) {
      on_worker(worker, step, time);
    }
  }

  void with_watermarks(std::vector<std::optional<nanoseconds>> watermarks) {
    for (std::size_t index = 0; index < watermarks.size(); ++index) {
      PartitionState partition{.name = std::string(1, static_cast<char>('a' + index)) + ".log"};
      if (watermarks[index]) {
        partition.watermark = Time{*watermarks[index]};
      }
      now_.steps[kIn].partitions.push_back(std::move(partition));
    }
  }

  void nothing_comes() {
    for (StepState& step : now_.steps) {
      step.workers.assign(now_.workers.size(), StepOnWorker{});
    }
  }

  // One worker has the items of count that the others leave it, and no time to wait.
  void crowd(std::size_t worker, std::uint64_t items) {
    now_.steps[kCount].workers[worker].items = items;
    on_worker(worker, kIn, 400ms);
    on_worker(worker, kCount, 600ms);
    now_.workers[worker].waiting_for_room = 0s;
  }

  std::string sentence() {
    for (std::size_t worker = 0; worker < now_.workers.size(); ++worker) {
      nanoseconds rest = 1s - now_.workers[worker].waiting_for_room - now_.workers[worker].runtime;
      for (const StepState& step : now_.steps) {
        const StepOnWorker& here = step.workers[worker];
        rest -= here.working + here.serializing + here.deserializing;
      }
      now_.workers[worker].waiting_for_input = rest;
    }
    return what_holds_back(now_);
  }

  RunStatus now_;
};

TEST_F(WhatHoldsBack, ASlowSinkOnOneWorker) {
  on_worker(1, kOut, 920ms);
  EXPECT_EQ(sentence(), "\"out\" on worker 1 takes 92 % of the time; the input waits for it");
}

TEST_F(WhatHoldsBack, ASlowStepOnAllWorkers) {
  on_all(kCount, 830ms);
  on_all(kIn, 100ms);
  EXPECT_EQ(sentence(), "\"count\" takes 83 % of the time of all workers; the input waits for it");
}

TEST_F(WhatHoldsBack, ASlowStepOfTheOnlyWorker) {
  use_workers(1);
  on_all(kCount, 950ms);
  EXPECT_EQ(sentence(), "\"count\" takes 95 % of the time; the input waits for it");
}

TEST_F(WhatHoldsBack, ASlowInput) {
  on_all(kIn, 950ms);
  EXPECT_EQ(sentence(), "\"in\" takes 95 % of the time of all workers; the steps after it wait for it");
}

TEST_F(WhatHoldsBack, AStepThatTakesLessThanMostOfTheTimeHoldsNothingBack) {
  use_workers(1);
  on_all(kIn, 300ms);
  on_all(kCount, 700ms);
  EXPECT_EQ(sentence(), "\"count\" takes 70 % of the time; the input waits for it");
  on_all(kIn, 301ms);
  on_all(kCount, 699ms);
  EXPECT_EQ(sentence(),
            "nothing holds it back: the worker is busy for 100 % of the time (\"count\" 70 %, \"in\" 30 %)");
}

TEST_F(WhatHoldsBack, AStepOfAWorkerThatWaitsTooHoldsNothingBack) {
  use_workers(1);
  on_all(kCount, 900ms);
  EXPECT_EQ(sentence(), "\"count\" takes 90 % of the time; the input waits for it");
  on_all(kCount, 899ms);
  EXPECT_EQ(sentence(), "nothing holds it back: the worker is busy for 90 % of the time (\"count\" 90 %)");
}

TEST_F(WhatHoldsBack, AStepIsSeenInTheLastIntervalOnly) {
  on_worker(1, kOut, 920ms);
  RunStatus before = now_;
  now_.elapsed = 2s;
  before.elapsed = 1s;
  for (std::size_t worker = 0; worker < 4; ++worker) {
    now_.workers[worker].waiting_for_input = 500ms;
    now_.steps[kIn].workers[worker].items += 10;
    now_.steps[kIn].workers[worker].working += 500ms;
    before.workers[worker].waiting_for_input = 0s;
  }
  EXPECT_EQ(what_holds_back(now_, before),
            "nothing holds it back: the workers are busy for 50 % of the time, in equal parts (\"in\" 50 %)");
}

TEST_F(WhatHoldsBack, AHotKey) {
  now_.steps[kCount].workers.assign(4, StepOnWorker{.items = 290});
  crowd(1, 2'130);
  EXPECT_EQ(sentence(), "worker 1 has 71 % of the items of \"count\"; its keys are unevenly loaded");
}

TEST_F(WhatHoldsBack, AHotKeyThatOthersWaitForWithFullChannels) {
  for (const std::size_t worker : {0U, 2U, 3U}) {
    now_.workers[worker].waiting_for_room = 900ms;
  }
  crowd(1, 6'000);
  EXPECT_EQ(sentence(), "worker 1 has 67 % of the items of \"count\"; its keys are unevenly loaded");
}

TEST_F(WhatHoldsBack, KeysAreUnevenFromTwiceTheItemsOfTheOthers) {
  crowd(1, 2'000);
  EXPECT_EQ(sentence(), "worker 1 has 40 % of the items of \"count\"; its keys are unevenly loaded");
  crowd(1, 1'999);
  EXPECT_EQ(sentence(), "worker 1 is busy throughout, most of all in \"count\" (60 %); the others wait for it");
}

TEST_F(WhatHoldsBack, KeysAreNoMatterWhileTheirWorkerWaits) {
  crowd(1, 2'000);
  on_worker(1, kIn, 300ms);
  EXPECT_NE(sentence().find("unevenly"), std::string::npos);
  on_worker(1, kIn, 299ms);
  EXPECT_EQ(sentence().find("unevenly"), std::string::npos);
}

TEST_F(WhatHoldsBack, AWorkerThatReadsTheOnlyPartition) {
  for (const std::size_t worker : {0U, 1U, 3U}) {
    now_.steps[kIn].workers[worker].items = 0;
    now_.steps[kByUser].workers[worker].items = 0;
  }
  on_worker(2, kIn, 500ms);
  on_worker(2, kByUser, 400ms);
  EXPECT_EQ(sentence(), "worker 2 is busy throughout, most of all in \"in\" (50 %); the others wait for it");
  on_worker(2, kByUser, 399ms);
  EXPECT_EQ(sentence().find("throughout"), std::string::npos);
}

TEST_F(WhatHoldsBack, KeysAreNoMatterWhileTheOthersWork) {
  crowd(1, 2'000);
  for (const std::size_t worker : {0U, 2U, 3U}) {
    on_worker(worker, kIn, 700ms);
  }
  EXPECT_EQ(sentence(), "worker 1 has 40 % of the items of \"count\"; its keys are unevenly loaded");
  on_worker(0, kIn, 701ms);
  EXPECT_EQ(sentence(),
            "nothing holds it back: the workers are busy for 70 % to 100 % of the time (\"in\" 63 %, \"count\" 15 %)");
}

TEST_F(WhatHoldsBack, AnOutputOfOneWorkerHasNoHotKey) {
  on_worker(0, kOut, 950ms);
  for (const std::size_t worker : {1U, 2U, 3U}) {
    now_.steps[kOut].workers[worker].items = 0;
  }
  EXPECT_EQ(sentence(), "\"out\" on worker 0 takes 95 % of the time; the input waits for it");
}

TEST_F(WhatHoldsBack, APartitionThatStalls) {
  with_watermarks({100s, 25s, 90s});
  now_.steps[kIn].partitions[1].silent_for = 70s;
  now_.steps[kIn].partitions[1].worker = 3;
  EXPECT_EQ(sentence(),
            "partition \"b.log\" of \"in\" on worker 3 has brought nothing for 1 min 10 s and holds event time back by "
            "1 min 15 s");
}

TEST_F(WhatHoldsBack, APartitionThatStallsOnTheOnlyWorker) {
  use_workers(1);
  with_watermarks({100s, 25s});
  now_.steps[kIn].partitions[1].silent_for = 70s;
  EXPECT_EQ(sentence(),
            "partition \"b.log\" of \"in\" has brought nothing for 1 min 10 s and holds event time back by 1 min 15 s");
}

TEST_F(WhatHoldsBack, APartitionThatHasBroughtNothingYet) {
  with_watermarks({100s, std::nullopt});
  now_.steps[kIn].partitions[1].silent_for = 10s;
  EXPECT_EQ(sentence(),
            "partition \"b.log\" of \"in\" on worker 0 has brought nothing for 10 s and holds event time back");
}

TEST_F(WhatHoldsBack, APartitionStallsFromALimitOn) {
  with_watermarks({100s, 25s});
  now_.steps[kIn].partitions[1].silent_for = 10s;
  EXPECT_NE(sentence().find("\"b.log\""), std::string::npos);
  now_.steps[kIn].partitions[1].silent_for = 10s - 1ns;
  EXPECT_EQ(sentence().find("\"b.log\""), std::string::npos);
}

TEST_F(WhatHoldsBack, APartitionThatEventTimeHasPassedStallsNothing) {
  with_watermarks({100s, 25s});
  now_.steps[kIn].partitions[1].silent_for = 70s;
  now_.steps[kCount].watermark = Time{25s};
  EXPECT_NE(sentence().find("\"b.log\""), std::string::npos);
  now_.steps[kCount].watermark = Time{100s};
  EXPECT_EQ(sentence().find("\"b.log\""), std::string::npos);
}

TEST_F(WhatHoldsBack, PartitionsThatAreAheadOrAtTheirEndOrWithoutClockStallNothing) {
  with_watermarks({100s, 125s});
  now_.steps[kIn].partitions[1].silent_for = 70s;
  EXPECT_EQ(sentence().find("\"b.log\""), std::string::npos);
  now_.steps[kIn].partitions[1].watermark = Time{25s};
  now_.steps[kIn].partitions[1].ended = true;
  EXPECT_EQ(sentence().find("\"b.log\""), std::string::npos);
  now_.steps[kIn].partitions.clear();
  with_watermarks({std::nullopt, std::nullopt});
  now_.steps[kIn].partitions[1].silent_for = 70s;
  EXPECT_EQ(sentence().find("\"b.log\""), std::string::npos);
}

TEST_F(WhatHoldsBack, CodeThatDoesNotReturn) {
  now_.workers[1].silent_for = 12s;
  now_.workers[1].step = kCount;
  EXPECT_EQ(sentence(), "worker 1 has not answered for 12 s: the code of \"count\" does not return");
}

TEST_F(WhatHoldsBack, CodeDoesNotReturnFromALimitOn) {
  now_.workers[1].step = kCount;
  now_.workers[1].silent_for = 3s;
  EXPECT_EQ(sentence(), "worker 1 has not answered for 3 s: the code of \"count\" does not return");
  now_.workers[1].silent_for = 3s - 1ns;
  EXPECT_EQ(sentence().find("answered"), std::string::npos);
}

TEST_F(WhatHoldsBack, AWorkerThatSleepsIsNotBlamed) {
  now_.workers[1].silent_for = 12s;
  EXPECT_EQ(sentence().find("answered"), std::string::npos);
}

TEST_F(WhatHoldsBack, AnInputThatBringsNothing) {
  nothing_comes();
  EXPECT_EQ(sentence(), "the input brings nothing; all steps wait");
}

TEST_F(WhatHoldsBack, AnInputBringsNothingOnlyIfAllWorkersWait) {
  nothing_comes();
  now_.workers[2].runtime = 100ms;
  EXPECT_EQ(sentence(), "the input brings nothing; all steps wait");
  now_.workers[2].runtime = 101ms;
  EXPECT_EQ(sentence(), "nothing holds it back: the workers are busy for 5 % of the time, in equal parts");
}

TEST_F(WhatHoldsBack, InputsAtTheirEnd) {
  nothing_comes();
  with_watermarks({100s});
  now_.steps[kIn].partitions[0].ended = true;
  EXPECT_EQ(sentence(), "all inputs are at their end");
}

TEST_F(WhatHoldsBack, AStoreThatIsTooSlow) {
  now_.keeps_snapshots = true;
  now_.epochs = {.open = 10, .committed = 7, .last_commit_took = 14s};
  EXPECT_EQ(sentence(), "the snapshot store is too slow: 2 epochs wait for it, and the last one took 14 s to write");
  now_.epochs.last_commit_took = std::nullopt;
  EXPECT_EQ(sentence(), "the snapshot store is too slow: 2 epochs wait for it");
}

TEST_F(WhatHoldsBack, AStoreIsFastEnoughWhileFewerEpochsWait) {
  now_.epochs = {.open = 10, .committed = 7};
  EXPECT_EQ(sentence().find("store"), std::string::npos) << "no snapshots are kept";
  now_.keeps_snapshots = true;
  now_.epochs.committed = 8;
  EXPECT_EQ(sentence().find("store"), std::string::npos);
  now_.epochs.committed = 7;
  now_.epochs.passing = 1ms;
  EXPECT_EQ(sentence().find("store"), std::string::npos) << "the newest has not passed all workers";
}

TEST_F(WhatHoldsBack, FullChannelsToAStepThatIsNotBusy) {
  now_.workers[1].waiting_for_room = 500ms;
  now_.edges[2].buffers_in_flight = 58;
  EXPECT_EQ(sentence(), "the channels to \"out\" are full, and it takes their items slowly; the input waits for it");
  now_.workers[1].waiting_for_room = 499ms;
  EXPECT_EQ(sentence().find("channels"), std::string::npos);
}

TEST_F(WhatHoldsBack, FullChannelsToAStepOfOneWorker) {
  now_.workers[1].waiting_for_room = 500ms;
  for (const std::size_t worker : {1U, 2U, 3U}) {
    now_.steps[kOut].workers[worker].items = 0;
  }
  now_.edges[2].buffers_in_flight = 15;
  EXPECT_EQ(sentence(), "the channels to \"out\" are full, and it takes their items slowly; the input waits for it");
  now_.edges[2].buffers_in_flight = 14;
  EXPECT_EQ(sentence(), "\"out\" takes items slowly; the input waits for it");
}

TEST_F(WhatHoldsBack, ChannelsToAStepThatHasTakenNothingAreNotCalledFull) {
  now_.workers[1].waiting_for_room = 500ms;
  now_.steps[kOut].workers.assign(4, StepOnWorker{});
  EXPECT_EQ(sentence(), "\"out\" takes items slowly; the input waits for it");
}

TEST_F(WhatHoldsBack, OfSeveralFullEdgesTheLast) {
  now_.workers[1].waiting_for_room = 500ms;
  now_.edges[1].buffers_in_flight = 64;
  now_.edges[2].buffers_in_flight = 64;
  EXPECT_NE(sentence().find("\"out\""), std::string::npos);
  now_.edges[2].buffers_in_flight = 0;
  EXPECT_NE(sentence().find("channels to \"count\""), std::string::npos);
}

TEST_F(WhatHoldsBack, AnOutputThatIsNotReadyInTheStageOfTheInput) {
  use_workers(1);
  now_.edges = {{.from = kIn, .to = kByUser}};
  now_.workers[0].waiting_for_room = 900ms;
  EXPECT_EQ(sentence(), "\"out\" takes items slowly; the input waits for it");
  now_.steps[kByUser].op = "output";
  EXPECT_EQ(sentence(), "an output takes items slowly; the input waits for it");
}

TEST_F(WhatHoldsBack, Serialization) {
  for (StepOnWorker& here : now_.steps[kCount].workers) {
    here.serializing = 250ms;
    here.deserializing = 150ms;
  }
  EXPECT_EQ(sentence(),
            "serialization dominates: items between workers take 40 % of the time, those for \"count\" 40 %");
  now_.steps[kCount].workers[3].deserializing = 149ms;
  EXPECT_EQ(sentence().find("serialization"), std::string::npos);
}

TEST_F(WhatHoldsBack, Nothing) {
  on_all(kIn, 300ms);
  on_all(kByUser, 250ms);
  on_all(kCount, 400ms);
  on_all(kOut, 49ms);
  EXPECT_EQ(
      sentence(),
      "nothing holds it back: the workers are busy in equal parts (\"count\" 40 %, \"in\" 30 %, \"by_user\" 25 %)");
}

TEST_F(WhatHoldsBack, WorkersAreEquallyBusyUpToADifference) {
  on_all(kIn, 500ms);
  on_worker(0, kIn, 700ms);
  EXPECT_EQ(sentence(),
            "nothing holds it back: the workers are busy for 60 % of the time, in equal parts (\"in\" 55 %)");
  on_worker(0, kIn, 701ms);
  EXPECT_EQ(sentence(), "nothing holds it back: the workers are busy for 50 % to 70 % of the time (\"in\" 55 %)");
}

TEST_F(WhatHoldsBack, AWorkerThatHasEndedIsNotBlamed) {
  on_worker(0, kOut, 950ms);
  for (const std::size_t worker : {1U, 2U, 3U}) {
    now_.workers[worker].ended = true;
  }
  EXPECT_EQ(sentence(),
            "\"out\" on worker 0 takes 95 % of the time; the input waits for it; workers 1, 2, 3 have ended");
  on_worker(0, kOut, 500ms);
  EXPECT_EQ(
      sentence(),
      "nothing holds it back: the workers are busy for 50 % of the time, in equal parts (\"out\" 13 %); workers 1, "
      "2, 3 have ended");
}

TEST_F(WhatHoldsBack, OnlyTheOthersThatStillRunWaitForAWorker) {
  on_worker(0, kIn, 500ms);
  on_worker(0, kCount, 500ms);
  now_.workers[2].ended = true;
  EXPECT_EQ(sentence(),
            "worker 0 is busy throughout, most of all in \"in\" (50 %); the others wait for it; worker 2 has ended");
  now_.workers[1].ended = true;
  now_.workers[3].ended = true;
  EXPECT_EQ(sentence().find("the others wait"), std::string::npos);
}

TEST_F(WhatHoldsBack, ARunThatHasEndedOrOfWhichNothingIsKnown) {
  EXPECT_EQ(what_holds_back(RunStatus{}), "nothing is known yet of what the workers do");
  now_.phase = RunStatus::Phase::kEnded;
  EXPECT_EQ(sentence(), "the run has ended");
  now_.phase = RunStatus::Phase::kRestarting;
  EXPECT_EQ(sentence(), "the run has failed and restarts");
  now_.phase = RunStatus::Phase::kWaiting;
  now_.application = {.shards = 0, .of_shards = 8, .keys = 0, .waits_for = "shards"};
  EXPECT_EQ(sentence(), "this process waits for shards");
}

}  // namespace
}  // namespace weir::detail::status
