#include "kafka/topics.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include "kafka/broker_fixture.hpp"

namespace weir::tests::kafka {
namespace {

constexpr int kWaitMs = 60'000;
constexpr std::size_t kErrorBytes = 512;
using ErrorText = std::array<char, kErrorBytes>;

// The C library's objects, each with the function that frees it.
template <auto kFree>
struct FreedBy {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using Handle = std::unique_ptr<rd_kafka_t, FreedBy<rd_kafka_destroy>>;
using Queue = std::unique_ptr<rd_kafka_queue_t, FreedBy<rd_kafka_queue_destroy>>;
using Event = std::unique_ptr<rd_kafka_event_t, FreedBy<rd_kafka_event_destroy>>;
using Options = std::unique_ptr<rd_kafka_AdminOptions_t, FreedBy<rd_kafka_AdminOptions_destroy>>;
using Partitions = std::unique_ptr<rd_kafka_topic_partition_list_t, FreedBy<rd_kafka_topic_partition_list_destroy>>;
using Metadata = std::unique_ptr<const rd_kafka_metadata_t, FreedBy<rd_kafka_metadata_destroy>>;
using Message = std::unique_ptr<rd_kafka_message_t, FreedBy<rd_kafka_message_destroy>>;
using Error = std::unique_ptr<rd_kafka_error_t, FreedBy<rd_kafka_error_destroy>>;
using GroupMetadata =
    std::unique_ptr<rd_kafka_consumer_group_metadata_t, FreedBy<rd_kafka_consumer_group_metadata_destroy>>;

[[noreturn]] void fail(const std::string& what, const std::string& words) {
  throw std::runtime_error{what + ": " + words};
}

void check(rd_kafka_resp_err_t code, const std::string& what) {
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fail(what, rd_kafka_err2str(code));
  }
}

void check(rd_kafka_error_t* owned, const std::string& what) {
  if (const Error error{owned}) {
    fail(what, std::string{rd_kafka_error_name(error.get())} + ": " + rd_kafka_error_string(error.get()));
  }
}

// Remembers the first record that was not delivered. Called by poll and flush, in the thread that calls them.
void note_delivery(rd_kafka_t* /*client*/, const rd_kafka_message_t* message, void* opaque) {
  auto& failure = *static_cast<rd_kafka_resp_err_t*>(opaque);
  if (failure == RD_KAFKA_RESP_ERR_NO_ERROR) {
    failure = message->err;
  }
}

// A producer notes at `failure` that a record was not delivered.
Handle make_handle(rd_kafka_type_t type, const Properties& properties, rd_kafka_resp_err_t* failure = nullptr) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  ErrorText text{};
  Properties all{{"bootstrap.servers", Broker::instance().bootstrap()}, {"log_level", "0"}};
  for (const auto& [name, value] : properties) {
    all[name] = value;
  }
  for (const auto& [name, value] : all) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), text.data(), text.size()) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      fail(name, text.data());
    }
  }
  if (failure != nullptr) {
    rd_kafka_conf_set_opaque(conf, failure);
    rd_kafka_conf_set_dr_msg_cb(conf, note_delivery);
  }
  Handle handle{rd_kafka_new(type, conf, text.data(), text.size())};
  if (handle == nullptr) {
    rd_kafka_conf_destroy(conf);
    fail("a client", text.data());
  }
  return handle;
}

// Consumers make no topic by asking for it; producers do.
Handle make_consumer(Isolation isolation, Properties properties = {}) {
  properties["isolation.level"] = isolation == Isolation::kCommitted ? "read_committed" : "read_uncommitted";
  properties["enable.partition.eof"] = "true";
  properties["enable.auto.commit"] = "false";
  properties.emplace("group.id", "reader");
  Handle consumer = make_handle(RD_KAFKA_CONSUMER, properties);
  rd_kafka_poll_set_consumer(consumer.get());
  return consumer;
}

