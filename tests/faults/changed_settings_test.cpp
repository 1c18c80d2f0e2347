#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "temporary_folder.hpp"
#include "weir/detail/snapshot/state_settings.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Numbers = std::vector<std::int64_t>;
using Keyed = std::pair<std::string, std::int64_t>;

/// The settings of the steps of a flow.
struct Settings {
  CountWindows count{5, 0};
  std::chrono::nanoseconds gap = 5s;
  std::chrono::nanoseconds lateness = 5s;
  std::size_t n = 5;
  std::size_t max_items = 5;
  std::chrono::nanoseconds before = 10s;
  std::chrono::nanoseconds after = 10s;
  std::chrono::nanoseconds tolerance = 10s;
};

/// Two runs of a flow, with other settings, on one recovery directory: the first has the numbers 1 to 4, and stops.
class ARunThatResumesWithOtherSettings : public ::testing::TestWithParam<std::size_t> {
 protected:
  /// @param add_steps  adds a step, whose texts go to the output
  template <typename AddSteps>
  std::vector<std::string> texts(AddSteps add_steps, const Settings& settings, std::int64_t until) {
    Dataflow flow{"changed"};
    testing::Collected<std::string> out;
    std::vector<Keyed> numbers;
    for (std::int64_t number = 1; number <= until; ++number) {
      numbers.emplace_back("key", number);
    }
    const bool stops = until < 16;
    const auto in = flow.input(
        "in", testing::Scripted<Keyed>{{std::move(numbers)}, stops ? testing::Then::kPause : testing::Then::kEnd});
    add_steps(in, settings) | op::output("out", out);
    RunOptions options;
    options.workers = GetParam();
    options.recovery = folder_.path("recovery");
    options.epoch_items = 1;
    if (stops) {
      RunHandle handle = start(flow, options);
      while (read_ < 4) {
        std::this_thread::yield();
      }
      handle.stop();
      handle.wait();
    } else {
      run(flow, options);
    }
    return out.items();
  }

  /// What the second run gives.
  template <typename AddSteps>
  std::vector<std::string> resumed(AddSteps add_steps, const Settings& settings) {
    const auto counted = [&](const Stream<Keyed>& in, const Settings& each) {
      return add_steps(in | op::inspect("read", [this](const Keyed&) { ++read_; }), each);
    };
    std::filesystem::remove_all(folder_.path("recovery"));
    read_ = 0;
    texts(counted, Settings{}, 4);
    return texts(counted, settings, 16);
  }

  template <typename AddSteps>
  void expect_refused(AddSteps add_steps, const Settings& settings, const std::string& part_of_message) {
    try {
      resumed(add_steps, settings);
      FAIL() << "it ran";
    } catch (const RecoveryError& error) {
      EXPECT_EQ(error.kind(), RecoveryError::Kind::kRefused);
      EXPECT_THAT(error.what(), HasSubstr("its settings have changed"));
      EXPECT_THAT(error.what(), HasSubstr(part_of_message));
    }
  }

  static std::string text(const std::pair<std::string, Numbers>& each) {
    std::string text;
    for (const std::int64_t number : each.second) {
      text += (text.empty() ? "" : " ") + std::to_string(number);
    }
    return text;
  }

  TemporaryFolder folder_;
  std::atomic<int> read_{0};
};

const EventClock kClock{[](std::int64_t number) { return Time{1s * number}; }, 0s};

TEST_P(ARunThatResumesWithOtherSettings, IsRefusedIfWindowsByCountAreNotTheSame) {
  const auto windows = [](const auto& in, const Settings& settings) {
    return (in | op::count_window("window", settings.count)).down |
           op::map("text", [](const auto&) { return std::string{}; });
  };
  Settings settings;
  settings.count = {3, 0};
  expect_refused(windows, settings, "in windows of 5 items every 5");
}

TEST_P(ARunThatResumesWithOtherSettings, IsRefusedIfWindowsByCountBeginElsewhere) {
  const auto windows = [](const auto& in, const Settings& settings) {
    return (in | op::count_window("window", settings.count)).down |
           op::map("text", [](const auto&) { return std::string{}; });
  };
  Settings settings;
  settings.count = {5, 2};
  expect_refused(windows, settings, "in windows of 5 items every 2");
}

TEST_P(ARunThatResumesWithOtherSettings, IsRefusedIfTheGapOfSessionsIsAnother) {
  const auto sessions = [](const auto& in, const Settings& settings) {
    return (in | op::count_window("session", SessionWindows{kClock, settings.gap})).down |
           op::map("text", [](const auto&) { return std::string{}; });
  };
  Settings settings;
  settings.gap = 6s;
  expect_refused(sessions, settings, "a gap of 6000000000 ns");
}

