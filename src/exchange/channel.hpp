#pragma once

#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>

#include "exchange/ready_word.hpp"
#include "exchange/spsc.hpp"
#include "weir/detail/exchange/outbox.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::exchange {

/// Wakes workers. In a run it changes their park words, in a simulation the scheduler's list.
class Activator {
 public:
  Activator() = default;
  Activator(const Activator&) = delete;
  Activator& operator=(const Activator&) = delete;
  virtual ~Activator() = default;

  /// There is something for the worker to do.
  virtual void wake(WorkerIndex worker) = 0;

  /// There is room in a channel that the worker sends to; of interest only if it waits for room.
  virtual void wake_for_room(WorkerIndex worker) = 0;
};

/// What a simulation may do to channels.
class ChannelFaults {
 public:
  ChannelFaults() = default;
  ChannelFaults(const ChannelFaults&) = delete;
  ChannelFaults& operator=(const ChannelFaults&) = delete;
  virtual ~ChannelFaults() = default;

  /// Whether the channel claims to be full, or empty, though it is not. Must not last for ever.
  [[nodiscard]] virtual bool lies() = 0;
};

/// The queue of one exchange edge from one worker to another, or to itself. Messages go one way; buffers that have been
/// read come back the other way. Both ends wake the other's worker.
class Channel {
 public:
  struct Ends {
    WorkerIndex from;
    WorkerIndex to;
    unsigned ready_bit;
  };

  Channel(Ends ends, std::size_t depth, ReadyWord<>& ready, Activator& activator, ChannelFaults* faults)
      : ends_{ends}, ready_{&ready}, activator_{&activator}, faults_{faults}, forward_{depth}, back_{depth} {}

  [[nodiscard]] const Ends& ends() const noexcept { return ends_; }

  /// Sender: takes the message only when it returns true.
  [[nodiscard]] bool try_send(Message& message) {
    if (lies() || !forward_.try_push(std::move(message))) {
      return false;
    }
    ready_->raise(ends_.ready_bit);
    activator_->wake(ends_.to);
    return true;
  }

  /// Sender: a buffer that has been read, or null.
  [[nodiscard]] std::unique_ptr<codec::Buffer> try_reclaim() {
    std::unique_ptr<codec::Buffer> buffer;
    if (lies() || !back_.try_pop(buffer)) {
      return nullptr;
    }
    return buffer;
  }

  /// Sender: whether a buffer has come back.
  [[nodiscard]] bool has_returned() const noexcept { return !back_.empty(); }

  /// Sender: whether a message would go in.
  [[nodiscard]] bool has_room() noexcept { return forward_.has_room(); }

  /// Receiver: the next message. A lie leaves the ready bit up, so that the channel is asked again.
  [[nodiscard]] bool try_receive(Message& message) {
    if (lies()) {
      ready_->raise(ends_.ready_bit);
      activator_->wake(ends_.to);
      return false;
    }
    if (!forward_.try_pop(message)) {
      return false;
    }
    if (!message.buffer) {
      activator_->wake_for_room(ends_.from);  // a buffer's sender hears of the room when the buffer comes back
    }
    return true;
  }

  /// Receiver: whether nothing is there now.
  [[nodiscard]] bool empty() const noexcept { return forward_.empty(); }

  /// Receiver: hands a read buffer back.
  void give_back(std::unique_ptr<codec::Buffer> buffer) {
    [[maybe_unused]] const bool taken = back_.try_push(std::move(buffer));
    assert(taken && "no more buffers are on their way than the ring of returns holds");
    activator_->wake_for_room(ends_.from);
  }

 private:
  [[nodiscard]] bool lies() { return faults_ != nullptr && faults_->lies(); }

  Ends ends_;
  ReadyWord<>* ready_;
  Activator* activator_;
  ChannelFaults* faults_;
  Spsc<Message> forward_;
  Spsc<std::unique_ptr<codec::Buffer>> back_;
};

}  // namespace weir::detail::exchange