// Calls again until it is true. The broker answers before all of it knows of a change.
template <typename Call>
void wait_until(const std::string& what, Call call) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{kWaitMs};
  while (!call()) {
    if (std::chrono::steady_clock::now() > end) {
      fail(what, "not within a minute");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
}

// How many partitions of the topic have a leader; none if there is no such topic.
int led_partitions(rd_kafka_t* client, const std::string& topic) {
  const rd_kafka_metadata_t* answer = nullptr;
  if (rd_kafka_metadata(client, 1, nullptr, &answer, kWaitMs) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return 0;
  }
  const Metadata metadata{answer};
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& one = metadata->topics[i];
    if (topic == one.topic && one.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return static_cast<int>(std::count_if(one.partitions, one.partitions + one.partition_cnt,
                                            [](const auto& partition) { return partition.leader >= 0; }));
    }
  }
  return 0;
}

// Sends an admin request by `send(client, options, queue)` and waits for its answer.
template <typename Send>
Event ask(rd_kafka_t* client, const std::string& what, Send send) {
  ErrorText text{};
  const Options options{rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_ANY)};
  check(rd_kafka_AdminOptions_set_request_timeout(options.get(), kWaitMs, text.data(), text.size()), what);
  const Queue queue{rd_kafka_queue_new(client)};
  send(client, options.get(), queue.get());
  Event event{rd_kafka_queue_poll(queue.get(), kWaitMs)};
  if (event == nullptr) {
    fail(what, "no answer");
  }
  if (rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    fail(what, rd_kafka_event_error_string(event.get()));
  }
  return event;
}

void check_topics(const rd_kafka_topic_result_t** results, std::size_t count, const std::string& what) {
  for (std::size_t i = 0; i < count; ++i) {
    if (rd_kafka_topic_result_error(results[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      fail(what, rd_kafka_topic_result_error_string(results[i]));
    }
  }
}

std::optional<std::string> text_of(const void* data, std::size_t size) {
  return data == nullptr ? std::nullopt : std::optional{std::string{static_cast<const char*>(data), size}};
}

Headers headers_of(const rd_kafka_message_t* message) {
  Headers found;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      found.emplace_back(name, text_of(value, size));
    }
  }
  return found;
}

/// A producer whose flush() fails if a record was not delivered.
class Sender {
 public:
  explicit Sender(Properties properties) {
    properties.emplace("linger.ms", "0");
    properties.emplace("enable.idempotence", "true");
    properties.emplace("partitioner", "murmur2_random");  // as Java's clients place keys
    handle_ = make_handle(RD_KAFKA_PRODUCER, properties, failure_.get());
  }

  [[nodiscard]] rd_kafka_t* get() const { return handle_.get(); }

  void send(const std::string& topic, const Record& record) {
    std::vector<rd_kafka_vu_t> arguments;
    const auto add = [&](rd_kafka_vtype_t type) -> auto& {
      arguments.push_back({.vtype = type, .u = {}});
      return arguments.back().u;
    };
    const auto add_bytes = [&](rd_kafka_vtype_t type, const std::optional<std::string>& text) {
      if (text) {
        add(type).mem = {.ptr = const_cast<char*>(text->data()), .size = text->size()};
      }
    };
    add(RD_KAFKA_VTYPE_TOPIC).cstr = topic.c_str();
    add(RD_KAFKA_VTYPE_PARTITION).i32 = record.partition;
    add(RD_KAFKA_VTYPE_TIMESTAMP).i64 = record.time_ms;
    add(RD_KAFKA_VTYPE_MSGFLAGS).i = RD_KAFKA_MSG_F_COPY;
    add_bytes(RD_KAFKA_VTYPE_KEY, record.key);
    add_bytes(RD_KAFKA_VTYPE_VALUE, record.value);
    for (const auto& [name, value] : record.headers) {
      add(RD_KAFKA_VTYPE_HEADER).header = {.name = name.c_str(),
                                           .val = value ? value->data() : nullptr,
                                           .size = value ? static_cast<ssize_t>(value->size()) : 0};
    }
    Error error{rd_kafka_produceva(handle_.get(), arguments.data(), arguments.size())};
    while (error != nullptr && rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(handle_.get(), 10);
      error.reset(rd_kafka_produceva(handle_.get(), arguments.data(), arguments.size()));
    }
    check(error.release(), "produce to " + topic);
  }

  void flush() {
    check(rd_kafka_flush(handle_.get(), kWaitMs), "flush");
    check(std::exchange(*failure_, RD_KAFKA_RESP_ERR_NO_ERROR), "a record");
  }

  void send_all(const std::string& topic, const std::vector<Record>& records) {
    for (const Record& record : records) {
      send(topic, record);
    }
    flush();
  }

