#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/output_token.hpp"
#include "kafka/topic_partition.hpp"

namespace weir::detail::kafka {

/// Where the records of one transaction are in a partition.
struct SentPartition {
  TopicPartition partition;
  std::int64_t first = 0;  ///< offset
  std::int64_t last = 0;

  friend bool operator==(const SentPartition&, const SentPartition&) = default;
};

/// An epoch whose records the brokers have, in a transaction that is to be committed.
struct SentEpoch {
  std::string id;  ///< of the transaction
  OutputToken token;
  std::vector<SentPartition> partitions;

  [[nodiscard]] std::string text() const;
  /// Nothing if it is not whole.
  [[nodiscard]] static std::optional<SentEpoch> of(std::string_view text);

  friend bool operator==(const SentEpoch&, const SentEpoch&) = default;
};

/// The epoch that was sent last, in a file beside the segments. It outlives the process; if the machine fails the file
/// may be older.
class SentFile {
 public:
  explicit SentFile(std::filesystem::path path) : path_{std::move(path)} {}

  [[nodiscard]] std::optional<SentEpoch> read() const;
  /// @throws std::system_error
  void write(const SentEpoch& sent) const;

 private:
  std::filesystem::path path_;
};

}  // namespace weir::detail::kafka
