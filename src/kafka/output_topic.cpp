#include "kafka/output_topic.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>

#include <fmt/format.h>

#include "kafka/client_errors.hpp"
#include "kafka/configuration.hpp"
#include "kafka/waits.hpp"
#include "weir/errors.hpp"

namespace weir::detail::kafka {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookMilliseconds = 500;

using AskedTopic = std::unique_ptr<rd_kafka_ConfigResource_t, DestroyedBy<rd_kafka_ConfigResource_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, DestroyedBy<rd_kafka_AdminOptions_destroy>>;

[[noreturn]] void refuse(const OutputSettings& settings, const std::string& why) {
  throw UsageError{
      fmt::format("topic \"{}\" cannot be written, brokers {}: {}", settings.topic, settings.cluster.brokers(), why)};
}

// Whether the topic is there; throws if that will not change.
bool is_there(const OutputSettings& settings, const rd_kafka_metadata_t& metadata) {
  const rd_kafka_resp_err_t error =
      metadata.topic_cnt == 1 ? metadata.topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    return true;
  }
  if (error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    refuse(settings, fmt::format("{}; make the topic, or name another", code_words(error)));
  }
  if (failing(error) != Failing::kForNow) {
    refuse(settings, code_words(error));
  }
  return false;
}

void find_topic(rd_kafka_t* client, const OutputSettings& settings, const ClientEvents& events) {
  const Topic topic{rd_kafka_topic_new(client, settings.topic.c_str(), nullptr)};
  std::string why = "no answer";
  for (const Clock::time_point end = Clock::now() + waits().first_answer; Clock::now() < end;) {
    const rd_kafka_metadata_t* answer = nullptr;
    const rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, topic.get(), &answer, kLookMilliseconds);
    const Metadata metadata{answer};
    rd_kafka_poll(client, error == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : kLookMilliseconds / 5);
    if (events.login_refused()) {
      refuse(settings, events.words());
    }
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR && is_there(settings, *metadata)) {
      return;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && failing(error) != Failing::kForNow) {
      refuse(settings, code_words(error));
    }
    why = error == RD_KAFKA_RESP_ERR_NO_ERROR ? "it has no leader" : code_words(error);
  }
  const std::string words = events.words();
  refuse(settings,
         fmt::format("no answer in {:g} s: {}", in_seconds(waits().first_answer), words.empty() ? why : words));
}

std::size_t number_of(const char* text) {
  std::size_t number = 0;
  const std::string_view digits{text == nullptr ? "" : text};
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

// 0 where it may not be asked: a record that is too large then fails when it is sent.
std::size_t topic_bytes(rd_kafka_t* client, const std::string& topic) {
  const AskedTopic asked{rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str())};
  const Options options{rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS)};
  constexpr int kMilliseconds = 5'000;
  rd_kafka_AdminOptions_set_request_timeout(options.get(), kMilliseconds, nullptr, 0);
  const Queue queue{rd_kafka_queue_new(client)};
  rd_kafka_ConfigResource_t* resources = asked.get();
  rd_kafka_DescribeConfigs(client, &resources, 1, options.get(), queue.get());
  const Event event{rd_kafka_queue_poll(queue.get(), 2 * kMilliseconds)};
  const rd_kafka_DescribeConfigs_result_t* const result = rd_kafka_event_DescribeConfigs_result(event.get());
  if (result == nullptr || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return 0;
  }
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** const answers = rd_kafka_DescribeConfigs_result_resources(result, &count);
  if (count != 1 || rd_kafka_ConfigResource_error(answers[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return 0;
  }
  const rd_kafka_ConfigEntry_t** const entries = rd_kafka_ConfigResource_configs(answers[0], &count);
  for (std::size_t i = 0; i < count; ++i) {
    if (std::string_view{rd_kafka_ConfigEntry_name(entries[i])} == "max.message.bytes") {
      return number_of(rd_kafka_ConfigEntry_value(entries[i]));
    }
  }
  return 0;
}

std::size_t client_bytes(const OutputSettings& settings) {
  const Conf configuration = make_configuration(RD_KAFKA_PRODUCER, settings.cluster.brokers(),
                                                settings.cluster.properties(), settings.properties, {});
  return number_property(configuration.get(), "message.max.bytes");
}

}  // namespace

Reader make_reader(const OutputSettings& settings, const std::string& group, ClientEvents& events,
                   const Properties& more) {
  Properties own = more;
  own.insert({{"enable.auto.commit", "false"}, {"isolation.level", "read_committed"}});
  if (!group.empty()) {
    own["group.id"] = group;
  }
  Conf configuration = make_configuration(RD_KAFKA_CONSUMER, settings.cluster.brokers(), settings.cluster.properties(),
                                          settings.properties, own);
  // An epoch's token is there some milliseconds after its transaction is committed. The property is listed for
  // producers, and is for all.
  rd_kafka_conf_set(configuration.get(), "retry.backoff.ms", "5", nullptr, 0);
  events.listen(configuration.get());
  Reader reader{make_client(RD_KAFKA_CONSUMER, std::move(configuration)).release()};
  if (!group.empty()) {
    rd_kafka_poll_set_consumer(reader.get());  // so that errors of the group come to who polls
  }
  return reader;
}

RecordLimits look_at_topic(rd_kafka_t* client, const OutputSettings& settings, const ClientEvents& events) {
  find_topic(client, settings, events);
  return {.topic = settings.topic,
          .client_bytes = client_bytes(settings),
          .topic_bytes = topic_bytes(client, settings.topic)};
}

RecordLimits look_at_topic(const OutputSettings& settings, const Log& log) {
  ClientEvents events{log};
  const Reader reader = make_reader(settings, {}, events);
  return look_at_topic(reader.get(), settings, events);
}

}  // namespace weir::detail::kafka
