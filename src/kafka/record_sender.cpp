#include "kafka/record_sender.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "kafka/client_errors.hpp"

namespace weir::detail::kafka {
namespace {

using Headers = std::unique_ptr<rd_kafka_headers_t, DestroyedBy<rd_kafka_headers_destroy>>;

Headers headers_of(const OutputRecord& record) {
  if (record.header_count == 0) {
    return nullptr;
  }
  Headers headers{rd_kafka_headers_new(static_cast<std::size_t>(record.header_count))};
  std::string_view rest = record.headers;
  for (std::uint64_t i = 0; i < record.header_count; ++i) {
    const OutputHeader header = take_header(rest);
    rd_kafka_header_add(headers.get(), header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value ? header.value->data() : nullptr,
                        static_cast<ssize_t>(header.value.value_or("").size()));
  }
  return headers;
}

// Kafka distinguishes bytes that are absent from none; so must the pointer be.
void* address(const std::optional<std::string_view>& bytes) {
  static const char empty = 0;
  if (!bytes) {
    return nullptr;
  }
  return const_cast<char*>(bytes->data() == nullptr ? &empty : bytes->data());  // NOLINT: librdkafka copies it
}

}  // namespace

Client make_producer(const OutputSettings& settings, const RecordLimits& limits, Properties defaults,
                     const Properties& own, ClientEvents& events) {
  for (const auto& [name, value] : settings.cluster.properties()) {
    defaults[name] = value;
  }
  Properties all = own;
  all.insert({
      {"enable.idempotence", "true"},
      {"acks", "all"},
      {"partitioner", "murmur2_random"},
      {"socket.max.fails", "1"},  // a request without an answer closes its connection, which is counted
      {"queue.buffering.max.messages", "10000000"},
      {"queue.buffering.max.kbytes", "131072"},
      {"batch.size", std::to_string(limits.most_batch_bytes())},
  });
  Conf configuration =
      make_configuration(RD_KAFKA_PRODUCER, settings.cluster.brokers(), defaults, settings.properties, all);
  events.listen(configuration.get());
  return make_client(RD_KAFKA_PRODUCER, std::move(configuration));
}

rd_kafka_topic_t* RecordSender::topic_named(std::string_view name) {
  const auto found = topics_.find(name);
  if (found != topics_.end()) {
    return found->second.get();
  }
  std::string owned{name};
  Topic topic{rd_kafka_topic_new(client_, owned.c_str(), nullptr)};
  return topics_.emplace(std::move(owned), std::move(topic)).first->second.get();
}

rd_kafka_resp_err_t RecordSender::send(const OutputRecord& record) {
  Headers headers = headers_of(record);
  std::array<rd_kafka_vu_t, 7> parts;
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = topic_named(record.topic.empty() ? std::string_view{topic_} : record.topic);
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = record.partition;
  parts[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[2].u.i = RD_KAFKA_MSG_F_COPY;
  parts[3].vtype = RD_KAFKA_VTYPE_KEY;
  parts[3].u.mem = {address(record.key), record.key.value_or("").size()};
  parts[4].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[4].u.mem = {address(record.value), record.value.value_or("").size()};
  parts[5].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
  parts[5].u.i64 = record.milliseconds == OutputRecord::kNoTime ? 0 : record.milliseconds;  // 0: now
  parts[6].vtype = RD_KAFKA_VTYPE_HEADERS;
  parts[6].u.headers = headers.get();
  const Error error{rd_kafka_produceva(client_, parts.data(), headers == nullptr ? 6 : 7)};
  if (error == nullptr) {
    [[maybe_unused]] const auto* const taken = headers.release();  // the message's now
  }
  return rd_kafka_error_code(error.get());
}

std::string not_taken(const OutputRecord& record, std::string_view topic, rd_kafka_resp_err_t error) {
  return fmt::format("a record for topic \"{}\" with key {} was not taken: {}",
                     record.topic.empty() ? topic : record.topic, shown_bytes(record.key), code_words(error));
}

std::string undelivered(const rd_kafka_message_t& message) {
  using Bytes = std::optional<std::string_view>;
  const Bytes key = message.key != nullptr ? Bytes{{static_cast<const char*>(message.key), message.key_len}} : Bytes{};
  const std::string partition =
      message.partition >= 0 ? fmt::format(" partition {}", message.partition) : std::string{};
  return fmt::format("a record for topic \"{}\"{} with key {} was not taken: {}", rd_kafka_topic_name(message.rkt),
                     partition, shown_bytes(key), code_words(message.err));
}

}  // namespace weir::detail::kafka
