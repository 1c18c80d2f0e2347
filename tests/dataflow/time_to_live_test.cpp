#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "weir/testing_recovery.hpp"

// Times to live that are over: tests/simulation/time_to_live_test.cpp, by a clock that the test moves.

namespace weir {
namespace {

using namespace std::chrono_literals;

using Key = std::string;
using Numbers = std::vector<std::pair<Key, int>>;

auto total() {
  return op::scan("total", [] { return 0; }, [](int& sum, int number) { sum += number; });
}

std::vector<Numbers> numbers_of_keys() {
  std::vector<Numbers> partitions(3);
  for (int n = 0; n < 210; ++n) {
    partitions[static_cast<std::size_t>(n) % 3].emplace_back(std::to_string(n % 3) + "." + std::to_string(n % 12), n);
  }
  return partitions;
}

TEST(ATimeToLive, ThatIsNotOverChangesNothing) {
  const auto partitions = numbers_of_keys();
  const auto expected = testing::run_over(partitions, [](const auto& in) { return in | total(); }, 1);
  expect_everywhere(partitions, [](const auto& in) { return in | op::time_to_live(1h, total()); }, expected);
}

TEST(ATimeToLive, ThatIsNotOverLosesNothingOverAborts) {
  const auto partitions = numbers_of_keys();
  auto expected = testing::run_over(partitions, [](const auto& in) { return in | total(); }, 1);
  auto out = testing::run_over_aborted(partitions, [](const auto& in) { return in | op::time_to_live(1h, total()); },
                                       {.at = {1, 60, 45, 7, 100}});
  std::ranges::sort(expected);
  std::ranges::sort(out);
  EXPECT_EQ(out, expected);
}

TEST(ATimeToLive, MayStandAroundWindows) {
  const std::vector<Numbers> partitions{{{"ann", 1}, {"ann", 4}, {"bob", 7}, {"ann", 12}}};
  const EventClock clock{[](int second) { return std::chrono::sys_seconds{std::chrono::seconds{second}}; }};
  const auto windows = op::sum_window("sum", TumblingWindows{clock, 10s});
  expect_everywhere(
      partitions,
      [&](const auto& in) {
        return op::time_to_live(1h, windows).apply(in).down |
               op::map_value("value", [](const auto& in_window) { return static_cast<int>(in_window.value); });
      },
      Numbers{{"ann", 5}, {"bob", 7}, {"ann", 12}});
}

/// Waits for longer than its items live before each but the first, once what came before it is through.
class Slow {
 public:
  using Item = Numbers::value_type;

  explicit Slow(testing::Collected<Item> out) : out_{std::move(out)} {}

  [[nodiscard]] std::vector<std::string> partitions() const { return {"one"}; }
  [[nodiscard]] std::unique_ptr<SourcePartition<Item>> open(const std::string& /*name*/,
                                                            const std::optional<std::string>& /*position*/,
                                                            const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(out_);
  }

 private:
  class Partition final : public SourcePartition<Item> {
   public:
    explicit Partition(testing::Collected<Item> out) : out_{std::move(out)} {}

    Poll poll(Emit<Item>& emit) override {
      if (next_ == 3) {
        return Poll::end();
      }
      if (!waited_ && out_.items().size() < static_cast<std::size_t>(next_)) {
        return Poll::idle(1ms);
      }
      waited_ = !waited_;
      if (waited_) {
        return Poll::idle(20ms);
      }
      emit({"ann", ++next_});
      return Poll::more();
    }
    [[nodiscard]] std::string position() const override { return std::to_string(next_); }

   private:
    testing::Collected<Item> out_;
    int next_ = 0;
    bool waited_ = false;
  };

  testing::Collected<Item> out_;
};

TEST(ATimeToLive, GoesByTheClockOfTheRun) {
  for (const std::size_t workers : testing::kWorkerCounts) {
    Dataflow flow{"slow"};
    const testing::Collected<Numbers::value_type> out;
    flow.input("in", Slow{out}) | op::time_to_live(1ms, total()) | op::output("out", out);
    RunOptions options;
    options.workers = workers;
    run(flow, options);
    EXPECT_EQ(out.items(), (Numbers{{"ann", 1}, {"ann", 2}, {"ann", 3}}));
  }
}

/// What the dataflow says against a step.
template <typename Add>
std::string refusal(Add add) {
  Dataflow flow{"refused"};
  const auto in = flow.input("in", testing::Scripted<Numbers::value_type>{{{}}});
  try {
    add(in);
  } catch (const BuildError& error) {
    return error.what();
  }
  return {};
}

TEST(ATimeToLive, NeedsAStepThatKeepsAState) {
  const auto same = [](const auto& item) { return item; };
  EXPECT_EQ(refusal([&](const auto& in) { in | op::time_to_live(1h, op::map("same", same)); }),
            "dataflow \"refused\": time_to_live: it wraps steps that keep a state for every key, and was given "
            "\"same\", which keep none");
  EXPECT_EQ(refusal([&](const auto& in) { in | op::time_to_live(1h, op::output("out", StandardOutput{})); }),
            "dataflow \"refused\": time_to_live: it wraps steps that keep a state for every key, and was given "
            "\"out.format\", \"out\", which keep none");
  EXPECT_EQ(refusal([&](const auto& in) { in | op::time_to_live(1h, same); }),
            "dataflow \"refused\": time_to_live: it wraps steps that keep a state for every key, and was given "
            "none");
}

TEST(ATimeToLive, IsPositive) {
  EXPECT_EQ(refusal([](const auto& in) { in | op::time_to_live(0s, total()); }),
            "step \"total\": time_to_live is 0 ns; it must be positive, and at most 36 years");
  EXPECT_EQ(refusal([](const auto& in) { op::join("join", TimeToLive{-1ns}, in, in); }),
            "step \"join\": time_to_live is -1 ns; it must be positive, and at most 36 years");
  EXPECT_THAT(refusal([](const auto& in) { in | op::time_to_live(24h * 365 * 100, total()); }),
              ::testing::HasSubstr("at most 36 years"));
}

TEST(ATimeToLive, IsNothingForTheRowsOfATable) {
  EXPECT_THAT(refusal([](const auto& in) {
                const auto look_up = [&](const auto& stream) {
                  return op::lookup("rows", stream, [](const auto& item) { return item.first; }, in);
                };
                in | op::time_to_live(1h, look_up);
              }),
              ::testing::HasSubstr("it cannot drop the rows of step \"rows\", which every worker holds"));
}

}  // namespace
}  // namespace weir
