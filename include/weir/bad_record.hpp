#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace weir {

/// A record that a source could not make an item of.
struct BadRecord {
  std::string input;   ///< the step's id
  std::string error;   ///< what an `InputError` says: where, what was found, what was expected
  std::string record;  ///< as it was read; of a line that is too long its beginning; empty for a table's row
};

/// What an input does with a record that cannot be used.
///
/// On a command line it is `stop`, `skip` or `file=PATH`; see `Flags::add`.
class OnBadRecord {
 public:
  enum class Action : std::uint8_t { kStop, kSkip, kFile };

  /// The run fails with an `InputError`. This is what an input does without being told.
  static OnBadRecord stop() { return OnBadRecord{Action::kStop, {}}; }
  /// It is left out, and counted in the `RunReport`: in the items of the step that is called as the input, with
  /// `_bad` behind it. `run_main` says at the end how many there were.
  static OnBadRecord skip() { return OnBadRecord{Action::kSkip, {}}; }
  /// It goes into a file of JSON Lines, as `{"input":"events","error":"events.jsonl:12:18: ...","record":"..."}`;
  /// exactly-once in a run with recovery. Bytes of the record that are no UTF-8 are replaced by U+FFFD.
  static OnBadRecord file(std::string path) { return OnBadRecord{Action::kFile, std::move(path)}; }

  /// From `stop`, `skip` or `file=PATH`.
  /// @throws UsageError
  static OnBadRecord parse(const std::string& text);

  [[nodiscard]] Action action() const noexcept { return action_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  OnBadRecord(Action action, std::string path) : action_{action}, path_{std::move(path)} {}

  Action action_;
  std::string path_;
};

namespace detail {

/// Where an input's bad records go.
class BadRecordTaker {
 public:
  BadRecordTaker() = default;
  BadRecordTaker(const BadRecordTaker&) = delete;
  BadRecordTaker& operator=(const BadRecordTaker&) = delete;
  virtual void take(BadRecord&& bad) = 0;

 protected:
  ~BadRecordTaker() = default;
};

}  // namespace detail
}  // namespace weir
