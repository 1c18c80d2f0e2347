#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "floor_link.hpp"
#include "timed_sessions.hpp"

namespace weir::bench {

/// The floor of S and L: each of two threads makes half of the events, keeps the open sessions of half of the users in
/// a flat table, and sends the events of the other users to the other thread, in the bytes that weir's exchange gives
/// them.
/// @tparam Item   an event, or a timed one
/// @tparam State  the session that it is appended to
template <typename Item, typename State>
class SessionsFloor {
 public:
  /// @param events_of  `Generator<std::pair<std::uint64_t, Item>>(me)`, the events that a thread makes
  /// @param on_closed  `(me, State&&)`, for each session at its end
  template <typename EventsOf, typename OnClosed>
  static void run(EventsOf events_of, OnClosed on_closed) {
    const auto both = std::make_unique<SessionsFloor>();
    const std::jthread other{[&] { both->work(1, events_of(1), on_closed); }};
    both->work(0, events_of(0), on_closed);
  }

 private:
  static constexpr std::size_t kBufferBytes = std::size_t{64} << 10;
  static constexpr int kShare = 256;  // events made before the other thread's are looked at

  struct Buffer {
    detail::codec::ByteBuffer bytes{kBufferBytes};
    bool end = false;
  };

  // What one thread has of its own.
  struct alignas(128) Side {
    boost::unordered_flat_map<std::string, State, detail::SeededKeyHash<std::string>> open;
    detail::codec::OutputArchive out;
    detail::codec::InputArchive in;
    bool made_all = false;
    bool sent_end = false;
    bool heard_end = false;
    std::chrono::steady_clock::time_point due{};
  };

  template <typename OnClosed>
  void work(std::size_t me, Generator<std::pair<std::uint64_t, Item>> events, OnClosed& on_closed) {
    Side& own = sides_[me];
    while (!(own.sent_end && own.heard_end)) {
      bool moved = link_.drain(me, [&](Buffer& buffer) { read(me, buffer, on_closed); });
      moved |= make(me, events, on_closed);
      if (!moved) {
        moved = flush(me);
      }
      if (!moved) {
        const bool wants_room = !own.sent_end && !link_.has_room(me);
        link_.park(
            me, [&] { return link_.has_input(me) || (wants_room && link_.has_room(me)); },
            own.made_all || wants_room ? link_.kNever : own.due);
      }
    }
  }

  // A share of the events that are due; says whether there was any.
  template <typename OnClosed>
  bool make(std::size_t me, Generator<std::pair<std::uint64_t, Item>>& events, OnClosed& on_closed) {
    Side& own = sides_[me];
    if (own.made_all || own.due > std::chrono::steady_clock::now()) {
      return false;
    }
    own.due = {};
    int left = kShare;
    for (; left > 0 && link_.has_room(me); --left) {
      own.made_all = !events.advance();
      if (own.made_all) {
        break;
      }
      if (!events.has_item()) {
        own.due = std::chrono::steady_clock::now() + events.pause();
        break;
      }
      events.take_by([&](auto&& made) { send(me, std::move(made.second), on_closed); });
    }
    return left < kShare;
  }

  template <typename OnClosed>
  void send(std::size_t me, Item&& item, OnClosed& on_closed) {
    std::string user = user_of(item);
    if (detail::owner_of(key_hash(user), WorkerCount{2}).value == me) {
      append(me, std::move(user), std::move(item), on_closed);
      return;
    }
    detail::codec::ByteBuffer& bytes = link_.open(me).bytes;
    detail::codec::OutputArchive& out = sides_[me].out;
    out.attach(bytes);
    detail::encode(out, std::pair<std::string, Item>{std::move(user), std::move(item)});
    out.commit();
    if (bytes.full()) {
      link_.publish(me);
    }
  }

  template <typename OnClosed>
  void read(std::size_t me, Buffer& buffer, OnClosed& on_closed) {
    Side& own = sides_[me];
    own.in.attach(buffer.bytes.data(), buffer.bytes.data() + buffer.bytes.used);
    while (own.in.remaining() > 0) {
      std::pair<std::string, Item> item;
      detail::decode(own.in, item);
      append(me, std::move(item.first), std::move(item.second), on_closed);
    }
    own.heard_end = own.heard_end || buffer.end;
    buffer.bytes.clear();
  }

