#include "exchange/fabric.hpp"

#include <algorithm>

namespace weir::detail::exchange {

ChannelSize ChannelSize::for_run(std::size_t edges, WorkerCount workers) {
  constexpr std::size_t kBudgetBytes = 4 * 1024 * 1024;
  const std::size_t channels = std::max<std::size_t>(edges, 1) * workers.value;
  ChannelSize size;
  size.buffer_bytes = std::clamp<std::size_t>(kBudgetBytes / (channels * size.depth), 2 * 1024, 64 * 1024);
  return size;
}

Fabric::Fabric(const std::vector<bool>& local, WorkerCount workers, ChannelSize size, Activator& activator,
               ChannelFaults* faults)
    : local_{local}, workers_{workers}, size_{size} {
  const std::uint32_t count = workers.value;
  for (std::size_t word = 0; word < std::size_t{count} * count; ++word) {
    ready_.push_back(std::make_unique<ReadyWord<>>());
  }
  for (std::size_t edge = 0; edge < local.size(); ++edge) {
    for (std::uint32_t from = 0; from < count; ++from) {
      for (std::uint32_t to = 0; to < count; ++to) {
        if (local[edge] && from != to) {
          channels_.push_back(nullptr);
          continue;
        }
        const Channel::Ends ends{WorkerIndex{from}, WorkerIndex{to}, static_cast<unsigned>(edge % ReadyWord<>::kBits)};
        channels_.push_back(
            std::make_unique<Channel>(ends, size.depth, *ready_[std::size_t{to} * count + from], activator, faults));
      }
    }
  }
}

std::vector<Channel*> Fabric::from(runtime::EdgeNumber edge, WorkerIndex worker) const {
  if (local_[edge]) {
    return {at(edge, worker, worker)};
  }
  std::vector<Channel*> channels;
  channels.reserve(workers_.value);
  for (std::uint32_t to = 0; to < workers_.value; ++to) {
    channels.push_back(at(edge, worker, to));
  }
  return channels;
}

std::vector<Channel*> Fabric::to(runtime::EdgeNumber edge, WorkerIndex worker) const {
  if (local_[edge]) {
    return {at(edge, worker, worker)};
  }
  std::vector<Channel*> channels;
  channels.reserve(workers_.value);
  for (std::uint32_t from = 0; from < workers_.value; ++from) {
    channels.push_back(at(edge, from, worker));
  }
  return channels;
}

std::vector<ReadyWord<>*> Fabric::ready(WorkerIndex worker) const {
  std::vector<ReadyWord<>*> words;
  words.reserve(workers_.value);
  for (std::uint32_t from = 0; from < workers_.value; ++from) {
    words.push_back(ready_[std::size_t{worker} * workers_.value + from].get());
  }
  return words;
}

}  // namespace weir::detail::exchange
