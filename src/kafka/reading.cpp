#include "weir/detail/kafka/reading.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "io/input_error.hpp"
#include "kafka/configuration.hpp"
#include "kafka/lookup.hpp"
#include "kafka/position.hpp"
#include "kafka/topic_choice.hpp"
#include "kafka/topic_partition.hpp"
#include "weir/errors.hpp"

namespace weir {

KafkaStart KafkaStart::committed(std::string group, const KafkaStart& otherwise) {
  if (otherwise.group_) {
    throw BuildError{"KafkaStart::committed: \"otherwise\" asks a second group; take earliest, latest or at"};
  }
  KafkaStart start{otherwise};
  start.group_ = std::move(group);
  return start;
}

}  // namespace weir

namespace weir::detail::kafka {

void check_topics(const Reading& reading) { static_cast<void>(TopicChoice{reading.topics}); }

void set_property(Reading& reading, const std::string& name, const std::string& value) {
  check_property(name, value);
  reading.properties[name] = value;
}

void set_refresh(Reading& reading, std::chrono::milliseconds interval) {
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours{24 * 365};
  if (interval.count() <= 0) {
    throw BuildError{
        fmt::format("KafkaInput::refresh is {} ms; an interval between two looks is positive", interval.count())};
  }
  reading.refresh = std::min(interval, kLongest);
}

graph::InApplication in_application(const Reading& reading) {
  if (reading.stop_at_end) {
    return {.brokers = {},
            .why_not = "ends after the messages that are there, and no process knows when the others have read theirs"};
  }
  return {.brokers = reading.cluster.brokers(), .why_not = {}};
}

std::vector<std::string> partition_names(const Reading& reading) {
  std::vector<std::string> names;
  std::ranges::transform(Lookup{reading}.partitions(TopicChoice{reading.topics}), std::back_inserter(names),
                         &TopicPartition::name);
  return names;
}

void match_positions(const Reading& reading, const std::vector<std::string>& partitions,
                     std::map<std::string, std::string>& positions) {
  const TopicChoice topics{reading.topics};
  const std::set<std::string> names{partitions.begin(), partitions.end()};
  std::set<std::string> present;
  for (const std::string& name : partitions) {
    present.insert(TopicPartition::of(name).topic);
  }
  std::set<std::string> kept;  // topics
  for (const auto& [name, position] : positions) {
    const std::string topic = TopicPartition::of(name).topic;
    kept.insert(topic);
    if (present.contains(topic) && !names.contains(name)) {
      io::refuse_input(fmt::format(
          "topic \"{}\" has no partition {} any more, of which a position is kept: the topic was made anew; "
          "begin with another recovery directory",
          topic, TopicPartition::of(name).number));
    }
  }
  const bool resumes = !positions.empty();
  for (const std::string& name : partitions) {
    const std::string topic = TopicPartition::of(name).topic;
    if (kept.contains(topic) || (resumes && topics.only_by_pattern(topic))) {
      positions.try_emplace(name, kNewPartition);
    }
  }
}

}  // namespace weir::detail::kafka
