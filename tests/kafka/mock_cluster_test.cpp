// What clients do with answers that a real broker gives seldom: librdkafka's mock cluster gives them when it is told
// to. It keeps no transactions apart, so that what becomes of records is for the real one.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "kafka/changed_waits.hpp"
#include "kafka/client_errors.hpp"
#include "kafka/client_events.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_token.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/patience.hpp"
#include "kafka/polled_input.hpp"
#include "kafka/relay.hpp"
#include "kafka/token_reader.hpp"
#include "kafka/topic_partition.hpp"
#include "kafka/transaction.hpp"
#include "weir/kafka.hpp"

namespace weir::tests::kafka {
namespace {

using detail::kafka::ClientError;
using detail::kafka::ClientEvents;
using detail::kafka::Failing;
using detail::kafka::OutputToken;
using detail::kafka::Patience;
using detail::kafka::Reader;
using detail::kafka::TokenReader;
using detail::kafka::TransactionalProducer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr OutputToken kToken{.execution = 1, .number = 2, .end = 3, .checksum = 4};

class AMockCluster : public ::testing::Test {
 protected:
  AMockCluster() {
    rd_kafka_mock_topic_create(cluster_.get(), "topic", 1, 1);
    patience_.begin("a test is");
  }

  [[nodiscard]] std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_.get()); }

  /// The next requests of the kind get these answers.
  void answer(ApiKey kind, const std::vector<rd_kafka_resp_err_t>& errors) {
    rd_kafka_mock_push_request_errors_array(cluster_.get(), static_cast<std::int16_t>(kind), errors.size(),
                                            errors.data());
  }

  [[nodiscard]] std::optional<OutputToken> read_token() {
    ClientEvents events{run_.context().log};
    const Reader client = detail::kafka::make_reader(settings_, "group", events);
    return TokenReader{client.get(), events, settings_, "group", run_.context().log, patience_}.read(true);
  }

  void commit_token() const {
    rd_kafka_conf_t* const configuration = rd_kafka_conf_new();
    rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap().c_str(), nullptr, 0);
    rd_kafka_conf_set(configuration, "group.id", "group", nullptr, 0);
    const detail::kafka::Client client{rd_kafka_new(RD_KAFKA_CONSUMER, configuration, nullptr, 0)};
    const detail::kafka::Partitions list = detail::kafka::make_list({{"topic", 0}}, 2);
    const std::string text = kToken.text();
    list->elems[0].metadata = ::strndup(text.data(), text.size());  // the list frees it
    list->elems[0].metadata_size = text.size();
    EXPECT_EQ(rd_kafka_commit(client.get(), list.get(), 0), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  /// How a transaction with the token fails; nothing if it does not.
  [[nodiscard]] std::optional<Failing> failure_of_a_transaction() {
    const detail::kafka::TransactionSettings settings{
        .output = settings_, .limits = {.topic = "topic", .client_bytes = 1'000'000}, .group = "group", .log = log_};
    try {
      TransactionalProducer producer{settings, "id", patience_};
      producer.send(kToken);
      return std::nullopt;
    } catch (const ClientError& error) {
      return error.failing();
    }
  }

  struct DestroyCluster {
    void operator()(rd_kafka_mock_cluster_t* cluster) const noexcept { rd_kafka_mock_cluster_destroy(cluster); }
  };

  WatchedRun run_;
  Log log_ = run_.context().log;
  Patience patience_{log_};
  detail::kafka::Client client_{rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0)};
  std::unique_ptr<rd_kafka_mock_cluster_t, DestroyCluster> cluster_{rd_kafka_mock_cluster_new(client_.get(), 1)};
  detail::kafka::OutputSettings settings_ = detail::kafka::declared_output(KafkaCluster{bootstrap()}, "topic");
};

// A coordinator that starts may say that a group has no offset.
TEST_F(AMockCluster, WhenATokenIsNotKnownYetThenItIsAskedForAgain) {
  std::jthread later{[this] {
    std::this_thread::sleep_for(300ms);
    commit_token();
  }};
  EXPECT_EQ(read_token(), kToken);
}

TEST_F(AMockCluster, WhenATokenStaysUnknownThenThereIsNone) {
  const ChangedWaits waits{[](auto& of) { of.no_token = 300ms; }};
  EXPECT_EQ(read_token(), std::nullopt);
}

TEST_F(AMockCluster, WhenAnswersAreErrorsThatPassThenATransactionIsCommitted) {
  answer(ApiKey::kInitProducerId,
         {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS});
  answer(ApiKey::kAddOffsetsToTxn,
         {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE});
  answer(ApiKey::kTxnOffsetCommit, {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_NOT_COORDINATOR});
  answer(ApiKey::kEndTxn, {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE});
  EXPECT_EQ(failure_of_a_transaction(), std::nullopt);
}

TEST_F(AMockCluster, WhenAnotherProducerHasTheIdThenATransactionSaysSo) {
  for (const ApiKey kind : {ApiKey::kAddOffsetsToTxn, ApiKey::kTxnOffsetCommit, ApiKey::kEndTxn}) {
    answer(kind, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH});
    EXPECT_EQ(failure_of_a_transaction(), Failing::kFenced) << static_cast<int>(kind);
  }
}

TEST_F(AMockCluster, WhenARightIsTakenAwayThenATransactionIsRefused) {
  answer(ApiKey::kAddOffsetsToTxn, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
  EXPECT_EQ(failure_of_a_transaction(), Failing::kRefused);
  answer(ApiKey::kEndTxn, {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED});
  EXPECT_EQ(failure_of_a_transaction(), Failing::kRefused);
}

TEST_F(AMockCluster, WhenAPartitionMovesThenRecordsAreWrittenOnceAndReadOnce) {
  const auto output = detail::kafka::open_output(settings_, run_.context());
  const auto write = [&](const std::string& value) {
    std::string row;
    KafkaRecordWriter{}.key("k").value(value).append_to(row);
    output->write(std::move(row));
    while (!output->drained()) {
      run_.wait(10ms);
    }
  };
  write("before");
  PolledInput polled{KafkaInput{
      KafkaCluster{bootstrap()}, {"topic"}, [](const KafkaRecord& record) { return std::string{*record.value}; }}};
  polled.open("topic/0");
  polled.poll_until_items(1);
  const std::vector<rd_kafka_resp_err_t> moves{RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                               RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE,
                                               RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR};
  answer(ApiKey::kProduce, moves);
  answer(ApiKey::kFetch, moves);
  write("after");
  polled.poll_until_items(2);
  EXPECT_THAT(polled.items(), ElementsAre("before", "after"));
}

TEST_F(AMockCluster, WhenARecordIsRefusedThenAnOutputNamesIt) {
  const auto output = detail::kafka::open_output(settings_, run_.context());
  answer(ApiKey::kProduce, {RD_KAFKA_RESP_ERR_POLICY_VIOLATION});
  std::string row;
  KafkaRecordWriter{}.key("the key").value("v").append_to(row);
  output->write(std::move(row));
  try {
    while (!output->drained()) {
      run_.wait(10ms);
    }
    FAIL() << "no failure";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("a record for topic \"topic\" partition 0 with key \"the key\" was not taken"));
    EXPECT_THAT(error.what(), HasSubstr("POLICY_VIOLATION"));
  }
}

}  // namespace
}  // namespace weir::tests::kafka
