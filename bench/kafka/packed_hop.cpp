// What does an item cost that goes from shard to shard through a topic? Processor time of the client, both sides
// together: key, packing, frame, Kafka's producer; Kafka's consumer, frame, unpacking. The broker is another process.
//
//   weir-kafka-hop BROKERS TOPIC [ITEMS [RUNS]]    the topic has 6 partitions

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "application/frame.hpp"
#include "kafka/handles.hpp"
#include "weir/weir.hpp"

namespace {

using namespace weir::detail;

constexpr std::uint32_t kShards = 6;

struct Visit {
  std::int64_t time = 0;
  std::int32_t page = 0;
  std::string query;
};
using Item = std::pair<std::string, Visit>;
using Factory = exchange::ExchangeFactory<Item, exchange::ByKey>;

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

std::uint64_t sum_of(const Item& item) { return static_cast<std::uint64_t>(item.second.time) + item.first.size(); }

/// Where a step stands that runs alone.
struct Site {
  runtime::StageState stage;
  runtime::Activity activity;
  runtime::StepSite site{"hop", {weir::WorkerIndex{0}, weir::WorkerCount{1}}, &stage, {}, &activity, {1}};
};

kafka::Client make_client(rd_kafka_type_t type, const std::string& brokers,
                          const std::vector<std::pair<const char*, const char*>>& properties) {
  std::array<char, 512> words{};
  rd_kafka_conf_t* const conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), words.data(), words.size());
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name, value, words.data(), words.size()) != RD_KAFKA_CONF_OK) {
      throw std::runtime_error{words.data()};
    }
  }
  kafka::Client client{rd_kafka_new(type, conf, words.data(), words.size())};
  if (client == nullptr) {
    throw std::runtime_error{words.data()};
  }
  return client;
}

/// Packs items, and sends each packet as a frame.
class Sender final : private exchange::PacketTaker {
 public:
  Sender(rd_kafka_t* client, std::string topic, const application::FrameEdge& edge)
      : client_{client},
        topic_{std::move(topic)},
        edge_{edge},
        packer_{Factory{}.make_packer(site_.site, kShards, *this)},
        to_{static_cast<weir::detail::runtime::Receiver<Item>*>(&packer_->receiver())} {}

  void push(Item&& item) { to_->push(std::move(item)); }

  void flush() {
    for (std::uint32_t shard = 0; shard < kShards; ++shard) {
      if (packer_->packet(shard).items > 0) {
        take(shard, packer_->packet(shard));
      }
    }
    rd_kafka_flush(client_, 60'000);
  }

 private:
  void take(std::uint32_t shard, exchange::Packet& packet) override {
    frame_.clear();
    application::append_frame(frame_, edge_,
                              {.from = 0,
                               .to = shard,
                               .items = packet.items,
                               .bytes = {reinterpret_cast<const char*>(packet.bytes.data()), packet.bytes.used}});
    packet.clear();
    while (rd_kafka_producev(client_, RD_KAFKA_V_TOPIC(topic_.c_str()),
                             RD_KAFKA_V_PARTITION(static_cast<std::int32_t>(shard)),
                             RD_KAFKA_V_VALUE(frame_.data(), frame_.size()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_END) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_poll(client_, 10);
    }
    rd_kafka_poll(client_, 0);
  }

  rd_kafka_t* client_;
  std::string topic_;
  application::FrameEdge edge_;
  Site site_;
  std::string frame_;
  std::unique_ptr<exchange::Packer> packer_;
  runtime::Receiver<Item>* to_;
};

/// Adds items up.
class Sum final : public runtime::Receiver<Item> {
 public:
  void push(Item&& item) override {
    sum += sum_of(item);
    ++items;
  }

  std::uint64_t sum = 0;
  std::uint64_t items = 0;
};

// Reads so many items.
std::uint64_t receive(rd_kafka_t* client, const application::FrameEdge& edge, std::uint64_t items) {
  Site site;
  Sum sum;
  const std::unique_ptr<exchange::EdgeReceiver> receiver = Factory{}.make_receiver(sum, site.site);
  while (sum.items < items) {
    const kafka::Message message{rd_kafka_consumer_poll(client, 1'000)};
    if (message == nullptr || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      continue;
    }
    const std::string_view value{static_cast<const char*>(message->payload), message->len};
    const application::Frame frame = application::frame_of(value, edge, static_cast<std::uint32_t>(message->partition));
    codec::ByteBuffer bytes{frame.bytes.size()};
    std::copy(frame.bytes.begin(), frame.bytes.end(), reinterpret_cast<char*>(bytes.data()));
    bytes.used = frame.bytes.size();
    static_cast<void>(receiver->drain(bytes, true, site.stage.gate));
  }
  return sum.sum;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("Usage: weir-kafka-hop BROKERS TOPIC [ITEMS [RUNS]]\n", stderr);
    return 2;
  }
  const std::string topic = argv[2];
  const std::uint64_t items = argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 1'000'000;
  const int runs = argc > 4 ? std::atoi(argv[4]) : 5;
  const application::FrameEdge edge{.shape = application::shape_hash(Factory{}.shape()), .shards = kShards};
  const kafka::Client producer =
      make_client(RD_KAFKA_PRODUCER, argv[1], {{"enable.idempotence", "true"}, {"linger.ms", "2"}});
  const kafka::Client consumer =
      make_client(RD_KAFKA_CONSUMER, argv[1],
                  {{"group.id", "packed_hop"}, {"enable.auto.commit", "false"}, {"isolation.level", "read_committed"}});
  rd_kafka_poll_set_consumer(consumer.get());
  const kafka::Partitions all{rd_kafka_topic_partition_list_new(kShards)};
  for (std::int32_t shard = 0; shard < static_cast<std::int32_t>(kShards); ++shard) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    rd_kafka_query_watermark_offsets(consumer.get(), topic.c_str(), shard, &low, &high, 10'000);
    rd_kafka_topic_partition_list_add(all.get(), topic.c_str(), shard)->offset = high;
  }
  rd_kafka_assign(consumer.get(), all.get());
  Sender sender{producer.get(), topic, edge};
  std::vector<double> sending;
  std::vector<double> receiving;
  std::vector<double> both;
  for (int run = 0; run < runs; ++run) {
    std::uint64_t expected = 0;
    double before = processor_seconds();
    for (std::uint64_t i = 0; i < items; ++i) {
      Item item{"user" + std::to_string(i * 7'919 % 100'003), {static_cast<std::int64_t>(i), 7, "shoes and socks"}};
      expected += sum_of(item);
      sender.push(std::move(item));
    }
    sender.flush();
    const double sent = processor_seconds();
    if (receive(consumer.get(), edge, items) != expected) {
      std::fputs("the sum is wrong\n", stderr);
      return 1;
    }
    const double received = processor_seconds();
    const auto each = [&](double seconds) { return seconds * 1e6 / static_cast<double>(items); };
    sending.push_back(each(sent - before));
    receiving.push_back(each(received - sent));
    both.push_back(sending.back() + receiving.back());
  }
  const auto middle = [](std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
  };
  std::ranges::sort(both);
  std::printf(
      "%llu items, %d runs, us of client processor time an item, medians: sending %.3f, receiving %.3f, both %.3f "
      "(%.3f to %.3f)\n",
      static_cast<unsigned long long>(items), runs, middle(sending), middle(receiving), middle(both), both.front(),
      both.back());
  return 0;
}
