#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace weir::detail::http {

/// Where a server listens.
struct Endpoint {
  std::string host = "127.0.0.1";  ///< an address, IPv6 without brackets, or a name
  std::uint16_t port = 0;          ///< 0: the system picks one

  /// Reads `HOST:PORT`: `127.0.0.1:8080`, `[::1]:0`, `myhost:9000`; `:8080` is a port of 127.0.0.1. Looks no name up.
  /// @throws UsageError
  [[nodiscard]] static Endpoint parse(std::string_view text);

  /// As `parse` reads it.
  [[nodiscard]] std::string text() const;

  /// Whether only programs on this machine reach it. Of names this is known of `localhost` alone, so ask the endpoint
  /// that a server was bound to.
  [[nodiscard]] bool is_loopback() const;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

}  // namespace weir::detail::http
