#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/endpoint.hpp"
#include "http/limits.hpp"
#include "http/routes.hpp"

namespace boost::asio {
class io_context;
}  // namespace boost::asio

namespace weir::detail::http {

class Site;

struct ServerOptions {
  /// Names in the field Host that are answered, besides the server's address, loopback and the name it was bound by.
  std::vector<std::string> allowed_hosts{};
  Limits limits{};
};

/// An HTTP/1.1 server for GET and HEAD on a context of its owner. All calls come from the thread that runs the context,
/// and handlers are called there.
///
/// Clients are not trusted, and `Limits` bounds what they take. When all connections are taken, the one that is idle
/// for longest is closed for the new one, or else the one that sends its request, or reads its answer, most slowly. So
/// a scrape gets in. Event streams, and clients that wait for their first answer, are not closed for it: then the new
/// one waits. A client that asks again and again waits behind others, and makes room for them. A browser's page of
/// another site gets nothing: its requests have another Host or Origin, or are marked as cross-site.
class Server {
 public:
  /// Listens; requests are answered while the context runs.
  /// @param context  outlives the server
  /// @throws UsageError  if it cannot listen there
  Server(boost::asio::io_context& context, const Endpoint& endpoint, Routes routes, ServerOptions options = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// The address and the port that it listens on.
  [[nodiscard]] const Endpoint& local_endpoint() const noexcept;

  /// Sends all clients of a stream an event. An event that waits for a slow client is replaced by the next one of its
  /// name, so its data is a whole state and no change. A client for which too much waits is closed.
  /// @param path  of the stream
  /// @param name  one line
  void broadcast(std::string_view path, std::string_view name, std::string_view data);

  /// Clients that get the events of a stream.
  [[nodiscard]] std::size_t listeners(std::string_view path) const noexcept;

  [[nodiscard]] std::size_t connections() const noexcept;

  /// Ends all connections at once, and listens no more. No handler is called after it.
  void close() noexcept;

 private:
  std::shared_ptr<Site> site_;  // shared with the operations that the context has not finished yet
};

}  // namespace weir::detail::http
