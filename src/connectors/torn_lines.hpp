#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace weir::connectors {

/// Lines of which a run that failed read or wrote only the beginning, from or to a pipe or terminal. A run that is
/// restarted finds their rest there: what writes finishes the line first, what reads leaves the rest out. From any
/// thread.
class TornLines {
 public:
  /// Those of the process.
  static TornLines& of_inputs();
  static TornLines& of_outputs();

  /// Says that the line ended with the beginning, and what its rest is, if that is known. For want of memory it does
  /// nothing.
  void keep(int descriptor, std::string_view rest) noexcept;

  /// The rest of the line; nothing if there is none.
  std::optional<std::string> take(int descriptor);

 private:
  std::mutex mutex_;
  std::map<std::tuple<std::uint64_t, std::uint64_t, std::int64_t>, std::string> rests_;  // by the file's identity
};

}  // namespace weir::connectors
