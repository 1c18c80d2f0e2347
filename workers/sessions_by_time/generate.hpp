#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <weir/weir.hpp>

#include "instant.hpp"
#include "mix.hpp"
#include "search_sessions/events.hpp"
#include "search_sessions/generate.hpp"
#include "sessions_by_time/timed_event.hpp"

namespace sessions_by_time {

/// What users do from 8:00 on, as their events come in.
///
/// Every 4 seconds another user begins. Each visits the app one to three times and is away for 45 minutes to 4 hours in
/// between; a visit is one of search_sessions, with 1 to 60 seconds between two events and now and then 10 to 25
/// minutes. After one visit in eight nobody closes the app. An event comes in up to 5 seconds after it happened, and
/// one in 500 takes 3 hours more, as from a phone without network.
class Traffic {
 public:
  explicit Traffic(std::uint64_t users) : users_{users} { let_begin(0); }

  /// The event that comes in next.
  std::optional<TimedEvent> next() {
    while (!visits_.empty() && (events_.empty() || visits_.front().begins <= events_.front().comes_in)) {
      unfold(take(visits_));
    }
    if (events_.empty()) {
      return std::nullopt;
    }
    return take(events_).event;
  }

 private:
  struct Begins {
    Instant begins;
    std::uint64_t user;
    std::uint64_t number;  // of the visit, from 0
    [[nodiscard]] auto order() const { return std::tuple{begins, user}; }
  };
  struct ComesIn {
    Instant comes_in;
    std::uint64_t number;  // how many were made before it
    TimedEvent event;
    [[nodiscard]] auto order() const { return std::tuple{comes_in, number}; }
  };

  // The first of a heap is the one that comes first.
  template <typename T>
  static bool comes_later(const T& a, const T& b) {
    return a.order() > b.order();
  }
  template <typename T>
  static void put(std::vector<T>& heap, T item) {
    heap.push_back(std::move(item));
    std::ranges::push_heap(heap, comes_later<T>);
  }
  template <typename T>
  static T take(std::vector<T>& heap) {
    std::ranges::pop_heap(heap, comes_later<T>);
    T item = std::move(heap.back());
    heap.pop_back();
    return item;
  }

  static std::chrono::milliseconds between(std::chrono::milliseconds low, std::chrono::milliseconds high,
                                           std::uint64_t random) {
    return low + std::chrono::milliseconds{random % static_cast<std::uint64_t>((high - low).count())};
  }

  void let_begin(std::uint64_t user) {
    using namespace std::chrono;
    constexpr Instant kStart = sys_days{2026y / March / 2} + 8h;
    if (user < users_) {
      put(visits_, Begins{kStart + user * 4s, user, 0});
    }
  }

  void unfold(const Begins& visit) {
    using namespace std::chrono_literals;
    std::uint64_t random = mix(visit.user * 4 + visit.number);
    search_sessions::Visit events{visit.user, random};
    const bool closes = random % 8 != 0;
    Instant time = visit.begins;
    search_sessions::Event event;
    while (events.next(event) && (closes || !std::holds_alternative<search_sessions::AppClose>(event))) {
      random = mix(random);
      const auto delay = between(0s, 5s, random >> 32) + ((random >> 16) % 500 == 0 ? 3h : 0h);
      put(events_, ComesIn{time + delay, made_++, {time, std::move(event)}});
      time += random % 16 == 0 ? between(10min, 25min, random >> 8) : between(1s, 60s, random >> 8);
    }
    if (visit.number < mix(visit.user) % 3) {
      put(visits_, Begins{time + between(45min, 240min, mix(random)), visit.user, visit.number + 1});
    }
    if (visit.number == 0) {
      let_begin(visit.user + 1);
    }
  }

  std::uint64_t users_;
  std::uint64_t made_ = 0;
  std::vector<Begins> visits_;
  std::vector<ComesIn> events_;
};

/// One partition, so that it comes in the same order at every number of workers, and any number can go on with it.
inline auto generated_events(std::uint64_t users) {
  return weir::GeneratorInput{[users] { return [traffic = Traffic{users}]() mutable { return traffic.next(); }; }};
}

}  // namespace sessions_by_time
