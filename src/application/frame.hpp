#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "weir/time.hpp"

namespace weir::detail::application {

/// An edge between shards, as each of its frames names it.
struct FrameEdge {
  std::uint64_t shape = 0;   ///< of its items, see `shape_hash`
  std::uint32_t shards = 0;  ///< of the application
};

/// Serialized items of an edge by key that go from one shard to another; the value of a Kafka message.
///
///     "WF" | u8 version | u8 flags | u64 shape | u32 shards | u32 from | u32 to | i64 watermark | u32 items
///     | items | u64 XXH3 of all before it       (little-endian)
///
/// Flags: 1 there is a watermark, 2 event time does not wait for the sender.
struct Frame {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  std::optional<Watermark> watermark{};  ///< for what comes after the items
  std::uint32_t items = 0;
  std::string_view bytes{};  ///< of the items
};

/// A message that is no frame of its edge.
class FrameError final : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[nodiscard]] std::uint64_t shape_hash(std::string_view shape) noexcept;

void append_frame(std::string& to, const FrameEdge& edge, const Frame& frame);

/// Takes a frame apart. Bytes of any kind do no harm; the items are checked when they are read.
/// @param to  the shard whose partition it is in
/// @throws FrameError
[[nodiscard]] Frame frame_of(std::string_view value, const FrameEdge& edge, std::uint32_t to);

/// How many bytes a frame has beside its items.
inline constexpr std::size_t kFrameHeadBytes = 36;
inline constexpr std::size_t kFrameSumBytes = 8;

}  // namespace weir::detail::application
