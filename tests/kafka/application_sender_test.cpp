// What a process of an application does while Kafka does not answer, on librdkafka's mock cluster.

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "application/kafka_port.hpp"
#include "application/kafka_sender.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/relay.hpp"
#include "weir/kafka.hpp"

namespace weir::tests::kafka {
namespace {

using detail::application::CallError;
using detail::application::GroupMembership;
using detail::application::KafkaSender;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr int kBroker = 1;

class ASenderOfAMockCluster : public ::testing::Test {
 protected:
  ASenderOfAMockCluster() { rd_kafka_mock_topic_create(cluster_.get(), "topic", 1, 1); }

  [[nodiscard]] std::unique_ptr<KafkaSender> make_sender() const {
    KafkaCluster cluster{rd_kafka_mock_cluster_bootstraps(cluster_.get())};
    cluster.set("transaction.timeout.ms", "2000");
    return std::make_unique<KafkaSender>(detail::kafka::declared_output(cluster, "topic"),
                                         detail::kafka::RecordLimits{.topic = "topic", .client_bytes = 1'000'000}, "id",
                                         Log{});
  }

  /// The next question for a coordinator gets its answer so late that nobody waits for it.
  void find_no_coordinator() {
    rd_kafka_mock_broker_push_request_error_rtts(cluster_.get(), kBroker,
                                                 static_cast<std::int16_t>(ApiKey::kFindCoordinator), 1,
                                                 RD_KAFKA_RESP_ERR_NO_ERROR, 60'000);
  }

  struct DestroyCluster {
    void operator()(rd_kafka_mock_cluster_t* cluster) const noexcept { rd_kafka_mock_cluster_destroy(cluster); }
  };

  detail::kafka::Client client_{rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0)};
  std::unique_ptr<rd_kafka_mock_cluster_t, DestroyCluster> cluster_{rd_kafka_mock_cluster_new(client_.get(), 1)};
};

// librdkafka 2.0.2 does not come back then, whatever the time that it was given.
TEST_F(ASenderOfAMockCluster,
       WhenTheLastBrokerGoesWhileTheGroupsCoordinatorIsLookedForThenTheTransactionFailsInItsTime) {
  std::unique_ptr<KafkaSender> sender = make_sender();
  const GroupMembership membership{rd_kafka_consumer_group_metadata_new("group")};
  find_no_coordinator();
  sender->begin();
  auto failure = std::async(std::launch::async, [&]() -> std::optional<CallError> {
    try {
      sender->send_positions({{{"topic", 0}, 1}}, membership);
      return std::nullopt;
    } catch (const CallError& error) {
      return error;
    }
  });
  EXPECT_EQ(failure.wait_for(500ms), std::future_status::timeout) << "the coordinator was found";
  rd_kafka_mock_broker_set_down(cluster_.get(), kBroker);
  if (failure.wait_for(20s) == std::future_status::timeout) {
    rd_kafka_mock_broker_set_up(cluster_.get(), kBroker);
    FAIL() << "the call does not come back";
  }
  const std::optional<CallError> error = failure.get();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind(), CallError::Kind::kFailed);
  sender->abort();
  sender.reset();
}

}  // namespace
}  // namespace weir::tests::kafka
