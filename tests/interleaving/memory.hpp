#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "interleaving/choices.hpp"

namespace weir::interleaving {

using FiberIndex = std::size_t;
using LocationIndex = std::size_t;

inline constexpr std::size_t kMaxFibers = 4;
inline constexpr std::size_t kMaxLocations = 16;

/// What a fiber knows: per location the oldest message that it may still read, and per fiber how far that fiber's
/// doings happen before its own next one.
struct View {
  std::array<std::uint16_t, kMaxLocations> seen{};
  std::array<std::uint32_t, kMaxFibers> clock{};

  void join(const View& other) {
    for (std::size_t i = 0; i < kMaxLocations; ++i) {
      seen[i] = std::max(seen[i], other.seen[i]);
    }
    for (std::size_t i = 0; i < kMaxFibers; ++i) {
      clock[i] = std::max(clock[i], other.clock[i]);
    }
  }
};

/// The release and acquire part of the C++20 memory model, by views.
///
/// A location is the list of the messages that were stored there, oldest first. A load returns any message that is not
/// older than the fiber's view. A release store attaches the fiber's view to its message, and an acquire load joins it.
/// A read-modify-write reads the newest message and hands its view on (the release sequence). Plain accesses must be
/// ordered by what fibers know of each other, else they are a race. Sequentially consistent accesses and fences are not
/// modelled, nor stores that slip in before an older one of another fiber.
///
/// @see Source of the method: Kang, Hur, Lahav, Vafeiadis, Dreyer, "A Promising Semantics for Relaxed-Memory
///      Concurrency", POPL 2017, without promises; the race detector is FastTrack's (Flanagan, Freund, PLDI 2009).
class Memory {
 public:
  /// Forgets all locations and lets `fibers` begin anew.
  void reset(std::size_t fibers);

  [[nodiscard]] LocationIndex add_location(std::uint64_t initial);

  [[nodiscard]] std::uint64_t load(FiberIndex fiber, LocationIndex at, std::memory_order order, Choices& choices);
  void store(FiberIndex fiber, LocationIndex at, std::uint64_t value, std::memory_order order);

  /// Replaces the newest value by `change(value)`, and returns the value before.
  template <typename Change>
  std::uint64_t modify(FiberIndex fiber, LocationIndex at, std::memory_order order, Change change) {
    const std::uint64_t before = read_newest(fiber, at, order);
    append(fiber, at, change(before), order, &messages_[at].back().released);
    return before;
  }

  /// The value as whoever comes after all fibers reads it.
  [[nodiscard]] std::uint64_t newest(LocationIndex at) const { return messages_[at].back().value; }
  /// Replaces all messages: a store by whoever comes before or after all fibers.
  void set(LocationIndex at, std::uint64_t value);

  /// A plain access to the object at `address`; false if it races with an earlier one.
  [[nodiscard]] bool plain_read(FiberIndex fiber, const void* address);
  [[nodiscard]] bool plain_write(FiberIndex fiber, const void* address);

 private:
  struct Message {
    std::uint64_t value;
    View released;
  };

  struct Plain {
    const void* address;
    FiberIndex writer;
    std::uint32_t write;
    std::array<std::uint32_t, kMaxFibers> reads;
  };

  std::uint64_t read_newest(FiberIndex fiber, LocationIndex at, std::memory_order order);
  void append(FiberIndex fiber, LocationIndex at, std::uint64_t value, std::memory_order order, const View* inherited);
  Plain& plain(FiberIndex fiber, const void* address);

  std::size_t locations_ = 0;
  std::array<std::vector<Message>, kMaxLocations> messages_;
  std::array<View, kMaxFibers> views_;
  std::vector<Plain> plains_;
};

}  // namespace weir::interleaving
