#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace weir::detail::coordinator {

/// How a program writes its log, and all else that it says on standard error.
enum class LogFormat : std::uint8_t {
  kText,
  kJson,  ///< a JSON object on each line
};

/// What a program says on standard error beside the log of its run. Where that cannot be written, nothing happens: what
/// is said of a run does not change how it ends.
class Messages {
 public:
  Messages(std::string program, LogFormat format) : program_{std::move(program)}, format_{format} {}

  /// From now on the messages are about this dataflow; before, JSON names the program in its place.
  void about(std::string dataflow) { dataflow_ = std::move(dataflow); }

  /// Says something, as `fmt::print` would, and ends the line.
  /// @param level  "info" or "warn"; only JSON has it
  template <typename... Arguments>
  void say(std::string_view level, fmt::format_string<Arguments...> format, Arguments&&... arguments) const {
    write(level, fmt::format(format, std::forward<Arguments>(arguments)...));
  }

  /// Says why the program ends.
  void fail(std::string_view why) const;

 private:
  void write(std::string_view level, std::string_view message) const;

  std::string program_;
  std::string dataflow_{};
  LogFormat format_;
};

/// Writes to standard output what a program was asked to show, and answers with its exit code.
[[nodiscard]] int show(const Messages& messages, std::string_view text);

}  // namespace weir::detail::coordinator
