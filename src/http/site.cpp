#include "http/site.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "os/close_on_exec.hpp"
#include "os/steady_clock.hpp"

namespace weir::detail::http {

namespace asio = boost::asio;

using boost::system::error_code;

Site::Site(asio::ip::tcp::acceptor acceptor, Endpoint local, HostNames names, Routes routes, const Limits& limits)
    : acceptor_{std::move(acceptor)},
      pause_{acceptor_.get_executor()},
      local_{std::move(local)},
      names_{std::move(names)},
      routes_{std::move(routes)},
      limits_{limits},
      accepts_{limits.accepts_per_second, limits.accept_burst},
      turns_{limits.requests_per_second, limits.request_burst} {}

void Site::accept() noexcept {
  try {
    stalled_ = false;
    acceptor_.async_accept([self = shared_from_this()](const error_code& error, asio::ip::tcp::socket socket) noexcept {
      if (self->closed_) {
        return;
      }
      if (error) {  // without descriptors or memory the next accept would fail at once too
        self->pause_accepting(self->limits_.accept_pause);
        return;
      }
      try {
        self->on_accepted(std::move(socket));
      } catch (...) {  // NOLINT(bugprone-empty-catch): without memory for it the connection is closed
      }
      if (!self->held_) {
        self->pause_accepting(self->accepts_.take(os::steady_now()));
      }
    });
  } catch (...) {
    pause_accepting(limits_.accept_pause);
  }
}

void Site::pause_accepting(std::chrono::nanoseconds time) noexcept {
  if (time <= time.zero()) {
    accept();
    return;
  }
  try {
    pause_.expires_after(time);
    pause_.async_wait([self = shared_from_this()](const error_code& error) noexcept {
      if (!error && !self->closed_) {
        self->accept();
      }
    });
  } catch (...) {
    stalled_ = true;  // the next broadcast, or end of a connection, tries again
  }
}

void Site::on_accepted(asio::ip::tcp::socket socket) {
  os::close_on_exec(socket.native_handle());
  error_code ignored;
  socket.set_option(asio::ip::tcp::no_delay{true}, ignored);  // NOLINT(bugprone-unused-return-value)
  // In a flood all clients wait in the order in which they came; those that are not accepted wait in the kernel.
  const auto waits = [](const auto& held) { return held->state() == Connection::State::kWaiting; };
  if (make_room()) {
    begin(std::move(socket));
  } else if (std::ranges::any_of(connections_, waits)) {
    held_ = std::move(socket);
  }
}

void Site::begin(asio::ip::tcp::socket socket) {
  const auto connection = std::make_shared<Connection>(std::move(socket), shared_from_this());
  connections_.push_back(connection);
  try {
    connection->start();
  } catch (...) {
    connection->end();
  }
}

void Site::use_room() noexcept {
  if (!held_ || closed_) {
    return;
  }
  asio::ip::tcp::socket socket = *std::exchange(held_, std::nullopt);  // before a connection ends for it
  if (!make_room()) {
    held_ = std::move(socket);
    return;
  }
  try {
    begin(std::move(socket));
  } catch (...) {  // NOLINT(bugprone-empty-catch): without memory for it the connection is closed
  }
  pause_accepting(accepts_.take(os::steady_now()));
}

// A client comes again when its idle connection was closed, and one that sends its request whole is not reading for
// long. So a scrape gets in, however many slow clients there are. One that waits for a further answer makes room too,
// or those that ask again and again would keep others out.
bool Site::make_room() noexcept {
  if (connections_.size() < limits_.connections) {
    return true;
  }
  const auto least = std::ranges::min_element(connections_, {}, [](const auto& held) { return held->worth(); });
  if (least == connections_.end() || !(*least)->makes_room()) {
    return false;
  }
  std::shared_ptr<Connection> { *least } -> end();  // a copy: it is removed from the list
  return true;
}

void Site::forget(const Connection& connection) noexcept {
  std::erase_if(connections_, [&](const auto& held) { return held.get() == &connection; });
  use_room();
  if (stalled_ && !closed_) {
    accept();
  }
}

// Timers that are cancelled do not throw.
void Site::close() noexcept {  // NOLINT(bugprone-exception-escape)
  closed_ = true;
  held_.reset();
  error_code ignored;
  acceptor_.close(ignored);  // NOLINT(bugprone-unused-return-value)
  pause_.cancel();
  while (!connections_.empty()) {
    const std::shared_ptr<Connection> connection = connections_.front();
    connection->end();
  }
}

std::chrono::nanoseconds Site::take_turn() { return turns_.take(os::steady_now()); }

Reply Site::reply_to(const ParsedRequest& request) {
  Reply reply = http::reply_to(request, routes_, names_);
  turns_.charge(std::min(reply.body.size() / kTurnBytes, kFurtherTurns));
  if (reply.stream != nullptr && all_listeners() >= limits_.listeners) {
    return refusal(503, "too many clients listen to events");
  }
  return reply;
}

void Site::broadcast(std::string_view path, std::string_view name, std::string_view data) {
  if (stalled_ && !closed_) {
    accept();
  }
  const EventStream* stream = stream_at(path);
  if (stream == nullptr) {
    return;
  }
  Connection::Text text;
  const std::string key{name};
  // By a copy: one that is closed is forgotten.
  for (const std::shared_ptr<Connection>& connection : std::vector(connections_.begin(), connections_.end())) {
    if (connection->stream() == stream) {
      if (text == nullptr) {
        text = std::make_shared<const std::string>(event_text(name, data));
      }
      connection->send(key, text);
    }
  }
}

std::size_t Site::listeners(std::string_view path) const noexcept {
  const EventStream* stream = stream_at(path);
  return static_cast<std::size_t>(std::ranges::count_if(connections_, [&](const auto& held) {
    return held->state() == Connection::State::kStreaming && held->stream() == stream;
  }));
}

// With those that are about to get the head of their stream.
std::size_t Site::all_listeners() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(connections_, [](const auto& held) { return held->stream() != nullptr; }));
}

const EventStream* Site::stream_at(std::string_view path) const noexcept {
  const auto found = routes_.streams.find(path);
  return found == routes_.streams.end() ? nullptr : &found->second;
}

}  // namespace weir::detail::http
