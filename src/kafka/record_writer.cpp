#include "weir/kafka/record_writer.hpp"

#include <chrono>
#include <stdexcept>

#include <fmt/format.h>

#include "kafka/output_record.hpp"
#include "kafka/topic_name.hpp"

namespace weir {

using detail::kafka::OutputRecord;

KafkaRecordWriter& KafkaRecordWriter::key(std::string_view bytes) {
  key_text() = bytes;
  return *this;
}

KafkaRecordWriter& KafkaRecordWriter::value(std::string_view bytes) {
  value_text() = bytes;
  return *this;
}

KafkaRecordWriter& KafkaRecordWriter::header(std::string_view name, std::optional<std::string_view> value) {
  if (name.find('\0') != std::string_view::npos) {
    throw std::runtime_error{
        fmt::format("the name of a header, {}, has a NUL; leave it out", detail::kafka::shown_bytes(name))};
  }
  ++header_count_;
  detail::kafka::append_number(headers_, name.size());
  headers_ += name;
  detail::kafka::append_bytes(headers_, value);
  return *this;
}

KafkaRecordWriter& KafkaRecordWriter::time(Time time) {
  milliseconds_ = std::chrono::floor<std::chrono::milliseconds>(time).time_since_epoch().count();
  return *this;
}

KafkaRecordWriter& KafkaRecordWriter::topic(std::string_view name) {
  if (!detail::kafka::is_topic_name(name)) {
    throw std::runtime_error{fmt::format("{} {}", detail::kafka::shown_bytes(name), detail::kafka::kNoTopicName)};
  }
  topic_ = name;
  return *this;
}

KafkaRecordWriter& KafkaRecordWriter::partition(std::int32_t number) {
  if (number < 0) {
    throw std::runtime_error{fmt::format("{} is no partition; they begin with 0", number)};
  }
  partition_ = number;
  return *this;
}

std::string& KafkaRecordWriter::key_text() {
  has_key_ = true;
  key_.clear();
  return key_;
}

std::string& KafkaRecordWriter::value_text() {
  has_value_ = true;
  value_.clear();
  return value_;
}

void KafkaRecordWriter::clear() {
  topic_.clear();
  partition_ = OutputRecord::kByKey;
  milliseconds_.reset();
  has_key_ = false;
  has_value_ = false;
  header_count_ = 0;
  headers_.clear();
}

void KafkaRecordWriter::append_to(std::string& row) const {
  using Bytes = std::optional<std::string_view>;
  detail::kafka::append_number(row, topic_.size());
  row += topic_;
  detail::kafka::append_number(row, static_cast<std::uint64_t>(partition_ + std::int64_t{1}));
  detail::kafka::append_time(row, milliseconds_.value_or(OutputRecord::kNoTime));
  detail::kafka::append_bytes(row, has_key_ ? Bytes{key_} : Bytes{});
  detail::kafka::append_bytes(row, has_value_ ? Bytes{value_} : Bytes{});
  detail::kafka::append_number(row, header_count_);
  row += headers_;
}

}  // namespace weir
