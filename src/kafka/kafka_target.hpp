#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "kafka/client_events.hpp"
#include "kafka/handles.hpp"
#include "kafka/output_token.hpp"
#include "kafka/output_topic.hpp"
#include "kafka/patience.hpp"
#include "kafka/transaction_chain.hpp"
#include "output/segment.hpp"
#include "weir/detail/kafka/output_settings.hpp"

namespace weir::detail::kafka {

/// A Kafka topic as the place where segments go.
class KafkaTarget final : public output::SegmentTarget {
 public:
  /// Takes the output over from the last run.
  /// @param last     the segment of the newest decided epoch; none: nothing was decided
  /// @param pending  the path of waiting files, without `-EXECUTION-NUMBER`
  /// @throws UsageError     if the topic cannot be written
  /// @throws RecoveryError  if Kafka has forgotten what it holds, or another run uses the output
  KafkaTarget(const OutputSettings& settings, std::string group, std::uint64_t execution,
              const std::optional<output::Segment>& last, const std::filesystem::path& pending, Log log);

  [[nodiscard]] const RecordLimits& limits() const noexcept { return limits_; }

  [[nodiscard]] std::uint64_t length() override { return chain_.token().end; }
  void add(const output::Segment& segment, const os::File& bytes) override;
  void keep() override { chain_.keep(); }
  [[nodiscard]] bool waits() const noexcept override { return true; }
  void give_up() noexcept override { patience_.give_up(); }

 private:
  OutputSettings settings_;
  Patience patience_;
  ClientEvents events_;
  Reader reader_;
  RecordLimits limits_;
  TransactionChain chain_;
};

}  // namespace weir::detail::kafka
