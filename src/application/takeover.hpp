#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "application/port.hpp"
#include "application/shard_log.hpp"
#include "coordinator/placement.hpp"

namespace weir::detail::application {

/// The names of an application in Kafka.
struct Names {
  std::string id;                   ///< of the application, and its group
  std::vector<std::string> topics;  ///< that it reads

  [[nodiscard]] std::string shards() const { return id + "-shards"; }
  [[nodiscard]] std::string state() const { return id + "-state"; }
};

/// Called again and again by whatever waits, with words for what; empty: it does not wait, or no more. Throws
/// `SharesLost` if waiting is of no use any more.
using Check = std::function<void(std::string_view waits_for)>;

/// Waits for calls that can be made again.
/// @param what  the call asks for
template <typename Call>
auto until_answered(Port& port, const Check& check, const std::string& what, Call call) {
  std::string words;
  while (true) {
    check(words);
    try {
      return call();
    } catch (const CallError& error) {
      if (error.kind() != CallError::Kind::kAgain) {
        throw;
      }
      words = what + ": " + error.what();
    }
    port.pause();
  }
}

/// For messages, and for `until_answered`.
[[nodiscard]] std::string text_of(const Place& place);
[[nodiscard]] std::string words_of_offsets(const Names& names);

/// Reads the logs of shards up to marks, which are at or behind all that is committed.
[[nodiscard]] std::vector<ShardLog> read_logs(Port& port, const std::vector<Place>& places,
                                              const std::vector<std::int64_t>& marks, const Check& check);

/// Takes shards over from their last owners: all that those have committed, and nothing else.
/// @return  their logs, by worker
/// @throws RecoveryError  if what is there is not whole
[[nodiscard]] std::vector<ShardLog> take_over(Port& port, const Names& names, const coordinator::Placement& placement,
                                              const Check& check);

/// The offset of a position that an input gave; nothing if it is none.
[[nodiscard]] std::optional<std::int64_t> offset_of(std::string_view position);

/// Whether a mark of the step is a position in a topic.
[[nodiscard]] bool is_topic_position(const std::vector<recovery::StepRecord>& steps, const std::string& step_id);

/// Where a shard is in its topics, by its tip.
[[nodiscard]] std::map<Place, std::int64_t> positions_of(const Head& head, const Tip& tip);

}  // namespace weir::detail::application
