#include "kafka/transaction.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string_view>

#include <fmt/format.h>

#include "kafka/apart.hpp"
#include "kafka/output_record.hpp"
#include "kafka/segment_records.hpp"

namespace weir::detail::kafka {
namespace {

// How long a call waits before the producer looks whether it is to give up. Such a call is made again, and resumes.
constexpr int kSliceMilliseconds = 500;
// Each call of this one is a request of its own.
constexpr int kOffsetsMilliseconds = 2'000;

using GroupMetadata =
    std::unique_ptr<rd_kafka_consumer_group_metadata_t, DestroyedBy<rd_kafka_consumer_group_metadata_destroy>>;

}  // namespace

std::shared_ptr<TransactionalProducer::Session> TransactionalProducer::open_session(const TransactionSettings& settings,
                                                                                    const std::string& id) {
  auto session = std::make_shared<Session>(settings.log);
  session->client = make_producer(settings.output, settings.limits, {}, {{"transactional.id", id}}, session->events);
  return session;
}

TransactionalProducer::TransactionalProducer(const TransactionSettings& settings, const std::string& id,
                                             Patience& patience)
    : settings_{&settings},
      patience_{&patience},
      session_{open_session(settings, id)},
      sender_{session_->client.get(), settings.output.topic} {
  timeout_ =
      std::chrono::milliseconds{number_property(rd_kafka_conf(session_->client.get()), "transaction.timeout.ms")};
  session_->events.delivered = [this](const rd_kafka_message_t& message) {
    const bool purged =
        message.err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message.err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT;
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && !purged && !undelivered_) {
      undelivered_.emplace(failing(message.err), undelivered(message));
    } else if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR && message.offset >= 0) {
      auto& [first, last] =
          sent_.try_emplace({message.rkt, message.partition}, message.offset, message.offset).first->second;
      first = std::min(first, message.offset);
      last = std::max(last, message.offset);
    }
  };
  while (const Error error{rd_kafka_init_transactions(session_->client.get(), kSliceMilliseconds)}) {
    const ClientError failure = error_of(session_->client.get(), error.get());
    if (failure.failing() != Failing::kForNow) {
      throw ClientError{failure};
    }
    poll(0);
    patience_->pause(failure.what());
  }
}

void TransactionalProducer::send(const OutputToken& token) {
  begin();
  send_offset(token);
  commit();
}

void TransactionalProducer::send(const os::File& segment, const OutputToken& token, const Sent& sent) {
  begin();
  produce(segment, token);
  flush(token);
  sent(sent_partitions());
  send_offset(token);
  commit();
}

void TransactionalProducer::abort_left(const std::vector<TopicPartition>& partitions, const OutputToken& token) {
  begin();
  for (const TopicPartition& partition : partitions) {
    // The brokers write the end of a transaction to the partitions in which it has records.
    produce({.topic = partition.topic, .partition = partition.number, .key = "", .value = "", .headers = {}}, token);
  }
  flush(token);
  send_offset(token);
  end(&rd_kafka_abort_transaction);
}

bool TransactionalProducer::timed_out() const { return Clock::now() - begun_ >= timeout_; }

void TransactionalProducer::begin() {
  begun_ = Clock::now();
  closed_sockets_ = session_->events.closed_sockets();
  sent_.clear();
  if (const Error error{rd_kafka_begin_transaction(session_->client.get())}) {
    throw error_of(session_->client.get(), error.get());
  }
}

void TransactionalProducer::produce(const os::File& segment, const OutputToken& token) {
  read_records(segment, [&](const OutputRecord& record) { produce(record, token); }, [this] { poll(0); });
}

void TransactionalProducer::produce(const OutputRecord& record, const OutputToken& token) {
  while (true) {
    const rd_kafka_resp_err_t error = sender_.send(record);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return;
    }
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      poll(0);
      throw_undelivered();
      fail(token, not_taken(record, settings_->output.topic, error));
    }
    poll(kSliceMilliseconds);
    look_at(token);
  }
}

void TransactionalProducer::flush(const OutputToken& token) {
  while (rd_kafka_flush(session_->client.get(), kSliceMilliseconds) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    look_at(token);
  }
  throw_undelivered();
}

// Whether it is of use to wait on.
void TransactionalProducer::look_at(const OutputToken& token) {
  throw_undelivered();
  if (const std::string words = session_->events.take_transaction_failure(); !words.empty()) {
    fail(token, words);
  }
  if (timed_out()) {
    throw ClientError{Failing::kForNow,
                      fmt::format("not all records were taken in \"transaction.timeout.ms\", {} ms: {}",
                                  timeout_.count(), session_->events.words())};
  }
  patience_->check(session_->events.words());
}

void TransactionalProducer::send_offset(const OutputToken& token) {
  while (const Error error{send_offset_once(token)}) {
    const ClientError failure = error_of(session_->client.get(), error.get());
    if (failure.failing() != Failing::kForNow || rd_kafka_error_txn_requires_abort(error.get()) != 0 || timed_out()) {
      throw ClientError{failure};
    }
    patience_->pause(failure.what());
  }
}

// The call does not end in its time if the last broker goes away while it waits for the group's coordinator.
Error TransactionalProducer::send_offset_once(const OutputToken& token) {
  const std::shared_ptr<rd_kafka_topic_partition_list_t> partitions =
      make_list({{settings_->output.topic, 0}}, static_cast<std::int64_t>(token.number));
  const std::string text = token.text();
  rd_kafka_topic_partition_t& offset = partitions->elems[0];
  offset.metadata = ::strndup(text.data(), text.size());  // the list frees it
  offset.metadata_size = text.size();
  const std::shared_ptr<rd_kafka_consumer_group_metadata_t> group =
      GroupMetadata{rd_kafka_consumer_group_metadata_new(settings_->group.c_str())};
  const auto call = [session = session_, partitions, group] {
    return Error{rd_kafka_send_offsets_to_transaction(session->client.get(), partitions.get(), group.get(),
                                                      kOffsetsMilliseconds)};
  };
  try {
    return call_apart(call, *patience_, [this] { return session_->events.words(); });
  } catch (const GivenUp&) {
    session_->events.close_log();
    throw;
  }
}

std::vector<SentPartition> TransactionalProducer::sent_partitions() const {
  std::vector<SentPartition> partitions;
  partitions.reserve(sent_.size());
  for (const auto& [key, offsets] : sent_) {
    partitions.push_back(
        {.partition = {rd_kafka_topic_name(key.first), key.second}, .first = offsets.first, .last = offsets.second});
  }
  return partitions;
}

void TransactionalProducer::commit() { end(&rd_kafka_commit_transaction); }

void TransactionalProducer::end(rd_kafka_error_t* (*call)(rd_kafka_t*, int)) {
  while (const Error error{call(session_->client.get(), kSliceMilliseconds)}) {
    const ClientError failure = error_of(session_->client.get(), error.get());
    if (failure.failing() != Failing::kForNow || rd_kafka_error_txn_requires_abort(error.get()) != 0) {
      poll(0);
      throw_undelivered();
      throw ClientError{failure};
    }
    patience_->check(failure.what());
  }
}

void TransactionalProducer::poll(int milliseconds) { rd_kafka_poll(session_->client.get(), milliseconds); }

// What the transaction's state says is known better by a call that needs a good one.
void TransactionalProducer::fail(const OutputToken& token, const std::string& words) {
  send_offset(token);
  throw ClientError{Failing::kRefused, words};
}

void TransactionalProducer::throw_undelivered() const {
  if (undelivered_) {
    throw ClientError{*undelivered_};
  }
}

}  // namespace weir::detail::kafka
