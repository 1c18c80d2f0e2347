#include "application/kafka_sender.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "application/kafka_port.hpp"
#include "kafka/apart.hpp"

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

std::shared_ptr<KafkaSender::Session> KafkaSender::open_session(const kafka::OutputSettings& settings,
                                                                const kafka::RecordLimits& limits,
                                                                const std::string& id, const Log& log) {
  auto session = std::make_shared<Session>(log);
  session->events.delivered = [&undelivered = session->undelivered](const rd_kafka_message_t& message) {
    const bool purged =
        message.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && !purged && !undelivered) {
      undelivered.emplace(kind_of(message.err, kafka::failing(message.err)), kafka::undelivered(message));
    }
  };
  session->client = kafka::make_producer(settings, limits, {{"transaction.timeout.ms", "10000"}, {"linger.ms", "2"}},
                                         {{"transactional.id", id}}, session->events);
  return session;
}

KafkaSender::KafkaSender(const kafka::OutputSettings& settings, const kafka::RecordLimits& limits,
                         const std::string& id, const Log& log)
    : topic_{settings.topic},
      session_{open_session(settings, limits, id, log)},
      timeout_{kafka::number_property(rd_kafka_conf(client()), "transaction.timeout.ms")},
      sender_{client(), settings.topic} {
  const Clock::time_point begun = Clock::now();
  while (const kafka::Error error{rd_kafka_init_transactions(client(), kSliceMilliseconds)}) {
    const CallError failure = error_of(client(), error.get());
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
  if (session_.use_count() > 1) {  // that call keeps it, and the run's log may go
    session_->events.close_log();
  }
  rd_kafka_purge(client(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void KafkaSender::begin() {
  begun_ = Clock::now();
  closed_sockets_ = session_->events.closed_sockets();
  if (const kafka::Error error{rd_kafka_begin_transaction(client())}) {
    throw error_of(client(), error.get());
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
  while (const kafka::Error error{send_positions_once(positions, membership)}) {
    if (!goes_on(error.get()) || late()) {
      throw error_of(client(), error.get());
    }
  }
}

// The timeout of `rd_kafka_send_offsets_to_transaction` does not hold in librdkafka 2.0.2: if the last broker goes away
// while it waits for the group's coordinator, it comes back once a broker is there.
kafka::Error KafkaSender::send_positions_once(const std::vector<GroupPosition>& positions,
                                              const Membership& membership) {
  const std::shared_ptr<rd_kafka_topic_partition_list_t> list =
      kafka::Partitions{rd_kafka_topic_partition_list_new(static_cast<int>(positions.size()))};
  for (const GroupPosition& position : positions) {
    rd_kafka_topic_partition_list_add(list.get(), position.place.topic.c_str(), position.place.partition)->offset =
        position.next;
  }
  const auto call = [session = session_, list, group = static_cast<const GroupMembership&>(membership).metadata] {
    return kafka::Error{
        rd_kafka_send_offsets_to_transaction(session->client.get(), list.get(), group.get(), kOffsetsMilliseconds)};
  };
  const auto look = [this] {
    if (late()) {
      throw CallError{CallError::Kind::kFailed,
                      fmt::format("the group's offsets were not taken in \"transaction.timeout.ms\", {} ms: {}",
                                  timeout_.count(), session_->events.words())};
    }
  };
  return kafka::call_apart(call, look);
}

void KafkaSender::commit() {
  while (const kafka::Error error{rd_kafka_commit_transaction(client(), kSliceMilliseconds)}) {
    if (!goes_on(error.get()) || Clock::now() - begun_ >= kMostCommit) {
      poll(0);
      throw_undelivered();
      throw error_of(client(), error.get());
    }
  }
}

void KafkaSender::abort() noexcept {
  rd_kafka_purge(client(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  const kafka::Error error{rd_kafka_abort_transaction(client(), kAbortMilliseconds)};
}

void KafkaSender::flush() {
  while (rd_kafka_flush(client(), kSliceMilliseconds) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    look();
  }
  throw_undelivered();
}

// Whether it is of use to wait on.
void KafkaSender::look() {
  throw_undelivered();
  if (const std::string words = session_->events.take_transaction_failure(); !words.empty()) {
    throw CallError{CallError::Kind::kFailed, words};
  }
  if (late()) {
    throw CallError{CallError::Kind::kFailed,
                    fmt::format("not all records were taken in \"transaction.timeout.ms\", {} ms: {}", timeout_.count(),
                                session_->events.words())};
  }
}

void KafkaSender::poll(int milliseconds) { rd_kafka_poll(client(), milliseconds); }

void KafkaSender::throw_undelivered() const {
  if (session_->undelivered) {
    throw CallError{*session_->undelivered};
  }
}

}  // namespace weir::detail::application
