#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kafka/client_log.hpp"
#include "kafka/handles.hpp"
#include "kafka/questions.hpp"
#include "kafka/topic_choice.hpp"
#include "kafka/topic_partition.hpp"
#include "weir/detail/kafka/reading.hpp"
#include "weir/log.hpp"

namespace weir::detail::kafka {

/// Asks a cluster before a run begins. Each question waits up to 10 s for an answer.
///
/// All functions throw a UsageError with the words of the broker if there is no answer, or the login is refused.
class Lookup {
 public:
  /// @param group  whose offsets it asks for; empty: it asks for none
  explicit Lookup(const Reading& reading, const Log& log = {}, const std::string& group = {});
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  ~Lookup() = default;

  /// The partitions of the topics, by topic and number.
  [[nodiscard]] std::vector<TopicPartition> partitions(const TopicChoice& topics);

  /// How many partitions a topic has; nothing if there is none, or it may not be seen.
  [[nodiscard]] std::optional<std::size_t> size_of(const std::string& topic);

  /// As `ask_offsets`.
  [[nodiscard]] std::vector<std::int64_t> offsets(const std::vector<TopicPartition>& partitions, std::int64_t time);

  /// As `ask_committed`.
  [[nodiscard]] std::vector<std::optional<std::int64_t>> committed(const std::vector<TopicPartition>& partitions);

 private:
  template <typename Ask>
  auto answer_of(const std::string& question, Ask ask);
  std::vector<TopicPartition> partitions_of(const TopicSizes& sizes, const TopicChoice& topics) const;
  void take_events();
  [[noreturn]] void give_up(const std::string& question, rd_kafka_resp_err_t error, const std::string& about) const;

  std::string brokers_;
  std::string group_;
  ClientLog log_;
  Client client_;
  Queue events_;
  bool login_refused_ = false;
  bool group_refused_ = false;  // they say it once
  std::string words_;           // the newest of the client about a connection
};

}  // namespace weir::detail::kafka
