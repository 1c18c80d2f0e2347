#include "application/kafka_application.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/ended_shards.hpp"
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
constexpr const char* kTopicLine = "{:<40} {:>10}  {:<40} {}\n";

/// A topic of the application's own.
struct OwnTopic {
  std::string name;
  std::map<std::string, std::string> settings;

  [[nodiscard]] std::string text() const {
    std::string text;
    for (const auto& [name_of_setting, value] : settings) {
      text += fmt::format("{}{}={}", text.empty() ? "" : ",", name_of_setting, value);
    }
    return text;
  }
};

/// Shards that the group has dealt.
class GroupDeal final : public coordinator::Deal {
 public:
  GroupDeal(Group& group, KafkaPort& port, coordinator::ApplicationReport& report, std::stop_token stop, Names names,
            Assignment assignment, std::uint32_t count, bool ends)
      : group_{&group},
        port_{&port},
        report_{&report},
        stop_{std::move(stop)},
        names_{std::move(names)},
        assignment_{std::move(assignment)},
        placement_{count, assignment_.shards},
        ends_{ends} {}

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
    if (ends_ && store->any_ended()) {
      throw SharesLost{"the input of some shards had ended, as their state says"};
    }
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
  bool ends_;
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
  KafkaApplication(KafkaCluster cluster, std::string id, ApplicationSettings settings)
      : cluster_{std::move(cluster)}, settings_{std::move(settings)} {
    names_.id = std::move(id);
  }

  [[nodiscard]] std::optional<std::string> answer(const graph::Graph& graph) override {
    if (settings_.ask == AskTopics::kNo) {
      return std::nullopt;
    }
    look_at(graph);
    std::string text = fmt::format(kTopicLine, "topic", "partitions", "settings", "");
    for (const std::string& topic : inputs_) {
      text += fmt::format(kTopicLine, topic, count_, "any", "is read");
    }
    for (const OwnTopic& topic : own_topics()) {
      const std::optional<std::size_t> found = size_of(topic.name);
      const bool made = !found && settings_.ask == AskTopics::kMake && make_topic(topic);
      if (found) {
        check_size(topic.name, *found);
      }
      text += fmt::format(kTopicLine, topic.name, count_, topic.text(), found ? "is there" : made ? "made" : "missing");
    }
    return text;
  }

  [[nodiscard]] const graph::Graph& join(const graph::Graph& graph, coordinator::ApplicationReport& report) override {
    report_ = &report;
    look_at(graph);
    for (const OwnTopic& topic : own_topics()) {
      if (!size_of(topic.name)) {  // whoever makes them by hand need not have the right to make any
        try {
          make_topic(topic);
        } catch (const UsageError& error) {
          throw UsageError{fmt::format("{}; who has the right makes it by --kafka-topics make", error.what())};
        }
      }
      kafka::Lookup lookup{kafka::Reading{cluster_, {topic.name}}};
      check_size(topic.name, lookup.partitions(kafka::TopicChoice{{topic.name}}).size());
    }
    const Log log{&report, {}};
    port_ = std::make_unique<KafkaPort>(cluster_, names_.id, names_.state(), instance(), log);
    port_->end_predecessor();
    group_ = std::make_unique<Group>(cluster_, names_, settings_.instance, log);
    return edges_->edges().empty() ? graph : edges_->graph();
  }

  [[nodiscard]] std::unique_ptr<coordinator::Deal> next(const std::stop_token& stop) override {
    while (std::optional<Assignment> assignment =
               group_->take(stop, [this](std::string_view waits_for) { report_->waits(waits_for); })) {
      if (!ends_ || leave_out_ended(*assignment, stop)) {
        return std::make_unique<GroupDeal>(*group_, *port_, *report_, stop, names_, std::move(*assignment), count_,
                                           ends_);
      }
      group_->give_back();
      if (ended_) {
        break;
      }
    }
    return nullptr;
  }

