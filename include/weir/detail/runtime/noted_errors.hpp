#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "weir/time.hpp"

namespace weir::detail::runtime {

/// An item or a record that a step could not use, while the run went on.
struct NotedError {
  Time at{};              ///< by the system's clock
  std::string partition;  ///< of an input; empty for other steps
  std::string error;      ///< shortened
};

/// The last ones of a step on one worker, for who watches the run.
class NotedErrors {
 public:
  void note(Time at, std::string_view partition, std::string_view error);

  /// In any order.
  [[nodiscard]] const std::vector<NotedError>& last() const noexcept { return ring_; }

 private:
  std::vector<NotedError> ring_;
  std::size_t next_ = 0;
};

}  // namespace weir::detail::runtime
