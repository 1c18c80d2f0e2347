#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "weir/detail/codec/buffer.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/mark.hpp"

namespace weir::detail::exchange {
class Channel;
}

namespace weir::detail::exchange {

/// A buffer of items, or a mark.
struct Message {
  std::unique_ptr<codec::Buffer> buffer;
  runtime::Mark mark;
};

/// The sending end of one channel: the buffer that is being filled, and an overflow list for a full channel.
///
/// At most `depth` buffers are in flight at once. While that many are, or while the overflow list is not empty, the
/// gate of the sending stage is closed. Items that the stage emits all the same go into the open buffer. That buffer
/// goes to the overflow list only when it is full, or when a mark follows.
class Outbox {
 public:
  using MakeBuffer = std::unique_ptr<codec::Buffer> (*)(std::size_t bytes);

  Outbox(Channel& channel, runtime::Gate& gate, std::size_t depth, MakeBuffer make_buffer, std::size_t buffer_bytes);
  Outbox(Outbox&& other) noexcept;
  Outbox& operator=(Outbox&& other) noexcept;
  ~Outbox();

  /// The buffer to fill; never fails to return one.
  [[nodiscard]] codec::Buffer& open() {
    if (!open_) [[unlikely]] {
      open_buffer();
    }
    return *open_;
  }

  /// Sends the open buffer.
  void seal();

  /// Sends the open buffer if there is one and the channel has room for it; returns whether it did. Without room the
  /// buffer stays open for the next items.
  bool flush() {
    if (!open_ || full_) {
      return false;
    }
    seal();
    return true;
  }

  /// Sends a mark after everything else. Needs no room.
  void send(runtime::Mark mark);

  /// Takes back buffers that the receiver has read and sends waiting ones. Returns whether anything moved.
  bool pump();

  /// Whether the sending stage waits for this channel.
  [[nodiscard]] bool full() const noexcept { return full_; }

  /// Whether `pump` would move something: for the check before a worker sleeps.
  [[nodiscard]] bool can_move() const;

  /// Whether all its content has been handed to the channel.
  [[nodiscard]] bool empty() const noexcept { return !open_ && overflow_.empty(); }

  /// How many bytes the open buffer and those in the overflow list take.
  [[nodiscard]] std::size_t held_bytes() const;

  /// How many buffers the receiver has not given back, of so many at most.
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_; }
  [[nodiscard]] std::size_t depth() const noexcept { return depth_; }

  /// How many bytes of serialized items it has sent so far.
  [[nodiscard]] std::uint64_t sent_bytes() const noexcept { return sent_bytes_; }

  /// How many buffers went to the overflow list so far.
  [[nodiscard]] std::uint64_t overflowed_buffers() const noexcept { return overflowed_buffers_; }

 private:
  void open_buffer();
  bool try_send(Message& message);
  bool reclaim();
  void update_gate();

  Channel* channel_;
  runtime::Gate* gate_;
  std::size_t depth_;
  MakeBuffer make_buffer_;
  std::size_t buffer_bytes_;
  std::unique_ptr<codec::Buffer> open_;
  std::vector<std::unique_ptr<codec::Buffer>> spare_;
  std::deque<Message> overflow_;
  std::size_t in_flight_ = 0;
  std::uint64_t overflowed_buffers_ = 0;
  std::uint64_t sent_bytes_ = 0;
  bool full_ = false;
};

}  // namespace weir::detail::exchange
