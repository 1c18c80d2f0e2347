#include "kafka/plain_output.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "kafka/client_errors.hpp"
#include "kafka/configuration.hpp"
#include "kafka/output_record.hpp"
#include "kafka/waits.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::size_t kMaxWaitingBytes = std::size_t{16} << 20;
constexpr std::size_t kReasonBytes = 512;
constexpr std::size_t kRecordBytes = 256;  // what librdkafka needs besides, about

}  // namespace

PlainOutput::PlainOutput(const OutputSettings& settings, const OpenContext& context)
    : waker_{context.waker},
      log_{context.log},
      events_{context.log},
      limits_{look_at_topic(settings, context.log)},
      // A record waits for as long as brokers are away. The statistics are a clock.
      client_{make_producer(settings, limits_,
                            {{"message.timeout.ms", "0"},
                             {"statistics.interval.ms", std::to_string(waits().between_warnings.count() / 4)}},
                            {}, events_)},
      sender_{client_.get(), settings.topic},
      reports_{rd_kafka_queue_get_main(client_.get())} {
  events_.delivered = [this](const rd_kafka_message_t& message) { on_delivered(message); };
  events_.ticked = [this] { warn_if_late(); };
  // On a thread of librdkafka, until the destructor.
  rd_kafka_queue_cb_event_enable(
      reports_.get(),
      [](rd_kafka_t* /*client*/, void* self) {
        auto& output = *static_cast<PlainOutput*>(self);
        output.reported_.store(true, std::memory_order_release);
        output.waker_.wake();
      },
      this);
  log_.info(fmt::format("topic \"{}\" gets every record at least once; with a recovery directory exactly once",
                        settings.topic));
}

PlainOutput::~PlainOutput() {
  rd_kafka_queue_cb_event_enable(reports_.get(), nullptr, nullptr);
  rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
}

void PlainOutput::write(std::string&& row) {
  check_record(limits_, row);
  held_bytes_ += row.size() + kRecordBytes;
  held_.push_back(std::move(row));
  send_held();
}

void PlainOutput::send_held() {
  while (!held_.empty()) {
    OutputRecord record;
    std::string_view row = held_.front();
    static_cast<void>(take_record(row, record));
    const rd_kafka_resp_err_t error = sender_.send(record);
    if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      return;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw std::runtime_error{not_taken(record, limits_.topic, error)};
    }
    ++waiting_records_;
    waiting_bytes_ += kRecordBytes + record.key.value_or("").size() + record.value.value_or("").size();
    held_bytes_ -= held_.front().size() + kRecordBytes;
    held_.pop_front();
  }
}

// Reports that come meanwhile set the flag again.
void PlainOutput::take_reports() {
  if (reported_.exchange(false, std::memory_order_acquire)) {  // pairs with the store of the callback
    while (rd_kafka_poll(client_.get(), 0) > 0) {
    }
    send_held();
  }
  if (!failure_.empty()) {
    throw std::runtime_error{failure_};
  }
}

bool PlainOutput::ready() {
  take_reports();
  return waiting_bytes_ + held_bytes_ < kMaxWaitingBytes;
}

// librdkafka sends by itself, after `linger.ms`.
void PlainOutput::flush() { take_reports(); }

bool PlainOutput::drained() {
  take_reports();
  return waiting_records_ == 0 && held_.empty();
}

void PlainOutput::on_delivered(const rd_kafka_message_t& message) {
  --waiting_records_;
  waiting_bytes_ -= kRecordBytes + message.key_len + message.len;
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
    last_delivery_ = Clock::now();
  } else if (failure_.empty()) {
    failure_ = undelivered(message);
    // Then all records fail, with a code that says less.
    std::array<char, kReasonBytes> words{};
    const rd_kafka_resp_err_t first = rd_kafka_fatal_error(client_.get(), words.data(), words.size());
    if (first != RD_KAFKA_RESP_ERR_NO_ERROR) {
      failure_ += fmt::format(": {}: {}", rd_kafka_err2name(first), words.data());
    }
  }
}

void PlainOutput::warn_if_late() {
  const Clock::time_point now = Clock::now();
  if (waiting_records_ == 0) {
    last_delivery_ = now;  // there was nothing to deliver
  } else if (now - last_delivery_ >= waits().between_warnings && now - warned_ >= waits().between_warnings) {
    warned_ = now;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - last_delivery_).count();
    log_.warning(fmt::format("Kafka has taken no record for {} s, {} records of {} bytes are held back: {}", seconds,
                             waiting_records_ + held_.size(), waiting_bytes_ + held_bytes_, events_.words()));
  }
}

}  // namespace weir::detail::kafka
