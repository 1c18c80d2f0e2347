#include "application/frame.hpp"

#include <fmt/format.h>

#include "weir/key.hpp"

namespace weir::detail::application {
namespace {

constexpr std::string_view kMagic = "WF";
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kHasWatermark = 1;
constexpr std::uint8_t kIsIdle = 2;
constexpr std::uint64_t kSeed = 0x77656972'66726D31;

template <typename Number>
void append_plain(std::string& bytes, Number number) {
  bytes += std::string_view{reinterpret_cast<const char*>(&number), sizeof(number)};
}

// The caller has checked that there are as many.
template <typename Number>
Number take_plain(std::string_view& bytes) {
  Number number = 0;
  bytes.copy(reinterpret_cast<char*>(&number), sizeof(number));
  bytes.remove_prefix(sizeof(number));
  return number;
}

}  // namespace

std::uint64_t shape_hash(std::string_view shape) noexcept { return hash_text(shape, kSeed); }

void append_frame(std::string& to, const FrameEdge& edge, const Frame& frame) {
  const std::size_t begin = to.size();
  to += kMagic;
  append_plain(to, kVersion);
  append_plain(to, static_cast<std::uint8_t>((frame.watermark ? kHasWatermark : 0) |
                                             (frame.watermark && frame.watermark->idle ? kIsIdle : 0)));
  append_plain(to, edge.shape);
  append_plain(to, edge.shards);
  append_plain(to, frame.from);
  append_plain(to, frame.to);
  append_plain(to, frame.watermark ? frame.watermark->time.time_since_epoch().count() : std::int64_t{0});
  append_plain(to, frame.items);
  to += frame.bytes;
  append_plain(to, hash_text(std::string_view{to}.substr(begin), kSeed));
}

Frame frame_of(std::string_view value, const FrameEdge& edge, std::uint32_t to) {
  if (!value.starts_with(kMagic) || value.size() < kFrameHeadBytes + kFrameSumBytes) {
    throw FrameError{
        fmt::format("{} bytes that are no frame of packed items; only weir may write to this topic", value.size())};
  }
  std::string_view rest = value.substr(kMagic.size());
  if (const auto version = take_plain<std::uint8_t>(rest); version != kVersion) {
    throw FrameError{
        fmt::format("packed items of format {}, and this build reads {}; upgrade", unsigned{version}, kVersion)};
  }
  std::string_view sum = value.substr(value.size() - kFrameSumBytes);
  if (take_plain<std::uint64_t>(sum) != hash_text(value.substr(0, value.size() - kFrameSumBytes), kSeed)) {
    throw FrameError{"packed items whose checksum is wrong: they are damaged"};
  }
  const auto flags = take_plain<std::uint8_t>(rest);
  if (take_plain<std::uint64_t>(rest) != edge.shape) {
    throw FrameError{
        "packed items of another type than the step's: another version of the program, or another application, wrote "
        "them"};
  }
  Frame frame;
  const auto shards = take_plain<std::uint32_t>(rest);
  frame.from = take_plain<std::uint32_t>(rest);
  frame.to = take_plain<std::uint32_t>(rest);
  const Time time{std::chrono::nanoseconds{take_plain<std::int64_t>(rest)}};
  frame.items = take_plain<std::uint32_t>(rest);
  frame.bytes = rest.substr(0, rest.size() - kFrameSumBytes);
  if (shards != edge.shards || frame.from >= shards || frame.to != to) {
    throw FrameError{fmt::format(
        "packed items from shard {} to {} of {}, and this is shard {} of {}: the topic was copied or made anew",
        frame.from, frame.to, shards, to, edge.shards)};
  }
  if ((frame.items == 0) != frame.bytes.empty() || frame.items > frame.bytes.size() ||
      (flags & ~(kHasWatermark | kIsIdle)) != 0) {
    throw FrameError{fmt::format("packed items that contradict themselves: {} items in {} bytes, flags {}", frame.items,
                                 frame.bytes.size(), unsigned{flags})};
  }
  if ((flags & kHasWatermark) != 0) {
    frame.watermark = Watermark{time, (flags & kIsIdle) != 0};
  }
  return frame;
}

}  // namespace weir::detail::application
