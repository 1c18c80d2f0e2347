#include "application/kafka_application.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "application/group.hpp"
#include "application/kafka_port.hpp"
#include "application/kafka_store.hpp"
#include "coordinator/application.hpp"
#include "kafka/lookup.hpp"
#include "kafka/topic_choice.hpp"
#include "kafka/topic_name.hpp"
#include "weir/detail/kafka/reading.hpp"
#include "weir/errors.hpp"

namespace weir::detail::application {
namespace {

using coordinator::Placement;
using coordinator::SharesLost;
using coordinator::TopicPart;

constexpr std::uint32_t kMostShards = 1024;  // as many as a process may have workers

/// Shards that the group has dealt.
class GroupDeal final : public coordinator::Deal {
 public:
  GroupDeal(Group& group, KafkaPort& port, Names names, Assignment assignment, std::uint32_t count)
      : group_{&group},
        port_{&port},
        names_{std::move(names)},
        assignment_{std::move(assignment)},
        placement_{count, assignment_.shards} {}

  ~GroupDeal() override { group_->give_back(); }

  [[nodiscard]] const Placement& placement() const override { return placement_; }

  [[nodiscard]] std::unique_ptr<recovery::SnapshotStore> open_store() override {
    return std::make_unique<KafkaStore>(
        *port_, names_, placement_, *assignment_.membership, assignment_.generation,
        Checks{.taking_over = [this] { check(Held::kRevoked); }, .committing = [this] { check(Held::kLost); }});
  }

  void listen(Listener listener) override { group_->listen(std::move(listener)); }

 private:
  /// @param worst  what the caller cannot work with any more
  void check(Held worst) const {
    if (group_->held() >= worst) {
      throw SharesLost{"the shards were dealt anew"};
    }
  }

  Group* group_;
  KafkaPort* port_;
  Names names_;
  Assignment assignment_;
  Placement placement_;
};

/// The topics of a dataflow's inputs, and how many partitions each has.
std::map<std::string, std::uint32_t> topics_of(const graph::Graph& graph) {
  std::map<std::string, std::uint32_t> sizes;
  std::map<std::string, std::string> readers;
  for (const graph::StepSpec& step : graph.steps()) {
    if (step.source() == nullptr) {
      continue;
    }
    for (const std::string& name : step.factory->partitions().value_or(std::vector<std::string>{})) {
      const std::string topic{TopicPart::of(name).topic};
      ++sizes[topic];
      if (const auto [known, is_new] = readers.try_emplace(topic, step.id); !is_new && known->second != step.id) {
        throw UsageError{fmt::format(
            "steps \"{}\" and \"{}\" both read topic \"{}\", and an application has one position in it; read "
            "it once, and use the stream twice",
            known->second, step.id, topic)};
      }
    }
  }
  return sizes;
}

std::uint32_t shards_of(const std::map<std::string, std::uint32_t>& topics) {
  for (const auto& [topic, size] : topics) {
    if (size != topics.begin()->second) {
      throw UsageError{fmt::format(
          "topic \"{}\" has {} partitions, and \"{}\" has {}; in an application all topics that are read have "
          "the same number, so that a key is in the same one of each",
          topics.begin()->first, topics.begin()->second, topic, size)};
    }
  }
  if (topics.begin()->second > kMostShards) {
    throw UsageError{fmt::format("topic \"{}\" has {} partitions; an application takes at most {}",
                                 topics.begin()->first, topics.begin()->second, kMostShards)};
  }
  return topics.begin()->second;
}

class KafkaApplication final : public Application {
 public:
  KafkaApplication(KafkaCluster cluster, std::string id, std::string instance)
      : cluster_{std::move(cluster)}, instance_{std::move(instance)} {
    names_.id = std::move(id);
  }

  void join(const graph::Graph& graph) override {
    coordinator::check_shards(graph, cluster_.brokers());
    const std::map<std::string, std::uint32_t> topics = topics_of(graph);
    if (topics.empty()) {
      throw UsageError{"an application reads Kafka topics, and the dataflow reads none"};
    }
    count_ = shards_of(topics);
    for (const auto& [topic, size] : topics) {
      names_.topics.push_back(topic);
    }
    make_topic(names_.shards());
    make_topic(names_.state());
    port_ =
        std::make_unique<KafkaPort>(cluster_, names_.id, names_.state(),
                                    instance_.empty() ? names_.id : fmt::format("{}.{}", names_.id, instance_), Log{});
    group_ = std::make_unique<Group>(cluster_, names_, Log{});
  }

  [[nodiscard]] std::unique_ptr<coordinator::Deal> next(const std::stop_token& stop) override {
    std::optional<Assignment> assignment = group_->take(stop);
    if (!assignment) {
      return nullptr;
    }
    return std::make_unique<GroupDeal>(*group_, *port_, names_, std::move(*assignment), count_);
  }

  void leave() noexcept override { group_.reset(); }

 private:
  void make_topic(const std::string& topic) {
    cluster_.make_topic(topic, static_cast<int>(count_), {{"cleanup.policy", "compact"}});
    kafka::Lookup lookup{kafka::Reading{cluster_, {topic}}};
    const std::size_t found = lookup.partitions(kafka::TopicChoice{{topic}}).size();
    if (found != count_) {
      throw RecoveryError{
          RecoveryError::Kind::kRefused,
          fmt::format(
              "recovery: topic \"{}\" of application \"{}\" has {} partitions, and the topics that are read have "
              "{}; their number can never change: copy the topics to new ones, and begin a new application",
              topic, names_.id, found, count_)};
    }
  }

  KafkaCluster cluster_;
  std::string instance_;
  Names names_;
  std::uint32_t count_ = 0;
  std::unique_ptr<KafkaPort> port_;
  std::unique_ptr<Group> group_;
};

}  // namespace

std::shared_ptr<Application> make_application(const KafkaCluster& cluster, const std::string& id,
                                              const std::string& instance) {
  for (const std::string& name : {id + "-shards", instance.empty() ? id : fmt::format("{}.{}", id, instance)}) {
    if (id.empty() || !kafka::is_topic_name(name)) {
      throw UsageError{
          fmt::format("\"{}\" cannot name an application or a process of one; use letters, digits, dots, "
                      "dashes and underscores, at most 200",
                      name)};
    }
  }
  return std::make_shared<KafkaApplication>(cluster, id, instance);
}

}  // namespace weir::detail::application
