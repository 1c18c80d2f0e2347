#include "kafka/apart.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "kafka/changed_waits.hpp"
#include "kafka/patience.hpp"
#include "weir/log.hpp"

namespace weir::detail::kafka {
namespace {

// Goes on once a line was written.
class GoesOnOnceWarned final : public LogTarget {
 public:
  void write(Level /*level*/, std::string_view /*step*/, std::string_view words) override {
    if (line.empty()) {
      line = words;
      warned.set_value();
    }
  }

  std::string line;
  std::promise<void> warned;
};

std::string brokers_are_down() { return "all brokers are down"; }

TEST(CallApart, WhenTheCallComesBackThenItsErrorIsTheResult) {
  Patience patience{{}};
  const Error error =
      call_apart([] { return Error{rd_kafka_error_new(RD_KAFKA_RESP_ERR__STATE, "no")}; }, patience, &brokers_are_down);
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(rd_kafka_error_code(error.get()), RD_KAFKA_RESP_ERR__STATE);
}

TEST(CallApart, WhenTheCallDoesNotComeBackThenWhoWaitsCanGiveUpAndTheCallKeepsWhatItHolds) {
  Patience patience{{}};
  patience.give_up();
  std::promise<void> back;
  auto held = std::make_shared<std::promise<void>>();
  std::future<void> let_go = held->get_future();
  EXPECT_THROW(static_cast<void>(call_apart(
                   [held = std::move(held), come = back.get_future().share()] {
                     come.wait();
                     return Error{};
                   },
                   patience, &brokers_are_down)),
               GivenUp);
  EXPECT_EQ(let_go.wait_for(std::chrono::seconds{0}), std::future_status::timeout);
  back.set_value();
  EXPECT_THROW(let_go.get(), std::future_error);  // its promise is gone
}

TEST(CallApart, WhenTheCallDoesNotComeBackThenALookCanEndTheWait) {
  std::promise<void> back;
  int looks = 0;
  EXPECT_THROW(static_cast<void>(call_apart(
                   [come = back.get_future().share()] {
                     come.wait();
                     return Error{};
                   },
                   [&looks] {
                     if (++looks == 2) {
                       throw std::runtime_error{"late"};
                     }
                   })),
               std::runtime_error);
  EXPECT_EQ(looks, 2);
  back.set_value();
}

TEST(CallApart, WhenTheCallDoesNotComeBackThenItIsToldWhyTheOutputWaits) {
  const tests::kafka::ChangedWaits changed{[](Waits& waits) { waits.between_warnings = {}; }};
  GoesOnOnceWarned log;
  Patience patience{Log{&log, "out"}};
  patience.begin("1 epoch");
  const auto warned = [come = log.warned.get_future().share()] {
    come.wait();
    return Error{};
  };
  EXPECT_EQ(call_apart(warned, patience, &brokers_are_down), nullptr);
  EXPECT_EQ(log.line, "Kafka does not take the output for 0 s, 1 epoch held back: all brokers are down");
}

}  // namespace
}  // namespace weir::detail::kafka
