#include "application/state_topic.hpp"

#include <cstdint>
#include <optional>

#include "application/kafka_port.hpp"
#include "application/takeover.hpp"
#include "kafka/lookup.hpp"
#include "kafka/topic_choice.hpp"
#include "weir/detail/kafka/reading.hpp"
#include "weir/log.hpp"

namespace weir::detail::application {

std::vector<ShardLog> read_state(const KafkaCluster& cluster, const std::string& id) {
  const Names names{.id = id, .topics = {}};
  std::vector<Place> places;
  {
    kafka::Lookup lookup{kafka::Reading{cluster, {names.state()}}};
    for (const kafka::TopicPartition& partition : lookup.partitions(kafka::TopicChoice{{names.state()}})) {
      places.push_back({partition.topic, partition.number});
    }
  }
  KafkaPort port{cluster, id, names.state(), std::nullopt, Log{}};
  const Check go_on = [](std::string_view /*waits_for*/) {};
  std::vector<std::int64_t> marks;
  marks.reserve(places.size());
  for (const Place& place : places) {
    marks.push_back(until_answered(port, go_on, "the end of " + text_of(place), [&] { return port.end_of(place); }));
  }
  return read_logs(port, places, marks, go_on);
}

}  // namespace weir::detail::application
