#include "weir/detail/kafka/record_reader.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "kafka/consumer.hpp"
#include "kafka/handles.hpp"
#include "kafka/position.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::size_t kBatch = 256;

// Of a partition, and such that trying again does not help.
bool stays(rd_kafka_resp_err_t error) {
  constexpr std::array kStays{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
                              RD_KAFKA_RESP_ERR__BAD_MSG,
                              RD_KAFKA_RESP_ERR__BAD_COMPRESSION,
                              RD_KAFKA_RESP_ERR_INVALID_MSG,
                              RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE,
                              RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED,
                              RD_KAFKA_RESP_ERR__FATAL};
  return std::ranges::find(kStays, error) != kStays.end();
}

std::optional<std::int64_t> milliseconds_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t time = rd_kafka_message_timestamp(&message, &type);
  return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || time == -1 ? std::nullopt : std::optional{time};
}

std::optional<std::string_view> bytes_of(const void* bytes, std::size_t size) {
  return bytes == nullptr ? std::nullopt : std::optional{std::string_view{static_cast<const char*>(bytes), size}};
}

}  // namespace

struct OpenConsumers::Runs {
  std::mutex mutex;
  std::map<const IoThread*, std::weak_ptr<Consumer>> consumers;  // of a run each
};

OpenConsumers::OpenConsumers() : runs_{std::make_unique<Runs>()} {}
OpenConsumers::OpenConsumers(const OpenConsumers& /*other*/) : OpenConsumers{} {}
OpenConsumers::OpenConsumers(OpenConsumers&& other) noexcept = default;
OpenConsumers& OpenConsumers::operator=(const OpenConsumers& /*other*/) { return *this; }
OpenConsumers& OpenConsumers::operator=(OpenConsumers&& other) noexcept = default;
OpenConsumers::~OpenConsumers() = default;

std::shared_ptr<Consumer> OpenConsumers::of(const Reading& reading, const OpenContext& context) const {
  const std::scoped_lock lock{runs_->mutex};
  std::erase_if(runs_->consumers, [](const auto& each) { return each.second.expired(); });
  std::weak_ptr<Consumer>& known = runs_->consumers[&context.io];
  std::shared_ptr<Consumer> consumer = known.lock();
  if (consumer == nullptr) {
    consumer = std::make_shared<Consumer>(reading, context);
    known = consumer;
  }
  return consumer;
}

/// Messages that were taken off the queue.
struct Fetched {
  rd_kafka_queue_t* queue = nullptr;  // the consumer's
  std::array<rd_kafka_message_t*, kBatch> messages{};
  std::size_t count = 0;
  std::size_t next = 0;
  Message current;

  Fetched() = default;
  Fetched(const Fetched&) = delete;
  Fetched& operator=(const Fetched&) = delete;
  ~Fetched() {
    for (; next < count; ++next) {
      rd_kafka_message_destroy(messages[next]);
    }
  }
};

RecordReader::RecordReader(const OpenConsumers& consumers, const Reading& reading, const std::string& name,
                           const std::optional<std::string>& position, const OpenContext& context)
    : consumer_{consumers.of(reading, context)},
      name_{name},
      skip_tombstones_{reading.skip_tombstones},
      commits_{reading.group.has_value()},
      fetched_{std::make_unique<Fetched>()},
      bytes_{context.worker.counter("kafka_read_bytes", "Bytes of the keys and values of messages that were read")},
      fetch_errors_{context.worker.counter("kafka_fetch_errors", "Errors that Kafka answered in place of messages")},
      unreachable_{
          context.worker.counter("kafka_unreachable_seconds", "Seconds for which the input could not reach Kafka")},
      undecided_{context.worker.gauge(
          "kafka_undecided_offsets", "Offsets after the last stable offset: the input waits for an open transaction")} {
  const Consumer::Opened opened = consumer_->open(name, position, context.waker);
  index_ = opened.index;
  offset_ = opened.start.at.offset;
  from_ms_ = opened.start.at.from_ms;
  first_ = opened.start.low;
  if (reading.stop_at_end) {
    end_ = opened.start.end;
    keeps_end_ = context.in_application;
  }
  topic_ = opened.start.partition.topic;
  record_.topic = topic_;
  record_.partition = opened.start.partition.number;
}

RecordReader::~RecordReader() {
  fetched_.reset();  // before the client
  consumer_->close(index_);
}

