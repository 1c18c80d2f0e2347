// What is kept of an edge that is a topic, one schedule for each rule.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/kafka_store.hpp"
#include "application/sim_edge_flow.hpp"
#include "application/sim_kafka.hpp"
#include "application/sim_port.hpp"
#include "coordinator/application.hpp"
#include "simulation/rng.hpp"
#include "weir/errors.hpp"

namespace weir::simulation {
namespace {

using namespace std::chrono_literals;
using detail::application::KafkaStore;
using detail::coordinator::Placement;
using ::testing::AllOf;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::ThrowsMessage;

const detail::application::Names kNames{
    .id = "app", .topics = {"src", SimEdgeFlow::kEdge}, .edges = {SimEdgeFlow::kEdge}};
const Placement kPlacement{.count = 1, .shards = {0}};
const Place kEdge{SimEdgeFlow::kEdge, 0};

/// An application of one shard with an edge. Nothing fails but what a test says.
class AnApplicationWithAnEdge : public ::testing::Test, public SimClient {
 protected:
  /// A process that has the shard.
  struct Owner {
    SimMembership membership;
    SimPort port;
    KafkaStore store;
    SimEdgeFlow flow;

    Owner(AnApplicationWithAnEdge& client, const std::string& member, int generation)
        : membership{member, generation},
          port{client},
          store{port,
                kNames,
                kPlacement,
                membership,
                static_cast<std::uint64_t>(generation),
                {.taking_over = [](std::string_view /*waits_for*/) {},
                 .committing = [](std::string_view /*waits_for*/) {}},
                {.forget_each = 0ms}},
          flow{client.kafka_, client.rng_, "src", kPlacement.shards, kPlacement.count} {
      flow.load(store);
    }

    // Until there is nothing more to do, which takes some epochs.
    void work() {
      for (int i = 0; i < 40; ++i) {
        flow.work(0);
      }
    }
    void commit() {
      store.commit(flow.close());
      flow.commit();
    }
  };

  AnApplicationWithAnEdge() {
    for (int i = 0; i < 5; ++i) {
      kafka_.append({"src", 0}, "other", "ann " + std::to_string(i));
    }
  }

  std::unique_ptr<Owner> take_over() {
    kafka_.remove_member(member_);
    kafka_.step(1ms);
    member_ = kafka_.add_member();
    kafka_.step(1ms);
    return std::make_unique<Owner>(*this, member_, kafka_.generation());
  }

  void settle() {
    for (int i = 0; i < 10; ++i) {
      yield();
    }
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
  }

  static constexpr int kMostSteps = 5'000;

  Rng rng_{1};
  SimKafka kafka_{rng_, {}};

 private:
  std::string member_;
  int ids_ = 0;
  int steps_ = 0;
};

TEST_F(AnApplicationWithAnEdge, WhenPackedItemsAreReadThenTheGroupHasTheirPositionAndTheyAreDeleted) {
  const auto owner = take_over();
  owner->work();
  owner->commit();
  settle();
  EXPECT_EQ(kafka_.begin(kEdge), 0) << "nothing is read yet";
  owner->work();
  owner->commit();
  settle();
  const auto committed = kafka_.committed({kEdge});
  ASSERT_TRUE(committed.has_value());
  EXPECT_THAT(committed->front(), Optional(Ge(1)));
  EXPECT_EQ(kafka_.begin(kEdge), committed->front());
}

TEST_F(AnApplicationWithAnEdge, WhenPackedItemsAreDeletedBeforeTheyAreReadThenATakeoverRefuses) {
  const auto owner = take_over();
  owner->work();
  owner->commit();
  settle();
  kafka_.forget(kEdge, kafka_.end(kEdge));
  EXPECT_THAT(
      [&] { static_cast<void>(take_over()); },
      ThrowsMessage<RecoveryError>(AllOf(HasSubstr("app-count-items/0 has offsets"), HasSubstr("read up to 0"))));
}

}  // namespace
}  // namespace weir::simulation
