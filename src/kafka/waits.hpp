#pragma once

#include <chrono>

namespace weir::detail::kafka {

/// How long the connector waits for the cluster. In one place, so that a test need not wait as long.
struct Waits {
  std::chrono::milliseconds first_answer{10'000};  ///< at the start of a run
  std::chrono::milliseconds missing_topic{3'000};  ///< that was just made: all brokers know it within less
  std::chrono::milliseconds no_token{10'000};      ///< a coordinator that starts may say at first that there is none
  std::chrono::milliseconds token_answer{2'000};   ///< two without one: it is looked whether the token is held back
  std::chrono::milliseconds gone_topic{30'000};    ///< a broker that starts may not know its topics yet
  std::chrono::milliseconds shrunk_topic{5'000};   ///< one of several brokers may not know of added partitions yet
  std::chrono::milliseconds check_answer{2'000};   ///< of a look at an input's topics; the end of a run waits too
  std::chrono::milliseconds check_again{1'000};    ///< after a look without an answer
  std::chrono::milliseconds between_warnings{60'000};  ///< of a wait that goes on
  std::chrono::milliseconds commit_again{3'600'000};   ///< brokers forget offsets that are not committed again
};

/// Those of this process. Changed only while nothing runs.
[[nodiscard]] inline Waits& waits() noexcept {
  static Waits waits;
  return waits;
}

/// The time as a message says it: `10 s`, `0.5 s`.
[[nodiscard]] inline double in_seconds(std::chrono::milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace weir::detail::kafka
