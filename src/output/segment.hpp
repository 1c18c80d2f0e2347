#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "os/file.hpp"
#include "weir/sink.hpp"

namespace weir::detail::output {

/// How much of a segment is read at once.
inline constexpr std::size_t kSegmentReadBytes = std::size_t{1} << 20;

/// What one epoch made of an output: where in it that begins, how long it is, and in which file it waits until it is
/// decided.
struct Segment {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  std::uint64_t execution = 0;
  std::uint64_t number = 0;  ///< in the execution
  std::uint64_t checksum = 0;

  [[nodiscard]] std::uint64_t end() const noexcept { return offset + length; }

  [[nodiscard]] std::string token() const;
  /// @throws RecoveryError
  static Segment of(const std::string& token);
};

/// Where the segments of decided epochs go, in order. Used by one thread at a time, except where it says otherwise.
class SegmentTarget {
 public:
  SegmentTarget() = default;
  SegmentTarget(const SegmentTarget&) = delete;
  SegmentTarget& operator=(const SegmentTarget&) = delete;
  virtual ~SegmentTarget() = default;

  /// How many bytes of segments it holds, durably.
  [[nodiscard]] virtual std::uint64_t length() = 0;

  /// Checks whether segments could be added, in order, before the last one's epoch is decided.
  virtual void check(const std::vector<const os::File*>& /*waiting*/) {}

  /// Makes it hold the segment, as a whole and durably. It may hold it already.
  virtual void add(const Segment& segment, const os::File& bytes) = 0;

  /// An epoch without output is decided: time for what must be done now and then.
  virtual void keep() {}

  /// Whether `add` or `keep` waits for more than a disk, be it for minutes. If so, they run on a thread of its own, at
  /// the same time as `check` on the I/O thread.
  [[nodiscard]] virtual bool waits() const noexcept { return false; }

  /// From another thread: the run is over, so an `add` that waits throws soon. A later run adds that segment.
  virtual void give_up() noexcept {}
};

/// How much of an output decided epochs made, by its newest token.
[[nodiscard]] std::uint64_t committed_bytes(const SinkResume& resume);

/// Refuses to resume an output that is not as the last run left it.
/// @throws RecoveryError
[[noreturn]] void refuse_output(const std::string& output, const std::string& what);

}  // namespace weir::detail::output
