#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "kafka/output_topic.hpp"
#include "weir/detail/kafka/output_settings.hpp"
#include "weir/io.hpp"
#include "weir/sink.hpp"

namespace weir::detail::kafka {

/// An output of an application: it hands in the records of an epoch as its token, and the transaction that decides the
/// epoch has them.
class EpochRows final : public TransactionalPartition<std::string> {
 public:
  /// @throws UsageError  if the topic cannot be written
  EpochRows(const OutputSettings& settings, const OpenContext& context);

  void write(std::string&& row) override;
  [[nodiscard]] bool ready() override;
  void prepare(Epoch epoch) override;
  [[nodiscard]] std::optional<std::string> prepared() override;
  void commit() override;
  [[nodiscard]] bool committed() override { return true; }

 private:
  std::string topic_;
  Waker waker_;
  RecordLimits limits_;
  std::string rows_;                 // of the epoch that is open
  std::deque<std::string> waiting_;  // of epochs that are closed
  std::deque<std::size_t> undecided_;
  std::size_t held_ = 0;  // bytes of all of these
};

}  // namespace weir::detail::kafka
