#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace weir::detail::snapshot {

/// The name of the partition of a sink that has one.
inline const std::string kOnlyPartition = "0";

/// The point from which the partitions of a run that keeps snapshots resume.
struct ResumePoint {
  using Partition = std::pair<std::string, std::string>;  ///< id of the step, name of the partition

  std::uint64_t execution = 1;                 ///< how often a run has begun on the store, this one included
  std::string store{};                         ///< the store's name
  std::string folder{};                        ///< where it is; empty: nowhere
  bool in_application = false;                 ///< many processes run the dataflow
  std::map<Partition, std::string> positions;  ///< of source partitions
  std::map<Partition, std::string> tokens;     ///< of sink partitions

  [[nodiscard]] static std::optional<std::string> find(const std::map<Partition, std::string>& among,
                                                       const std::string& step_id, const std::string& partition) {
    const auto found = among.find({step_id, partition});
    return found != among.end() ? std::optional{found->second} : std::nullopt;
  }
};

}  // namespace weir::detail::snapshot
