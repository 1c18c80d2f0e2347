#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weir::detail::kafka {

/// What Kafka holds of an output, as the metadata of a group's offset: `1 EXECUTION NUMBER END CHECKSUM`.
struct OutputToken {
  std::uint64_t execution = 0;  ///< the run that wrote it, or took it over
  std::uint64_t number = 0;     ///< of the last epoch, in the execution that made it; also the offset
  std::uint64_t end = 0;        ///< how many bytes of segments Kafka holds
  std::uint64_t checksum = 0;   ///< of the last epoch's segment

  [[nodiscard]] std::string text() const;
  /// Nothing if it is none.
  [[nodiscard]] static std::optional<OutputToken> of(std::string_view text);

  friend bool operator==(const OutputToken&, const OutputToken&) = default;
};

}  // namespace weir::detail::kafka
