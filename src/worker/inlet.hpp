#pragma once

#include <memory>
#include <vector>

#include "exchange/channel.hpp"
#include "weir/detail/edge.hpp"

namespace weir::worker {

/// The receiving end of one channel.
struct Inbox {
  exchange::Channel* channel;
  detail::EdgeReceiver* receiver;
  detail::DirectLane* lane;    ///< of the channel from this worker to itself; null for the others
  detail::Outbox* own_outbox;  ///< likewise
  bool serialized;
  std::unique_ptr<detail::Buffer> current{};  ///< the buffer that is being read
  bool ready = true;                          ///< the channel may hold a message
  bool held = false;                          ///< its barrier has come, those of others have not
  bool ended = false;                         ///< nothing follows

  [[nodiscard]] bool open() const noexcept { return !held && !ended; }
};

}  // namespace weir::worker