 private:
  std::unique_ptr<rd_kafka_resp_err_t> failure_ = std::make_unique<rd_kafka_resp_err_t>();
  Handle handle_;
};

// Asks again while the partition is new or the broker starts.
std::pair<std::int64_t, std::int64_t> watermarks(rd_kafka_t* client, const std::string& topic, std::int32_t partition) {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  wait_until("offsets of " + topic, [&] {
    return rd_kafka_query_watermark_offsets(client, topic.c_str(), partition, &begin, &end, kWaitMs) ==
           RD_KAFKA_RESP_ERR_NO_ERROR;
  });
  return {begin, end};
}

Record record_of(const rd_kafka_message_t* message) {
  return {.partition = message->partition,
          .key = text_of(message->key, message->key_len),
          .value = text_of(message->payload, message->len),
          .headers = headers_of(message),
          .time_ms = rd_kafka_message_timestamp(message, nullptr),
          .offset = message->offset};
}

Partitions one_partition(const std::string& topic, std::int32_t partition) {
  Partitions list{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
  return list;
}

// Its metadata belongs to the list.
void set_offset(rd_kafka_topic_partition_list_t* list, std::int64_t offset, const std::string& metadata) {
  list->elems[0].offset = offset;
  if (!metadata.empty()) {
    void* copy = std::malloc(metadata.size());  // NOLINT: the list frees it
    std::memcpy(copy, metadata.data(), metadata.size());
    list->elems[0].metadata = copy;
    list->elems[0].metadata_size = metadata.size();
  }
}

}  // namespace

std::string unique_name(std::string_view prefix) {
  static std::atomic<int> count{0};
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::string{prefix} + '-' + std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count()) +
         '-' + std::to_string(::getpid()) + '-' + std::to_string(++count);
}

std::string create_topic(int partitions, const Properties& properties, std::string_view prefix) {
  std::string topic = unique_name(prefix);
  create_topic_named(topic, partitions, properties);
  return topic;
}

void create_topic_named(const std::string& topic, int partitions, const Properties& properties) {
  const std::string what = "create topic " + topic;
  ErrorText text{};
  const std::unique_ptr<rd_kafka_NewTopic_t, FreedBy<rd_kafka_NewTopic_destroy>> wanted{
      rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, text.data(), text.size())};
  if (wanted == nullptr) {
    fail(what, text.data());
  }
  for (const auto& [name, value] : properties) {
    check(rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str()), what);
  }
  const Handle client = make_consumer(Isolation::kUncommitted);
  const Event event = ask(client.get(), what, [&](auto* handle, auto* options, auto* queue) {
    auto* topics = wanted.get();
    rd_kafka_CreateTopics(handle, &topics, 1, options, queue);
  });
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreateTopics_result(event.get());
  check_topics(rd_kafka_CreateTopics_result_topics(result, &count), 1, what);
  wait_until(what, [&] { return led_partitions(client.get(), topic) == partitions; });
}

void add_partitions(const std::string& topic, int partitions_then) {
  const std::string what = "add partitions to " + topic;
  ErrorText text{};
  const std::unique_ptr<rd_kafka_NewPartitions_t, FreedBy<rd_kafka_NewPartitions_destroy>> wanted{
      rd_kafka_NewPartitions_new(topic.c_str(), static_cast<std::size_t>(partitions_then), text.data(), text.size())};
  if (wanted == nullptr) {
    fail(what, text.data());
  }
  const Handle client = make_consumer(Isolation::kUncommitted);
  const Event event = ask(client.get(), what, [&](auto* handle, auto* options, auto* queue) {
    auto* partitions = wanted.get();
    rd_kafka_CreatePartitions(handle, &partitions, 1, options, queue);
  });
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreatePartitions_result(event.get());
  check_topics(rd_kafka_CreatePartitions_result_topics(result, &count), 1, what);
  wait_until(what, [&] { return led_partitions(client.get(), topic) == partitions_then; });
}

