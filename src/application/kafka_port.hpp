#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "application/port.hpp"
#include "kafka/client_events.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_topic.hpp"
#include "weir/detail/kafka/output_settings.hpp"
#include "weir/kafka/cluster.hpp"
#include "weir/log.hpp"

namespace weir::detail::application {

/// As librdkafka keeps it.
struct GroupMembership final : Membership {
  using Metadata =
      std::unique_ptr<rd_kafka_consumer_group_metadata_t, kafka::DestroyedBy<rd_kafka_consumer_group_metadata_destroy>>;

  explicit GroupMembership(rd_kafka_consumer_group_metadata_t* of) : metadata{Metadata{of}} {}

  // Shared with a call of librdkafka that has not come back: it may outlive the assignment.
  std::shared_ptr<rd_kafka_consumer_group_metadata_t> metadata;
};

/// Of a process that has a name: where it keeps its last transactional id, for the next process of that name.
struct Instance {
  std::string name;
  Place kept_in;
};

/// A real cluster. One thread at a time uses it.
class KafkaPort final : public Port {
 public:
  /// @param group        whose offsets are the positions
  /// @param state_topic  which is there
  /// @param instance     of this process, if it has a name
  KafkaPort(KafkaCluster cluster, const std::string& group, const std::string& state_topic,
            std::optional<Instance> instance, Log log);
  ~KafkaPort() override;

  /// Ends the transaction that the last process of this name has left open, if it was killed. Brokers would wait for it
  /// until its time is over.
  void end_predecessor();

  [[nodiscard]] std::unique_ptr<TransactionSender> make_sender(const std::string& id) override;
  [[nodiscard]] std::vector<std::optional<std::int64_t>> committed(const std::vector<Place>& places) override;
  [[nodiscard]] std::int64_t end_of(const Place& place) override;
  [[nodiscard]] std::unique_ptr<Reading> read(const std::vector<Place>& places) override;
  [[nodiscard]] std::string fresh_id() override;
  [[nodiscard]] Time now() override;
  void pause() override;

 private:
  [[nodiscard]] std::optional<std::string> last_id();
  void keep(const std::string& id);

  kafka::OutputSettings settings_;
  std::string group_;
  std::optional<Instance> instance_;
  Log log_;
  kafka::ClientEvents events_;
  kafka::Reader committed_;    // reads what is committed
  kafka::Reader uncommitted_;  // and all
  kafka::RecordLimits limits_;
  class Notes;
  std::unique_ptr<Notes> notes_;  // of the instance
};

}  // namespace weir::detail::application
