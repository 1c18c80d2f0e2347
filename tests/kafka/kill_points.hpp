#pragma once

#include <array>
#include <string>
#include <string_view>

namespace weir::tests::kafka {

/// The points of an exactly-once output at which a process may be killed, in the order in which an epoch passes them.
inline constexpr std::array<std::string_view, 11> kKillPoints{
    "written",     ///< before a segment is synced
    "prepared",    ///< after that
    "decided",     ///< before a transaction begins
    "begun",       ///< after that
    "half",        ///< when the brokers have about half of a segment's records
    "flushed",     ///< when they have all
    "token",       ///< when they have the token too
    "committing",  ///< about a millisecond after the transaction's end was asked for
    "committed",   ///< when it has ended
    "unlinked",    ///< when the segment's file is gone
    "named",       ///< when the name of a transaction is written that does not exist yet
};

/// Where this process is killed or stopped; from the variable WEIR_KAFKA_POINT, NAME:NTH:SIGNAL. By the name "full" it
/// is not: from the nth write to its snapshot store on, the disk is full.
struct KillPoint {
  std::string name;
  int nth = 1;     ///< passing of the point
  int signal = 9;  ///< SIGKILL or SIGSTOP

  [[nodiscard]] std::string text() const { return name + ":" + std::to_string(nth) + ":" + std::to_string(signal); }
};

}  // namespace weir::tests::kafka
