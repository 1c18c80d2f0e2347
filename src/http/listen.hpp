#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/endpoint.hpp"

namespace weir::detail::http {

/// Listens at an endpoint, at the first address of a name that can be bound. Looking a name up may take seconds.
/// @throws UsageError
[[nodiscard]] boost::asio::ip::tcp::acceptor listen(boost::asio::io_context& context, const Endpoint& endpoint);

}  // namespace weir::detail::http
