// Streams of two dataflows do not meet, and a source or sink without a partition is no crash: each is an error.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using std::chrono_literals::operator""s;
using ::testing::AllOf;
using ::testing::HasSubstr;

template <typename Error>
std::string message_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

struct TimeOf {
  template <typename Value>
  Time operator()(const Value& /*value*/) const {
    return Time{};
  }
};

class AStepOverStreamsOfTwoDataflows : public ::testing::Test {
 protected:
  // The other stream has another number in its dataflow, so that this one has no such stream.
  AStepOverStreamsOfTwoDataflows()
      : left_{flow_.input("left", RangeInput{std::vector<std::pair<int, int>>{{1, 2}}})},
        right_{other_.input("right", RangeInput{std::vector<std::pair<int, std::string>>{{1, "a"}}}) |
               op::map("one", same) | op::map("two", same) | op::map("three", same)} {}

  static std::pair<int, std::string> same(std::pair<int, std::string> item) { return item; }

  template <typename Build>
  static void expect_refused(Build build) {
    EXPECT_THAT(message_of<BuildError>(build),
                AllOf(HasSubstr(R"(dataflow "f": step "both" has streams of two dataflows)"), HasSubstr("\"g\"")));
  }

  // Nothing is left of what was refused: the same id is free, also for steps that are made of several.
  Dataflow flow_{"f"};
  Dataflow other_{"g"};
  Stream<std::pair<int, int>> left_;
  Stream<std::pair<int, std::string>> right_;
  EventClock<TimeOf> clock_{TimeOf{}, 1s};
};

TEST_F(AStepOverStreamsOfTwoDataflows, IsNoMerge) {
  const auto more = other_.input("more", RangeInput{std::vector<std::pair<int, int>>{{1, 2}}});
  expect_refused([&] { op::merge("both", left_, more); });
  expect_refused([&] { op::merge("both", left_, left_, more); });
}

TEST_F(AStepOverStreamsOfTwoDataflows, IsNoJoin) {
  expect_refused([&] { op::join("both", left_, right_); });
  expect_refused([&] { op::join("both", TimeToLive{1s}, left_, right_); });
  expect_refused([&] { op::inner_join("both", left_, right_); });
  expect_refused([&] { op::left_join("both", left_, right_); });
  expect_refused([&] { op::right_join("both", TimeToLive{1s}, left_, right_); });
  expect_refused([&] { op::full_join("both", left_, right_); });
}

TEST_F(AStepOverStreamsOfTwoDataflows, IsNoJoinByTime) {
  expect_refused([&] { op::interval_join("both", clock_, left_, right_, 0s, 1s); });
  expect_refused([&] { op::as_of_join("both", clock_, left_, right_); });
  expect_refused([&] { op::join_window("both", TumblingWindows{clock_, 1s}, left_, right_); });
  expect_refused([&] { op::join_window("both", CountWindows{2}, left_, right_); });
}

TEST_F(AStepOverStreamsOfTwoDataflows, IsNoJoinByTheTimeThatStreamsHave) {
  const EventTime time{TimeOf{}};
  const auto left = left_ | op::event_time("left_time", EventClock{TimeOf{}, 1s});
  const auto right = right_ | op::event_time("right_time", EventClock{TimeOf{}, 1s});
  expect_refused([&] { op::interval_join("both", time, left, right, 0s, 1s); });
  expect_refused([&] { op::as_of_join("both", time, left, right); });
  expect_refused([&] { op::join_window("both", SessionWindows{time, 1s}, left, right); });
}

TEST_F(AStepOverStreamsOfTwoDataflows, IsNoLookup) {
  const auto key = [](const std::pair<int, int>& item) { return item.first; };
  expect_refused([&] { op::lookup("both", left_, key, right_); });
}

TEST_F(AStepOverStreamsOfTwoDataflows, IsNoStepOfAFunction) {
  const auto more = other_.input("more", RangeInput{std::vector<std::pair<int, int>>{{1, 2}}});
  expect_refused([&] { left_ | [&](const auto& left) { return op::merge("both", left, more); }; });
}

