#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "application/port.hpp"
#include "kafka/client_errors.hpp"
#include "kafka/client_events.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/record_sender.hpp"
#include "weir/detail/kafka/output_settings.hpp"
#include "weir/log.hpp"

namespace weir::detail::application {

/// A producer of librdkafka.
class KafkaSender final : public TransactionSender {
 public:
  /// @throws CallError
  KafkaSender(const kafka::OutputSettings& settings, const kafka::RecordLimits& limits, const std::string& id,
              const Log& log);
  ~KafkaSender() override;

  void begin() override;
  void send(const kafka::OutputRecord& record) override;
  void send_positions(const std::vector<GroupPosition>& positions, const Membership& membership) override;
  void commit() override;
  void abort() noexcept override;
  [[nodiscard]] bool disturbed() const override { return session_->events.closed_sockets() != closed_sockets_; }

 private:
  using Clock = std::chrono::steady_clock;

  // A call of librdkafka that does not come back keeps it for longer than the sender is there.
  struct Session {
    explicit Session(const Log& log) : events{log} {}

    kafka::ClientEvents events;
    std::optional<CallError> undelivered;  // the first record that was not taken
    kafka::Client client;
  };

  [[nodiscard]] static std::shared_ptr<Session> open_session(const kafka::OutputSettings& settings,
                                                             const kafka::RecordLimits& limits, const std::string& id,
                                                             const Log& log);
  [[nodiscard]] kafka::Error send_positions_once(const std::vector<GroupPosition>& positions,
                                                 const Membership& membership);
  [[nodiscard]] rd_kafka_t* client() const { return session_->client.get(); }
  void flush();
  void look();
  void poll(int milliseconds);
  void throw_undelivered() const;
  [[nodiscard]] bool late() const { return Clock::now() - begun_ >= timeout_; }

  std::string topic_;
  std::shared_ptr<Session> session_;
  std::chrono::milliseconds timeout_{};
  kafka::RecordSender sender_;
  Clock::time_point begun_{};
  std::uint64_t closed_sockets_ = 0;  // when the last transaction began
};

}  // namespace weir::detail::application
