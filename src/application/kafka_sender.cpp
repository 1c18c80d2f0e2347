#include "application/kafka_sender.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "application/kafka_port.hpp"

namespace weir::detail::application {
namespace {

// How long a call waits before anything else is looked at. It is made again then, and goes on.
constexpr int kSliceMilliseconds = 500;
constexpr int kOffsetsMilliseconds = 2'000;
constexpr int kAbortMilliseconds = 5'000;
constexpr std::chrono::seconds kUntilReady{10};
// A commit goes on for longer than brokers leave a transaction open: what they have decided by then is an answer too.
constexpr std::chrono::seconds kMostCommit{30};

// Those of the group: the shards may be another process's.
bool is_of_membership(rd_kafka_resp_err_t code) {
  constexpr std::array kCodes{RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
                              RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS};
  return std::ranges::find(kCodes, code) != kCodes.end();
}

CallError::Kind kind_of(rd_kafka_resp_err_t code, kafka::Failing failing) {
  return failing == kafka::Failing::kRefused && !is_of_membership(code) ? CallError::Kind::kRefused
                                                                        : CallError::Kind::kFailed;
}

CallError error_of(rd_kafka_t* client, const rd_kafka_error_t* error) {
  const kafka::ClientError failure = kafka::error_of(client, error);
  return {kind_of(rd_kafka_error_code(error), failure.failing()), failure.what()};
}

// Whether the same call may be made again, on this producer.
bool goes_on(const rd_kafka_error_t* error) {
  return rd_kafka_error_is_retriable(error) != 0 && rd_kafka_error_txn_requires_abort(error) == 0 &&
         rd_kafka_error_is_fatal(error) == 0;
}

}  // namespace

KafkaSender::KafkaSender(const kafka::OutputSettings& settings, const kafka::RecordLimits& limits,
                         const std::string& id, const Log& log)
    : topic_{settings.topic},
      events_{log},
      client_{kafka::make_producer(settings, limits, {{"transaction.timeout.ms", "10000"}, {"linger.ms", "2"}},
                                   {{"transactional.id", id}}, events_)},
      sender_{client_.get(), settings.topic} {
  timeout_ = std::chrono::milliseconds{kafka::number_property(rd_kafka_conf(client_.get()), "transaction.timeout.ms")};
  events_.delivered = [this](const rd_kafka_message_t& message) {
    const bool purged =
        message.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && !purged && !undelivered_) {
      undelivered_.emplace(kind_of(message.err, kafka::failing(message.err)), kafka::undelivered(message));
    }
  };
  const Clock::time_point begun = Clock::now();
  while (const kafka::Error error{rd_kafka_init_transactions(client_.get(), kSliceMilliseconds)}) {
    const CallError failure = error_of(client_.get(), error.get());
    if (failure.kind() == CallError::Kind::kRefused) {
      throw CallError{failure};
    }
    if (rd_kafka_error_is_fatal(error.get()) != 0 || Clock::now() - begun >= kUntilReady) {
      throw CallError{CallError::Kind::kAgain, failure.what()};
    }
    poll(0);
  }
}

KafkaSender::~KafkaSender() {
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void KafkaSender::begin() {
  begun_ = Clock::now();
  closed_sockets_ = events_.closed_sockets();
  if (const kafka::Error error{rd_kafka_begin_transaction(client_.get())}) {
    throw error_of(client_.get(), error.get());
  }
}

void KafkaSender::send(const kafka::OutputRecord& record) {
  while (true) {
    const rd_kafka_resp_err_t code = sender_.send(record);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return;
    }
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      poll(0);
      throw_undelivered();
      throw CallError{kind_of(code, kafka::failing(code)), kafka::not_taken(record, topic_, code)};
    }
    poll(kSliceMilliseconds);
    look();
  }
}

void KafkaSender::send_positions(const std::vector<GroupPosition>& positions, const Membership& membership) {
  flush();
  const kafka::Partitions list{rd_kafka_topic_partition_list_new(static_cast<int>(positions.size()))};
  for (const GroupPosition& position : positions) {
    rd_kafka_topic_partition_list_add(list.get(), position.place.topic.c_str(), position.place.partition)->offset =
        position.next;
  }
  const auto& group = static_cast<const GroupMembership&>(membership);
  while (const kafka::Error error{
      rd_kafka_send_offsets_to_transaction(client_.get(), list.get(), group.metadata.get(), kOffsetsMilliseconds)}) {
    if (!goes_on(error.get()) || late()) {
      throw error_of(client_.get(), error.get());
    }
  }
}

void KafkaSender::commit() {
  while (const kafka::Error error{rd_kafka_commit_transaction(client_.get(), kSliceMilliseconds)}) {
    if (!goes_on(error.get()) || Clock::now() - begun_ >= kMostCommit) {
      poll(0);
      throw_undelivered();
      throw error_of(client_.get(), error.get());
    }
  }
}

void KafkaSender::abort() noexcept {
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const kafka::Error error{rd_kafka_abort_transaction(client_.get(), kAbortMilliseconds)};
}

void KafkaSender::flush() {
  while (rd_kafka_flush(client_.get(), kSliceMilliseconds) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    look();
  }
  throw_undelivered();
}

// Whether it is of use to wait on.
void KafkaSender::look() {
  throw_undelivered();
  if (const std::string words = events_.take_transaction_failure(); !words.empty()) {
    throw CallError{CallError::Kind::kFailed, words};
  }
  if (late()) {
    throw CallError{CallError::Kind::kFailed,
                    fmt::format("not all records were taken in \"transaction.timeout.ms\", {} ms: {}", timeout_.count(),
                                events_.words())};
  }
}

void KafkaSender::poll(int milliseconds) { rd_kafka_poll(client_.get(), milliseconds); }

void KafkaSender::throw_undelivered() const {
  if (undelivered_) {
    throw CallError{*undelivered_};
  }
}

}  // namespace weir::detail::application
