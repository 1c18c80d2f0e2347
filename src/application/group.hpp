#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "application/kafka_port.hpp"
#include "application/takeover.hpp"
#include "coordinator/application.hpp"
#include "kafka/handles.hpp"
#include "weir/kafka/cluster.hpp"
#include "weir/log.hpp"

namespace weir::detail::application {

/// What a process has in one generation of the group.
struct Assignment {
  std::vector<std::uint32_t> shards;
  std::shared_ptr<const GroupMembership> membership;
  std::uint64_t generation = 0;  ///< counts those of this process
};

/// Whether an assignment is still this process's.
enum class Held : std::uint8_t {
  kYes,
  kRevoked,  ///< it is to be given back, and commits of it succeed until then
  kLost,
};

/// A process's membership of an application's group. The partitions of the topic of shards that the group deals to it
/// are its shards. It reads nothing.
class Group {
 public:
  /// Joins.
  /// @param instance  empty, or the member's own name: another process of that name takes its place, with its shards
  Group(const KafkaCluster& cluster, const Names& names, const std::string& instance, Log log);
  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;
  /// Leaves, so that others have the shards at once.
  ~Group();

  /// Waits for shards, and takes them until `give_back`. Nothing if it is to stop.
  /// @param waits  told now and then what it waits for
  /// @throws std::runtime_error  if brokers refuse the member
  [[nodiscard]] std::optional<Assignment> take(const std::stop_token& stop,
                                               const std::function<void(std::string_view)>& waits);
  void give_back();

  /// Of the assignment that is taken.
  [[nodiscard]] Held held();
  void listen(coordinator::Deal::Listener listener);

 private:
  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t what, rd_kafka_topic_partition_list_t* partitions,
                           void* self);
  static void on_error(rd_kafka_t* client, int error, const char* reason, void* self);
  static void on_log(const rd_kafka_t* client, int level, const char* facility, const char* line);
  [[nodiscard]] std::string wait_words() const;
  void assign(const rd_kafka_topic_partition_list_t& partitions);
  void revoke(bool lost);
  void tell();
  void poll();
  void leave();

  Names names_;
  Log log_;
  bool named_;
  std::mutex mutex_;
  std::string words_;  // of the client's last error, since shards were dealt
  kafka::Client client_;
  std::condition_variable_any changed_;
  Assignment assignment_;
  bool assigned_ = false;
  bool taken_ = false;
  Held held_ = Held::kYes;
  std::string failure_;
  coordinator::Deal::Listener listener_;
  std::jthread thread_;
};

}  // namespace weir::detail::application
