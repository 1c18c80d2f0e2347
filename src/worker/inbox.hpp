#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "exchange/channel.hpp"
#include "weir/detail/exchange/edge.hpp"
#include "worker/time_flow.hpp"

namespace weir::detail::worker {

/// The receiving end of one channel.
struct Inbox {
  exchange::Channel* channel;
  exchange::EdgeReceiver* receiver;
  exchange::DirectLane* lane;    ///< of the channel from this worker to itself; null for the others
  exchange::Outbox* own_outbox;  ///< the outbox of that channel; null for the others
  bool serialized;
  std::optional<TimeEdgeNumber> time_edge{};  ///< if the edge carries watermarks
  std::size_t time_channel = 0;               ///< the channel's number there
  std::unique_ptr<codec::Buffer> current{};   ///< the buffer that is being read
  bool ready = true;                          ///< the channel may hold a message
  bool held = false;                          ///< its barrier has come, those of others have not
  bool ended = false;                         ///< nothing follows

  [[nodiscard]] bool open() const noexcept { return !held && !ended; }
};

}  // namespace weir::detail::worker
