#pragma once

#include <memory>

#include <spdlog/formatter.h>

namespace weir::detail::coordinator {

/// Writes each message of a logger as a `json_line`; the logger's name is that of the dataflow.
class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) override;
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override;
};

}  // namespace weir::detail::coordinator
