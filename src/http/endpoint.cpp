#include "http/endpoint.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "http/host_name.hpp"
#include "weir/errors.hpp"

namespace weir::detail::http {
namespace {

[[noreturn]] void refuse(std::string_view text, std::string_view found) {
  throw UsageError{
      fmt::format("address \"{}\": {}; expected HOST:PORT, such as 127.0.0.1:8080, [::1]:8080, or :0 for a free port "
                  "of 127.0.0.1",
                  text, found)};
}

std::optional<std::uint16_t> port_of(std::string_view text) {
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): it reads up to `end`
  const auto [read_to, error] = std::from_chars(text.data(), end, port);
  return error == std::errc{} && read_to == end ? std::optional{port} : std::nullopt;
}

bool may_be_in_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

}  // namespace

Endpoint Endpoint::parse(std::string_view text) {
  constexpr std::size_t kLongestName = 253;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    refuse(text, "there is no colon in it");
  }
  const std::optional<std::uint16_t> port = port_of(text.substr(colon + 1));
  if (!port) {
    refuse(text, "the text after the last colon is no port from 0 to 65535");
  }
  std::string_view host = text.substr(0, colon);
  if (host.empty()) {
    return {.port = *port};
  }
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) {
      refuse(text, "there is no IPv6 address between the brackets");
    }
  } else if (host.find(':') != std::string_view::npos) {
    refuse(text, "an IPv6 address stands in brackets");
  } else if (host.size() > kLongestName || !std::ranges::all_of(host, may_be_in_name)) {
    refuse(text, "the text before the colon is no address and no name");
  }
  return {.host = std::string{host}, .port = *port};
}

std::string Endpoint::text() const {
  const bool in_brackets = host.find(':') != std::string::npos;
  return fmt::format(fmt::runtime(in_brackets ? "[{}]:{}" : "{}:{}"), host, port);
}

bool Endpoint::is_loopback() const { return names_loopback(host); }

}  // namespace weir::detail::http
