#include "http/host_name.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include <boost/asio/ip/address.hpp>

#include "http/endpoint.hpp"

namespace weir::detail::http {
namespace {

namespace ip = boost::asio::ip;

std::optional<ip::address> address_of(std::string_view host) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string{host}, error);
  return error ? std::nullopt : std::optional{address};
}

bool is_loopback(const ip::address& address) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6()).is_loopback();
  }
  return address.is_loopback();
}

// In lower case, without the dot that ends a full name.
std::string plain_name(std::string_view name) {
  if (name.ends_with('.')) {
    name.remove_suffix(1);
  }
  std::string plain{name};
  std::ranges::transform(plain, plain.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return plain;
}

// The host of `HOST:PORT` or `HOST`; empty if the text is neither.
std::string_view host_of(std::string_view field) {
  std::size_t end = field.find(':');
  std::string_view host = field.substr(0, end);
  if (field.starts_with('[')) {
    end = field.find(']');
    if (end == std::string_view::npos) {
      return {};
    }
    host = field.substr(1, end - 1);
    ++end;
  }
  const std::string_view rest = field.substr(std::min(end, field.size()));
  const bool ends_in_port =
      rest.empty() ||
      (rest.front() == ':' && std::ranges::all_of(rest.substr(1), [](char c) { return c >= '0' && c <= '9'; }));
  return ends_in_port ? host : std::string_view{};
}

}  // namespace

bool is_ipv6(std::string_view host) {
  const std::optional<ip::address> address = address_of(host);
  return address && address->is_v6();
}

bool is_address(std::string_view host) { return address_of(host).has_value(); }

bool names_loopback(std::string_view host) {
  if (const std::optional<ip::address> address = address_of(host)) {
    return is_loopback(*address);
  }
  return plain_name(host) == "localhost";
}

HostNames::HostNames(const Endpoint& asked, const Endpoint& bound, std::string machine,
                     std::vector<std::string> allowed)
    : any_address_{!bound.is_loopback()}, names_{std::move(allowed)} {
  names_.push_back(asked.host);
  if (any_address_) {
    names_.push_back(std::move(machine));
  }
  std::ranges::transform(names_, names_.begin(), plain_name);
  std::erase(names_, "");
}

bool HostNames::admit(std::string_view field) const {
  const std::string host = plain_name(host_of(field));
  return !host.empty() && (names_loopback(host) || (any_address_ && is_address(host)) ||
                           std::ranges::find(names_, host) != names_.end());
}

bool is_own_origin(std::string_view origin, std::string_view host) {
  const std::size_t scheme = origin.starts_with("https://") ? 8 : origin.starts_with("http://") ? 7 : origin.size();
  return scheme < origin.size() && plain_name(origin.substr(scheme)) == plain_name(host);
}

}  // namespace weir::detail::http
