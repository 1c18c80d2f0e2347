#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace weir::detail::kafka {

/// The transactional id that an output used last, in a file beside its segments.
class UsedId {
 public:
  explicit UsedId(std::filesystem::path path);

  /// None: no id was used.
  /// @throws RecoveryError  if the file is damaged
  [[nodiscard]] const std::optional<std::string>& last() const noexcept { return last_; }

  /// Durably, before the id is used.
  /// @throws RecoveryError
  void set(const std::string& id);

 private:
  std::filesystem::path path_;
  std::optional<std::string> last_;
};

}  // namespace weir::detail::kafka
