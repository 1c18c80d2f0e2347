// A source that is another one than that whose positions were kept.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

/// Three numbers, each with the number after it as the state.
template <typename State>
std::vector<std::pair<State, std::string>> numbers_from(std::optional<State> state) {
  std::vector<std::pair<State, std::string>> numbers;
  for (State number = state.value_or(State{0}); number < State{3}; ++number) {
    numbers.emplace_back(number + 1, std::to_string(static_cast<int>(number)));
  }
  return numbers;
}

template <typename State>
auto partitioned() {
  return PartitionedInput{
      {"a"}, [](const std::string& /*name*/, std::optional<State> state) { return numbers_from<State>(state); }};
}

template <typename State>
auto on_each_worker() {
  return ManualInput{[](std::size_t index, std::size_t /*count*/, std::optional<State> state) {
    return index == 0 ? numbers_from<State>(state) : std::vector<std::pair<State, std::string>>{};
  }};
}

/// Runs of one dataflow on one recovery directory, with other sources.
class ASourceThatHasChanged : public ::testing::TestWithParam<std::size_t> {
 protected:
  template <typename S>
  std::vector<std::string> items(S source, bool drop = false) {
    Dataflow flow{"changed"};
    const testing::Collected<std::string> out;
    flow.input("in", std::move(source)) | op::output("out", out);
    RunOptions options;
    options.workers = GetParam();
    options.recovery = folder_.path("recovery");
    if (drop) {
      options.allow_dropped_state = {"in"};
    }
    run(flow, options);
    return out.items();
  }

  template <typename S>
  std::string refusal(S source) {
    try {
      items(std::move(source));
    } catch (const RecoveryError& error) {
      return error.what();
    }
    return "not refused";
  }

  TemporaryFolder folder_;
};

TEST_P(ASourceThatHasChanged, IsRefusedWhereItsResumeStateHasAnotherType) {
  EXPECT_EQ(items(partitioned<std::int32_t>()).size(), 3U);
  EXPECT_EQ(items(partitioned<std::int32_t>()).size(), 0U);
  EXPECT_THAT(refusal(partitioned<float>()),
              AllOf(HasSubstr("step \"in\": its source has changed"), HasSubstr("\"i32\""), HasSubstr("\"f32\"")));
  EXPECT_THAT(refusal(partitioned<std::int64_t>()), HasSubstr("\"i64\""));
  EXPECT_EQ(items(partitioned<float>(), true).size(), 3U);
}

TEST_P(ASourceThatHasChanged, IsRefusedWhereItHasOnePartitionOnEachWorkerInPlaceOfNamedOnes) {
  EXPECT_EQ(items(partitioned<std::int32_t>()).size(), 3U);
  EXPECT_THAT(refusal(on_each_worker<std::int32_t>()),
              AllOf(HasSubstr("kept of named partitions"), HasSubstr("has one partition for each worker")));
}

TEST_P(ASourceThatHasChanged, IsRefusedWhereItIsOneOfAChainNowOrWas) {
  const std::string path = folder_.write("lines", "a\nb\n");
  const std::string history = folder_.write("history", "");
  EXPECT_EQ(items(TextFiles{{path}}).size(), 2U);
  EXPECT_THAT(refusal(concat_sources(TextFiles{{history}}, TextFiles{{path}})), HasSubstr("its source has changed"));
  EXPECT_EQ(items(concat_sources(TextFiles{{history}}, TextFiles{{path}}), true).size(), 2U);
  EXPECT_THAT(refusal(TextFiles{{path}}), HasSubstr("its source has changed"));
}

INSTANTIATE_TEST_SUITE_P(OnWorkers, ASourceThatHasChanged, ::testing::Values(1, 2, 4));

}  // namespace
}  // namespace weir
