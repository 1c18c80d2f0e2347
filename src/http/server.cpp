#include "http/server.hpp"

#include <utility>

#include <boost/asio/ip/host_name.hpp>

#include "http/host_name.hpp"
#include "http/listen.hpp"
#include "http/site.hpp"

namespace weir::detail::http {

namespace asio = boost::asio;

Server::Server(asio::io_context& context, const Endpoint& endpoint, Routes routes, ServerOptions options) {
  asio::ip::tcp::acceptor acceptor = listen(context, endpoint);
  const asio::ip::tcp::endpoint bound = acceptor.local_endpoint();
  Endpoint local{.host = bound.address().to_string(), .port = bound.port()};
  boost::system::error_code unknown;
  HostNames names{endpoint, local, asio::ip::host_name(unknown), std::move(options.allowed_hosts)};
  site_ = std::make_shared<Site>(std::move(acceptor), std::move(local), std::move(names), std::move(routes),
                                 options.limits);
  site_->accept();
}

Server::~Server() { close(); }

const Endpoint& Server::local_endpoint() const noexcept { return site_->local(); }

void Server::broadcast(std::string_view path, std::string_view name, std::string_view data) {
  site_->broadcast(path, name, data);
}

std::size_t Server::listeners(std::string_view path) const noexcept { return site_->listeners(path); }

std::size_t Server::connections() const noexcept { return site_->connections(); }

void Server::close() noexcept { site_->close(); }

}  // namespace weir::detail::http
