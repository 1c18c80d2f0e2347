#include "weir/kafka/output_formats.hpp"

namespace weir {

void KafkaWhole::operator()(const KafkaMessage& message, KafkaRecordWriter& record) const {
  if (message.key) {
    record.key(*message.key);
  }
  if (message.value) {
    record.value(*message.value);
  }
  if (message.time) {
    record.time(*message.time);
  }
  for (const KafkaHeader& header : message.headers) {
    record.header(header.name, header.value);
  }
}

}  // namespace weir
