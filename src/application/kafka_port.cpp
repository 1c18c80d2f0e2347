#include "application/kafka_port.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "application/kafka_sender.hpp"
#include "kafka/client_errors.hpp"
#include "kafka/configuration.hpp"
#include "kafka/questions.hpp"
#include "kafka/record_sender.hpp"
#include "kafka/topic_partition.hpp"

namespace weir::detail::application {
namespace {

constexpr std::chrono::milliseconds kAnswer{2'000};
constexpr std::chrono::milliseconds kPause{20};
constexpr std::chrono::seconds kUntilRead{10};
constexpr int kNewsMilliseconds = 100;

CallError error_of(const std::string& call, rd_kafka_resp_err_t code) {
  const bool passes = kafka::is_passing(code) || kafka::failing(code) == kafka::Failing::kForNow;
  return {passes ? CallError::Kind::kAgain : CallError::Kind::kRefused,
          fmt::format("Kafka refuses {}: {}", call, kafka::code_words(code))};
}

std::vector<kafka::TopicPartition> partitions_of(const std::vector<Place>& places) {
  std::vector<kafka::TopicPartition> partitions;
  partitions.reserve(places.size());
  for (const Place& place : places) {
    partitions.push_back({place.topic, place.partition});
  }
  return partitions;
}

kafka::Reader make_consumer(const kafka::OutputSettings& settings, kafka::Properties own, kafka::ClientEvents& events) {
  own.insert({{"enable.auto.commit", "false"}});
  kafka::Conf configuration =
      kafka::make_configuration(RD_KAFKA_CONSUMER, settings.cluster.brokers(), settings.cluster.properties(), {}, own);
  events.listen(configuration.get());
  return kafka::Reader{kafka::make_client(RD_KAFKA_CONSUMER, std::move(configuration)).release()};
}

class LogReading final : public Reading {
 public:
  LogReading(kafka::Reader client, std::vector<Place> places) : client_{std::move(client)}, places_{std::move(places)} {
    rd_kafka_poll_set_consumer(client_.get());
    const kafka::Partitions list = kafka::make_list(partitions_of(places_), RD_KAFKA_OFFSET_BEGINNING);
    if (const rd_kafka_resp_err_t code = rd_kafka_assign(client_.get(), list.get());
        code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw error_of("to give the state", code);
    }
  }

  ~LogReading() override { message_.reset(); }

  [[nodiscard]] News next() override {
    message_.reset(rd_kafka_consumer_poll(client_.get(), kNewsMilliseconds));
    if (message_ == nullptr) {
      return {};
    }
    if (message_->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      return {.kind = Kind::kEnd, .index = index(), .offset = message_->offset};
    }
    if (message_->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (const CallError error = error_of("to give the state", message_->err);
          error.kind() == CallError::Kind::kRefused) {
        throw CallError{error};
      }
      return {};
    }
    News news{.kind = Kind::kRecord, .index = index(), .offset = message_->offset};
    news.key = {static_cast<const char*>(message_->key), message_->key_len};
    if (message_->payload != nullptr) {
      news.value = std::string_view{static_cast<const char*>(message_->payload), message_->len};
    }
    return news;
  }

 private:
  [[nodiscard]] std::size_t index() const {
    const Place place{rd_kafka_topic_name(message_->rkt), message_->partition};
    return static_cast<std::size_t>(std::ranges::find(places_, place) - places_.begin());
  }

  kafka::Reader client_;
  std::vector<Place> places_;
  kafka::Message message_;
};

}  // namespace

/// Writes records that belong to no transaction.
class KafkaPort::Notes {
 public:
  Notes(const kafka::OutputSettings& settings, const kafka::RecordLimits& limits, const Log& log)
      : events_{log},
        client_{kafka::make_producer(settings, limits,
                                     {{"message.timeout.ms", std::to_string(kAnswer.count())}, {"linger.ms", "0"}}, {},
                                     events_)},
        sender_{client_.get(), settings.topic} {
    events_.delivered = [this](const rd_kafka_message_t& message) { outcome_ = message.err; };
  }

  // Returns when brokers have it.
  void write(const kafka::OutputRecord& record) {
    outcome_ = sender_.send(record);
    if (outcome_ == RD_KAFKA_RESP_ERR_NO_ERROR) {
      outcome_ = RD_KAFKA_RESP_ERR__TIMED_OUT;
      rd_kafka_flush(client_.get(), static_cast<int>(2 * kAnswer.count()));
    }
    if (outcome_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw error_of("to keep a transactional id", outcome_);
    }
  }

