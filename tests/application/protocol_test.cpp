// What the simulation finds by chance is planted here: one schedule for each rule of the protocol.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/kafka_store.hpp"
#include "application/sim_flow.hpp"
#include "application/sim_kafka.hpp"
#include "application/sim_port.hpp"
#include "coordinator/application.hpp"
#include "simulation/rng.hpp"

namespace weir::simulation {
namespace {

using namespace std::chrono_literals;
using detail::application::KafkaStore;
using detail::coordinator::Placement;
using detail::coordinator::SharesLost;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const detail::application::Names kNames{.id = "app", .topics = {"src"}};
const Placement kPlacement{.count = 1, .shards = {0}};
const Place kSource{"src", 0};
const Place kState{"app-state", 0};
const Place kOutput{"out", 0};

/// An application of one shard that counts the messages of key "k". Its owners are called in turn, and nothing fails
/// but what a test says.
class AnApplicationOfOneShard : public ::testing::Test, public SimClient {
 protected:
  /// A process that has the shard.
  struct Owner {
    SimMembership membership;
    SimPort port;
    KafkaStore store;
    SimFlow flow;

    Owner(AnApplicationOfOneShard& client, const std::string& member, int generation)
        : membership{member, generation},
          port{client},
          store{port,
                kNames,
                kPlacement,
                membership,
                static_cast<std::uint64_t>(generation),
                {.taking_over = [&client](std::string_view waits_for) { client.waits_.emplace(waits_for); },
                 .committing = [](std::string_view /*waits_for*/) {}}},
          flow{kSource.topic, kPlacement.shards} {
      flow.load(store);
    }

    void read_one(SimClient& client) { flow.read(client.kafka(), 0, 1); }
    void tick() { flow.tick(0, 0); }
    void commit() { store.commit(flow.close()); }
  };

  AnApplicationOfOneShard() {
    for (int i = 0; i < 3; ++i) {
      kafka_.append(kSource, "k", "x");
    }
  }

  // The group has expelled the last owner.
  std::unique_ptr<Owner> take_over() {
    expel();
    member_ = kafka_.add_member();
    kafka_.step(1ms);
    return std::make_unique<Owner>(*this, member_, kafka_.generation());
  }

  void expel() {
    kafka_.remove_member(member_);
    kafka_.step(1ms);
  }

  void settle() {
    for (int i = 0; i < 10; ++i) {
      yield();
    }
  }

  // After so many steps of the owner.
  void release_after(int steps) {
    on_step_ = [this, steps]() mutable {
      if (--steps == 0) {
        kafka_.release();
      }
    };
  }

  // What a reader of committed records sees.
  std::vector<std::string> output() {
    settle();
    return seen();
  }

  std::vector<std::string> seen() {
    std::vector<std::string> values;
    for (const SimRecord& record : kafka_.log(kOutput)) {
      if (record.kind == SimRecord::Kind::kData && record.fate == SimRecord::Fate::kCommitted) {
        values.push_back(*record.value);
      }
    }
    return values;
  }

  [[nodiscard]] SimKafka& kafka() noexcept override { return kafka_; }
  [[nodiscard]] Rng& rng() noexcept override { return rng_; }
  [[nodiscard]] bool killed() const noexcept override { return false; }
  [[nodiscard]] std::string fresh_id() override { return "id" + std::to_string(++ids_); }
  void yield() override {
    if (++steps_ == kMostSteps) {
      throw std::runtime_error{"it waits for ever"};
    }
    kafka_.step(1ms);
    kafka_.heartbeat(member_);
    if (on_step_) {
      on_step_();
    }
  }

  static constexpr int kMostSteps = 5'000;

  Rng rng_{1};
  SimKafka kafka_{rng_, {}};
  std::set<std::string> waits_;  // what takeovers said that they wait for
  std::function<void()> on_step_;

