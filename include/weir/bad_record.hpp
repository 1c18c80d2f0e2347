#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace weir {

/// A record that a source could not turn into an item.
struct BadRecord {
  std::string input;   ///< the step's id
  std::string error;   ///< the message of an `InputError`: the place, the value found, the value expected
  std::string record;  ///< as read; only the beginning of a line that is too long; empty for a table's row
};

/// How an input treats a record that cannot be used.
///
/// On a command line it is `stop`, `skip` or `file=PATH`; see `Flags::add`.
class OnBadRecord {
 public:
  /// What happens at a malformed record: the run stops, or skips and counts it, or writes it to a file and continues.
  enum class Action : std::uint8_t { kStop, kSkip, kFile };

  /// The run fails with an `InputError`. The default.
  static OnBadRecord stop() { return OnBadRecord{Action::kStop, {}}; }
  /// The input skips the record. The `RunReport` counts it in the items of a step whose id is the input's with `_bad`
  /// appended. `run_main` reports the total at the end.
  static OnBadRecord skip() { return OnBadRecord{Action::kSkip, {}}; }
  /// The input writes the record to a file of JSON Lines, as
  /// `{"input":"events","error":"events.jsonl:12:18: ...","record":"..."}`; exactly-once in a run with recovery. U+FFFD
  /// replaces bytes of the record that are not UTF-8.
  static OnBadRecord file(std::string path) { return OnBadRecord{Action::kFile, std::move(path)}; }

  /// From `stop`, `skip` or `file=PATH`.
  /// @throws UsageError
  static OnBadRecord parse(const std::string& text);

  [[nodiscard]] Action action() const noexcept { return action_; }          ///< what to do at a malformed record
  [[nodiscard]] const std::string& path() const noexcept { return path_; }  ///< of the file, for `kFile`; else empty

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
