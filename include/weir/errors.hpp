#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>

namespace weir {

/// An invalid dataflow. The call that makes it invalid throws.
class BuildError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// A run that failed: code of the user threw, or a source or sink failed. The cause is nested
/// (`std::rethrow_if_nested`) where there is one.
class StepError : public std::runtime_error {
 public:
  /// The sentence names the step too: `what()` returns it as it is.
  StepError(std::string step_id, const std::string& message)
      : std::runtime_error{message}, step_id_{std::move(step_id)} {}

  /// The step in which it happened.
  [[nodiscard]] const std::string& step_id() const noexcept { return step_id_; }

 private:
  std::string step_id_;
};

/// Invalid options or arguments: a flag, a worker count, a missing input file.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A record that cannot be used: too long, not UTF-8, no JSON, not of the expected shape. The message begins with its
/// place, as `events.jsonl:12:18:` (file, line, byte of the line).
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A recovery directory that cannot be used. Data committed to it before stays.
class RecoveryError : public std::runtime_error {
 public:
  /// What is wrong with the directory; `run_main` has an exit code for each.
  enum class Kind : std::uint8_t {
    kUnwritable,  ///< it cannot be read or written: no room, a failing disk, no permission
    kInUse,       ///< by another run
    kRefused,     ///< it does not match the dataflow, is damaged, or is no recovery directory
  };

  /// The sentence names the directory or the file: `what()` returns it as it is.
  RecoveryError(Kind kind, const std::string& message) : std::runtime_error{message}, kind_{kind} {}

  [[nodiscard]] Kind kind() const noexcept { return kind_; }  ///< for host programs that handle the kinds differently

 private:
  Kind kind_;
};

/// The reader of the output is gone (`| head -1`): the run ends quietly.
class OutputClosed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace weir
