#pragma once

#include <chrono>
#include <cstddef>

namespace weir::detail::http {

inline constexpr std::size_t kHeaderBytes = 8 * 1024;      // of a request, its first line included
inline constexpr std::size_t kDrainedBytes = 1024 * 1024;  // that are read and dropped after the last answer
inline constexpr int kSendBufferBytes = 128 * 1024;        // in the kernel: older events wait there for a slow client
inline constexpr int kReceiveBufferBytes = 2 * kHeaderBytes;  // in the kernel
inline constexpr int kBacklog = 256;                          // connections that wait to be accepted

inline constexpr std::size_t kTurnBytes = 64 * 1024;  // of an answer; a longer one takes further turns
inline constexpr std::size_t kFurtherTurns = 8;       // at most, so that no request waits long behind others

/// How much the clients of a server may take.
struct Limits {
  std::size_t connections = 32;
  std::size_t listeners = 16;                         ///< connections that are streams of events
  std::size_t accepts_per_second = 1'000;             ///< those beyond wait in the kernel
  std::size_t accept_burst = 100;                     ///< that are accepted at once after a pause
  std::size_t requests_per_second = 1'000;            ///< over all connections; those beyond wait
  std::size_t request_burst = 100;                    ///< that are answered at once after a pause
  std::size_t waiting_event_bytes = 4 * 1024 * 1024;  ///< for one client, besides the event that is being sent

  std::chrono::milliseconds request{5'000};       ///< from the accept, or its first byte, to its end
  std::chrono::milliseconds idle{30'000};         ///< from an answer to the next request
  std::chrono::milliseconds answer{30'000};       ///< until the client has taken an answer, or an event
  std::chrono::milliseconds drain{1'000};         ///< from the last answer until the client closes
  std::chrono::milliseconds comment{15'000};      ///< of silence on a stream, until the client gets a comment
  std::chrono::milliseconds accept_pause{1'000};  ///< after an accept that failed, for want of descriptors or memory
};

}  // namespace weir::detail::http