void delete_topic(const std::string& topic) {
  const std::string what = "delete topic " + topic;
  const std::unique_ptr<rd_kafka_DeleteTopic_t, FreedBy<rd_kafka_DeleteTopic_destroy>> wanted{
      rd_kafka_DeleteTopic_new(topic.c_str())};
  const Handle client = make_consumer(Isolation::kUncommitted);
  const Event event = ask(client.get(), what, [&](auto* handle, auto* options, auto* queue) {
    auto* topics = wanted.get();
    rd_kafka_DeleteTopics(handle, &topics, 1, options, queue);
  });
  std::size_t count = 0;
  const auto* result = rd_kafka_event_DeleteTopics_result(event.get());
  check_topics(rd_kafka_DeleteTopics_result_topics(result, &count), 1, what);
  wait_until(what, [&] { return led_partitions(client.get(), topic) == 0; });
}

void delete_records(const std::string& topic, std::int32_t partition, std::int64_t before) {
  const std::string what = "delete records of " + topic;
  const Partitions list = one_partition(topic, partition);
  list->elems[0].offset = before;
  const std::unique_ptr<rd_kafka_DeleteRecords_t, FreedBy<rd_kafka_DeleteRecords_destroy>> wanted{
      rd_kafka_DeleteRecords_new(list.get())};
  const Handle client = make_consumer(Isolation::kUncommitted);
  const Event event = ask(client.get(), what, [&](auto* handle, auto* options, auto* queue) {
    auto* records = wanted.get();
    rd_kafka_DeleteRecords(handle, &records, 1, options, queue);
  });
  const auto* result = rd_kafka_event_DeleteRecords_result(event.get());
  check(rd_kafka_DeleteRecords_result_offsets(result)->elems[0].err, what);
}

void produce(const std::string& topic, const std::vector<Record>& records) { Sender{{}}.send_all(topic, records); }

void produce(const std::string& topic, std::int32_t partition, std::optional<std::string> key,
             std::optional<std::string> value, Headers headers, std::int64_t time_ms) {
  produce(topic, {{.partition = partition,
                   .key = std::move(key),
                   .value = std::move(value),
                   .headers = std::move(headers),
                   .time_ms = time_ms}});
}

struct Transaction::Producer {
  std::string id;
  Sender sender;

  // The broker answers before it has marked the end in the partitions. A next producer of the id waits for that.
  void wait_for_markers() const {
    const Sender next{{{"transactional.id", id}}};
    check(rd_kafka_init_transactions(next.get(), kWaitMs), "end of transaction of " + id);
  }
};

Transaction::Transaction(const std::string& id, const Properties& properties) {
  Properties all = properties;
  all["transactional.id"] = id;
  producer_ = std::make_unique<Producer>(Producer{id, Sender{std::move(all)}});
  check(rd_kafka_init_transactions(producer_->sender.get(), kWaitMs), "init transactions of " + id);
  check(rd_kafka_begin_transaction(producer_->sender.get()), "begin transaction of " + id);
}

Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

void Transaction::produce(const std::string& topic, const std::vector<Record>& records) {
  producer_->sender.send_all(topic, records);
}

void Transaction::send_offset(const std::string& group, const std::string& topic, std::int32_t partition,
                              std::int64_t offset, const std::string& metadata) {
  const Partitions list = one_partition(topic, partition);
  set_offset(list.get(), offset, metadata);
  const GroupMetadata of_group{rd_kafka_consumer_group_metadata_new(group.c_str())};
  check(rd_kafka_send_offsets_to_transaction(producer_->sender.get(), list.get(), of_group.get(), kWaitMs),
        "send offset of " + group);
}

void Transaction::commit() {
  check(rd_kafka_commit_transaction(producer_->sender.get(), kWaitMs), "commit");
  producer_->wait_for_markers();
}

void Transaction::abort() {
  check(rd_kafka_abort_transaction(producer_->sender.get(), kWaitMs), "abort");
  producer_->wait_for_markers();
}

