#include "weir/detail/windows/session_logic.hpp"

#include <chrono>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "unit/operators/only_worker.hpp"
#include "weir/detail/alarms.hpp"
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

/// The sessions of one key, with gaps of 10 ns and 100 ns of lateness allowed.
class SessionsOfAKey {
 public:
  void item(std::int64_t time, std::int64_t value) {
    Alarms alarms{0, time_};
    logic_.on_item(0, state_, {value, at(time), at(time)}, emit_, alarms);
  }

  /// What is emitted as time comes to this point.
  std::vector<Result> watermark(std::int64_t time) {
    time_.advance({at(time), at(0)});
    for (auto slots = time_.take(); !slots.empty(); slots = time_.take()) {
      for (std::size_t i = 0; i < slots.size() && state_; ++i) {
        Alarms alarms{0, time_};
        logic_.on_alarm(0, state_, emit_, alarms);
      }
    }
    if (!state_) {
      state_.reset();
    }
    return std::exchange(emitted_, {});
  }

  [[nodiscard]] bool any() const { return static_cast<bool>(state_); }

 private:
  using Logic = SessionLogic<Sum, ClockedArrivals<std::int64_t>>;

  OnlyWorker worker_;
  StepAlarms time_{worker_.parts("sessions")};
  Logic logic_{{}, {}, 10ns, 100ns};
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
