#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "weir/bad_record.hpp"
#include "weir/run.hpp"

namespace weir {

/// The command line of a program: the flags that every weir program has, and its own beside them.
///
///     std::uint64_t users = 0;
///     weir::Flags flags{"search_sessions", "Click-through figures of search sessions."};
///     flags.add("--generate", users, "Make the events of this many users");
///     return weir::run_main(flags, argc, argv, [&] { return build(users); });
///
/// Every program has the flags for `RunOptions`, `--log-level`, `--log-format`, `--graph`, `--config`, `--help` and
/// `--version`. A flag that the command line lacks comes from the environment, or else from the file of `--config`:
/// `--log-level` from `WEIR_LOG_LEVEL`, a flag of the program, `--generate`, from `SEARCH_SESSIONS_GENERATE`.
class Flags {
 public:
  /// A command line with the flags that each program of weir has.
  Flags(const std::string& program, const std::string& description);
  Flags(Flags&&) noexcept;             ///< the flags keep the variables that they write to
  Flags& operator=(Flags&&) noexcept;  ///< drops the flags that it had
  ~Flags();

  /// Adds a flag of the program. `value` must outlive the parsing and keeps its value if the flag is not given.
  /// `--help` shows that value as the default.
  /// @param name   as it is written: `--input`, `-i,--input`, or without dashes for an argument by its place
  /// @param value  where the value of the flag goes
  /// @param help   a sentence for `--help`
  void add(const std::string& name, std::string& value, const std::string& help);
  void add(const std::string& name, std::vector<std::string>& value, const std::string& help);  ///< one or more
  /// Decimal, from 0 on; a parse refuses other texts.
  void add(const std::string& name, std::uint64_t& value, const std::string& help);
  /// Decimal, of either sign; a parse refuses other texts.
  void add(const std::string& name, std::int64_t& value, const std::string& help);
  /// A parse refuses texts that are not a number.
  void add(const std::string& name, double& value, const std::string& help);
  void add(const std::string& name, bool& value, const std::string& help);  ///< a switch
  /// `stop`, `skip` or `file=PATH`, for `Dataflow::input`.
  void add(const std::string& name, OnBadRecord& value, const std::string& help);

  /// Has a group of flags set options besides those of the common flags, once all flags are parsed. It may throw a
  /// `UsageError`.
  void set_options_by(std::function<void(RunOptions&)> set);

  /// Reads the command line, the environment and the file of `--config`.
  /// @return  an exit code if the program must end here: 0 after `--help` or `--version`, 2 after an error, which
  ///          `parse` has explained on standard error
  [[nodiscard]] std::optional<int> parse(int argc, const char* const* argv);

  /// The options from the common flags.
  [[nodiscard]] const RunOptions& options() const noexcept;
  /// `trace`, `debug`, `info`, `warn`, `error` or `off`.
  [[nodiscard]] const std::string& log_level() const noexcept;
  /// `text` or `json`, a JSON object on each line.
  [[nodiscard]] const std::string& log_format() const noexcept;
  /// `auto`, `always` or `never`: when the line that tells how far a run is shows on standard error.
  [[nodiscard]] const std::string& progress() const noexcept;
  /// `auto`, `text`, `json` or `none`: what is said of a run at its end.
  [[nodiscard]] const std::string& summary() const noexcept;
  /// `HOST:PORT` of the status page; empty: there is none.
  [[nodiscard]] const std::string& http() const noexcept;
  /// `mermaid`, `dot`, `svg` or `json` if the dataflow is to be drawn rather than run; else empty.
  [[nodiscard]] const std::string& graph() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace weir
