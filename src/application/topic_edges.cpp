#include "application/topic_edges.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "application/edge_source.hpp"
#include "coordinator/application.hpp"
#include "kafka/lookup.hpp"
#include "kafka/topic_choice.hpp"
#include "weir/detail/exchange/packer.hpp"
#include "weir/detail/io/open_context.hpp"
#include "weir/detail/kafka/reading.hpp"
#include "weir/detail/kafka/record_reader.hpp"
#include "weir/errors.hpp"

namespace weir::detail::application {
namespace {

using exchange::EdgeFactory;
using exchange::Reach;
using graph::InputSpec;
using graph::OperatorFactory;
using graph::OperatorParts;
using graph::StepSpec;

bool is_by_key(const InputSpec& input) { return input.exchange != nullptr && input.exchange->reach() == Reach::kByKey; }

/// That of another graph, which owns it.
class BorrowedEdge final : public EdgeFactory {
 public:
  explicit BorrowedEdge(const EdgeFactory& of) : of_{&of} {}

  [[nodiscard]] Reach reach() const override { return of_->reach(); }
  [[nodiscard]] bool has_shard_key() const override { return of_->has_shard_key(); }
  [[nodiscard]] std::unique_ptr<exchange::EdgeSender> make_sender(const exchange::SenderParts& parts) const override {
    return of_->make_sender(parts);
  }
  [[nodiscard]] std::unique_ptr<exchange::EdgeReceiver> make_receiver(runtime::ReceiverBase& to,
                                                                      const runtime::StepSite& site) const override {
    return of_->make_receiver(to, site);
  }
  [[nodiscard]] std::string shape() const override { return of_->shape(); }
  [[nodiscard]] std::unique_ptr<exchange::Packer> make_packer(const runtime::StepSite& site, std::uint32_t shards,
                                                              exchange::PacketTaker& to) const override {
    return of_->make_packer(site, shards, to);
  }

 private:
  const EdgeFactory* of_;
};

std::unique_ptr<EdgeFactory> borrowed(const std::unique_ptr<EdgeFactory>& of) {
  return of != nullptr ? std::make_unique<BorrowedEdge>(*of) : nullptr;
}

/// That of another graph, which owns it.
class BorrowedFactory final : public OperatorFactory {
 public:
  explicit BorrowedFactory(const OperatorFactory& of) : of_{&of} {}

  [[nodiscard]] runtime::StepCode make(OperatorParts& parts) const override { return of_->make(parts); }
  [[nodiscard]] std::vector<Resource> resources() const override { return of_->resources(); }
  [[nodiscard]] std::optional<std::vector<std::string>> partitions() const override { return of_->partitions(); }

 private:
  const OperatorFactory* of_;
};

class EdgeSinkFactory final : public OperatorFactory {
 public:
  EdgeSinkFactory(const TopicEdge& edge, KafkaCluster cluster) : edge_{&edge}, cluster_{std::move(cluster)} {}

  [[nodiscard]] runtime::StepCode make(OperatorParts& parts) const override {
    const OpenContext context = io::open_context(parts);
    const kafka::OutputSettings settings = kafka::declared_output(cluster_, edge_->topic);
    if (!limits_ || parts.site.worker.index.value == 0) {  // once a run
      limits_ = kafka::look_at_topic(settings, context.log);
    }
    auto sink = std::make_unique<EdgeSink>(parts, *edge_, *limits_);
    runtime::StepCode code;
    code.sink = sink.get();
    code.timed = edge_->timed ? sink.get() : nullptr;
    code.op = std::move(sink);
    return code;
  }

 private:
  const TopicEdge* edge_;
  KafkaCluster cluster_;
  mutable std::optional<kafka::RecordLimits> limits_;  // runs are made on one thread
};

// Owners delete what they have read. So a process that was frozen may find that the next owner has deleted what it was
// about to read, before it hears that it has the shard no more. If nobody else has it, the next takeover refuses.
coordinator::SharesLost lost(const RecoveryError& error) {
  return coordinator::SharesLost{
      fmt::format("packed items were deleted before this process read them: {}", error.what())};
}

/// A partition of a Kafka topic.
class KafkaFrames final : public FrameReader {
 public:
  KafkaFrames(const kafka::OpenConsumers& consumers, const kafka::Reading& reading, const std::string& name,
              const std::optional<std::string>& position, const OpenContext& context)
      : reader_{consumers, reading, name, position, context} {}

