#include "http/listen.hpp"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "http/host_name.hpp"
#include "http/limits.hpp"
#include "os/close_on_exec.hpp"
#include "weir/errors.hpp"

namespace weir::detail::http {
namespace {

namespace asio = boost::asio;

using boost::system::error_code;
using Tcp = asio::ip::tcp;

std::vector<Tcp::endpoint> resolve(asio::io_context& context, const Endpoint& endpoint) {
  if (is_address(endpoint.host)) {
    return {{asio::ip::make_address(endpoint.host), endpoint.port}};
  }
  error_code error;
  Tcp::resolver resolver{context};
  const auto found =
      resolver.resolve(endpoint.host, std::to_string(endpoint.port), Tcp::resolver::numeric_service, error);
  if (error) {
    throw UsageError{
        fmt::format("address \"{}\": the name leads to no address ({}); take an address, or a name of this "
                    "machine",
                    endpoint.text(), error.message())};
  }
  return {found.begin(), found.end()};
}

error_code listen_at(Tcp::acceptor& acceptor, const Tcp::endpoint& at) {
  try {
    acceptor.open(at.protocol());
    os::close_on_exec(acceptor.native_handle());
    // Without it, the port of a run that has just ended is taken for a minute.
    acceptor.set_option(Tcp::acceptor::reuse_address{true});
    // Accepted connections have these too.
    acceptor.set_option(asio::socket_base::send_buffer_size{kSendBufferBytes});
    acceptor.set_option(asio::socket_base::receive_buffer_size{kReceiveBufferBytes});
    acceptor.bind(at);
    acceptor.listen(kBacklog);
    return {};
  } catch (const boost::system::system_error& error) {
    return error.code();
  }
}

std::string advice_for(const error_code& error) {
  if (error == asio::error::address_in_use) {
    return "another program listens there; take another port, or 0 for a free one";
  }
  if (error == asio::error::access_denied) {
    return "there is no permission to listen there; take a port from 1024 on";
  }
  if (error == boost::system::errc::address_not_available) {
    return "this is no address of this machine; take 127.0.0.1, or 0.0.0.0 for all of its addresses";
  }
  return fmt::format("it cannot be listened at ({}); take another address", error.message());
}

}  // namespace

Tcp::acceptor listen(asio::io_context& context, const Endpoint& endpoint) {
  error_code error;
  for (const Tcp::endpoint& at : resolve(context, endpoint)) {
    Tcp::acceptor acceptor{context};
    error = listen_at(acceptor, at);
    if (!error) {
      return acceptor;
    }
  }
  throw UsageError{fmt::format("address \"{}\": {}", endpoint.text(), advice_for(error))};
}

}  // namespace weir::detail::http
