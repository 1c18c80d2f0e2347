#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "sessions_by_time/generate.hpp"
#include "sessions_by_time/sessions.hpp"
#include "simulation/rng.hpp"
#include "weir/testing_recovery.hpp"

namespace sessions_by_time {
namespace {

using namespace std::chrono_literals;
using search_sessions::AppOpen;
using search_sessions::ClickResult;
using search_sessions::Search;
using search_sessions::Timeout;
using ::testing::UnorderedElementsAreArray;
using weir::simulation::Rng;

using Partitions = std::vector<std::vector<TimedEvent>>;

constexpr Rules kRules{.gap = 15s, .out_of_orderness = 10s};

template <typename T>
std::string as_json(const T& value) {
  std::string text;
  weir::JsonWriter{text}.value(value);
  return text;
}

weir::Stream<std::string> sessions_as_json(const weir::Stream<TimedEvent>& events) {
  return sessionize(events, kRules).down | weir::op::key_rm("session") |
         weir::op::map("as_json", as_json<TimedSession>);
}

weir::Stream<std::string> late_as_json(const weir::Stream<TimedEvent>& events) {
  return sessionize(events, kRules).late | weir::op::key_rm("late") | weir::op::map("as_json", as_json<TimedEvent>);
}

Instant at(std::int64_t second) { return Instant{std::chrono::seconds{second}}; }

/// Events of some users, each with a number as its query, up to ten seconds behind others. If users keep to one
/// partition, many of their events are of the same second.
Partitions random_events(Rng& rng, std::size_t partition_count, bool users_keep_to_one) {
  struct Arrival {
    std::int64_t second;
    TimedEvent event;
  };
  const std::uint64_t least_step = users_keep_to_one ? 0 : 1;
  std::vector<std::vector<Arrival>> arrivals(partition_count);
  for (std::uint64_t user = 0; user < 6; ++user) {
    std::int64_t second = 1'000 + static_cast<std::int64_t>(rng.below(20));
    for (int n = 0; n < 60; ++n) {
      second += static_cast<std::int64_t>(least_step + rng.below(rng.percent(10) ? 40 : 5));
      arrivals[(users_keep_to_one ? user : rng.next()) % partition_count].push_back(
          {second + static_cast<std::int64_t>(rng.below(11)), {at(second), Search{user, std::to_string(n)}}});
    }
  }
  Partitions partitions(partition_count);
  for (std::size_t p = 0; p < partition_count; ++p) {
    std::ranges::stable_sort(arrivals[p], {}, &Arrival::second);
    for (const Arrival& each : arrivals[p]) {
      partitions[p].push_back(each.event);
    }
  }
  return partitions;
}

/// Sorts a user's events, and cuts where nothing happens for as long as the gap.
std::vector<std::string> sorted_and_cut(const Partitions& partitions) {
  std::map<std::uint64_t, TimedSession> users;
  for (const auto& partition : partitions) {
    for (const TimedEvent& each : partition) {
      users[std::get<Search>(each.event).user].push_back(each);
    }
  }
  std::vector<std::string> sessions;
  for (auto& [user, events] : users) {
    std::ranges::stable_sort(events, {}, &TimedEvent::time);
    TimedSession session;
    for (std::size_t n = 0; n < events.size(); ++n) {
      session.push_back(events[n]);
      if (n + 1 == events.size() || events[n + 1].time - events[n].time >= kRules.gap) {
        session.push_back(
            {std::chrono::time_point_cast<std::chrono::milliseconds>(events[n].time + kRules.gap), Timeout{user}});
        sessions.push_back(as_json(std::exchange(session, {})));
      }
    }
  }
  return sessions;
}

TEST(Sessions, AreAUsersEventsSortedAndCutWhereNothingHappens) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng{seed};
    const Partitions events = random_events(rng, 3, true);
    weir::expect_everywhere(events, sessions_as_json, sorted_and_cut(events));
  }
}

TEST(Sessions, MayHaveTheirEventsInSeveralPartitions) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Rng rng{seed};
    const Partitions events = random_events(rng, 12, false);
    weir::expect_everywhere(events, sessions_as_json, sorted_and_cut(events));
  }
}