  Next next() override {
    while (true) {
      switch (read()) {
        case kafka::RecordReader::Next::kRecord:
          return Next::kFrame;
        case kafka::RecordReader::Next::kSkipped:
          break;
        case kafka::RecordReader::Next::kNothing:
        case kafka::RecordReader::Next::kEnd:
          return Next::kNothing;
      }
    }
  }
  [[nodiscard]] std::string_view value() const override { return reader_.record().value.value_or(std::string_view{}); }
  [[nodiscard]] std::int64_t offset_of_value() const override { return reader_.record().offset; }
  [[nodiscard]] std::string place() const override { return reader_.place(); }
  [[nodiscard]] std::int64_t offset() const override { return reader_.offset(); }
  [[nodiscard]] Poll nothing() const override { return reader_.nothing(); }
  [[nodiscard]] std::optional<SourceProgress> progress() const override { return reader_.progress(); }

 private:
  kafka::RecordReader::Next read() {
    try {
      return reader_.next();
    } catch (const RecoveryError& error) {
      throw lost(error);
    }
  }

  kafka::RecordReader reader_;
};

class EdgeSourceFactory final : public OperatorFactory {
 public:
  EdgeSourceFactory(const TopicEdge& edge, const KafkaCluster& cluster)
      : edge_{&edge}, reading_{cluster, {edge.topic}} {}

  [[nodiscard]] runtime::StepCode make(OperatorParts& parts) const override {
    const OpenContext context = io::open_context(parts);
    auto source = std::make_unique<EdgeSource>(parts, *edge_);
    for (const std::string& name : *parts.partitions) {  // one: that of the worker's shard
      const std::optional<std::string> kept =
          parts.resume != nullptr ? snapshot::ResumePoint::find(parts.resume->positions, parts.site.step_id, name)
                                  : std::nullopt;
      const EdgePosition position = kept ? EdgePosition::of(*kept).value_or(EdgePosition{}) : EdgePosition{};
      const std::optional<std::string> offset =
          kept ? std::optional{EdgePosition{.offset = position.offset}.text()} : std::nullopt;
      source->read(name, open(name, offset, context), position);
    }
    return edge_source_code(std::move(source), edge_->timed);
  }

  [[nodiscard]] std::optional<std::vector<std::string>> partitions() const override {
    return kafka::partition_names(reading_);
  }

 private:
  [[nodiscard]] std::unique_ptr<FrameReader> open(const std::string& name, const std::optional<std::string>& offset,
                                                  const OpenContext& context) const {
    try {
      return std::make_unique<KafkaFrames>(consumers_, reading_, name, offset, context);
    } catch (const RecoveryError& error) {
      throw lost(error);
    }
  }

