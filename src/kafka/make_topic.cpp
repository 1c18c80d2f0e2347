#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "kafka/configuration.hpp"
#include "kafka/handles.hpp"
#include "weir/errors.hpp"
#include "weir/kafka/cluster.hpp"

namespace weir {
namespace {

constexpr std::chrono::milliseconds kLongest{10'000};
constexpr int kReplicasOfBroker = -1;  // as many as the broker gives to new topics

using NewTopic = std::unique_ptr<rd_kafka_NewTopic_t, detail::kafka::DestroyedBy<rd_kafka_NewTopic_destroy>>;

void fail(const std::string& topic, const KafkaCluster& cluster, const std::string& words) {
  throw UsageError{fmt::format("topic \"{}\" cannot be made at {}: {}", topic, cluster.brokers(), words)};
}

}  // namespace

bool KafkaCluster::make_topic(const std::string& name, int partitions,
                              const std::map<std::string, std::string>& settings) const {
  using namespace detail::kafka;
  const Client client = make_client(
      RD_KAFKA_PRODUCER, make_configuration(RD_KAFKA_PRODUCER, brokers_, properties_, Properties{}, Properties{}));
  std::array<char, 512> words{};
  const NewTopic topic{rd_kafka_NewTopic_new(name.c_str(), partitions, kReplicasOfBroker, words.data(), words.size())};
  if (topic == nullptr) {
    fail(name, *this, words.data());
  }
  for (const auto& [setting, value] : settings) {
    rd_kafka_NewTopic_set_config(topic.get(), setting.c_str(), value.c_str());
  }
  const Queue answers{rd_kafka_queue_new(client.get())};
  rd_kafka_NewTopic_t* all = topic.get();
  rd_kafka_CreateTopics(client.get(), &all, 1, nullptr, answers.get());
  const Event answer{rd_kafka_queue_poll(answers.get(), static_cast<int>(kLongest.count()))};
  if (answer == nullptr) {
    fail(name, *this, fmt::format("no answer within {} s", kLongest.count() / 1000));
  }
  if (rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fail(name, *this, rd_kafka_event_error_string(answer.get()));
  }
  std::size_t count = 0;
  const rd_kafka_topic_result_t* const* const results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(answer.get()), &count);
  const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[0]);
  if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
    return false;
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* const reason = rd_kafka_topic_result_error_string(results[0]);
    fail(name, *this, reason != nullptr ? reason : rd_kafka_err2str(error));
  }
  return true;
}

}  // namespace weir
