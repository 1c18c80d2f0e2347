#include "kafka/record_limits.hpp"

#include <chrono>
#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>

#include "kafka/output_record.hpp"

namespace weir::detail::kafka {
namespace {

constexpr std::int64_t kHourMilliseconds = 3'600'000;

std::string described(const RecordLimits& limits, const OutputRecord& record) {
  return fmt::format("a record for topic \"{}\" with key {} and value {}",
                     record.topic.empty() ? limits.topic : record.topic, shown_bytes(record.key),
                     shown_bytes(record.value));
}

void check_size(const RecordLimits& limits, const OutputRecord& record) {
  const std::size_t bytes = batch_bytes(record);
  if (bytes > limits.client_bytes) {
    throw std::runtime_error{
        fmt::format("{} needs {} bytes, and \"message.max.bytes\" is {}; make it smaller, or set that property and the "
                    "topic's max.message.bytes",
                    described(limits, record), bytes, limits.client_bytes)};
  }
  if (record.topic.empty() && limits.topic_bytes != 0 && bytes > limits.topic_bytes) {
    throw std::runtime_error{
        fmt::format("{} needs {} bytes, and the topic's max.message.bytes is {}; make it smaller, "
                    "or have the topic take larger ones",
                    described(limits, record), bytes, limits.topic_bytes)};
  }
}

// Kafka takes 0 for "now", stores other times before 1970 that no reader expects, and refuses those an hour ahead.
void check_time(const RecordLimits& limits, const OutputRecord& record) {
  if (record.milliseconds == OutputRecord::kNoTime) {
    return;
  }
  if (record.milliseconds <= 0) {
    throw std::runtime_error{
        fmt::format("{} has the time {} ms; Kafka's begin after 1970, so give it a later one or none",
                    described(limits, record), record.milliseconds)};
  }
  using std::chrono::milliseconds;
  const auto now = std::chrono::floor<milliseconds>(std::chrono::system_clock::now()).time_since_epoch().count();
  if (record.milliseconds > now + kHourMilliseconds) {
    throw std::runtime_error{
        fmt::format("{} has the time {} ms, {} s ahead of this machine's clock; brokers refuse more "
                    "than an hour",
                    described(limits, record), record.milliseconds, (record.milliseconds - now) / 1000)};
  }
}

}  // namespace

void check_record(const RecordLimits& limits, std::string_view row) {
  OutputRecord record;
  if (take_record(row, record) != Taken::kOne || !row.empty()) {
    throw std::runtime_error{"a row is no record of a Kafka output; make rows by KafkaOutput::format"};
  }
  check_size(limits, record);
  check_time(limits, record);
}

}  // namespace weir::detail::kafka