  template <typename OnClosed>
  void append(std::size_t me, std::string&& user, Item&& item, OnClosed& on_closed) {
    constexpr std::size_t kUsualEvents = 12;
    auto& open = sides_[me].open;
    const auto [entry, is_new] = open.try_emplace(std::move(user));
    if (is_new) {
      events_of(entry->second).reserve(kUsualEvents);
    }
    add(entry->second, std::move(item));
    if (search_sessions::session_has_closed(events_of(entry->second))) {
      on_closed(me, std::move(entry->second));
      open.erase(entry);
    }
  }

  // Sends what waits for its buffer to be full, and the end behind the last event; says whether there was anything.
  bool flush(std::size_t me) {
    Side& own = sides_[me];
    if (own.sent_end || !link_.has_room(me)) {
      return false;
    }
    Buffer& buffer = link_.open(me);
    if (buffer.bytes.used == 0 && !own.made_all) {
      return false;
    }
    buffer.end = own.made_all;
    own.sent_end = own.made_all;
    link_.publish(me);
    return true;
  }

  static std::string user_of(const search_sessions::Event& event) { return search_sessions::user_of(event); }
  static std::string user_of(const TimedEvent& timed) { return search_sessions::user_of(timed.event); }

  static search_sessions::Session& events_of(search_sessions::Session& session) { return session; }
  static search_sessions::Session& events_of(TimedSession& session) { return session.events; }

  static void add(search_sessions::Session& session, search_sessions::Event&& event) {
    session.push_back(std::move(event));
  }
  static void add(TimedSession& session, TimedEvent&& timed) {
    session.events.push_back(std::move(timed.event));
    session.due = timed.due;
  }

  FloorLink<Buffer> link_;
  std::array<Side, 2> sides_;
};

/// `use(figure)` for each click-through figure of a session, in order.
template <typename Use>
void for_each_figure(search_sessions::Session&& session, Use use) {
  for (const search_sessions::Session& part : search_sessions::split_into_searches(std::move(session))) {
    if (search_sessions::has_search(part)) {
      use(search_sessions::calc_ctr(part));
    }
  }
}

inline Outcome floor_of_sessions(std::uint64_t users) {
  std::array<Tally, 2> tallies;
  std::array<Tally, 2> made;
  Outcome outcome;
  using search_sessions::Event;
  using search_sessions::Session;
  outcome.seconds = seconds_of([&] {
    SessionsFloor<Event, Session>::run([&](std::size_t me) { return search_sessions::visits(users, me, 2); },
                                       [&](std::size_t me, Session&& session) {
                                         made[me].outputs += session.size();
                                         for_each_figure(std::move(session), [&](double figure) {
                                           ++tallies[me].outputs;
                                           tallies[me].sum += static_cast<std::uint64_t>(figure);
                                         });
                                       });
  });
  for (std::size_t me = 0; me < 2; ++me) {
    outcome.events += made[me].outputs;
    outcome.outputs += tallies[me].outputs;
    outcome.sum += tallies[me].sum;
  }
  return outcome;
}

inline Outcome floor_of_timed_sessions(std::uint64_t rate, std::uint64_t seconds) {
  std::vector<TimedTally> tallies(2);
  const OpenLoop loop = open_loop(rate, seconds);
  const double took = seconds_of([&] {
    SessionsFloor<TimedEvent, TimedSession>::run(
        [&](std::size_t me) { return events_when_due(loop, me, 2, &tallies[me]); },
        [&](std::size_t me, TimedSession&& session) {
          std::vector<double> figures;
          for_each_figure(std::move(session.events), [&](double figure) { figures.push_back(figure); });
          for (std::size_t i = 0; i < figures.size(); ++i) {
            tallies[me].add({figures[i], i + 1 == figures.size() ? session.due : 0});
          }
        });
  });
  Outcome outcome = total(loop, tallies);
  outcome.seconds = took;
  return outcome;
}

}  // namespace weir::bench
