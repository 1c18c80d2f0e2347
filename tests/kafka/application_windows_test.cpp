// A dataflow with event time, sessions and timers as an application: its answer is that of one process that reads the
// topic to its end, whatever the number of processes.

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "application/kafka_application.hpp"
#include "kafka/broker_fixture.hpp"
#include "kafka/topics.hpp"
#include "sessions_by_time/generate.hpp"
#include "sessions_by_time/sessions.hpp"
#include "weir/detail/exchange/shard.hpp"
#include "weir/kafka.hpp"
#include "weir/weir.hpp"

namespace weir::tests::kafka {
namespace {

using namespace std::chrono_literals;
using namespace sessions_by_time;
using Clock = std::chrono::steady_clock;
using Lines = std::map<std::string, std::vector<std::string>>;  // by key

constexpr int kShards = 4;
constexpr std::uint64_t kUsers = 150;
constexpr auto kMostWait = 60s;

/// Says when a user was seen last, ten minutes later.
struct Leaving {
  using State = Time;
  using Output = Time;

  void on_item(const std::string& /*user*/, std::optional<Time>& last, Time&& time, KeyedEmit<std::string, Time>& emit,
               Timers& timers) {
    if (last) {
      timers.cancel_event(*last + 10min);
      if (time - *last >= 10min) {
        emit(*last);
      }
    }
    last = last ? std::max(*last, time) : time;
    timers.set_event(*last + 10min);
  }

  void on_timer(const std::string& /*user*/, std::optional<Time>& last, const Timer& /*timer*/,
                KeyedEmit<std::string, Time>& emit, Timers& /*timers*/) {
    emit(*last);
    last.reset();
  }
};

std::string text_of(Time time) { return std::to_string(time.time_since_epoch().count()); }

/// The events of sessions_by_time, by user.
class AnApplicationOfSessions : public GivenABroker {
 protected:
  void SetUp() override {
    GivenABroker::SetUp();
    if (IsSkipped()) {
      return;
    }
    input_ = create_topic(kShards);
    std::vector<Record> records;
    Traffic traffic{kUsers};
    Instant newest{};
    while (const std::optional<TimedEvent> event = traffic.next()) {
      newest = std::max(newest, event->time);
      records.push_back({.partition = -1, .key = user_of(*event), .value = json_text(*event)});
    }
    // A partition's sessions end once its event time has passed them.
    std::set<std::uint32_t> ended;
    for (std::uint64_t user = 1'000'000; ended.size() < kShards; ++user) {
      const std::string key = std::to_string(user);
      if (ended.insert(detail::exchange::shard_of(key, kShards)).second) {
        const TimedEvent last{newest + 24h, search_sessions::AppOpen{user}};
        records.push_back({.partition = -1, .key = key, .value = json_text(last)});
      }
    }
    produce(input_, records);
  }

  static std::string json_text(const TimedEvent& event) {
    std::string text;
    JsonWriter json{text};
    to_json(json, event);
    return text;
  }

  // The sessions of each user, and how many of them it has had so far; none of the users that only end others.
  Dataflow flow(const std::string& output, bool to_the_end) const {
    const KafkaCluster cluster{broker().bootstrap()};
    Dataflow flow{"sessions_by_time"};
    KafkaInput input{cluster, {input_}, JsonAsIs<TimedEvent>{}};
    if (to_the_end) {
      input.stop_at_end();
    }
    const auto events = flow.input("input", std::move(input));
    const Sessions sessions = sessionize(events, {});
    const auto is_user = [](const auto& line) { return line.first.size() < 7; };
    sessions.down |
        op::stateful_map("number",
                         [](std::optional<std::int64_t>& number, const TimedSession& session) {
                           number = number.value_or(0) + 1;
                           return std::to_string(*number) + ": " + std::to_string(session.size()) + " events until " +
                                  text_of(session.back().time);
                         }) |
        op::filter("users", is_user) | op::output("out", KafkaOutput{cluster, output, KafkaText{}});
    sessions.late | op::map_value("late", [](const TimedEvent& event) { return "late: " + text_of(event.time); }) |
        op::output("late_out", KafkaOutput{cluster, output, KafkaText{}});
    events | op::map("times", [](const TimedEvent& event) { return std::pair{user_of(event), Time{event.time}}; }) |
        op::event_time("clock", EventClock{&std::pair<std::string, Time>::second, 10s}) |
        op::stateful("leaving", Leaving{}) | op::map_value("left", [](Time time) { return "left: " + text_of(time); }) |
        op::filter("leaving_users", is_user) | op::output("left_out", KafkaOutput{cluster, output, KafkaText{}});
    return flow;
  }

  [[nodiscard]] RunOptions options() const {
    RunOptions options;
    options.workers = 2;
    return options;
  }

  static Lines read(const std::string& output) {
    Lines lines;
    for (const Record& record : read_all(output)) {
      lines[record.key.value_or("")].push_back(record.value.value_or(""));
    }
    return lines;
  }

  static std::size_t count(const Lines& lines) {
    std::size_t count = 0;
    for (const auto& [user, each] : lines) {
      count += each.size();
    }
    return count;
  }

  // The outputs of one epoch may come in any order.
  static Lines sorted(Lines lines) {
    for (auto& [user, each] : lines) {
      std::ranges::sort(each);
    }
    return lines;
  }

  std::string input_;
};

TEST_F(AnApplicationOfSessions, WhenOneToThreeProcessesRunItThenItsAnswerIsThatOfOneProcessAlone) {
  const std::string alone = create_topic(2);
  {
    const Dataflow flow = this->flow(alone, true);
    weir::run(flow, options());
  }
  const Lines expected = read(alone);
  ASSERT_GT(count(expected), 2 * kUsers);
  for (std::size_t processes = 1; processes <= 3; ++processes) {
    const std::string output = create_topic(2);
    RunOptions options = this->options();
    options.epoch_interval = 50ms;
    const std::string id = unique_name("application");
    const Dataflow flow = this->flow(output, false);
    std::vector<RunHandle> runs;
    for (std::size_t i = 0; i < processes; ++i) {
      options.application = detail::application::make_application(KafkaCluster{broker().bootstrap()}, id, "");
      runs.push_back(start(flow, options));
    }
    for (const auto end = Clock::now() + kMostWait; count(read(output)) < count(expected) && Clock::now() < end;) {
      std::this_thread::sleep_for(50ms);
    }
    for (RunHandle& run : runs) {
      run.stop();
    }
    for (RunHandle& run : runs) {
      run.wait();
    }
    EXPECT_EQ(sorted(read(output)), sorted(expected)) << processes << " processes";
  }
}

}  // namespace
}  // namespace weir::tests::kafka
