#include "weir/detail/windows/session_logic.hpp"

#include <chrono>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "unit/operators/only_worker.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/window.hpp"

namespace weir::detail {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Time at(std::int64_t nanosecond) { return Time{std::chrono::nanoseconds{nanosecond}}; }

struct Sum {
  static std::int64_t first(std::int64_t value) { return value; }
  static void add(std::int64_t& sum, std::int64_t value) { sum += value; }
  static void merge(std::int64_t& sum, std::int64_t other) { sum += other; }
  static std::int64_t result(std::int64_t sum) { return sum; }
};

/// First, end and sum of a session.
using Result = std::tuple<std::int64_t, std::int64_t, std::int64_t>;

struct Results {
  std::vector<Result>* emitted;

  void result(const Window& window, std::int64_t sum) const {
    emitted->emplace_back(window.start.time_since_epoch().count(), window.end.time_since_epoch().count(), sum);
  }
  static void late(std::int64_t&& /*value*/) {}
  static void event(WindowEvent::Kind /*kind*/, const Window& /*window*/, std::int64_t /*into*/ = 0) {}
};

/// The sessions of one key, with gaps of 10 ns.
class SessionsOfAKey {
 public:
  explicit SessionsOfAKey(std::chrono::nanoseconds lateness = 100ns) : logic_{{}, {}, 10ns, lateness} {}

  void item(std::int64_t time, std::int64_t value) {
    keyed::Alarms alarms{0, time_};
    time::Timed<std::int64_t> item{value, at(time), at(time)};
    if (auto rest = logic_.glance(state_, std::move(item), alarms)) {
      logic_.on_item(0, state_, *std::move(rest), emit_, alarms);
    }
  }

  /// What is emitted as time comes to this point.
  std::vector<Result> watermark(std::int64_t time) {
    time_.advance({at(time), at(0)});
    for (auto slots = time_.take(); !slots.empty(); slots = time_.take()) {
      for (std::size_t i = 0; i < slots.size() && state_; ++i) {
        keyed::Alarms alarms{0, time_};
        if (!logic_.put_off(state_, alarms)) {
          logic_.on_alarm(0, state_, emit_, alarms);
        }
      }
    }
    if (!state_) {
      state_.reset();
    }
    return std::exchange(emitted_, {});
  }

  [[nodiscard]] bool any() const { return static_cast<bool>(state_); }

  /// Goes on behind a snapshot that has the state as it was then.
  void restore(const SessionsOfAKey& snapshot) {
    time_.advance({snapshot.time_.watermark(), at(0)});
    state_.emplace(Logic::State{*snapshot.state_});
    keyed::Alarms alarms{0, time_};
    logic_.on_restore(0, *state_, alarms);
  }

 private:
  using Logic = windows::SessionLogic<Sum, windows::ClockedArrivals<std::int64_t>>;

  OnlyWorker worker_;
  keyed::StepAlarms time_{worker_.parts("sessions")};
  Logic logic_;
  Logic::Holder state_;
  std::vector<Result> emitted_;
  Results emit_{&emitted_};
};

TEST(SessionLogic, ASessionThatGrewAfterItWasEmittedIsEmittedAgainWhenTimeComesToItsNewEnd) {
  SessionsOfAKey sessions;
  sessions.item(0, 1);
  EXPECT_THAT(sessions.watermark(10), ElementsAre(Result{0, 10, 1}));
  sessions.item(9, 2);
  EXPECT_THAT(sessions.watermark(18), IsEmpty());
  EXPECT_THAT(sessions.watermark(19), ElementsAre(Result{0, 19, 3}));
  EXPECT_THAT(sessions.watermark(118), IsEmpty());
  EXPECT_TRUE(sessions.any());
  EXPECT_THAT(sessions.watermark(119), IsEmpty());
  EXPECT_FALSE(sessions.any());
}

TEST(SessionLogic, ALateItemOfASessionThatIsOverIsEmittedAtOnce) {
  SessionsOfAKey sessions;
  sessions.item(0, 1);
  sessions.item(5, 1);
  EXPECT_THAT(sessions.watermark(30), ElementsAre(Result{0, 15, 2}));
  sessions.item(2, 5);
  EXPECT_THAT(sessions.watermark(30), ElementsAre(Result{0, 15, 7}));
}

TEST(SessionLogic, ALateItemJoinsASessionThatWasEmittedToOneThatIsOpen) {
  SessionsOfAKey sessions;
  sessions.item(0, 1);
  EXPECT_THAT(sessions.watermark(10), ElementsAre(Result{0, 10, 1}));
  sessions.item(15, 2);
  sessions.item(8, 4);
  EXPECT_THAT(sessions.watermark(25), ElementsAre(Result{0, 25, 7}));
}

TEST(SessionLogic, AnItemJoinsTheSessionsThatItLiesIn) {
  SessionsOfAKey sessions{0ns};
  for (const std::int64_t time : {0, 20, 38, 60}) {
    sessions.item(time, time + 1);
  }
  sessions.item(45, 100);  // one of four
  sessions.item(29, 200);  // two of them
  sessions.item(8, 300);   // the first
  EXPECT_THAT(sessions.watermark(18), ElementsAre(Result{0, 18, 301}));
  sessions.item(62, 400);
  EXPECT_THAT(sessions.watermark(54), IsEmpty());
  EXPECT_THAT(sessions.watermark(55), ElementsAre(Result{20, 55, 360}));
  EXPECT_THAT(sessions.watermark(71), IsEmpty());
  EXPECT_THAT(sessions.watermark(72), ElementsAre(Result{60, 72, 461}));
  EXPECT_FALSE(sessions.any());
}

TEST(SessionLogic, AnAlarmThatWasPutOffIsSetAgainAsASnapshotHadIt) {
  SessionsOfAKey sessions{0ns};
  sessions.item(0, 1);
  sessions.item(9, 2);
  SessionsOfAKey resumed{0ns};
  resumed.restore(sessions);
  for (SessionsOfAKey* const each : {&sessions, &resumed}) {
    EXPECT_THAT(each->watermark(10), IsEmpty());
    EXPECT_THAT(each->watermark(18), IsEmpty());
    EXPECT_THAT(each->watermark(19), ElementsAre(Result{0, 19, 3}));
    EXPECT_FALSE(each->any());
  }
}

// The greatest times that events may have.
TEST(SessionLogic, TimesMayLieFarFromTheEpoch) {
  constexpr std::int64_t kFar = (std::int64_t{1} << 62) - 1;
  SessionsOfAKey sessions;
  sessions.item(-kFar, 1);
  sessions.item(-kFar + 9, 2);
  EXPECT_THAT(sessions.watermark(-kFar + 19), ElementsAre(Result{-kFar, -kFar + 19, 3}));
  EXPECT_THAT(sessions.watermark(0), IsEmpty());
  EXPECT_FALSE(sessions.any());
  sessions.item(kFar, 4);
  EXPECT_THAT(sessions.watermark(kFar + 10), ElementsAre(Result{kFar, kFar + 10, 4}));
}

}  // namespace
}  // namespace weir::detail
