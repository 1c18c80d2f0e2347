#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <thread>

#include "measured.hpp"
#include "mix.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// Two threads, a ring of recycled buffers each way, and a futex where each sleeps: what the machine allows with
/// nothing of a runtime.
class Floor {
 public:
  /// Half of the records are made on each thread; every record whose lowest bit names the other thread crosses, in the
  /// bytes that weir's own exchange gives it.
  static Outcome run_records(std::uint64_t records) {
    Outcome outcome;
    outcome.events = records;
    outcome.seconds = seconds_of([&] {
      const auto both = std::make_unique<Floor>();
      {
        const std::jthread other{[&] { both->work(1, records); }};
        both->work(0, records);
      }
      for (const Side& side : both->sides_) {
        outcome.outputs += side.tally.outputs;
        outcome.sum ^= side.tally.sum;
      }
    });
    return outcome;
  }

 private:
  static constexpr std::size_t kRecordBytes = sizeof(std::uint64_t);
  static constexpr std::size_t kRecordsPerBuffer = 4096;
  static constexpr std::size_t kBuffers = 8;
  static constexpr int kSpins = 64;

  struct Buffer {
    std::size_t records = 0;
    // The last record is written before it is known to stay.
    std::array<std::byte, (kRecordsPerBuffer + 1) * kRecordBytes> bytes;
  };

  // Buffers from one thread to the other. A buffer is filled and read where it lies, so that reading it gives it back.
  struct Ring {
    alignas(128) std::atomic<std::uint64_t> filled{0};
    alignas(128) std::atomic<std::uint64_t> read{0};
    alignas(128) std::array<Buffer, kBuffers> buffers;
  };

  // What one thread has of its own, and the ring that it writes.
  struct Side {
    alignas(128) std::atomic<std::uint32_t> parked{0};
    alignas(128) Tally tally;
    std::uint64_t known_read = 0;
    bool heard_end = false;
    Ring ring;
  };

  void work(std::size_t me, std::uint64_t records) {
    Side& own = sides_[me];
    Side& other = sides_[1 - me];
    std::uint64_t next = me;
    std::uint64_t filled = 0;
    while (next < records) {
      Buffer& buffer = free_buffer(own, other, filled);
      next = fill(buffer, own.tally, me, next, records);
      publish(own, other, ++filled);
      drain(own, other);
    }
    free_buffer(own, other, filled).records = 0;  // an empty buffer is the end
    publish(own, other, ++filled);
    while (!own.heard_end) {
      if (!drain(own, other)) {
        park(own, [&] { return has_input(other); });
      }
    }
  }

  // Makes records until the buffer is full; those that stay are added up at once. No branch hangs on where one goes,
  // since a coin toss is mispredicted half of the time.
  static std::uint64_t fill(Buffer& buffer, Tally& tally, std::uint64_t me, std::uint64_t next, std::uint64_t records) {
    std::byte* at = buffer.bytes.data();
    std::size_t crossing = 0;
    std::uint64_t kept = 0;
    std::uint64_t sum = 0;
    while (next < records && crossing < kRecordsPerBuffer) {
      const std::uint64_t record = mix(next);
      next += 2;
      const std::uint64_t crosses = (record ^ me) & 1;
      std::memcpy(at, &record, sizeof(record));
      at += crosses * kRecordBytes;
      crossing += crosses;
      kept += 1 - crosses;
      sum ^= record & (crosses - 1);
    }
    buffer.records = crossing;
    tally.outputs += kept;
    tally.sum ^= sum;
    return next;
  }

  Buffer& free_buffer(Side& own, Side& other, std::uint64_t filled) {
    const auto has_room = [&] {
      own.known_read = own.ring.read.load(std::memory_order_acquire);
      return filled - own.known_read < kBuffers;
    };
    while (filled - own.known_read >= kBuffers && !has_room()) {
      if (!drain(own, other)) {
        park(own, [&] { return has_room() || has_input(other); });
      }
    }
    return own.ring.buffers[filled % kBuffers];
  }

  static void publish(Side& own, Side& other, std::uint64_t filled) {
    own.ring.filled.store(filled, std::memory_order_release);
    wake(other);
  }

  static bool has_input(const Side& other) {
    return other.ring.filled.load(std::memory_order_acquire) != other.ring.read.load(std::memory_order_relaxed);
  }

  // Reads all that the other side has published; whether there was anything.
  static bool drain(Side& own, Side& other) {
    const std::uint64_t filled = other.ring.filled.load(std::memory_order_acquire);
    std::uint64_t read = other.ring.read.load(std::memory_order_relaxed);
    if (read == filled) {
      return false;
    }
    for (; read != filled; ++read) {
      const Buffer& buffer = other.ring.buffers[read % kBuffers];
      own.heard_end = own.heard_end || buffer.records == 0;
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < buffer.records; ++i) {
        std::uint64_t record = 0;
        std::memcpy(&record, buffer.bytes.data() + i * kRecordBytes, sizeof(record));
        sum ^= record;
      }
      own.tally.outputs += buffer.records;
      own.tally.sum ^= sum;
    }
    other.ring.read.store(read, std::memory_order_release);
    wake(other);
    return true;
  }

  template <typename Ready>
  static void park(Side& own, Ready ready) {
    for (int spin = 0; spin < kSpins; ++spin) {
      if (ready()) {
        return;
      }
    }
    own.parked.store(1, std::memory_order_relaxed);
    std::atomic_thread_fence(std::memory_order_seq_cst);  // pairs with the fence in wake
    if (!ready()) {
      syscall(SYS_futex, &own.parked, FUTEX_WAIT_PRIVATE, 1, nullptr, nullptr, 0);
    }
    own.parked.store(0, std::memory_order_relaxed);
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
