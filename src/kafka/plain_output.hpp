#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "kafka/client_events.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/record_sender.hpp"
#include "weir/detail/kafka/output_settings.hpp"
#include "weir/sink.hpp"

namespace weir::detail::kafka {

/// Sends records as they come, at least once each. The worker hands them to librdkafka and takes its reports, neither
/// of which blocks; a report wakes it.
class PlainOutput final : public SinkPartition<std::string> {
 public:
  /// @throws UsageError  if the topic cannot be written
  PlainOutput(const OutputSettings& settings, const OpenContext& context);
  ~PlainOutput() override;

  void write(std::string&& row) override;
  [[nodiscard]] bool ready() override;
  void flush() override;
  [[nodiscard]] bool drained() override;

 private:
  using Clock = std::chrono::steady_clock;

  void send_held();
  void take_reports();
  void on_delivered(const rd_kafka_message_t& message);
  void warn_if_late();

  Waker waker_;
  Log log_;
  ClientEvents events_;
  RecordLimits limits_;
  Client client_;
  RecordSender sender_;
  Queue reports_;
  std::atomic<bool> reported_{false};
  std::deque<std::string> held_;  // rows for which librdkafka had no room
  std::size_t held_bytes_ = 0;
  std::size_t waiting_bytes_ = 0;  // of records without a report
  std::uint64_t waiting_records_ = 0;
  std::string failure_;
  Clock::time_point last_delivery_ = Clock::now();
  Clock::time_point warned_ = last_delivery_;
};

}  // namespace weir::detail::kafka
