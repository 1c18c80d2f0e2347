#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace weir::detail::output {

/// How much the writer of an output may hold before what feeds it has to wait.
inline constexpr std::size_t kMaxWaitingBytes = std::size_t{1} << 20;

/// Collects lines or rows into blocks that are worth a write.
class Blocks {
 public:
  /// @param behind  appended to each: a line feed
  explicit Blocks(std::string_view behind) : behind_{behind} {}

  void add(std::string_view line) {
    block_ += line;
    block_ += behind_;
  }

  [[nodiscard]] bool full() const noexcept { return block_.size() >= kBlockBytes; }
  [[nodiscard]] bool empty() const noexcept { return block_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return block_.size(); }
  [[nodiscard]] std::string take() { return std::exchange(block_, {}); }

 private:
  static constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

  std::string_view behind_;
  std::string block_;
};

}  // namespace weir::detail::output
