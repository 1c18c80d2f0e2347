#include "application/group.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "kafka/client_errors.hpp"
#include "kafka/configuration.hpp"

namespace weir::detail::application {
namespace {

constexpr int kPollMilliseconds = 100;
constexpr std::chrono::milliseconds kBetweenWords{500};
constexpr int kPollsToLeave = 50;
// A run that has not given its shards back by then has lost them, and one that never does is waited for no longer.
constexpr std::chrono::seconds kToGiveBack{60};
constexpr std::chrono::seconds kToEnd{120};

constexpr std::string_view kRevoked = "the group deals its shards anew";
constexpr std::string_view kLost = "the group has dealt the shards to others: this process was silent for too long";

kafka::Properties defaults(const KafkaCluster& cluster) {
  kafka::Properties all{{"session.timeout.ms", "10000"}, {"heartbeat.interval.ms", "1000"}};
  for (const auto& [name, value] : cluster.properties()) {
    all[name] = value;
  }
  return all;
}

}  // namespace

Group::Group(const KafkaCluster& cluster, const Names& names, const std::string& instance, Log log)
    : names_{names}, log_{log}, named_{!instance.empty()} {
  kafka::Properties own{{"group.id", names.id},
                        {"partition.assignment.strategy", "roundrobin"},
                        {"enable.auto.commit", "false"},
                        {"enable.auto.offset.store", "false"}};
  if (named_) {
    own["group.instance.id"] = instance;
  }
  kafka::Conf configuration =
      kafka::make_configuration(RD_KAFKA_CONSUMER, cluster.brokers(), defaults(cluster), {}, own);
  rd_kafka_conf_set_opaque(configuration.get(), this);
  rd_kafka_conf_set_error_cb(configuration.get(), &on_error);
  rd_kafka_conf_set_log_cb(configuration.get(), &on_log);
  rd_kafka_conf_set_rebalance_cb(configuration.get(), &on_rebalance);
  client_ = kafka::make_client(RD_KAFKA_CONSUMER, std::move(configuration));
  rd_kafka_poll_set_consumer(client_.get());
  const kafka::Partitions topics{rd_kafka_topic_partition_list_new(1)};
  rd_kafka_topic_partition_list_add(topics.get(), names_.shards().c_str(), RD_KAFKA_PARTITION_UA);
  for (const std::string& topic : names_.topics) {  // brokers keep the offsets of what a group subscribes to
    rd_kafka_topic_partition_list_add(topics.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  }
  if (const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_.get(), topics.get());
      code != RD_KAFKA_RESP_ERR_NO_ERROR) {
    throw std::runtime_error{
        fmt::format("application \"{}\": Kafka's client cannot join the group: {}", names_.id, rd_kafka_err2str(code))};
  }
  thread_ = std::jthread{[this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      poll();
    }
    leave();
  }};
}

Group::~Group() {
  thread_.request_stop();
  thread_.join();
}

// A member of a name stays in the group when its client is closed, until its session is over. It leaves at once if it
// subscribes to nothing first.
void Group::leave() {
  if (named_) {
    rd_kafka_unsubscribe(client_.get());
    const auto has_shards = [this] {
      const std::scoped_lock lock{mutex_};
      return assigned_;
    };
    poll();
    for (int polls = 0; polls < kPollsToLeave && has_shards(); ++polls) {
      poll();
    }
    poll();
  }
  rd_kafka_consumer_close(client_.get());
}

void Group::poll() {
  const kafka::Message message{rd_kafka_consumer_poll(client_.get(), kPollMilliseconds)};
  std::array<char, 256> words{};
  const rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(client_.get(), words.data(), words.size());
  const bool refused = message != nullptr && (message->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED ||
                                              message->err == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  if (fatal == RD_KAFKA_RESP_ERR_NO_ERROR && !refused) {
    return;
  }
  const std::scoped_lock lock{mutex_};
  if (!failure_.empty()) {
    return;
  }
  assigned_ = false;
  held_ = Held::kLost;
  tell();
  failure_ = fmt::format("application \"{}\": the brokers refuse this process as a member of the group: {}", names_.id,
                         fatal != RD_KAFKA_RESP_ERR_NO_ERROR ? words.data() : rd_kafka_message_errstr(message.get()));
  changed_.notify_all();
}

void Group::on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions,
                         void* self) {
  auto& group = *static_cast<Group*>(self);
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    const kafka::Partitions nothing{rd_kafka_topic_partition_list_new(0)};
    group.assign(*partitions);
    rd_kafka_assign(client, nothing.get());
  } else {
    group.revoke(rd_kafka_assignment_lost(client) != 0);
    rd_kafka_assign(client, nullptr);
  }
}

