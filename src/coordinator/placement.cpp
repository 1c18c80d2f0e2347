#include "coordinator/placement.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "weir/errors.hpp"

namespace weir::detail::coordinator {
namespace {

using exchange::Reach;

void check_edge(const graph::StepSpec& step, const exchange::EdgeFactory& edge) {
  switch (edge.reach()) {
    case Reach::kOwn:
    case Reach::kFirst:
    case Reach::kByKey:
      return;
    case Reach::kTurns:
      throw UsageError{
          fmt::format("step \"{}\" cannot run in an application: it spreads items over all workers, and each worker "
                      "has the keys of "
                      "its own partitions; leave the step out",
                      step.id)};
    case Reach::kAll:
      throw UsageError{fmt::format(
          "step \"{}\" cannot run in an application: it gives items to all workers, and some are in other processes; "
          "join by key with a topic of as many partitions, or run the dataflow in one process with --recovery",
          step.id)};
  }
}

void check_end(const graph::StepSpec& step, const graph::InApplication& end, const std::string& brokers) {
  if (!end.why_not.empty()) {
    throw UsageError{fmt::format("step \"{}\" cannot run in an application: it {}; {}", step.id, end.why_not,
                                 step.source() != nullptr ? "read a Kafka topic" : "write to a Kafka topic")};
  }
  if (!end.brokers.empty() && end.brokers != brokers) {
    throw UsageError{
        fmt::format("step \"{}\" cannot run in an application: it is on Kafka at {}, and the application is on {}; a "
                    "transaction is of one cluster",
                    step.id, end.brokers, brokers)};
  }
}

}  // namespace

TopicPart TopicPart::of(std::string_view name) {
  TopicPart part;
  const std::size_t slash = std::min(name.rfind('/'), name.size());
  part.topic = name.substr(0, slash);
  std::from_chars(name.data() + std::min(slash + 1, name.size()), name.data() + name.size(), part.number);
  return part;
}

std::vector<std::string> partitions_of_shard(const std::string& step_id, const std::vector<std::string>& partitions,
                                             const Placement& placement, WorkerIndex worker) {
  std::map<std::string_view, std::uint32_t> sizes;
  std::vector<std::string> own;
  for (const std::string& name : partitions) {
    const TopicPart part = TopicPart::of(name);
    ++sizes[part.topic];
    if (part.number == placement.shards[worker]) {
      own.push_back(name);
    }
  }
  for (const auto& [topic, size] : sizes) {
    if (size != placement.count) {
      throw RecoveryError{
          RecoveryError::Kind::kRefused,
          fmt::format("recovery: step \"{}\" reads topic \"{}\" of {} partitions, and the application has {} shards; a "
                      "key would have its state in another partition now; all topics of an application have the same "
                      "number of partitions for ever: copy the topic to a new one, and begin a new application",
                      step_id, topic, size, placement.count)};
    }
  }
  return own;
}

void check_shards(const graph::Graph& graph, const std::string& brokers) {
  for (const graph::StepSpec& step : graph.steps()) {
    if (step.source() != nullptr) {
      check_end(step, step.source()->in_application, brokers);
    }
    if (step.sink() != nullptr) {
      check_end(step, step.sink()->in_application, brokers);
    }
    for (const graph::InputSpec& input : step.inputs) {
      if (input.exchange != nullptr) {
        check_edge(step, *input.exchange);
      }
    }
  }
}

}  // namespace weir::detail::coordinator
