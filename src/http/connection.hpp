#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/reply.hpp"
#include "http/request_buffer.hpp"
#include "http/routes.hpp"

namespace weir::detail::http {

class Site;

/// A connection from its accept to its end. The operations that the context has not finished hold it.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  enum class State : std::uint8_t {
    kDraining,   ///< the last answer is sent, and what the client still sends is dropped
    kIdle,       ///< after an answer
    kReading,    ///< a request
    kAnswering,  ///< sends an answer
    kWaiting,    ///< for its turn to be answered
    kStreaming,  ///< sends events
    kEnded,
  };

  /// How much is lost if it is closed for a new connection: the least first.
  enum class Rank : std::uint8_t {
    kUnused,       ///< drains, or is idle
    kAsksFurther,  ///< waits for a turn, and has had answers; the one with the most goes first
    kReading,
    kAnswering,
    kKept,  ///< waits for its first answer, or sends events
  };
  struct Worth {
    Rank rank;
    std::int64_t without_answers;
    std::chrono::steady_clock::time_point since;
    friend auto operator<=>(const Worth&, const Worth&) = default;
  };

  /// Clients finish with an event in no fixed order.
  using Text = std::shared_ptr<const std::string>;

  Connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<Site> site);

  void start();

  /// Sends an event, or keeps it until those before it are sent.
  void send(const std::string& name, const Text& text);

  /// At once. The site forgets it, so the caller holds it.
  void end() noexcept;

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] Worth worth() const noexcept;
  [[nodiscard]] bool makes_room() const noexcept { return worth().rank < Rank::kKept; }

  /// Null: it gets no events.
  [[nodiscard]] const EventStream* stream() const noexcept { return reply_.stream; }

 private:
  struct WaitingEvent {
    std::string name;
    Text text;
  };

  void enter(State state, std::chrono::nanoseconds most);
  void set_deadline(std::chrono::nanoseconds most);
  void on_deadline();
  void read();
  void on_read(std::size_t bytes);
  void look();
  void take_request();
  void answer();
  void reply(Reply reply);
  void on_replied();
  void drain();
  void read_and_drop();
  void begin_stream();
  void write_event(Text text);
  void on_event_written();
  template <typename Act>
  [[nodiscard]] auto then(Act act);

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<Site> site_;  // which holds the connection: until its end
  State state_ = State::kReading;
  std::chrono::steady_clock::time_point since_{};  // it has been in this state
  RequestBuffer requests_;
  ParsedRequest request_;
  Reply reply_;
  std::int64_t answers_ = 0;
  std::size_t dropped_bytes_ = 0;
  Text event_;  // that is being sent; null: none is
  std::vector<WaitingEvent> waiting_;
};

}  // namespace weir::detail::http
