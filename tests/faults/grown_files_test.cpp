#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

constexpr Time kNoon = std::chrono::sys_days{std::chrono::year{2026} / 3 / 2} + 12h;

struct Event {
  std::int64_t minute = 0;
  std::string user;
};

Time time_of(const Event& event) { return kNoon + std::chrono::minutes{event.minute}; }

using ByUser = KeyedStream<std::string, Event>;

/// What a step over the events made: its results in the order in which they came, and how many events were late.
struct Made {
  std::map<std::tuple<std::string, std::int64_t, std::int64_t>, std::uint64_t> newest;  // by user, start and end
  std::size_t late = 0;

  friend bool operator==(const Made&, const Made&) = default;
};

enum class Kind { kTumbling, kSliding, kSessions };

/// Log files of servers, one event a line, which are added to between runs.
class GrownFiles : public ::testing::TestWithParam<std::tuple<Kind, std::size_t>> {
 protected:
  void add(const std::string& file, const std::string& user, std::vector<std::int64_t> minutes) {
    for (const std::int64_t minute : minutes) {
      contents_[file] += std::to_string(minute) + " " + user + "\n";
    }
    folder_.write(file, contents_[file]);
  }

  [[nodiscard]] static auto windows(const ByUser& by_user) {
    const EventClock clock{&time_of, 30s};
    switch (std::get<Kind>(GetParam())) {
      case Kind::kTumbling:
        return by_user | op::count_window("count", TumblingWindows{clock, 1h});
      case Kind::kSliding:
        return by_user | op::count_window("count", SlidingWindows{clock, 1h, 20min});
      case Kind::kSessions:
        break;
    }
    return by_user | op::count_window("count", SessionWindows{clock, 25min});
  }

  /// Runs over all files, and takes what comes for newer than what came before.
  void run_over_files(Made& made, std::size_t workers, const std::string& recovery = {}) const {
    using Result = std::pair<std::string, InWindow<std::uint64_t>>;
    std::vector<std::string> files;
    for (const auto& [file, content] : contents_) {
      files.push_back(folder_.path(file));
    }
    Dataflow flow{"grown"};
    const auto events = flow.input("events", TextFiles{files}) | op::map("event", [](const std::string& line) {
                          return Event{std::stoll(line), line.substr(line.find(' ') + 1)};
                        });
    const testing::Collected<Result> results;
    const testing::Collected<std::pair<std::string, Event>> late;
    const auto streams = windows(events | op::key_on("user", &Event::user));
    streams.down | op::output("out", results);
    streams.late | op::output("late_out", late);
    RunOptions options;
    options.workers = workers;
    options.recovery = recovery;
    options.epoch_items = 7;
    run(flow, options);
    made.late += late.items().size();
    for (const auto& [user, in_window] : results.items()) {
      const auto minute = [](Time time) { return (time - kNoon) / 1min; };
      const auto key = std::tuple{user, minute(in_window.window.start), minute(in_window.window.end)};
      made.newest[key] = in_window.value;
    }
  }

  [[nodiscard]] static std::size_t workers() { return std::get<std::size_t>(GetParam()); }

  /// Of sessions only those that no longer one takes in.
  [[nodiscard]] static Made without_swallowed(Made made) {
    std::erase_if(made.newest, [&](const auto& one) {
      const auto& [user, start, end] = one.first;
      return std::ranges::any_of(made.newest, [&](const auto& other) {
        const auto& [of_user, from, to] = other.first;
        return of_user == user && from <= start && end <= to && (from != start || to != end) &&
               std::get<Kind>(GetParam()) == Kind::kSessions;
      });
    });
    return made;
  }

  void expect_as_in_one_run(const Made& made) const {
    Made in_one_run;
    run_over_files(in_one_run, workers());
    EXPECT_EQ(made.late, in_one_run.late);
    EXPECT_TRUE(without_swallowed(made) == in_one_run)
        << made.newest.size() << " results in place of " << in_one_run.newest.size();
  }

  TemporaryFolder folder_;
  std::map<std::string, std::string> contents_;
};

INSTANTIATE_TEST_SUITE_P(All, GrownFiles,
                         ::testing::Combine(::testing::Values(Kind::kTumbling, Kind::kSliding, Kind::kSessions),
                                            ::testing::Values(1, 2, 4)));

TEST_P(GrownFiles, WhenTheOneThatLagsGrowsInItsOwnOrderThenNothingOfItIsLate) {
  Made made;
  const std::string recovery = folder_.path("recovery");
  add("a", "ann", {0});
  add("b", "ann", {1, 300});
  run_over_files(made, workers(), recovery);
  add("a", "ann", {120, 121, 301});
  run_over_files(made, 3, recovery);
  EXPECT_EQ(made.late, 0U);
  expect_as_in_one_run(made);
}

TEST_P(GrownFiles, WhenOneWasEmptyThenNothingOfItIsLate) {
  Made made;
  const std::string recovery = folder_.path("recovery");
  add("a", "ann", {});
  add("b", "bob", {1, 300});
  run_over_files(made, workers(), recovery);
  add("a", "ann", {120, 121, 301});
  run_over_files(made, workers(), recovery);
  EXPECT_EQ(made.late, 0U);
  expect_as_in_one_run(made);
}

