#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <vector>

#include "weir/io.hpp"

namespace weir::detail::kafka {

/// What a consumer's own thread knows of its partitions, for the workers that read them. From any thread.
class Conditions {
 public:
  /// A new partition.
  /// @return  its index
  std::size_t add(Waker waker);

  /// Its waker is not called any more.
  void close(std::size_t index);

  struct Seen {
    bool interrupted = false;         ///< the brokers cannot be reached
    std::uint64_t interrupts = 0;     ///< how often that began
    std::optional<std::int64_t> end;  ///< after the last message, as of after the last interrupt
  };

  /// What is known now.
  /// @param offset  where the partition's reader is
  /// @throws the failure, if there is one
  [[nodiscard]] Seen look(std::size_t index, std::int64_t offset);

  /// Where the readers are; nothing for those that are closed.
  [[nodiscard]] std::vector<std::optional<std::int64_t>> offsets() const;

  /// The brokers cannot be reached.
  void interrupt();

  /// The brokers were reached, and the partitions end here.
  /// @return  whether they could not be reached before
  bool reach(const std::vector<std::optional<std::int64_t>>& ends);

  /// For how many whole seconds the brokers could not be reached, without those that were taken before.
  [[nodiscard]] std::uint64_t take_unreachable_seconds();

  /// All readers throw this.
  void fail(std::exception_ptr failure);

 private:
  struct Partition {
    Waker waker;
    bool open = true;
    std::int64_t offset = 0;
    std::optional<std::int64_t> end{};
  };

  using Clock = std::chrono::steady_clock;

  void wake_all();

  mutable std::mutex mutex_;
  std::vector<Partition> partitions_;
  bool interrupted_ = false;
  std::uint64_t interrupts_ = 0;
  Clock::time_point interrupted_since_;   // or since seconds were taken last
  Clock::duration unreachable_before_{};  // before that, without those that were taken
  std::exception_ptr failure_;
};

}  // namespace weir::detail::kafka
