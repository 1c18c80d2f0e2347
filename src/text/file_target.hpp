#pragma once

#include <cstdint>
#include <filesystem>

#include "os/file.hpp"
#include "output/segment.hpp"

namespace weir::detail::text {

/// A file as the place where segments go.
class FileTarget final : public output::SegmentTarget {
 public:
  /// Opens the file, locks it, and empties it if nothing of it was committed.
  /// @throws UsageError     if it is no regular file, or is locked
  /// @throws RecoveryError  if it is gone though something of it was committed
  /// @throws std::system_error  if it cannot be written
  FileTarget(const std::filesystem::path& path, std::uint64_t committed_bytes);

  [[nodiscard]] std::uint64_t length() override { return file_.length(); }
  /// @throws RecoveryError  if it was removed, or is not as long as it was left
  void add(const output::Segment& segment, const os::File& bytes) override;

 private:
  void check_unchanged(const output::Segment& segment) const;

  os::File file_;
};

}  // namespace weir::detail::text
