#include "weir/kafka/record.hpp"

#include <cstddef>

#include "kafka/handles.hpp"

namespace weir {

std::vector<KafkaHeader> KafkaRecord::headers() const {
  std::vector<KafkaHeader> headers;
  rd_kafka_headers_t* list = nullptr;
  const auto* from = static_cast<const rd_kafka_message_t*>(message);
  if (from == nullptr || rd_kafka_message_headers(from, &list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return headers;
  }
  const char* name = nullptr;
  const void* bytes = nullptr;
  std::size_t size = 0;
  for (std::size_t i = 0; rd_kafka_header_get_all(list, i, &name, &bytes, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
    KafkaHeader& header = headers.emplace_back();
    header.name = name;
    if (bytes != nullptr) {
      header.value.emplace(static_cast<const char*>(bytes), size);
    }
  }
  return headers;
}

}  // namespace weir