  const TopicEdge* edge_;
  kafka::Reading reading_;
  kafka::OpenConsumers consumers_;
};

bool is_asked(const std::string& id, const Repartition& asked) {
  return asked.all || std::ranges::find(asked.steps, id) != asked.steps.end();
}

// No process knows when the others have sent their last items.
void check_ends(const graph::Graph& graph, const Repartition& asked) {
  const auto through_topic = std::ranges::find_if(graph.steps(), [&](const StepSpec& step) {
    return std::ranges::any_of(step.inputs, [&](const InputSpec& input) { return leaves(step, input, asked); });
  });
  const auto ends = std::ranges::find_if(graph.steps(), [](const StepSpec& step) {
    return step.source() != nullptr && step.source()->in_application.ends;
  });
  if (through_topic != graph.steps().end() && ends != graph.steps().end()) {
    throw UsageError{
        fmt::format("step \"{}\" stops at the end of its topics, and items of step \"{}\" go through a topic that has "
                    "no end; follow "
                    "the topics",
                    ends->id, through_topic->id)};
  }
}

}  // namespace

bool leaves(const StepSpec& step, const InputSpec& input, const Repartition& asked) {
  return is_by_key(input) && (is_asked(step.id, asked) || !input.exchange->has_shard_key());
}

void check_repartition(const graph::Graph& graph, const Repartition& asked) {
  for (const std::string& id : asked.steps) {
    const auto step = std::ranges::find(graph.steps(), id, &StepSpec::id);
    if (step == graph.steps().end()) {
      throw UsageError{
          fmt::format("--repartition names step \"{}\", and the dataflow has none of that id; give the ids of keyed "
                      "steps, or all",
                      id)};
    }
    if (std::ranges::none_of(step->inputs, is_by_key)) {
      throw UsageError{fmt::format(
          "--repartition names step \"{}\", whose items do not change their key there; give the first step that goes "
          "by the new key",
          id)};
    }
  }
  check_ends(graph, asked);
}

TopicEdges::TopicEdges(const graph::Graph& of, const Repartition& asked, const KafkaCluster& cluster,
                       const std::string& id, std::uint32_t shards)
    : cluster_{cluster}, graph_{std::make_unique<graph::Graph>(of.name())} {
  for (const StepSpec& step : of.steps()) {
    StepSpec copy{.id = step.id,
                  .op = step.op,
                  .outputs = step.outputs,
                  .factory = std::make_unique<BorrowedFactory>(*step.factory),
                  .holds_items = step.holds_items,
                  .kind = step.kind.copy(),
                  .options = step.options};
    for (std::size_t i = 0; i < step.inputs.size(); ++i) {
      const InputSpec& input = step.inputs[i];
      const graph::Port from = port_of(input.from);
      InputSpec read =
          leaves(step, input, asked)
              ? through_topic(step, i, from, id, shards)
              : InputSpec{.from = from, .exchange = borrowed(input.exchange), .border = borrowed(input.border)};
      read.counts_for_time = input.counts_for_time;
      read.read = input.read;
      copy.read(std::move(read));
    }
    numbers_.push_back(graph_->add(std::move(copy)));
  }
  for (const graph::StateMigration& migration : of.migrations()) {
    graph_->add_migration(migration);
  }
}

graph::Port TopicEdges::port_of(graph::Port of) const { return {numbers_[of.step], of.output}; }

InputSpec TopicEdges::through_topic(const StepSpec& step, std::size_t input, graph::Port from, const std::string& id,
                                    std::uint32_t shards) {
  const std::string suffix = step.inputs.size() == 1 ? std::string{} : fmt::format(".{}", input);
  const EdgeFactory& items = *step.inputs[input].exchange;
  const std::string shape = items.shape();
  const TopicEdge& edge = edges_.emplace_back(TopicEdge{.items = &items,
                                                        .topic = fmt::format("{}-{}-items{}", id, step.id, suffix),
                                                        .frames = {.shape = shape_hash(shape), .shards = shards},
                                                        .timed = graph_->steps()[from.step].timed});
  graph_->add_sink(fmt::format("{}.send{}", step.id, suffix), {.from = from, .exchange = nullptr, .border = nullptr},
                   {.transactional = true}, std::make_unique<EdgeSinkFactory>(edge, cluster_));
  const runtime::StepNumber source =
      graph_->add_source(fmt::format("{}.items{}", step.id, suffix), {{.type = graph_->output(from).type}},
                         {.position_shape = "offset of packed items: " + shape,
                          .timed = edge.timed,
                          .in_application = {.brokers = cluster_.brokers(), .why_not = {}}},
                         std::make_unique<EdgeSourceFactory>(edge, cluster_));
  // Items of several inputs meet behind edges that stay on the worker.
  return {.from = {source, {}},
          .exchange = step.inputs.size() == 1 ? nullptr : std::make_unique<BorrowedEdge>(items),
          .border = nullptr};
}

}  // namespace weir::detail::application
