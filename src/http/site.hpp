#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/connection.hpp"
#include "http/endpoint.hpp"
#include "http/host_name.hpp"
#include "http/limits.hpp"
#include "http/reply.hpp"
#include "http/routes.hpp"
#include "http/turns.hpp"

namespace weir::detail::http {

/// What the connections of a server share, and where they come from.
class Site : public std::enable_shared_from_this<Site> {
 public:
  Site(boost::asio::ip::tcp::acceptor acceptor, Endpoint local, HostNames names, Routes routes, const Limits& limits);

  /// Accepts connections until it is closed.
  void accept() noexcept;

  void close() noexcept;

  void broadcast(std::string_view path, std::string_view name, std::string_view data);
  [[nodiscard]] std::size_t listeners(std::string_view path) const noexcept;
  [[nodiscard]] std::size_t connections() const noexcept { return connections_.size(); }
  [[nodiscard]] const Endpoint& local() const noexcept { return local_; }

  // For connections.
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
  [[nodiscard]] std::chrono::nanoseconds take_turn();
  void give_turn_back() { turns_.give_back(); }
  [[nodiscard]] Reply reply_to(const ParsedRequest& request);
  void forget(const Connection& connection) noexcept;
  /// One has had its answer, or has ended: a client that waits for room may get in.
  void use_room() noexcept;

 private:
  void on_accepted(boost::asio::ip::tcp::socket socket);
  void begin(boost::asio::ip::tcp::socket socket);
  void pause_accepting(std::chrono::nanoseconds time) noexcept;
  [[nodiscard]] bool make_room() noexcept;
  [[nodiscard]] const EventStream* stream_at(std::string_view path) const noexcept;
  [[nodiscard]] std::size_t all_listeners() const noexcept;

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  Endpoint local_;
  HostNames names_;
  Routes routes_;
  Limits limits_;
  Turns accepts_;
  Turns turns_;
  std::list<std::shared_ptr<Connection>> connections_;  // shared with the operations that are not finished
  std::optional<boost::asio::ip::tcp::socket> held_;    // accepted, and waits for room
  bool stalled_ = false;                                // there was no memory to accept more
  bool closed_ = false;
};

}  // namespace weir::detail::http