 private:
  std::string member_;
  int ids_ = 0;
  int steps_ = 0;
};

TEST_F(AnApplicationOfOneShard, WhenAnEpochIsCommittedThenThePositionIsThatOfTheNextMessage) {
  const auto owner = take_over();
  owner->read_one(*this);
  owner->commit();
  settle();
  EXPECT_EQ(kafka_.committed({kSource}), std::vector<std::optional<std::int64_t>>{1});
}

// Not even the group's offsets tell of a tick.
TEST_F(AnApplicationOfOneShard, WhenMarksInTheStateAreLateThenATakeoverWaitsForThem) {
  const auto owner = take_over();
  owner->read_one(*this);
  owner->commit();
  settle();
  owner->tick();
  kafka_.hold_marks(kState);
  owner->commit();
  release_after(100);
  const auto next = take_over();
  next->tick();
  next->commit();
  EXPECT_THAT(output(), ElementsAre("n1", "t1", "t2"));
  EXPECT_THAT(waits_, Contains(AllOf(HasSubstr("the state of 1 of 1 shards"),
                                     HasSubstr("of app-state/0 there is a transaction that has not ended"))));
}

TEST_F(AnApplicationOfOneShard, WhenPositionsOfTheLastIdAreNotAppliedYetThenANewIdWaitsForThem) {
  const auto owner = take_over();
  owner->read_one(*this);
  kafka_.set_faults({.delay_end = 100});
  kafka_.hold_next_offsets();
  owner->commit();
  kafka_.set_faults({});
  release_after(100);
  owner->read_one(*this);
  owner->commit();
  settle();
  kafka_.release();
  settle();
  EXPECT_EQ(kafka_.committed({kSource}), std::vector<std::optional<std::int64_t>>{2});
}

TEST_F(AnApplicationOfOneShard, WhenABrokerThatIsKilledSkipsMarksOfAnAbortThenItsRecordsStayUnseen) {
  const auto owner = take_over();
  owner->read_one(*this);
  owner->commit();
  expel();
  owner->read_one(*this);
  EXPECT_THROW(owner->commit(), SharesLost);
  kafka_.skip_marks(kOutput);
  kafka_.kill_broker();
  const auto next = take_over();
  next->read_one(*this);
  next->commit();
  EXPECT_THAT(output(), ElementsAre("n1", "n2"));
}

TEST_F(AnApplicationOfOneShard, WhenARequestToCommitComesLateThenItEndsNoOtherTransaction) {
  const auto owner = take_over();
  owner->read_one(*this);
  kafka_.set_faults({.delay_end = 100});
  owner->commit();
  kafka_.set_faults({});
  bool arrived = false;
  on_step_ = [this, &arrived] {
    if (!arrived && kafka_.end(kOutput) > kafka_.stable_end(kOutput)) {
      arrived = true;
      kafka_.step(3s);
      kafka_.step(1ms);
      EXPECT_THAT(seen(), ElementsAre("n1"));
    }
  };
  owner->read_one(*this);
  owner->commit();
  EXPECT_TRUE(arrived);
  on_step_ = nullptr;
  EXPECT_THAT(output(), ElementsAre("n1", "n2"));
}

TEST_F(AnApplicationOfOneShard, WhenAnOwnerWasExpelledThenNotEvenATickOfItIsTaken) {
  const auto owner = take_over();
  owner->read_one(*this);
  owner->commit();
  expel();
  owner->tick();
  EXPECT_THROW(owner->commit(), SharesLost);
  EXPECT_THAT(output(), ElementsAre("n1"));
}

TEST_F(AnApplicationOfOneShard, WhenAnOwnerWasExpelledThenItsPositionsAreRefused) {
  const auto owner = take_over();
  expel();
  owner->read_one(*this);
  EXPECT_THROW(owner->commit(), SharesLost);
  EXPECT_THAT(output(), ElementsAre());
}

}  // namespace
}  // namespace weir::simulation
