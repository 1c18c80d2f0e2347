#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::detail::http {

struct Endpoint;

[[nodiscard]] bool is_ipv6(std::string_view host);
[[nodiscard]] bool is_address(std::string_view host);

/// Whether it is an address of 127.0.0.0/8, `::1`, or `localhost`.
[[nodiscard]] bool names_loopback(std::string_view host);

/// The names under which a server may be asked for. A page of another site can make its own name lead to this machine
/// (DNS rebinding) and then read all that a server answers; the browser tells that name in the field Host.
class HostNames {
 public:
  /// @param asked    where the server was to listen
  /// @param bound    where it listens
  /// @param machine  the machine's name
  /// @param allowed  further names
  HostNames(const Endpoint& asked, const Endpoint& bound, std::string machine, std::vector<std::string> allowed);

  /// @param field  of a request, `HOST` or `HOST:PORT`; the port is of no concern, since it may have been forwarded
  [[nodiscard]] bool admit(std::string_view field) const;

 private:
  bool any_address_;  // an address is no name that another site can make lead here
  std::vector<std::string> names_;
};

/// Whether a request that came from a page of this origin came from the server's own page.
/// @param origin  the field Origin
/// @param host    the field Host
[[nodiscard]] bool is_own_origin(std::string_view origin, std::string_view host);

}  // namespace weir::detail::http