std::vector<Record> read_all(const std::string& topic, Isolation isolation) {
  const Handle consumer = make_consumer(isolation);
  const int partitions = led_partitions(consumer.get(), topic);
  std::map<std::int32_t, std::int64_t> ends;  // of partitions that are not read to their end yet
  const Partitions list{rd_kafka_topic_partition_list_new(partitions)};
  for (std::int32_t partition = 0; partition < partitions; ++partition) {
    const auto [begin, end] = watermarks(consumer.get(), topic, partition);
    if (begin < end) {
      ends[partition] = end;
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = begin;
    }
  }
  std::vector<Record> records;
  const std::map<std::int32_t, std::int64_t> wanted = ends;
  check(rd_kafka_assign(consumer.get(), list.get()), "assign " + topic);
  const auto take = [&](const rd_kafka_message_t& message) {
    // The end may be behind a commit marker, which is not a message; then the event of the partition's end tells.
    const auto end = wanted.find(message.partition);
    const bool is_record = message.err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (is_record && message.offset < end->second) {
      records.push_back(record_of(&message));
    }
    if ((is_record && message.offset + 1 >= end->second) ||
        (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF && message.offset >= end->second)) {
      ends.erase(message.partition);
    }
  };
  wait_until("read " + topic, [&] {
    while (!ends.empty()) {
      const Message message{rd_kafka_consumer_poll(consumer.get(), 1000)};
      if (message == nullptr) {
        return false;
      }
      take(*message);
    }
    return true;
  });
  std::ranges::stable_sort(records, {}, &Record::partition);
  return records;
}

std::int64_t begin_offset(const std::string& topic, std::int32_t partition) {
  return watermarks(make_consumer(Isolation::kUncommitted).get(), topic, partition).first;
}

std::int64_t end_offset(const std::string& topic, std::int32_t partition, Isolation isolation) {
  return watermarks(make_consumer(isolation).get(), topic, partition).second;
}

std::vector<std::int64_t> end_offsets(const std::string& topic, Isolation isolation) {
  const Handle client = make_consumer(isolation);
  std::vector<std::int64_t> ends;
  for (std::int32_t partition = 0; partition < led_partitions(client.get(), topic); ++partition) {
    ends.push_back(watermarks(client.get(), topic, partition).second);
  }
  return ends;
}

int partition_count(const std::string& topic) {
  return led_partitions(make_consumer(Isolation::kUncommitted).get(), topic);
}

std::optional<CommittedOffset> committed_offset(const std::string& group, const std::string& topic,
                                                std::int32_t partition, Isolation isolation) {
  const Handle client = make_consumer(isolation, {{"group.id", group}});
  const Partitions list = one_partition(topic, partition);
  check(rd_kafka_committed(client.get(), list.get(), kWaitMs), "committed of " + group);
  const rd_kafka_topic_partition_t& found = list->elems[0];
  check(found.err, "committed of " + group);
  if (found.offset < 0) {
    return std::nullopt;
  }
  return CommittedOffset{found.offset, text_of(found.metadata, found.metadata_size).value_or("")};
}

void commit_offset(const std::string& group, const std::string& topic, std::int32_t partition, std::int64_t offset,
                   const std::string& metadata) {
  const Handle client = make_consumer(Isolation::kCommitted, {{"group.id", group}});
  const Partitions list = one_partition(topic, partition);
  set_offset(list.get(), offset, metadata);
  wait_until("commit of " + group,
             [&] { return rd_kafka_commit(client.get(), list.get(), 0) == RD_KAFKA_RESP_ERR_NO_ERROR; });
}

std::int64_t number_of_value(const Record& record) {
  std::int64_t number = -1;
  if (record.value) {
    std::from_chars(record.value->data(), record.value->data() + record.value->size(), number);
  }
  return number;
}

void expect_in_order(const std::vector<Record>& records, std::size_t keys, std::int64_t last,
                     const std::function<std::int64_t(const Record&)>& number_of) {
  std::map<std::string, std::int64_t> reached;
  int shown = 0;
  for (const Record& record : records) {
    std::int64_t& so_far = reached[record.key.value_or("")];
    const std::int64_t number = number_of(record);
    if (number != so_far + 1 && ++shown <= 10) {
      ADD_FAILURE() << "key \"" << record.key.value_or("") << "\": " << number << " comes after " << so_far
                    << ", in partition " << record.partition << " at offset " << record.offset;
    }
    so_far = number;
  }
  for (const auto& [key, number] : reached) {
    if (number != last && ++shown <= 10) {
      ADD_FAILURE() << "key \"" << key << "\" ends with " << number << ", not with " << last;
    }
  }
  EXPECT_EQ(reached.size(), keys) << "keys of " << records.size() << " records";
  if (shown > 10) {
    ADD_FAILURE() << shown - 10 << " more of these";
  }
}

}  // namespace weir::tests::kafka
