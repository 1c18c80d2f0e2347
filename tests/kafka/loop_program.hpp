#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace weir::tests::kafka {

/// One start of a program. It is killed with this object, and with this process however that ends.
class LoopProgram {
 public:
  /// How a program ended that a signal ended.
  static constexpr int kKilled = -1;

  /// @param log  gets what it prints, after what is there
  LoopProgram(const std::vector<std::string>& command, const std::filesystem::path& log);
  LoopProgram(const LoopProgram&) = delete;
  LoopProgram& operator=(const LoopProgram&) = delete;
  ~LoopProgram();

  void send(int signal) const;

  /// Its exit code or kKilled, if it ends in time.
  [[nodiscard]] std::optional<int> wait_for(std::chrono::milliseconds most);

 private:
  pid_t child_ = 0;
  std::optional<int> exit_;
};

}  // namespace weir::tests::kafka
