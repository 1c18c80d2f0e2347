#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>

namespace weir::bench {

/// Two threads, a ring of recycled buffers each way, and a futex where each sleeps: what the machine allows with
/// nothing of a runtime. Each thread names itself by `me`, 0 or 1.
template <typename Buffer>
class FloorLink {
 public:
  static constexpr std::chrono::steady_clock::time_point kNever = std::chrono::steady_clock::time_point::max();

  /// Whether the other thread has given back a buffer to fill.
  bool has_room(std::size_t me) {
    Side& own = sides_[me];
    if (own.filled - own.known_read < kBuffers) {
      return true;
    }
    own.known_read = own.ring.read.load(std::memory_order_acquire);
    return own.filled - own.known_read < kBuffers;
  }

  /// The buffer to fill next; only where there is room.
  Buffer& open(std::size_t me) { return sides_[me].ring.buffers[sides_[me].filled % kBuffers]; }

  /// Hands over the open buffer.
  void publish(std::size_t me) {
    Side& own = sides_[me];
    own.ring.filled.store(++own.filled, std::memory_order_release);
    wake(sides_[1 - me]);
  }

  [[nodiscard]] bool has_input(std::size_t me) const {
    const Ring& ring = sides_[1 - me].ring;
    return ring.filled.load(std::memory_order_acquire) != ring.read.load(std::memory_order_relaxed);
  }

  /// `read(buffer)` for all that the other side has published; says whether there was anything.
  template <typename Read>
  bool drain(std::size_t me, Read read_buffer) {
    Side& other = sides_[1 - me];
    const std::uint64_t filled = other.ring.filled.load(std::memory_order_acquire);
    std::uint64_t read = other.ring.read.load(std::memory_order_relaxed);
    if (read == filled) {
      return false;
    }
    for (; read != filled; ++read) {
      read_buffer(other.ring.buffers[read % kBuffers]);
    }
    other.ring.read.store(read, std::memory_order_release);
    wake(other);
    return true;
  }

  /// Sleeps until `ready()` may hold, or until `due`.
  template <typename Ready>
  void park(std::size_t me, Ready ready, std::chrono::steady_clock::time_point due = kNever) {
    Side& own = sides_[me];
    for (int spin = 0; spin < kSpins; ++spin) {
      if (ready()) {
        return;
      }
    }
    own.parked.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the fence in wake
    if (!ready()) {
      wait(own.parked, due);
    }
    own.parked.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kBuffers = 8;
  static constexpr int kSpins = 64;

  // Buffers from one thread to the other. A buffer is filled and read where it lies, so that reading it gives it back.
  struct Ring {
    alignas(128) std::atomic<std::uint64_t> filled{0};
    alignas(128) std::atomic<std::uint64_t> read{0};
    alignas(128) std::array<Buffer, kBuffers> buffers;
  };

  // What one thread has of its own, and the ring that it writes.
  struct Side {
    alignas(128) std::atomic<std::uint32_t> parked{0};
    alignas(128) std::uint64_t filled = 0;
    std::uint64_t known_read = 0;
    Ring ring;
  };

  static void wait(std::atomic<std::uint32_t>& parked, std::chrono::steady_clock::time_point due) {
    if (due == kNever) {
      syscall(SYS_futex, &parked, FUTEX_WAIT_PRIVATE, 1, nullptr, nullptr, 0);
      return;
    }
    const auto since_boot = std::chrono::nanoseconds{due.time_since_epoch()}.count();
    const timespec until{.tv_sec = since_boot / 1'000'000'000, .tv_nsec = since_boot % 1'000'000'000};
    syscall(SYS_futex, &parked, FUTEX_WAIT_BITSET_PRIVATE, 1, &until, nullptr, FUTEX_BITSET_MATCH_ANY);
  }

  static void wake(Side& other) {
    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the fence in park
    if (other.parked.load(std::memory_order_relaxed) != 0 && other.parked.exchange(0, std::memory_order_relaxed) != 0) {
      syscall(SYS_futex, &other.parked, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
  }

  std::array<Side, 2> sides_;
};

}  // namespace weir::bench
