#pragma once

#include <chrono>
#include <cstdint>
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
  [[nodiscard]] bool disturbed() const override { return events_.closed_sockets() != closed_sockets_; }

 private:
  using Clock = std::chrono::steady_clock;

  void flush();
  void look();
  void poll(int milliseconds);
  void throw_undelivered() const;
  [[nodiscard]] bool late() const { return Clock::now() - begun_ >= timeout_; }

  std::string topic_;
  kafka::ClientEvents events_;
  std::optional<CallError> undelivered_;  // the first record that was not taken
  std::chrono::milliseconds timeout_{};
  kafka::Client client_;
  kafka::RecordSender sender_;
  Clock::time_point begun_{};
  std::uint64_t closed_sockets_ = 0;  // when the last transaction began
};

}  // namespace weir::detail::application