TEST_P(ARunThatResumesWithOtherSettings, AllowsLessLatenessButNotMore) {
  const auto of = [](auto windows_by) {
    return [windows_by](const auto& in, const Settings& settings) {
      return (in | op::count_window("window", windows_by(settings.lateness))).down |
             op::map("text", [](const auto&) { return std::string{}; });
    };
  };
  using Lateness = std::chrono::nanoseconds;
  const auto tumbling = [](Lateness lateness) {
    return TumblingWindows{.clock = kClock, .length = 5s, .allowed_lateness = lateness};
  };
  const auto sliding = [](Lateness lateness) {
    return SlidingWindows{.clock = kClock, .length = 5s, .every = 2s, .allowed_lateness = lateness};
  };
  const auto session = [](Lateness lateness) {
    return SessionWindows{.clock = kClock, .gap = 5s, .allowed_lateness = lateness};
  };
  Settings settings;
  settings.lateness = 6s;
  expect_refused(of(tumbling), settings, "allowed_lateness in ns at most 6000000000");
  expect_refused(of(sliding), settings, "allowed_lateness in ns at most 6000000000");
  expect_refused(of(session), settings, "allowed_lateness in ns at most 6000000000");
  settings.lateness = 4s;
  EXPECT_THAT(resumed(of(tumbling), settings), ::testing::Not(IsEmpty()));
}

TEST_P(ARunThatResumesWithOtherSettings, HasFewerGreatestValuesButNotMore) {
  const auto top = [](const auto& in, const Settings& settings) {
    return in | op::top_n("top", settings.n) | op::map("text", &text);
  };
  Settings settings;
  settings.n = 2;
  std::vector<std::string> expected;
  for (int number = 5; number <= 16; ++number) {
    expected.push_back(std::to_string(number) + " " + std::to_string(number - 1));
  }
  EXPECT_EQ(resumed(top, settings), expected);
}

TEST_P(ARunThatResumesWithOtherSettings, IsRefusedIfMoreGreatestValuesAreAskedFor) {
  const auto top = [](const auto& in, const Settings& settings) {
    return in | op::top_n_final("top", settings.n) | op::map("text", &text);
  };
  Settings settings;
  settings.n = 6;
  expect_refused(top, settings, "n at most 5");
}

TEST_P(ARunThatResumesWithOtherSettings, HasFewerGreatestValuesAtTheEnd) {
  const auto top = [](const auto& in, const Settings& settings) {
    return in | op::top_n_final("top", settings.n, std::negate<>{}) | op::map("text", &text);
  };
  Settings settings;
  settings.n = 3;
  EXPECT_THAT(resumed(top, settings), ElementsAre("1 2 3"));
}

TEST_P(ARunThatResumesWithOtherSettings, GathersAsManyAsItSays) {
  const auto parcels = [](const auto& in, const Settings& settings) {
    return in | op::collect("parcels", settings.max_items, 1h) | op::map("text", &text);
  };
  Settings settings;
  settings.max_items = 3;
  EXPECT_THAT(resumed(parcels, settings), ElementsAre("1 2 3", "4 5 6", "7 8 9", "10 11 12", "13 14 15", "16"));
}

TEST_P(ARunThatResumesWithOtherSettings, IsRefusedIfAJoinReachesFurther) {
  const auto join = [](const auto& in, const Settings& settings) {
    return op::interval_join("join", kClock, in, in, -settings.before, settings.after).down |
           op::map("text", [](const auto&) { return std::string{}; });
  };
  Settings settings;
  settings.after = 11s;
  expect_refused(join, settings, "ns after at most 10000000000");
  settings.after = 9s;
  settings.before = 0s;
  EXPECT_FALSE(texts(join, settings, 16).empty());
}

TEST_P(ARunThatResumesWithOtherSettings, IsRefusedIfATolerantJoinToleratesMore) {
  const auto join = [](const auto& in, const Settings& settings) {
    return op::as_of_join("join", kClock, in, in, settings.tolerance).down |
           op::map("text", [](const auto&) { return std::string{}; });
  };
  Settings settings;
  settings.tolerance = std::chrono::nanoseconds::max();
  expect_refused(join, settings, "tolerance in ns at most 10000000000");
}

INSTANTIATE_TEST_SUITE_P(On, ARunThatResumesWithOtherSettings, ::testing::Values(1, 2));

TEST(StateSettings, FitIfWordsAreTheSameAndLimitsAreNotLarger) {
  const auto settings = [](std::int64_t n, std::int64_t m) {
    return detail::snapshot::StateSettings{}.fix(" in windows of 3 items").at_most("n", n).at_most("m", m);
  };
  EXPECT_EQ(settings(3, -4).text(), " in windows of 3 items; n at most 3; m at most -4");
  EXPECT_TRUE(settings(3, -4).fit(settings(3, -4).text()));
  EXPECT_TRUE(settings(3, -4).fit(settings(30, 7).text()));
  EXPECT_FALSE(settings(3, -4).fit(settings(2, 7).text()));
  EXPECT_FALSE(settings(3, -4).fit(settings(3, -5).text()));
  EXPECT_FALSE(settings(3, -4).fit(""));
  EXPECT_FALSE(settings(3, -4).fit(settings(3, -4).text() + "; more at most 1"));
  EXPECT_FALSE(detail::snapshot::StateSettings{}.fit("; n at most 1"));
  EXPECT_TRUE(detail::snapshot::StateSettings{}.fit(""));
  EXPECT_FALSE(detail::snapshot::StateSettings{}.at_most("n", 1).fit("; n at most 99999999999999999999"));
}

}  // namespace
}  // namespace weir
