#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "text/known_file.hpp"
#include "text/stripes.hpp"
#include "weir/io.hpp"

namespace weir::detail::io {
struct TornPipes;
}  // namespace weir::detail::io

namespace weir::detail::text {

/// Reads a file, pipe or terminal in blocks on the I/O thread, one block ahead of the worker that uses it.
///
/// The worker calls; the job on the I/O thread owns the block from `request` until the state says that it is filled.
class BlockReader : public std::enable_shared_from_this<BlockReader> {
 public:
  static constexpr std::size_t kBlockBytes = 256 * 1024;

  /// A block has a byte after its last one, so that a line that ends there can be terminated.
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
    std::size_t begin = 0;     ///< of what it holds
    std::uint64_t offset = 0;  ///< of that in the file, if a part of it is read
  };

  /// @param path     as the user wrote it; `-` is standard input
  /// @param regular  whether it is a regular file, which is always ready
  /// @param offset   where reading begins; other than 0 for regular files alone
  /// @param known    the file that it must be, which `known` then describes; nothing: any file
  /// @param stripes  of a regular file: reads these alone, from `offset` on; nothing: all bytes
  BlockReader(std::string path, bool regular, std::uint64_t offset, std::optional<KnownFile> known,
              std::optional<Stripes> stripes, Waker waker, IoThread& io);
  BlockReader(const BlockReader&) = delete;
  BlockReader& operator=(const BlockReader&) = delete;
  ~BlockReader();

  enum class Taken {
    kBlock,
    kNothing,  ///< the waker is called when there is something
    kEnd,
    kStopped,  ///< everything that was read before `stop` has been taken
  };

  /// Takes the block that was read, and has the next one read into the one that is given back.
  /// @throws std::system_error, UsageError  if it cannot be opened or read
  Taken take(Block& block);

  /// The file as it was at its end. Once that was taken.
  [[nodiscard]] const std::optional<KnownFile>& known() const noexcept { return known_; }

  /// Whether the file became shorter than what was read of it. Once its end was taken.
  [[nodiscard]] bool shortened() const noexcept { return shortened_; }

  /// The number of line feeds before a byte of the file, which are counted now, on the caller's thread; nothing if the
  /// file cannot be read. Once a block or the end was taken.
  [[nodiscard]] std::optional<std::uint64_t> feeds_before(std::uint64_t offset);

  /// Reads nothing after the block that is being read now. Says whether a block was asked for.
  bool stop();

  /// After `kStopped`, of a pipe: reads on to the end of a line whose beginning was read, and not beyond it. What there
  /// is comes as a block; `kStopped` again: nothing came within a second of the first call.
  void read_rest_of_line();

 private:
  enum class State : std::uint8_t {
    kNothingAsked,
    kAsked,         // the I/O thread is to read
    kReading,       // it does
    kRead,          // the block is there; an empty one is the end
    kAskedForRest,  // the same, up to the end of a line
    kFailed,
    kStopped,
  };

  void request(std::unique_ptr<char[]> bytes);
  void open();
  void read_when_ready();
  void wait_and_read();
  void ask_again();
  void take_from_pipe(std::size_t got);
  [[nodiscard]] std::size_t drop_rest(std::size_t size);
  void read();
  [[nodiscard]] ssize_t read_some();
  bool take_from_file(std::size_t got);
  void look_at_end();
  [[nodiscard]] std::string last_bytes() const;
  [[nodiscard]] bool is_as_it_was() const;
  void check_end(bool same);
  void fail_to_read();
  void read_rest();
  [[nodiscard]] bool has_more() const;
  void finish(State state);

  std::string path_;
  bool regular_;
  std::uint64_t offset_;            // up to which it was read
  std::optional<Stripes> stripes_;  // none: all bytes are read
  std::uint64_t size_ = 0;          // of a file of stripes, before each block is read
  std::optional<KnownFile> known_;  // the I/O thread's until it has found the end
  std::string before_;              // the last bytes before the offset, of a regular file
  Waker waker_;
  IoThread* io_;
  io::TornPipes* torn_;  // which outlives the run; null: none are kept
  std::atomic<State> state_{State::kNothingAsked};
  Block next_;
  bool shortened_ = false;
  std::optional<std::chrono::steady_clock::time_point> rest_until_;
  std::atomic<bool> stopping_ = false;
  std::exception_ptr failure_;
  int descriptor_ = -1;        // the I/O thread's, as the next ones
  bool in_line_ = false;       // what was read of a pipe ends within a line
  bool drops_rest_ = false;    // of a line that an earlier run of this process read in part
  std::uint64_t counted_ = 0;  // the worker's, as the next one: the bytes whose line feeds are counted
  std::uint64_t feeds_ = 0;
};

}  // namespace weir::detail::text
