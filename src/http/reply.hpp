#pragma once

#include <string>
#include <string_view>

#include "http/host_name.hpp"
#include "http/request_buffer.hpp"
#include "http/routes.hpp"

namespace weir::detail::http {

/// An answer as it is sent.
struct Reply {
  std::string head;
  std::string body{};
  bool keep_alive = false;
  const EventStream* stream = nullptr;  ///< what follows the head
  Request request{};                    ///< for the greeting of the stream
};

/// Answers a request, by the rules that hold for all of them first and then by a route.
[[nodiscard]] Reply reply_to(const ParsedRequest& request, const Routes& routes, const HostNames& names);

/// Refuses what follows too: the connection ends with it.
[[nodiscard]] Reply refusal(int status, std::string_view reason);

/// An event as its stream has it: lines of `event` and `data`.
[[nodiscard]] std::string event_text(std::string_view name, std::string_view data);

}  // namespace weir::detail::http
