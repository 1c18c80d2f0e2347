#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "latency_histogram.hpp"
#include "measured.hpp"
#include "search_sessions/generate.hpp"
#include "search_sessions/sessions.hpp"
#include "workloads.hpp"

namespace weir::bench {

/// An open loop: events become due at a fixed rate, whether or not those before have been dealt with.
struct OpenLoop {
  std::uint64_t rate = 1;  ///< events a second, of all sources together
  std::uint64_t events = 0;
  std::chrono::steady_clock::time_point begin;

  [[nodiscard]] std::chrono::steady_clock::time_point due(std::uint64_t event) const {
    return begin + std::chrono::nanoseconds{event * 1'000'000'000 / rate};
  }
  /// How many of the events the source makes; they are dealt in turn.
  [[nodiscard]] std::uint64_t share(std::uint64_t source, std::uint64_t sources) const {
    return (events + sources - 1 - source) / sources;
  }
};

/// An event, and when it was due, in nanoseconds of the steady clock.
struct TimedEvent {
  search_sessions::Event event;
  std::int64_t due = 0;
};

/// A session, or a part of one, and when its last event was due; 0 if the session goes on.
struct TimedSession {
  search_sessions::Session events;
  std::int64_t due = 0;
};

/// A click-through figure. The last one of a session knows when the session's end was due; the others have 0.
struct TimedFigure {
  double figure = 0;
  std::int64_t due = 0;
};

/// What one worker's sink saw.
struct alignas(128) TimedTally {
  std::uint64_t outputs = 0;
  std::uint64_t sum = 0;
  LatencyHistogram latencies;
  std::chrono::nanoseconds behind{0};

  void add(const TimedFigure& figure) {
    ++outputs;
    sum += static_cast<std::uint64_t>(figure.figure);
    if (figure.due != 0) {
      latencies.add(std::chrono::steady_clock::now().time_since_epoch() - std::chrono::nanoseconds{figure.due});
    }
  }
};

inline Outcome total(const OpenLoop& loop, const std::vector<TimedTally>& tallies) {
  Outcome outcome{.events = loop.events};
  LatencyHistogram latencies;
  std::chrono::nanoseconds behind{0};
  for (const TimedTally& tally : tallies) {
    outcome.outputs += tally.outputs;
    outcome.sum += tally.sum;
    latencies.add_all(tally.latencies);
    behind = std::max(behind, tally.behind);
  }
  const auto microseconds = [](std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e3; };
  outcome.latencies = {.p50 = microseconds(latencies.quantile(0.5)),
                       .p99 = microseconds(latencies.quantile(0.99)),
                       .p999 = microseconds(latencies.quantile(0.999)),
                       .max = microseconds(latencies.max()),
                       .behind = microseconds(behind)};
  return outcome;
}

inline OpenLoop open_loop(std::uint64_t rate, std::uint64_t seconds) {
  constexpr std::chrono::milliseconds kStart{50};  // for threads to be there
  return {rate, rate * seconds, std::chrono::steady_clock::now() + kStart};
}

/// The events of one of several sources, none before it is due.
inline Generator<std::pair<std::uint64_t, TimedEvent>> events_when_due(OpenLoop loop, std::uint64_t source,
                                                                       std::uint64_t sources, TimedTally* tally) {
  auto events = search_sessions::visits(std::numeric_limits<std::uint64_t>::max() / 2, source, sources);
  const std::uint64_t share = loop.share(source, sources);
  std::pair<std::uint64_t, TimedEvent> made;
  std::chrono::steady_clock::time_point now{};
  while (made.first < share && events.advance()) {
    const auto due = loop.due(made.first * sources + source);
    while (now < due) {
      now = std::chrono::steady_clock::now();
      if (now < due) {
        co_yield idle(due - now);
      }
    }
    ++made.first;
    events.take_by([&](auto&& event) { made.second.event = std::move(event.second); });
    made.second.due = due.time_since_epoch().count();
    co_yield std::move(made);
    tally->behind = now - due;
  }
}

/// Like S, and how long after the end of a session was due its last figure arrives.
inline Outcome run_timed_sessions(std::uint64_t rate, std::uint64_t seconds, const Setup& setup) {
  using search_sessions::Session;
  std::vector<TimedTally> tallies(setup.workers);
  const OpenLoop loop = open_loop(rate, seconds);
  Dataflow flow{"timed_sessions"};
  flow.input("input",
             ManualInput{[&](std::size_t worker_index, std::size_t worker_count, std::optional<std::uint64_t>) {
               return events_when_due(loop, worker_index, worker_count, &tallies[worker_index]);
             }})                                                                                           //
      | op::key_on("user", [](const TimedEvent& timed) { return search_sessions::user_of(timed.event); })  //
      | op::fold(
            "sessionizer", [] { return TimedSession{}; },
            [](TimedSession& session, TimedEvent&& timed) {
              session.events.push_back(std::move(timed.event));
              session.due = timed.due;
            },
            [](const TimedSession& session) { return search_sessions::session_has_closed(session.events); })  //
      | op::map("remove_key",
                [](std::pair<std::string, TimedSession>&& session) { return std::move(session.second); })  //
      | op::flat_map("split_into_searches",
                     [](TimedSession&& session) {
                       std::vector<TimedSession> parts;
                       for (Session& part : search_sessions::split_into_searches(std::move(session.events))) {
                         parts.push_back({std::move(part), 0});
                       }
                       parts.back().due = session.due;
                       return parts;
                     })                                                                                              //
      | op::filter("has_search", [](const TimedSession& part) { return search_sessions::has_search(part.events); })  //
      | op::map(
            "calc_ctr",
            [](const TimedSession& part) { return TimedFigure{search_sessions::calc_ctr(part.events), part.due}; })  //
      | op::output("out", ManualOutput{[&](std::size_t worker_index, std::size_t) {
                     return [tally = &tallies[worker_index]](const TimedFigure& figure) { tally->add(figure); };
                   }});
  const double took = seconds_of([&] { run(flow, options_of(setup)); });
  Outcome outcome = total(loop, tallies);
  outcome.seconds = took;
  return outcome;
}

}  // namespace weir::bench
