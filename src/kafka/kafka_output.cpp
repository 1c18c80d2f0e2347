#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "kafka/configuration.hpp"
#include "kafka/epoch_rows.hpp"
#include "kafka/kafka_target.hpp"
#include "kafka/output_record.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/plain_output.hpp"
#include "kafka/topic_name.hpp"
#include "output/segment_partition.hpp"
#include "output/segment_writer.hpp"
#include "weir/detail/kafka/output_settings.hpp"
#include "weir/errors.hpp"

namespace weir::detail::kafka {
namespace {

template <typename Open>
auto opened(const OutputSettings& settings, Open open) {
  try {
    return open();
  } catch (const UsageError&) {
    throw;
  } catch (const RecoveryError&) {
    throw;
  } catch (const std::exception& error) {
    throw UsageError{fmt::format("topic \"{}\" cannot be written, brokers {}: {}", settings.topic,
                                 settings.cluster.brokers(), error.what())};
  }
}

void check_names(const OpenContext& context, const SinkResume& resume) {
  if (resume.folder.empty() || resume.store.empty() || context.flow.empty() || context.step.empty()) {
    throw UsageError{
        "an exactly-once output to Kafka needs the recovery directory, its id, and the names of dataflow and "
        "step; run it by weir::run"};
  }
}

}  // namespace

OutputSettings declared_output(KafkaCluster cluster, std::string topic) {
  if (!is_topic_name(topic)) {
    throw UsageError{fmt::format("{} {}", shown_bytes(topic), kNoTopicName)};
  }
  return {.cluster = std::move(cluster), .topic = std::move(topic), .properties = {}, .pending = KafkaPending::kRefuse};
}

void set_property(OutputSettings& settings, const std::string& name, const std::string& value) {
  check_property(name, value);
  settings.properties[name] = value;
}

std::unique_ptr<SinkPartition<std::string>> open_output(const OutputSettings& settings, const OpenContext& context) {
  warn_of_known_problem(settings.cluster.properties(), settings.properties, context.log);
  return opened(settings, [&] { return std::make_unique<PlainOutput>(settings, context); });
}

graph::InApplication in_application(const OutputSettings& settings) {
  return {.brokers = settings.cluster.brokers(), .why_not = {}};
}

std::unique_ptr<TransactionalPartition<std::string>> resume_output(const OutputSettings& settings,
                                                                   const OpenContext& context,
                                                                   const SinkResume& resume) {
  if (resume.in_application) {
    return opened(settings, [&] { return std::make_unique<EpochRows>(settings, context); });
  }
  check_names(context, resume);
  warn_of_known_problem(settings.cluster.properties(), settings.properties, context.log);
  return opened(settings, [&] {
    const std::filesystem::path pending = std::filesystem::path{resume.folder} / fmt::format(".{}.kafka", context.step);
    std::optional<output::Segment> last;
    if (resume.token) {
      last = output::Segment::of(*resume.token);
    }
    auto target =
        std::make_unique<KafkaTarget>(settings, fmt::format("weir.{}.{}.{}", context.flow, context.step, resume.store),
                                      resume.execution, last, pending, context.log);
    output::SegmentPartition::Check check = [limits = target->limits()](std::string_view row) {
      check_record(limits, row);
    };
    return std::make_unique<output::SegmentPartition>(
        std::make_shared<output::SegmentWriter>(std::move(target), fmt::format("topic {}", settings.topic), pending,
                                                resume, context),
        "", std::move(check));
  });
}

}  // namespace weir::detail::kafka
