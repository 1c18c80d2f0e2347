#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "kafka/topics.hpp"

namespace weir::tests::kafka {

/// What each user's figures are, in order.
using Figures = std::map<std::string, std::vector<std::string>>;

/// Makes a topic with the events of users, who visit the app again and again, all at the same time. The events of a
/// user are in one partition.
/// @return  its name
std::string write_events(std::uint64_t visits);

/// Those events, in order. The key of each is its user, and chooses the partition.
std::vector<Record> keyed_events(std::uint64_t visits);

/// The figures that readers of committed records see.
Figures read_figures(const std::string& topic);

/// How many offsets at the ends of the topic's partitions belong to transactions that are not over.
std::int64_t undecided_offsets(const std::string& topic);

/// How figures differ from those that are expected.
struct Difference {
  std::size_t missing = 0;   ///< figures at the end of a user's
  std::size_t too_many = 0;  ///< the same
  std::size_t others = 0;    ///< users whose figures are others, or in another order

  [[nodiscard]] bool none() const { return missing + too_many + others == 0; }
  /// Whether all that is there is right.
  [[nodiscard]] bool only_missing() const { return too_many + others == 0; }
};

Difference compare(const Figures& found, const Figures& expected);

}  // namespace weir::tests::kafka
