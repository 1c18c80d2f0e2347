#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "interleaving/atomic.hpp"
#include "interleaving/channel_scenarios.hpp"
#include "interleaving/explorer.hpp"
#include "interleaving/mutant_atomics.hpp"
#include "interleaving/test_scale.hpp"

namespace weir::interleaving {
namespace {

constexpr std::uint64_t kSeed = 20'240'229;
constexpr std::uint64_t kExecutions = 200'000;  // of each of five scenarios
constexpr std::size_t kPreemptions = 3;
constexpr std::uint64_t kMostExecutions = 1'000'000;
constexpr std::uint64_t kMutantExecutions = 10'000;

template <typename Kind>
MakeScenario make(ChannelOptions options = {}) {
  return [options] { return std::make_unique<Kind>(options); };
}

template <typename Kind>
void expect_right_at_random(ChannelOptions options) {
  const std::uint64_t executions = scaled(kExecutions);
  const Outcome outcome = Explorer::random(make<Kind>(options), executions, kSeed);
  EXPECT_EQ(outcome.failure, "");
  EXPECT_EQ(outcome.executions, executions);
}

template <typename Kind>
void expect_right_exhaustively(ChannelOptions options, std::size_t preemptions = kPreemptions) {
  const std::uint64_t most = scaled(kMostExecutions);
  const Outcome outcome = Explorer::exhaustive(make<Kind>(options), preemptions, most);
  EXPECT_EQ(outcome.failure, "");
  EXPECT_TRUE(outcome.complete || most < kMostExecutions) << "after " << outcome.executions;
}

void expect_failure(const Outcome& outcome, const std::string& kind) {
  EXPECT_EQ(outcome.failure.substr(0, kind.size()), kind) << "after " << outcome.executions;
}

template <typename Kind>
void expect_found(ChannelOptions options, const std::string& kind) {
  expect_failure(Explorer::random(make<Kind>(options), kMutantExecutions, kSeed), kind);
  expect_failure(Explorer::exhaustive(make<Kind>(options), kPreemptions, kMutantExecutions), kind);
}

TEST(ChannelAtRandom, WhenTheRingHoldsOneItemThenAllArriveInOrder) {
  expect_right_at_random<PairScenario<Atomic>>({.capacity = 1, .items = 4});
}

TEST(ChannelAtRandom, WhenTheRingHoldsTwoItemsThenAllArriveInOrder) {
  expect_right_at_random<PairScenario<Atomic>>({.capacity = 2, .items = 6});
}

TEST(ChannelAtRandom, WhenTwoSendToOneParkWordThenNoWakeUpIsLost) {
  expect_right_at_random<FanInScenario<Atomic>>({.capacity = 1, .items = 2});
}

TEST(ChannelAtRandom, WhenTwoSendMoreThanTheRingsHoldThenNoWakeUpIsLost) {
  expect_right_at_random<FanInScenario<Atomic>>({.capacity = 2, .items = 4});
}

TEST(ChannelAtRandom, WhenWorkersWaitForItemsAndRoomOnOneWordThenNoWakeUpIsLost) {
  expect_right_at_random<TwoWayScenario<Atomic>>({.capacity = 1, .items = 3});
}

TEST(ChannelExhaustively, WhenNeitherSideWaitsThenAllArriveInOrder) {
  expect_right_exhaustively<PollingScenario<Atomic>>({.capacity = 1, .items = 4});
  expect_right_exhaustively<PollingScenario<Atomic>>({.capacity = 2, .items = 4});
}

TEST(ChannelExhaustively, WhenTheRingHoldsOneItemThenAllArriveInOrder) {
  expect_right_exhaustively<PairScenario<Atomic>>({.capacity = 1, .items = 3});
}

TEST(ChannelExhaustively, WhenTheRingHoldsTwoItemsThenAllArriveInOrder) {
  expect_right_exhaustively<PairScenario<Atomic>>({.capacity = 2, .items = 3});
}

TEST(ChannelExhaustively, WhenWorkersWaitForItemsAndRoomOnOneWordThenNoWakeUpIsLost) {
  expect_right_exhaustively<TwoWayScenario<Atomic>>({.capacity = 1, .items = 2});
}

TEST(ChannelExhaustively, WhenTwoSendToOneParkWordThenNoWakeUpIsLost) {
  expect_right_exhaustively<FanInScenario<Atomic>>({.capacity = 1, .items = 1});
  expect_right_exhaustively<FanInScenario<Atomic>>({.capacity = 1, .items = 2}, 2);
}

// Each fault must be found: else the tests above say nothing.

TEST(ChannelWithAFault, WhenCancelIsAPlainStoreThenADeadlockIsFound) {
  expect_found<PairScenario<CancelsByStore>>({.capacity = 2, .items = 4}, "deadlock");
  expect_found<FanInScenario<CancelsByStore>>({.capacity = 1, .items = 2}, "deadlock");
}

TEST(ChannelWithAFault, WhenTheFlagIsRaisedAndReadWithoutModifyingThenADeadlockIsFound) {
  expect_found<PairScenario<FlagsWithoutModifying>>({.capacity = 2, .items = 4}, "deadlock");
  expect_found<FanInScenario<FlagsWithoutModifying>>({.capacity = 1, .items = 2}, "deadlock");
}

TEST(ChannelWithAFault, WhenNobodyLooksAgainBeforeSleepingThenADeadlockIsFound) {
  expect_found<PairScenario<Atomic>>({.capacity = 2, .items = 4, .looks_again = false}, "deadlock");
  expect_found<FanInScenario<Atomic>>({.capacity = 1, .items = 2, .looks_again = false}, "deadlock");
}

TEST(ChannelWithAFault, WhenTheTailIsPublishedRelaxedThenARaceIsFound) {
  using Mutant = RelaxedStores<PairScenario<Atomic>::kProducer>;
  expect_found<PairScenario<Mutant::Atomic>>({.capacity = 2, .items = 4}, "race");
  expect_found<PollingScenario<Mutant::Atomic>>({.capacity = 2, .items = 4}, "race");
}

TEST(ChannelWithAFault, WhenTheHeadIsPublishedRelaxedThenARaceIsFound) {
  using Mutant = RelaxedStores<PairScenario<Atomic>::kConsumer>;
  expect_found<PairScenario<Mutant::Atomic>>({.capacity = 2, .items = 4}, "race");
  expect_found<PollingScenario<Mutant::Atomic>>({.capacity = 1, .items = 4}, "race");
}

TEST(ChannelWithAFault, WhenTheTailIsReadRelaxedThenARaceIsFound) {
  using Mutant = RelaxedLoads<PairScenario<Atomic>::kConsumer>;
  expect_found<PairScenario<Mutant::Atomic>>({.capacity = 2, .items = 4}, "race");
}

TEST(ChannelWithAFault, WhenTheHeadIsReadRelaxedThenARaceIsFound) {
  using Mutant = RelaxedLoads<PairScenario<Atomic>::kProducer>;
  expect_found<PairScenario<Mutant::Atomic>>({.capacity = 1, .items = 4}, "race");
}

TEST(ChannelWithAFault, WhenAnnouncingIsRelaxedThenADeadlockIsFound) {
  expect_found<PairScenario<RelaxedFetchOr>>({.capacity = 2, .items = 4}, "deadlock");
}

TEST(ChannelWithAFault, WhenWakingIsRelaxedThenADeadlockIsFound) {
  expect_found<PairScenario<RelaxedExchange>>({.capacity = 2, .items = 4}, "deadlock");
}

TEST(ChannelWithAFault, WhenAReadyBitIsRaisedRelaxedThenADeadlockIsFound) {
  expect_found<FanInScenario<InReadyWords<RelaxedFetchOr>::Atomic>>({.capacity = 1, .items = 2}, "deadlock");
}

TEST(ChannelWithAFault, WhenAReadyWordIsTakenRelaxedThenADeadlockIsFound) {
  expect_found<FanInScenario<InReadyWords<RelaxedExchange>::Atomic>>({.capacity = 1, .items = 2}, "deadlock");
}

TEST(ChannelWithAFault, WhenALoadTellsWhetherRoomIsWantedThenADeadlockIsFound) {
  expect_found<PairScenario<LooksByLoad>>({.capacity = 1, .items = 4}, "deadlock");
}

}  // namespace
}  // namespace weir::interleaving