RecordReader::Next RecordReader::next() {
  if (end_ && offset_ >= *end_) {
    return Next::kEnd;
  }
  if (fetched_->next < fetched_->count || fetch()) {
    return take_message();
  }
  return Next::kNothing;
}

bool RecordReader::fetch() {
  if (fetched_->queue == nullptr) {
    fetched_->queue = consumer_->queue(index_);
  }
  const Conditions::Seen seen = consumer_->look(index_, offset_);
  at_end_ = at_end_ && interrupts_ == seen.interrupts;
  interrupts_ = seen.interrupts;
  const ssize_t count = rd_kafka_consume_batch_queue(fetched_->queue, 0, fetched_->messages.data(), kBatch);
  fetched_->next = 0;
  fetched_->count = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
  if (fetched_->count > 0) {
    dry_ = false;
  } else if (!at_end_ && !std::exchange(dry_, true)) {
    consumer_->run_dry(index_, offset_);
  }
  blocked_ = seen.interrupted || !(at_end_ || (seen.end && offset_ >= *seen.end));
  return fetched_->count > 0;
}

RecordReader::Next RecordReader::take_message() {
  fetched_->current.reset(fetched_->messages[fetched_->next++]);
  const rd_kafka_message_t& message = *fetched_->current;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    take_error();
    return Next::kSkipped;
  }
  if (end_ && message.offset >= *end_) {
    offset_ = *end_;
    return Next::kEnd;
  }
  offset_ = message.offset + 1;
  at_end_ = false;
  record_.offset = message.offset;
  record_.key = bytes_of(message.key, message.key_len);
  record_.value = bytes_of(message.payload, message.len);
  record_.message = &message;
  const std::optional<std::int64_t> time = milliseconds_of(message);
  record_.time.reset();
  if (time) {
    record_.time = Time{saturated(std::chrono::milliseconds{*time})};
  }
  bytes_.add(message.key_len + message.len);
  return is_skipped() ? Next::kSkipped : Next::kRecord;
}

bool RecordReader::is_skipped() {
  if (from_ms_) {
    if (const std::optional<std::int64_t> time = milliseconds_of(*fetched_->current); time && *time < *from_ms_) {
      return true;
    }
    from_ms_.reset();
  }
  return skip_tombstones_ && !record_.value;
}

// The offset of an event of the end may be after markers of transactions and messages of aborted ones.
void RecordReader::take_error() {
  const rd_kafka_message_t& message = *fetched_->current;
  if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    offset_ = std::max(offset_, message.offset);
    if (end_) {
      offset_ = std::min(offset_, *end_);
    }
    at_end_ = true;
    return;
  }
  fetch_errors_.add();
  if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET) {
    consumer_->report_missing(index_, offset_);
  } else if (stays(message.err)) {
    throw std::runtime_error{fmt::format("{} offset {}: Kafka does not give the message: {}", name_, offset_,
                                         rd_kafka_message_errstr(&message))};
  }
}

std::string RecordReader::place() const { return fmt::format("{} offset {}", name_, record_.offset); }

std::string RecordReader::position() const {
  return Position{.offset = offset_, .from_ms = from_ms_, .end = keeps_end_ ? end_ : std::nullopt}.text();
}

void RecordReader::decided(const std::string& position) {
  if (const std::optional<Position> decided = Position::of(position)) {
    consumer_->commit(index_, decided->offset);
  }
}

std::optional<SourceProgress> RecordReader::progress() const {
  const auto read = static_cast<std::uint64_t>(std::max<std::int64_t>(offset_ - first_, 0));
  const std::optional<std::int64_t> high = consumer_->high(index_);
  measure(high);
  const std::optional<std::int64_t> end = end_ ? end_ : high;
  if (!end) {
    return std::nullopt;
  }
  const auto total = static_cast<std::uint64_t>(std::max<std::int64_t>(*end - first_, 0));
  return SourceProgress{.done = read, .total = std::max(read, total), .grows = !end_};
}

// At the end of what may be read, the last stable offset, the rest is of open transactions.
void RecordReader::measure(std::optional<std::int64_t> high) const {
  const bool waits = at_end_ && !(end_ && offset_ >= *end_);
  const std::int64_t undecided = waits && high ? std::max<std::int64_t>(*high - offset_, 0) : 0;
  undecided_.add(static_cast<double>(undecided - std::exchange(own_undecided_, undecided)));
  unreachable_.add(consumer_->take_unreachable_seconds());
}

}  // namespace weir::detail::kafka
