#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "dataflow/every_worker_count.hpp"

namespace weir {
namespace {

RunOptions with_workers(std::size_t workers) {
  RunOptions options;
  options.workers = workers;
  return options;
}

TEST(ADataflow, RefusesAStepIdThatIsTaken) {
  Dataflow flow{"flow"};
  const auto in = flow.input("in", testing::Scripted<int>{{}});
  const auto identity = [](int n) { return n; };
  static_cast<void>(in | op::map("same", identity));
  EXPECT_THROW(static_cast<void>(in | op::map("same", identity)), BuildError);
}

TEST(ADataflow, RefusesMalformedIds) {
  Dataflow flow{"flow"};
  for (const char* id : {"", "Upper", "a b", ".a", "a.", "a..b", "ä"}) {
    EXPECT_THROW(flow.input(id, testing::Scripted<int>{{}}), BuildError) << id;
  }
  EXPECT_THROW(Dataflow{"No"}, BuildError);
}

TEST(ADataflow, RefusesASecondConsumerOfWhatCannotBeCopied) {
  Dataflow flow{"flow"};
  const auto boxes =
      flow.input("in", testing::Scripted<int>{{}}) | op::map("box", [](int n) { return std::make_unique<int>(n); });
  const auto look = [](const std::unique_ptr<int>&) {};
  static_cast<void>(boxes | op::inspect("first", look));
  EXPECT_THROW(static_cast<void>(boxes | op::inspect("second", look)), BuildError);
}

TEST(ADataflow, WithoutAnOutputIsNotRun) {
  Dataflow flow{"silent"};
  const auto in = flow.input("in", testing::Scripted<int>{numbers(10)});
  static_cast<void>(in | op::inspect("look", [](int) {}));
  for (const auto& begin : {+[](const Dataflow& dataflow) { run(dataflow, with_workers(2)); },
                            +[](const Dataflow& dataflow) { start(dataflow, with_workers(1)); }}) {
    try {
      begin(flow);
      FAIL() << "no error";
    } catch (const BuildError& error) {
      EXPECT_STREQ(error.what(),
                   "dataflow \"silent\" has no output, so nothing would come of a run; end at least one stream with "
                   "op::output");
    }
  }
  EXPECT_THROW(run(Dataflow{"empty"}, with_workers(1)), BuildError);
}

TEST(ADataflow, CanBeRunAgainAndSeveralTimesAtOnce) {
  Dataflow flow{"flow"};
  std::atomic<int> sum{0};
  flow.input("in", testing::Scripted<int>{numbers(100)}) |
      op::output("out", ManualOutput{[&](std::size_t, std::size_t) { return [&](int n) { sum += n; }; }});
  run(flow, with_workers(2));
  EXPECT_EQ(sum, 4'950);
  RunHandle first = start(flow, with_workers(3));
  RunHandle second = start(flow, with_workers(1));
  EXPECT_EQ(first.wait().outcome, Outcome::kDone);
  EXPECT_EQ(second.wait().outcome, Outcome::kDone);
  EXPECT_EQ(sum, 3 * 4'950);
}

TEST(ARun, RefusesMoreWorkersThanThereCanBe) {
  const Dataflow flow{"empty"};
  EXPECT_THROW(run(flow, with_workers(1'025)), UsageError);
}

TEST(ARun, ThatIsAskedToStopPutsOutWhatItHasRead) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    std::counting_semaphore<> arrived{0};
    flow.input("in", testing::Scripted<int>{{{1, 2, 3}, {4}}, testing::Then::kPause}) |
        op::key_on("key", [](const int& n) { return n; }) | op::map_value("value", [](int n) { return n; }) |
        op::output("out", ManualOutput{[&](std::size_t, std::size_t) {
                     return [&](const std::pair<int, int>&) { arrived.release(); };
                   }});
    RunHandle handle = start(flow, with_workers(workers));
    for (int n = 0; n < 4; ++n) {
      arrived.acquire();
    }
    EXPECT_FALSE(handle.done());
    handle.stop();
    EXPECT_EQ(handle.wait().outcome, Outcome::kDrained);
    EXPECT_TRUE(handle.done());
  }
}

TEST(ARun, StopsByTheTokenOfItsHost) {
  Dataflow flow{"flow"};
  flow.input("in", ManualInput{[](std::size_t, std::size_t, std::optional<int>) -> Generator<std::pair<int, int>> {
               while (true) {
                 co_yield idle(std::chrono::milliseconds{1});
               }
             }}) |
      op::output("out", testing::Collected<int>{});
  std::stop_source stop;
  RunOptions options = with_workers(2);
  options.stop = stop.get_token();
  stop.request_stop();
  EXPECT_EQ(run(flow, options).outcome, Outcome::kDrained);
}

/// Runs a flow and expects the failure of one step.
void expect_failure(const std::string& step_id, const std::function<void(Dataflow&, Stream<int>)>& add_steps) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    add_steps(flow, flow.input("in", testing::Scripted<int>{numbers(100)}));
    try {
      run(flow, with_workers(workers));
      FAIL() << step_id << " did not fail on " << workers << " workers";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), step_id);
      EXPECT_NE(std::string{error.what()}.find("step \"" + step_id + "\""), std::string::npos) << error.what();
      EXPECT_NE(std::string{error.what()}.find("boom"), std::string::npos) << error.what();
      EXPECT_THROW(std::rethrow_if_nested(error), std::domain_error);
    }
  }
}

[[noreturn]] void boom() { throw std::domain_error{"boom"}; }

TEST(AStepThatThrows, IsNamedWhateverItsCallable) {
  const auto sink = [] { return op::output("out", testing::Collected<int>{}); };
  const auto thrower = [](int n) -> int { return n == 50 ? boom(), n : n; };
  const auto predicate = [](int n) -> bool { return n == 50 ? boom(), true : true; };
  expect_failure("step", [&](Dataflow&, Stream<int> in) { in | op::map("step", thrower) | sink(); });
  expect_failure("step", [&](Dataflow&, Stream<int> in) { in | op::filter("step", predicate) | sink(); });
  expect_failure("step", [&](Dataflow&, Stream<int> in) { in | op::inspect("step", predicate) | sink(); });
  expect_failure("step", [&](Dataflow&, Stream<int> in) { (in | op::branch("step", predicate)).first | sink(); });
  expect_failure("step", [&](Dataflow&, Stream<int> in) {
    in | op::flat_map("step", [&](int n) { return std::vector<int>{thrower(n)}; }) | sink();
  });
  expect_failure("step",
                 [&](Dataflow&, Stream<int> in) { in | op::key_on("step", thrower) | op::key_rm("rm") | sink(); });
  expect_failure("step", [&](Dataflow&, Stream<int> in) {
    const auto reducer = [](int, int) -> int { boom(); };
    in | op::key_on("key", [](int) { return 1; }) | op::reduce("step", reducer, [](int) { return false; }) |
        op::key_rm("rm") | sink();
  });
  expect_failure("step", [&](Dataflow&, Stream<int> in) {
    in | op::output("step", ManualOutput{[](std::size_t, std::size_t) { return [](int) { boom(); }; }});
  });
}

TEST(AStepThatThrows, HasItsKeyInTheMessage) {
  try {
    testing::run_over(
        std::vector<std::vector<std::pair<std::string, int>>>{{{"u77", 1}, {"u77", 2}}},
        [](auto in) { return in | op::reduce("session", [](int, int) -> int { boom(); }, [](int) { return false; }); },
        1);
    FAIL();
  } catch (const StepError& error) {
    EXPECT_STREQ(error.what(), "step \"session\": logic threw on worker 0 of 1, epoch 1, key \"u77\": boom");
  }
}

/// Cannot be written, or cannot be read back.
template <bool kWritten>
struct Fragile {
  int number = 0;
  template <typename Archive>
  void save(Archive& archive) const {
    kWritten ? static_cast<void>(archive(number)) : boom();
  }
  template <typename Archive>
  void load(Archive& /*archive*/) {
    boom();
  }
};

template <bool kWritten>
void expect_serialization_failure(const std::string& what) {
  for (const std::size_t workers : {2U, 3U, 4U, 8U}) {
    Dataflow flow{"flow"};
    flow.input("in", testing::Scripted<int>{numbers(100)}) |
        op::map("box", [](int number) { return Fragile<kWritten>{number}; }) | op::redistribute("step") |
        op::map("unbox", [](Fragile<kWritten>&& item) { return item.number; }) |
        op::output("out", testing::Collected<int>{});
    try {
      run(flow, with_workers(workers));
      FAIL() << workers << " workers";
    } catch (const StepError& error) {
      EXPECT_EQ(error.step_id(), "step");
      EXPECT_NE(std::string{error.what()}.find(" " + what + " threw on worker "), std::string::npos) << error.what();
      EXPECT_THROW(std::rethrow_if_nested(error), std::domain_error);
    }
  }
}

TEST(SerializationThatThrows, NamesTheStepThatTheItemWasOnItsWayTo) {
  expect_serialization_failure<false>("serialization");
  expect_serialization_failure<true>("deserialization");
}

struct FragileKey {
  int number = 0;
  bool operator==(const FragileKey&) const = default;
};
int weir_key(const FragileKey& key) { return key.number == 50 ? boom(), 0 : key.number; }

TEST(AKeyThatThrows, NamesTheStepThatNeedsIt) {
  expect_failure("step", [](Dataflow&, Stream<int> in) {
    in | op::key_on("key", [](int n) { return FragileKey{n}; }) |
        op::reduce(
            "step", [](int a, int) { return a; }, [](int) { return true; }) |
        op::key_rm("rm") | op::output("out", testing::Collected<int>{});
  });
}

TEST(ASourcePartitionThatThrows, IsNamed) {
  Dataflow flow{"flow"};
  flow.input("in", testing::Scripted<int>{{{1}, {2}}, testing::Then::kThrow}) |
      op::output("out", testing::Collected<int>{});
  try {
    run(flow, with_workers(2));
    FAIL();
  } catch (const StepError& error) {
    EXPECT_EQ(error.step_id(), "in");
    EXPECT_NE(std::string{error.what()}.find("source partition"), std::string::npos);
  }
}

TEST(ManualInput, ThrowsBeforeAnythingRunsIfItsFirstItemDoes) {
  Dataflow flow{"flow"};
  flow.input("in", ManualInput{[](std::size_t, std::size_t, std::optional<int>) -> Generator<std::pair<int, int>> {
               boom();
               co_return;
             }}) |
      op::output("out", testing::Collected<int>{});
  EXPECT_THROW(run(flow, with_workers(2)), StepError);
}

TEST(ManualInput, ReadsRangesCallablesAndGenerators) {
  const auto range = [](std::size_t worker, std::size_t, std::optional<int>) {
    return std::vector<std::pair<int, std::string>>{{1, "r" + std::to_string(worker)}};
  };
  const auto callable = [](std::size_t worker, std::size_t, std::optional<int>) {
    return [worker, left = 2]() mutable {
      return left-- > 0 ? std::optional{std::pair{left, "c" + std::to_string(worker)}} : std::nullopt;
    };
  };
  const auto coroutine = [](std::size_t worker, std::size_t,
                            std::optional<int>) -> Generator<std::pair<int, std::string>> {
    co_yield idle(std::chrono::microseconds{1});
    const std::pair<int, std::string> item{1, "g" + std::to_string(worker)};
    co_yield item;
  };
  Dataflow flow{"flow"};
  const auto all =
      op::merge("all", flow.input("range", ManualInput{range}), flow.input("callable", ManualInput{callable}),
                flow.input("coroutine", ManualInput{coroutine}));
  const testing::Collected<std::string> out;
  all | op::output("out", out);
  run(flow, with_workers(2));
  auto items = out.items();
  std::ranges::sort(items);
  EXPECT_EQ(items, (std::vector<std::string>{"c0", "c0", "c1", "c1", "g0", "g1", "r0", "r1"}));
}

TEST(PartitionedInput, IsReadOnceAtEveryWorkerCount) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"flow"};
    const testing::Collected<std::string> out;
    flow.input("in", PartitionedInput{{"a", "b", "c"},
                                      [](const std::string& name, std::optional<int>) {
                                        return std::vector<std::pair<int, std::string>>{{1, name}, {2, name + name}};
                                      }}) |
        op::output("out", out);
    run(flow, with_workers(workers));
    auto items = out.items();
    std::ranges::sort(items);
    EXPECT_EQ(items, (std::vector<std::string>{"a", "aa", "b", "bb", "c", "cc"}));
  }
}

}  // namespace
}  // namespace weir
