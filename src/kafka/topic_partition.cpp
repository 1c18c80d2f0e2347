#include "kafka/topic_partition.hpp"

#include <charconv>
#include <cstddef>

#include <fmt/format.h>

namespace weir::detail::kafka {

std::string TopicPartition::name() const { return fmt::format("{}/{}", topic, number); }

TopicPartition TopicPartition::of(const std::string& name) {
  const std::size_t slash = name.rfind('/');
  TopicPartition partition;
  if (slash != std::string::npos) {
    partition.topic = name.substr(0, slash);
    std::from_chars(name.data() + slash + 1, name.data() + name.size(), partition.number);
  }
  return partition;
}

Partitions make_list(const std::vector<TopicPartition>& partitions, std::int64_t offset) {
  Partitions list{rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size()))};
  for (const TopicPartition& partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)->offset = offset;
  }
  return list;
}

}  // namespace weir::detail::kafka