TEST_P(GrownFiles, WhenManyGrowAgainAndAgainThenTheSameIsLateAsInOneRun) {
  std::mt19937 random{7};
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  Made made;
  const std::string recovery = folder_.path("recovery");
  std::vector<std::int64_t> reached(10);
  for (std::size_t growth = 0; growth < 4; ++growth) {
    for (std::size_t file = 0; file < reached.size(); ++file) {
      for (std::uint32_t left = below(3) == 0 ? 0 : below(80); left > 0; --left) {
        reached[file] += below(static_cast<std::uint32_t>(file) + 2);
        const std::int64_t back = below(40) == 0 ? below(200) : 0;
        add("log" + std::to_string(file), "user" + std::to_string(below(4)), {reached[file] - back});
      }
      add("log" + std::to_string(file), "ann", {});
    }
    run_over_files(made, growth % 2 == 0 ? workers() : 2, recovery);
  }
  EXPECT_GT(made.late, 0U);
  if (std::get<Kind>(GetParam()) != Kind::kSessions) {  // what is late may join a session that another file keeps open
    expect_as_in_one_run(made);
  }
}

TEST(GrownTables, OfAJoinByTimeGiveEachTradeThePriceOfItsTimeInTheEnd) {
  for (const std::size_t workers : {1U, 2U, 4U}) {
    const TemporaryFolder folder;
    std::map<std::int64_t, std::int64_t> price_of;  // by the trade's minute; the newest answer
    std::size_t late = 0;
    const auto run_over = [&](const std::string& trades, const std::string& prices) {
      Dataflow flow{"grown"};
      const auto minutes = [&](const std::string& id, const std::string& lines) {
        return flow.input(id, TextFiles{{folder.write(id, lines)}}) |
               op::map(id + ".minute", [](const std::string& line) { return std::int64_t{std::stoll(line)}; }) |
               op::key_on(id + ".key", [](std::int64_t /*minute*/) { return 0; });
      };
      const testing::Collected<std::pair<int, std::pair<std::int64_t, std::optional<std::int64_t>>>> out;
      const testing::Collected<std::pair<int, std::variant<std::int64_t, std::int64_t>>> late_out;
      const EventClock clock{[](std::int64_t minute) { return kNoon + std::chrono::minutes{minute}; }};
      const auto streams = op::as_of_join("price", clock, minutes("trades", trades), minutes("prices", prices));
      streams.down | op::output("out", out);
      streams.late | op::output("late_out", late_out);
      RunOptions options;
      options.workers = workers;
      options.recovery = folder.path("recovery");
      run(flow, options);
      late += late_out.items().size();
      for (const auto& [key, row] : out.items()) {
        price_of[row.first] = row.second.value_or(-1);
      }
    };
    run_over("10\n20\n30\n40\n", "5\n");
    run_over("10\n20\n30\n40\n50\n", "5\n15\n25\n");  // the prices lag, in their own order
    EXPECT_EQ(late, 0U);
    EXPECT_EQ(price_of, (std::map<std::int64_t, std::int64_t>{{10, 5}, {20, 15}, {30, 25}, {40, 25}, {50, 25}}));
  }
}

/// A partition that ends at once, and one that ends when it is told to.
class OneThatWaits {
 public:
  using Item = std::int64_t;

  explicit OneThatWaits(const std::atomic<bool>& told) : told_{&told} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return {"ends", "waits"}; }
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& name,
                                                            const std::optional<std::string>& /*position*/,
                                                            const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(name == "waits" ? told_ : nullptr);
  }

 private:
  class Partition final : public SourcePartition<Item> {
   public:
    explicit Partition(const std::atomic<bool>* told) : told_{told} {}
    Poll poll(Emit<Item>& emit) override {
      if (!std::exchange(given_, true)) {
        emit(0);
        emit(told_ != nullptr ? 300 : 1);
      }
      return told_ == nullptr || *told_ ? Poll::end() : Poll::idle(100us);
    }
    [[nodiscard]] std::string position() const override { return {}; }
    [[nodiscard]] bool bounded() const override { return true; }

   private:
    const std::atomic<bool>* told_;
    bool given_ = false;
  };

  const std::atomic<bool>* told_;
};

TEST(AFileThatHasEnded, HoldsEventTimeBackForIdleAfterAtMost) {
  for (const std::size_t workers : {1U, 2U}) {
    const TemporaryFolder folder;
    std::atomic<bool> closed{false};
    const EventClock clock{[](std::int64_t minute) { return kNoon + std::chrono::minutes{minute}; }, 0s, 1ms};
    Dataflow flow{"tested"};
    flow.input("in", OneThatWaits{closed}) | op::key_on("key", [](std::int64_t) { return 0; }) |
        op::count_window("count", TumblingWindows{clock, 1h}) |
        op::inspect("note", [&](const std::pair<int, InWindow<std::uint64_t>>&) { closed = true; }) |
        op::output("out", testing::Collected<std::pair<int, InWindow<std::uint64_t>>>{});
    RunOptions options;
    options.workers = workers;
    options.recovery = folder.path("recovery");
    EXPECT_EQ(run(flow, options).outcome, Outcome::kDone) << "the window of noon closes before the input ends";
  }
}

}  // namespace
}  // namespace weir
