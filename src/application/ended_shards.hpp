#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "application/port.hpp"
#include "application/takeover.hpp"

namespace weir::detail::application {

// The epoch that has the output of the end of a shard's input says so in its transaction: in the shard's log, and by
// the group's offset in the shard's partition of the topic of shards, which nobody reads. It is 1 then. So any process
// can ask which shards have ended. If the group has forgotten it for a while, the takeover finds out.

/// What a transaction says of a shard.
[[nodiscard]] GroupPosition note_of_end(const Names& names, std::uint32_t shard, bool ended);

/// Whether an offset that the group has committed says that a shard's input has ended.
[[nodiscard]] bool notes_end(std::optional<std::int64_t> offset);

/// Which shards have come to the end of their input, by number.
/// @throws CallError  `kAgain` while a transaction that would change it is undecided
[[nodiscard]] std::vector<bool> ended_shards(Port& port, const Names& names, std::uint32_t count);

/// What is left to do.
struct OpenShards {
  std::vector<std::uint32_t> own{};  ///< of this process
  bool any = true;                   ///< of any process
};

/// Waits until the process has something to do, or nobody has. A process whose shards have all ended stays a member
/// meanwhile, since it may inherit those of another one.
/// @param own    all shards of this process
/// @param count  those of the application
[[nodiscard]] OpenShards wait_for_open_shards(Port& port, const Names& names, const std::vector<std::uint32_t>& own,
                                              std::uint32_t count, const Check& check);

}  // namespace weir::detail::application