void Group::on_error(rd_kafka_t* /*client*/, int error, const char* reason, void* self) {
  auto& group = *static_cast<Group*>(self);
  const std::scoped_lock lock{group.mutex_};
  if (kafka::says_more(static_cast<rd_kafka_resp_err_t>(error), reason, group.words_)) {
    group.words_ = reason;
  }
}

void Group::on_log(const rd_kafka_t* client, int /*level*/, const char* facility, const char* line) {
  if (const auto* const group = static_cast<const Group*>(rd_kafka_opaque(client)); group != nullptr) {
    group->log_.debug(fmt::format("librdkafka: {}: {}", facility, line));
  }
}

// The membership is kept as it is now: one that is asked for later may be of no member at all, which brokers take.
void Group::assign(const rd_kafka_topic_partition_list_t& partitions) {
  const std::string topic = names_.shards();
  const std::scoped_lock lock{mutex_};
  assignment_.shards.clear();
  for (int i = 0; i < partitions.cnt; ++i) {
    if (topic == partitions.elems[i].topic) {
      assignment_.shards.push_back(static_cast<std::uint32_t>(partitions.elems[i].partition));
    }
  }
  std::ranges::sort(assignment_.shards);
  assignment_.membership = std::make_shared<const GroupMembership>(rd_kafka_consumer_group_metadata(client_.get()));
  ++assignment_.generation;
  held_ = Held::kYes;
  words_.clear();
  assigned_ = true;
  changed_.notify_all();
}

void Group::revoke(bool lost) {
  std::unique_lock lock{mutex_};
  assigned_ = false;
  held_ = lost ? Held::kLost : Held::kRevoked;
  tell();
  const auto given_back = [this] { return !taken_; };
  if (!changed_.wait_for(lock, kToGiveBack, given_back)) {
    held_ = Held::kLost;
    tell();
    changed_.wait_for(lock, kToEnd, given_back);
  }
}

void Group::tell() {
  const auto& call = held_ == Held::kLost ? listener_.lost : listener_.revoked;
  if (held_ != Held::kYes && call) {
    call(std::string{held_ == Held::kLost ? kLost : kRevoked});
  }
}

std::optional<Assignment> Group::take(const std::stop_token& stop, const std::function<void(std::string_view)>& waits) {
  const auto ready = [this] { return !failure_.empty() || (assigned_ && !taken_ && !assignment_.shards.empty()); };
  std::unique_lock lock{mutex_};
  while (!stop.stop_requested() && !ready()) {
    const std::string words = wait_words();
    lock.unlock();
    waits(words);
    lock.lock();
    changed_.wait_for(lock, stop, kBetweenWords, ready);
  }
  if (!failure_.empty()) {
    throw std::runtime_error{failure_};
  }
  if (stop.stop_requested()) {
    return std::nullopt;
  }
  taken_ = true;
  return assignment_;
}

std::string Group::wait_words() const {
  if (assigned_) {
    return fmt::format("shards: other processes of application \"{}\" have all of them", names_.id);
  }
  return fmt::format("group \"{}\" to deal shards{}{}", names_.id, words_.empty() ? "" : ": ", words_);
}

void Group::give_back() {
  const std::scoped_lock lock{mutex_};
  taken_ = false;
  listener_ = {};
  changed_.notify_all();
}

Held Group::held() {
  const std::scoped_lock lock{mutex_};
  return held_;
}

void Group::listen(coordinator::Deal::Listener listener) {
  const std::scoped_lock lock{mutex_};
  listener_ = std::move(listener);
  tell();
}

}  // namespace weir::detail::application
