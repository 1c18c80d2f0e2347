#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "weir/io.hpp"

namespace weir::detail::io {

/// Lines of which a run that failed read or wrote only the beginning, from or to pipes and terminals. The restarted run
/// finds their rest here. A writer finishes the line first; a reader drops the rest. From any thread.
class TornLines {
 public:
  /// Notes that only the beginning of a line was read or written, and its rest, if that is known. Without memory, or
  /// where the system does not tell which file it is, it does nothing.
  void keep(int descriptor, std::string_view rest) noexcept;

  /// The rest of the line; nothing if there is none.
  std::optional<std::string> take(int descriptor);

 private:
  std::mutex mutex_;
  std::map<std::tuple<std::uint64_t, std::uint64_t, std::int64_t>, std::string> rests_;  // by the file's identity
};

/// Named pipes that a run that failed was reading. They stay open, so that their writers do not notice the restart, and
/// the restarted run still sees the end of what they wrote. From any thread.
class OpenPipes {
 public:
  OpenPipes() = default;
  OpenPipes(const OpenPipes&) = delete;
  OpenPipes& operator=(const OpenPipes&) = delete;
  ~OpenPipes();

  /// Takes the descriptor over.
  void keep(const std::string& path, int descriptor) noexcept;

  /// Gives the descriptor away; nothing if there is none.
  std::optional<int> take(const std::string& path);

 private:
  std::mutex mutex_;
  std::map<std::string, int> descriptors_;
};

/// What a run leaves to the one that is restarted in its place.
struct TornPipes {
  OpenPipes open{};
  TornLines inputs{};
  TornLines outputs{};
};

/// Those of a run's I/O thread; null: none are kept.
[[nodiscard]] TornPipes* torn_pipes_of(const IoThread& io);

}  // namespace weir::detail::io