 private:
  kafka::ClientEvents events_;
  rd_kafka_resp_err_t outcome_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // of the last record
  kafka::Client client_;
  kafka::RecordSender sender_;
};

KafkaPort::KafkaPort(KafkaCluster cluster, const std::string& group, const std::string& state_topic,
                     std::optional<Instance> instance, Log log)
    : settings_{.cluster = std::move(cluster), .topic = state_topic, .properties = {}},
      group_{group},
      instance_{std::move(instance)},
      log_{log},
      events_{log},
      committed_{make_consumer(settings_, {{"isolation.level", "read_committed"}, {"group.id", group}}, events_)},
      uncommitted_{make_consumer(settings_, {{"isolation.level", "read_uncommitted"}}, events_)},
      limits_{kafka::look_at_topic(committed_.get(), settings_, events_)} {}

KafkaPort::~KafkaPort() = default;

void KafkaPort::end_predecessor() {
  if (!instance_) {
    return;
  }
  try {
    if (const std::optional<std::string> id = last_id()) {
      const KafkaSender ends_it{settings_, limits_, *id, log_};
      log_.info(fmt::format("what the last process of instance \"{}\" has left open is ended", instance_->name));
    }
  } catch (const CallError& error) {
    log_.warning(fmt::format("what the last process of instance \"{}\" has left open ends by itself, later: {}",
                             instance_->name, error.what()));
  }
}

std::optional<std::string> KafkaPort::last_id() {
  const std::int64_t end = end_of(instance_->kept_in);
  std::optional<std::string> id;
  if (end == 0) {
    return id;
  }
  const std::unique_ptr<Reading> reading = read({instance_->kept_in});
  const Time until = now() + kUntilRead;
  while (true) {
    const Reading::News news = reading->next();
    if (news.kind == Reading::Kind::kRecord && news.key == instance_->name && news.value) {
      id = *news.value;
    } else if (news.kind == Reading::Kind::kEnd && news.offset >= end) {
      return id;
    } else if (now() >= until) {
      throw CallError{CallError::Kind::kAgain, "its id cannot be read"};
    }
  }
}

// Before it is used, so that the next process finds no other one.
void KafkaPort::keep(const std::string& id) {
  if (notes_ == nullptr) {
    notes_ = std::make_unique<Notes>(settings_, limits_, log_);
  }
  kafka::OutputRecord record;
  record.topic = instance_->kept_in.topic;
  record.partition = instance_->kept_in.partition;
  record.key = instance_->name;
  record.value = id;
  notes_->write(record);
}

std::unique_ptr<TransactionSender> KafkaPort::make_sender(const std::string& id) {
  if (instance_) {
    keep(id);
  }
  return std::make_unique<KafkaSender>(settings_, limits_, id, log_);
}

std::vector<std::optional<std::int64_t>> KafkaPort::committed(const std::vector<Place>& places) {
  if (places.empty()) {
    return {};
  }
  auto answer = kafka::ask_committed(committed_.get(), partitions_of(places), kAnswer);
  rd_kafka_poll(committed_.get(), 0);
  if (!answer.value) {
    throw error_of("to give the group's offsets", answer.error);
  }
  return std::move(*answer.value);
}

std::int64_t KafkaPort::end_of(const Place& place) {
  std::int64_t low = 0;
  std::int64_t high = 0;
  const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
      uncommitted_.get(), place.topic.c_str(), place.partition, &low, &high, static_cast<int>(kAnswer.count()));
  rd_kafka_poll(uncommitted_.get(), 0);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw error_of("to give the end of the state", code);
  }
  return high;
}

std::unique_ptr<Reading> KafkaPort::read(const std::vector<Place>& places) {
  kafka::Reader client = make_consumer(settings_,
                                       {{"isolation.level", "read_committed"},
                                        {"group.id", "weir"},  // the client assigns nothing without one
                                        {"enable.auto.offset.store", "false"},
                                        {"enable.partition.eof", "true"},
                                        {"auto.offset.reset", "error"},
                                        {"fetch.wait.max.ms", "20"}},
                                       events_);
  return std::make_unique<LogReading>(std::move(client), places);
}

std::string KafkaPort::fresh_id() {
  std::random_device random;
  return fmt::format("{}.{}{:08x}{:08x}", group_, instance_ ? instance_->name + "." : "", random(), random());
}

KafkaPort::Time KafkaPort::now() { return std::chrono::steady_clock::now(); }

void KafkaPort::pause() { std::this_thread::sleep_for(kPause); }

}  // namespace weir::detail::application