  [[nodiscard]] bool ended() const noexcept override { return ended_; }

  void leave() noexcept override {
    group_.reset();
    port_.reset();
  }

 private:
  // @return  false if none is left: the others have ended too, or shards are dealt anew, or the process is to stop
  bool leave_out_ended(Assignment& assignment, const std::stop_token& stop) {
    const auto check = [&](std::string_view waits_for) {
      report_->waits(waits_for);
      if (stop.stop_requested() || group_->held() != Held::kYes) {
        throw SharesLost{"revoked"};
      }
    };
    try {
      OpenShards open = wait_for_open_shards(*port_, names_, assignment.shards, count_, check);
      assignment.shards = std::move(open.own);
      ended_ = !open.any;
      return open.any;
    } catch (const SharesLost&) {
      return false;
    }
  }

  void look_at(const graph::Graph& graph) {
    coordinator::check_shards(graph, cluster_.brokers());
    check_repartition(graph, settings_.repartition);
    const std::map<std::string, std::uint32_t> topics = topics_of(graph);
    if (topics.empty()) {
      throw UsageError{"an application reads Kafka topics, and the dataflow reads none"};
    }
    count_ = shards_of(topics);
    inputs_.clear();
    for (const auto& [topic, size] : topics) {
      inputs_.push_back(topic);
    }
    edges_.emplace(graph, settings_.repartition, cluster_, names_.id, count_);
    ends_ = std::ranges::all_of(graph.steps(), [](const graph::StepSpec& step) {
      return step.source() == nullptr || step.source()->in_application.ends;
    });
    names_.edges.clear();
    for (const TopicEdge& edge : edges_->edges()) {
      names_.edges.push_back(edge.topic);
    }
    names_.topics = inputs_;
    names_.topics.insert(names_.topics.end(), names_.edges.begin(), names_.edges.end());
  }

  // Packed items are deleted when they are read, and must not be before that.
  [[nodiscard]] std::vector<OwnTopic> own_topics() const {
    std::vector<OwnTopic> topics{{names_.shards(), {{kPolicy, "compact"}}}, {names_.state(), {{kPolicy, "compact"}}}};
    for (const std::string& edge : names_.edges) {
      topics.push_back({edge, {{kPolicy, "delete"}, {"retention.bytes", "-1"}, {"retention.ms", "-1"}}});
    }
    return topics;
  }

  bool make_topic(const OwnTopic& topic) {
    return cluster_.make_topic(topic.name, static_cast<int>(count_), topic.settings);
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
    if (settings_.instance.empty()) {
      return std::nullopt;
    }
    const std::uint32_t partition = exchange::shard_of(settings_.instance, count_);
    return Instance{settings_.instance, {names_.shards(), static_cast<std::int32_t>(partition)}};
  }

  KafkaCluster cluster_;
  ApplicationSettings settings_;
  Names names_;
  std::vector<std::string> inputs_;  // topics of the dataflow's inputs
  std::uint32_t count_ = 0;
  bool ends_ = false;  // every input comes to an end
  bool ended_ = false;
  std::optional<TopicEdges> edges_;
  coordinator::ApplicationReport* report_ = nullptr;
  std::unique_ptr<KafkaPort> port_;
  std::unique_ptr<Group> group_;
};

}  // namespace

std::shared_ptr<Application> make_application(const KafkaCluster& cluster, const std::string& id,
                                              ApplicationSettings settings) {
  for (const std::string& name :
       {id + "-shards", settings.instance.empty() ? id : fmt::format("{}.{}", id, settings.instance)}) {
    if (id.empty() || !kafka::is_topic_name(name)) {
      throw UsageError{
          fmt::format("\"{}\" cannot name an application or a process of one; use letters, digits, dots, "
                      "dashes and underscores, at most 200",
                      name)};
    }
  }
  return std::make_shared<KafkaApplication>(cluster, id, std::move(settings));
}

}  // namespace weir::detail::application
