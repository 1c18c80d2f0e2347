#include "coordinator/json_formatter.hpp"

#include <string>
#include <string_view>

#include <spdlog/common.h>
#include <spdlog/details/log_msg.h>

#include "coordinator/json_line.hpp"

namespace weir::detail::coordinator {
namespace {

// As --log-level has them.
std::string_view name_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
      return "trace";
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warn";
    default:
      return "error";
  }
}

std::string_view view_of(spdlog::string_view_t text) { return {text.data(), text.size()}; }

}  // namespace

void JsonFormatter::format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& to) {
  const std::string line =
      json_line(message.time, name_of(message.level), view_of(message.logger_name), view_of(message.payload));
  to.append(line.data(), line.data() + line.size());
}

std::unique_ptr<spdlog::formatter> JsonFormatter::clone() const { return std::make_unique<JsonFormatter>(); }

}  // namespace weir::detail::coordinator
