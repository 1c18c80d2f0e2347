#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace weir::connectors {

/// How much a file's writer may hold before what feeds it has to wait.
inline constexpr std::size_t kMaxWaitingBytes = std::size_t{1} << 20;

/// Collects lines into blocks that are worth a write.
class LineBlocks {
 public:
  void add(std::string_view line) {
    block_ += line;
    block_ += '\n';
  }

  [[nodiscard]] bool full() const noexcept { return block_.size() >= kBlockBytes; }
  [[nodiscard]] bool empty() const noexcept { return block_.empty(); }
  [[nodiscard]] std::string take() { return std::exchange(block_, {}); }

 private:
  static constexpr std::size_t kBlockBytes = std::size_t{64} << 10;

  std::string block_;
};

}  // namespace weir::connectors
