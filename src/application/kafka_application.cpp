#include "application/kafka_application.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/group.hpp"
#include "application/kafka_port.hpp"
#include "application/kafka_store.hpp"
#include "coordinator/application.hpp"
#include "kafka/lookup.hpp"
#include "kafka/topic_choice.hpp"
#include "kafka/topic_name.hpp"
#include "weir/detail/exchange/shard.hpp"
#include "weir/detail/kafka/reading.hpp"
#include "weir/errors.hpp"

namespace weir::detail::application {
namespace {

using coordinator::Placement;
using coordinator::SharesLost;
using coordinator::TopicPart;

constexpr std::uint32_t kMostShards = 1024;  // as many as a process may have workers

constexpr const char* kPolicy = "cleanup.policy";
constexpr const char* kCompact = "compact";
constexpr const char* kTopicLine = "{:<40} {:>10}  {:<24} {}\n";

/// Shards that the group has dealt.
class GroupDeal final : public coordinator::Deal {
 public:
  GroupDeal(Group& group, KafkaPort& port, coordinator::ApplicationReport& report, std::stop_token stop, Names names,
            Assignment assignment, std::uint32_t count)
      : group_{&group},
        port_{&port},
        report_{&report},
        stop_{std::move(stop)},
        names_{std::move(names)},
        assignment_{std::move(assignment)},
        placement_{count, assignment_.shards} {}

  ~GroupDeal() override { group_->give_back(); }

  [[nodiscard]] const Placement& placement() const override { return placement_; }

  [[nodiscard]] std::unique_ptr<recovery::SnapshotStore> open_store() override {
    auto store = std::make_unique<KafkaStore>(
        *port_, names_, placement_, *assignment_.membership, assignment_.generation,
        Checks{.taking_over =
                   [this](std::string_view waits_for) {
                     if (stop_.stop_requested()) {
                       throw SharesLost{"the process stops"};
                     }
                     check(Held::kRevoked, waits_for);
                   },
               .committing = [this](std::string_view waits_for) { check(Held::kLost, waits_for); }});
    report_->took_over(store->keys());
    return store;
  }

  void listen(Listener listener) override { group_->listen(std::move(listener)); }

 private:
  /// @param worst  what the caller cannot work with any more
  void check(Held worst, std::string_view waits_for) const {
    report_->waits(waits_for);
    if (group_->held() >= worst) {
      throw SharesLost{"the shards were dealt anew"};
    }
  }

  Group* group_;
  KafkaPort* port_;
  coordinator::ApplicationReport* report_;
  std::stop_token stop_;
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
  KafkaApplication(KafkaCluster cluster, std::string id, std::string instance, AskTopics ask)
      : cluster_{std::move(cluster)}, instance_{std::move(instance)}, ask_{ask} {
    names_.id = std::move(id);
  }

  [[nodiscard]] std::optional<std::string> answer(const graph::Graph& graph) override {
    if (ask_ == AskTopics::kNo) {
      return std::nullopt;
    }
    look_at(graph);
    std::string text = fmt::format(kTopicLine, "topic", "partitions", "settings", "");
    for (const std::string& topic : names_.topics) {
      text += fmt::format(kTopicLine, topic, count_, "any", "is read");
    }
    for (const std::string& topic : {names_.shards(), names_.state()}) {
      const std::optional<std::size_t> found = size_of(topic);
      const bool made = !found && ask_ == AskTopics::kMake && make_topic(topic);
      if (found) {
        check_size(topic, *found);
      }
      text += fmt::format(kTopicLine, topic, count_, fmt::format("{}={}", kPolicy, kCompact),
                          found  ? "is there"
                          : made ? "made"
                                 : "missing");
    }
    return text;
  }

  void join(const graph::Graph& graph, coordinator::ApplicationReport& report) override {
    report_ = &report;
    look_at(graph);
    for (const std::string& topic : {names_.shards(), names_.state()}) {
      if (!size_of(topic)) {  // whoever makes them by hand need not have the right to make any
        try {
          make_topic(topic);
        } catch (const UsageError& error) {
          throw UsageError{fmt::format("{}; who has the right makes it by --kafka-topics make", error.what())};
        }
      }
      kafka::Lookup lookup{kafka::Reading{cluster_, {topic}}};
      check_size(topic, lookup.partitions(kafka::TopicChoice{{topic}}).size());
    }
    const Log log{&report, {}};
    port_ = std::make_unique<KafkaPort>(cluster_, names_.id, names_.state(), instance(), log);
    port_->end_predecessor();
    group_ = std::make_unique<Group>(cluster_, names_, instance_, log);
  }

  [[nodiscard]] std::unique_ptr<coordinator::Deal> next(const std::stop_token& stop) override {
    std::optional<Assignment> assignment =
        group_->take(stop, [this](std::string_view waits_for) { report_->waits(waits_for); });
    if (!assignment) {
      return nullptr;
    }
    return std::make_unique<GroupDeal>(*group_, *port_, *report_, stop, names_, std::move(*assignment), count_);
  }

  void leave() noexcept override {
    group_.reset();
    port_.reset();
  }

 private:
  void look_at(const graph::Graph& graph) {
    coordinator::check_shards(graph, cluster_.brokers());
    const std::map<std::string, std::uint32_t> topics = topics_of(graph);
    if (topics.empty()) {
      throw UsageError{"an application reads Kafka topics, and the dataflow reads none"};
    }
    count_ = shards_of(topics);
    names_.topics.clear();
    for (const auto& [topic, size] : topics) {
      names_.topics.push_back(topic);
    }
  }

  bool make_topic(const std::string& topic) {
    return cluster_.make_topic(topic, static_cast<int>(count_), {{kPolicy, kCompact}});
  }

  [[nodiscard]] std::optional<std::size_t> size_of(const std::string& topic) {
    kafka::Lookup lookup{kafka::Reading{cluster_, {topic}}};
    return lookup.size_of(topic);
  }

  void check_size(const std::string& topic, std::size_t found) {
    if (found != count_) {
      throw RecoveryError{
          RecoveryError::Kind::kRefused,
          fmt::format(
              "recovery: topic \"{}\" of application \"{}\" has {} partitions, and the topics that are read have "
              "{}; their number can never change: copy the topics to new ones, and begin a new application",
              topic, names_.id, found, count_)};
    }
  }

  // In a partition that depends on its name alone.
  [[nodiscard]] std::optional<Instance> instance() const {
    if (instance_.empty()) {
      return std::nullopt;
    }
    const std::uint32_t partition = exchange::shard_of(instance_, count_);
    return Instance{instance_, {names_.shards(), static_cast<std::int32_t>(partition)}};
  }

  KafkaCluster cluster_;
  std::string instance_;
  AskTopics ask_;
  Names names_;
  std::uint32_t count_ = 0;
  coordinator::ApplicationReport* report_ = nullptr;
  std::unique_ptr<KafkaPort> port_;
  std::unique_ptr<Group> group_;
};

}  // namespace

std::shared_ptr<Application> make_application(const KafkaCluster& cluster, const std::string& id,
                                              const std::string& instance, AskTopics ask) {
  for (const std::string& name : {id + "-shards", instance.empty() ? id : fmt::format("{}.{}", id, instance)}) {
    if (id.empty() || !kafka::is_topic_name(name)) {
      throw UsageError{
          fmt::format("\"{}\" cannot name an application or a process of one; use letters, digits, dots, "
                      "dashes and underscores, at most 200",
                      name)};
    }
  }
  return std::make_shared<KafkaApplication>(cluster, id, instance, ask);
}

}  // namespace weir::detail::application