TEST(Sessions, AreTheSameThroughAborts) {
  Rng rng{1};
  const Partitions events = random_events(rng, 3, true);
  EXPECT_THAT(weir::testing::run_over_aborted(events, sessions_as_json, {.at = {50, 120, 30, 77}}),
              UnorderedElementsAreArray(sorted_and_cut(events)));
}

TEST(Sessions, AreInTheOrderOfTimesWhenTheyWereMerged) {
  TimedSession session{{at(1'001), AppOpen{1}}, {at(1'004), AppOpen{1}}};
  merge_by_time(session, {{at(1'002), AppOpen{1}}, {at(1'003), AppOpen{1}}, {at(1'004), Search{1, "merged"}}});
  EXPECT_EQ(as_json(session), as_json(TimedSession{{at(1'001), AppOpen{1}},
                                                   {at(1'002), AppOpen{1}},
                                                   {at(1'003), AppOpen{1}},
                                                   {at(1'004), AppOpen{1}},
                                                   {at(1'004), Search{1, "merged"}}}));
}

TEST(Sessions, EndWithATimeoutWhereTheyWouldHaveTakenNoMore) {
  const Partitions events{{{at(1'000), AppOpen{7}}, {at(1'014), Search{7, "dogs"}}, {at(1'029), AppOpen{7}}}};
  weir::expect_everywhere(
      events, sessions_as_json,
      std::vector{
          as_json(TimedSession{{at(1'000), AppOpen{7}}, {at(1'014), Search{7, "dogs"}}, {at(1'029), Timeout{7}}}),
          as_json(TimedSession{{at(1'029), AppOpen{7}}, {at(1'044), Timeout{7}}})});
}

TEST(Sessions, DoNotTakeEventsThatComeWhenTheyAreOver) {
  const TimedEvent in_time{at(1'001), Search{1, "comes in time"}};
  const TimedEvent late{at(1'002), Search{1, "comes late"}};
  // Second 1,024 promises that nothing before 1,014 follows: the session of second 1,000 goes on to 1,015.
  const Partitions events{{{at(1'000), AppOpen{1}}, {at(1'024), AppOpen{2}}, in_time, {at(1'027), AppOpen{2}}, late}};
  weir::expect_everywhere(events, late_as_json, std::vector{as_json(late)});
  weir::expect_everywhere(
      events, sessions_as_json,
      std::vector{as_json(TimedSession{{at(1'000), AppOpen{1}}, in_time, {at(1'016), Timeout{1}}}),
                  as_json(TimedSession{{at(1'024), AppOpen{2}}, {at(1'027), AppOpen{2}}, {at(1'042), Timeout{2}}})});
}

TEST(Figures, AreThoseOfTheSearchesOfEachSession) {
  const Partitions events{{{at(1'000), Search{1, "dogs"}},
                           {at(1'002), Search{1, "cats"}},
                           {at(1'001), ClickResult{1, "rover"}},     // on a result for dogs
                           {at(1'050), ClickResult{1, "fluffy"}}}};  // in a session without a search
  weir::expect_everywhere(
      events, [](const auto& in) { return figures(sessionize(in, kRules).down); }, std::vector<double>{0.0, 1.0});
}

TEST(Traffic, IsTheSameEachTimeAndComesInSecondsOutOfOrderAndNowAndThenHours) {
  constexpr std::uint64_t kUsers = 300;
  Traffic traffic{kUsers};
  Traffic again{kUsers};
  Instant latest{};
  std::uint64_t behind = 0;
  std::uint64_t hours_behind = 0;
  std::map<std::string, std::uint64_t> users;
  while (const auto event = traffic.next()) {
    ASSERT_EQ(as_json(*event), as_json(again.next().value()));
    latest = std::max(latest, event->time);
    behind += event->time < latest ? 1 : 0;
    hours_behind += event->time < latest - 10s ? 1 : 0;
    ASSERT_GE(event->time, latest - 3h - 5s);
    ++users[user_of(*event)];
  }
  EXPECT_FALSE(again.next());
  EXPECT_EQ(users.size(), kUsers);
  EXPECT_GT(behind, 100 * hours_behind);
  EXPECT_GT(hours_behind, 0U);
}

}  // namespace
}  // namespace sessions_by_time
