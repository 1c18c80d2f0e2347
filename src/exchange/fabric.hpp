#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "exchange/channel.hpp"
#include "exchange/ready_word.hpp"
#include "weir/detail/runtime/numbers.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::exchange {

/// How large the channels of a run are.
struct ChannelSize {
  std::size_t depth = 4;  ///< buffers on their way at once
  std::size_t buffer_bytes = 64 * 1024;

  /// What each worker's memory for buffers allows: 4 MiB over all its channels, in buffers of 2 to 64 KiB.
  [[nodiscard]] static ChannelSize for_run(std::size_t edges, WorkerCount workers);
};

/// All channels of a run: one per edge and ordered pair of workers, and the ready words of the workers.
class Fabric {
 public:
  /// @param local  for each edge whether it only leads from each worker to itself
  Fabric(const std::vector<bool>& local, WorkerCount workers, ChannelSize size, Activator& activator,
         ChannelFaults* faults);

  /// The channels from one worker over an edge, by receiver; on a local edge the one to itself.
  [[nodiscard]] std::vector<Channel*> from(runtime::EdgeNumber edge, WorkerIndex worker) const;

  /// The channels to one worker over an edge, by sender; on a local edge the one from itself.
  [[nodiscard]] std::vector<Channel*> to(runtime::EdgeNumber edge, WorkerIndex worker) const;

  /// The words that the senders raise for a worker, by sender.
  [[nodiscard]] std::vector<ReadyWord<>*> ready(WorkerIndex worker) const;

  [[nodiscard]] const ChannelSize& size() const noexcept { return size_; }

 private:
  [[nodiscard]] Channel* at(runtime::EdgeNumber edge, std::size_t from, std::size_t to) const {
    return channels_[(edge * workers_.value + from) * workers_.value + to].get();
  }

  std::vector<bool> local_;
  WorkerCount workers_;
  ChannelSize size_;
  std::vector<std::unique_ptr<ReadyWord<>>> ready_;  // by receiver, then sender
  std::vector<std::unique_ptr<Channel>> channels_;   // by edge, sender, receiver; null where an edge does not lead
};

}  // namespace weir::detail::exchange
