#include "http/connection.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include "http/limits.hpp"
#include "http/site.hpp"
#include "os/steady_clock.hpp"

namespace weir::detail::http {

namespace asio = boost::asio;

using boost::system::error_code;

// The handler of an operation: `act(bytes...)` while the connection lasts, its end after an error. Nothing leaves it.
template <typename Act>
auto Connection::then(Act act) {
  return [self = shared_from_this(), act](const error_code& error, auto... bytes) noexcept {
    if (self->state_ == State::kEnded) {
      return;
    }
    if (error) {
      self->end();
      return;
    }
    try {
      act(bytes...);
    } catch (...) {
      self->end();
    }
  };
}

Connection::Connection(asio::ip::tcp::socket socket, std::shared_ptr<Site> site)
    : socket_{std::move(socket)}, timer_{socket_.get_executor()}, site_{std::move(site)} {}

void Connection::start() {
  enter(State::kReading, site_->limits().request);
  read();
}

// A timer that is cancelled does not throw.
void Connection::end() noexcept {  // NOLINT(bugprone-exception-escape)
  const State before = std::exchange(state_, State::kEnded);
  if (before == State::kEnded) {
    return;
  }
  if (before == State::kWaiting) {
    site_->give_turn_back();
  }
  error_code ignored;
  socket_.close(ignored);  // NOLINT(bugprone-unused-return-value)
  timer_.cancel();
  waiting_.clear();
  site_->forget(*this);
}

Connection::Worth Connection::worth() const noexcept {
  const auto rank = [this] {
    switch (state_) {
      case State::kDraining:
      case State::kIdle:
        return Rank::kUnused;
      case State::kReading:
        return Rank::kReading;
      case State::kAnswering:
        return Rank::kAnswering;
      case State::kWaiting:
        return answers_ > 0 ? Rank::kAsksFurther : Rank::kKept;
      case State::kStreaming:
      case State::kEnded:
        break;
    }
    return Rank::kKept;
  }();
  return {.rank = rank, .without_answers = rank == Rank::kAsksFurther ? -answers_ : 0, .since = since_};
}

void Connection::enter(State state, std::chrono::nanoseconds most) {
  state_ = state;
  since_ = os::steady_now();
  set_deadline(most);
}

void Connection::set_deadline(std::chrono::nanoseconds most) {
  timer_.expires_after(most);
  timer_.async_wait([self = shared_from_this()](const error_code& error) noexcept {
    // One that was due already when it was set anew comes without an error too.
    if (!error && self->state_ != State::kEnded && self->timer_.expiry() <= os::steady_now()) {
      self->on_deadline();
    }
  });
}

void Connection::on_deadline() {
  then([this] {
    if (state_ == State::kWaiting) {
      answer();
    } else if (state_ == State::kStreaming && event_ == nullptr) {
      write_event(std::make_shared<const std::string>(":\n\n"));  // tells clients and proxies that the server is there
    } else {
      end();
    }
  })(error_code{});
}

void Connection::read() {
  const std::span<char> room = requests_.room();
  socket_.async_read_some(asio::buffer(room.data(), room.size()), then([this](std::size_t bytes) { on_read(bytes); }));
}

void Connection::on_read(std::size_t bytes) {
  if (state_ == State::kIdle) {
    enter(State::kReading, site_->limits().request);
  }
  requests_.fill(bytes);
  look();
}

void Connection::look() {
  switch (requests_.look()) {
    case RequestBuffer::Found::kPart:
      return read();
    case RequestBuffer::Found::kRequest:
      return take_request();
    case RequestBuffer::Found::kGarbage:
      return reply(refusal(400, "this is no request"));
    case RequestBuffer::Found::kTooLong:
      return reply(refusal(431, "the header is too long"));
  }
}

void Connection::take_request() {
  std::optional<ParsedRequest> request = requests_.take();
  if (!request) {
    reply(refusal(400, "this is no request"));
    return;
  }
  request_ = *std::move(request);
  if (const auto wait = site_->take_turn(); wait > wait.zero()) {
    enter(State::kWaiting, wait);
  } else {
    answer();
  }
}

void Connection::answer() {
  Reply made = site_->reply_to(request_);
  if (state_ != State::kEnded) {  // the handler may have closed the server
    reply(std::move(made));
  }
}

void Connection::reply(Reply reply) {
  reply_ = std::move(reply);
  enter(State::kAnswering, site_->limits().answer);
  asio::async_write(socket_,
                    std::array{asio::buffer(std::as_const(reply_.head)), asio::buffer(std::as_const(reply_.body))},
                    then([this](std::size_t) { on_replied(); }));
}

void Connection::on_replied() {
  ++answers_;
  reply_.head = {};  // with their memory: a connection may be idle for long
  reply_.body = {};
  if (reply_.stream != nullptr) {
    begin_stream();
  } else if (!reply_.keep_alive) {
    drain();
  } else if (requests_.empty()) {
    enter(State::kIdle, site_->limits().idle);
    read();
  } else {
    enter(State::kReading, site_->limits().request);
    look();
  }
  site_->use_room();  // last: this connection may end for it
}

// A socket that is closed with bytes left to read takes back what the client has not read of the answer (RFC 9112,
// section 9.6).
void Connection::drain() {
  error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);  // NOLINT(bugprone-unused-return-value)
  enter(State::kDraining, site_->limits().drain);
  read_and_drop();
}

void Connection::read_and_drop() {
  requests_.clear();
  const std::span<char> room = requests_.room();
  socket_.async_read_some(asio::buffer(room.data(), room.size()), then([this](std::size_t bytes) {
                            dropped_bytes_ += bytes;
                            if (dropped_bytes_ > kDrainedBytes) {
                              end();
                            } else {
                              read_and_drop();
                            }
                          }));
}

// The client is read from only to learn that it has left. One that sends more is closed too.
void Connection::begin_stream() {
  if (!requests_.empty()) {
    end();
    return;
  }
  enter(State::kStreaming, site_->limits().comment);
  const std::span<char> room = requests_.room();
  socket_.async_read_some(asio::buffer(room.data(), room.size()), then([this](std::size_t) { end(); }));
  if (reply_.stream->greeting) {
    for (const Event& event : reply_.stream->greeting(reply_.request)) {
      send(event.name, std::make_shared<const std::string>(event_text(event.name, event.data)));
    }
  }
}

void Connection::send(const std::string& name, const Text& text) {
  if (state_ != State::kStreaming) {
    return;
  }
  if (event_ == nullptr) {
    write_event(text);
    return;
  }
  std::erase_if(waiting_, [&](const WaitingEvent& event) { return event.name == name; });
  waiting_.push_back({.name = name, .text = text});
  std::size_t bytes = 0;
  for (const WaitingEvent& event : waiting_) {
    bytes += event.text->size();
  }
  if (bytes > site_->limits().waiting_event_bytes) {
    end();
  }
}

void Connection::write_event(Text text) {
  event_ = std::move(text);
  set_deadline(site_->limits().answer);
  asio::async_write(socket_, asio::buffer(*event_), then([this](std::size_t) { on_event_written(); }));
}

void Connection::on_event_written() {
  event_ = nullptr;
  if (waiting_.empty()) {
    set_deadline(site_->limits().comment);
    return;
  }
  Text next = std::move(waiting_.front().text);
  waiting_.erase(waiting_.begin());
  write_event(std::move(next));
}

}  // namespace weir::detail::http