TEST_F(AStepOverStreamsOfTwoDataflows, IsNamedWhereBothHaveOneName) {
  Dataflow twin{"f"};
  const auto more = twin.input("more", RangeInput{std::vector<std::pair<int, int>>{{1, 2}}});
  EXPECT_THAT(message_of<BuildError>([&] { op::merge("both", left_, more); }), HasSubstr("another of the same name"));
}

TEST(AStepOverStreamsOfOneDataflow, IsBuiltAlsoAfterTheDataflowWasMoved) {
  Dataflow built{"f"};
  const auto left = built.input("left", RangeInput{std::vector<int>{1, 2}});
  Dataflow flow = std::move(built);
  const auto right = flow.input("right", RangeInput{std::vector<int>{3}});
  int sum = 0;
  op::merge("both", left, right) | op::output("out", Callback{[&](int number) { sum += number; }});
  run(flow);
  EXPECT_EQ(sum, 6);
}

struct NoPartition {
  using Item = int;
  static std::vector<std::string> partitions() { return {"only"}; }
  static std::unique_ptr<SourcePartition<int>> open(const std::string& /*name*/,
                                                    const std::optional<std::string>& /*position*/,
                                                    const OpenContext& /*context*/) {
    return nullptr;
  }
};

struct NoPartitionOnAWorker {
  using Item = int;
  static std::unique_ptr<SourcePartition<int>> open(const std::optional<std::string>& /*position*/,
                                                    const OpenContext& /*context*/) {
    return nullptr;
  }
};

struct NoSinkPartition {
  template <typename T>
  std::unique_ptr<SinkPartition<T>> open(const OpenContext& /*context*/) const {
    return nullptr;
  }
};

struct NoLinePartition {
  static void format(int item, std::string& line) { line = std::to_string(item); }
  static std::unique_ptr<SinkPartition<std::string>> open(const OpenContext& /*context*/) { return nullptr; }
  static bool transactional() { return true; }
  static std::unique_ptr<TransactionalPartition<std::string>> resume(const OpenContext& /*context*/,
                                                                     const SinkResume& /*resume*/) {
    return nullptr;
  }
};

class APartitionThatIsNull : public ::testing::TestWithParam<unsigned> {
 protected:
  template <typename Source, typename Sink>
  std::string message(Source source, Sink sink, const std::string& recovery = {}) {
    Dataflow flow{"nulls"};
    flow.input("numbers", source) | op::output("out", sink);
    RunOptions options;
    options.workers = GetParam();
    options.recovery = recovery;
    return message_of<StepError>([&] { run(flow, options); });
  }

  RangeInput<std::vector<int>> numbers_{std::vector<int>{1}};
};

TEST_P(APartitionThatIsNull, IsAnErrorOfItsSource) {
  const Callback sink{[](int) {}};
  EXPECT_THAT(message(NoPartition{}, sink),
              HasSubstr(R"(step "numbers": the source's open returned a null pointer for partition "only")"));
  EXPECT_THAT(message(NoPartitionOnAWorker{}, sink), HasSubstr(R"(step "numbers": the source's open returned)"));
  EXPECT_THAT(message(concat_sources(numbers_, NoPartition{}), sink),
              HasSubstr(R"(step "numbers": the source's open returned)"));
}

TEST_P(APartitionThatIsNull, IsAnErrorOfItsSink) {
  const TemporaryFolder folder;
  EXPECT_THAT(message(numbers_, NoSinkPartition{}),
              HasSubstr(R"(step "out": the sink's open returned a null pointer)"));
  EXPECT_THAT(message(numbers_, NoLinePartition{}),
              HasSubstr(R"(step "out": the sink's open returned a null pointer)"));
  EXPECT_THAT(message(numbers_, NoLinePartition{}, folder.path() + "/recovery"),
              HasSubstr(R"(step "out": the sink's resume returned a null pointer)"));
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, APartitionThatIsNull, ::testing::Values(1U, 2U));

}  // namespace
}  // namespace weir
