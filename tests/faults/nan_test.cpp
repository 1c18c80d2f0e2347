#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A number as text, which tells zeros and kinds of NaN apart.
std::string text(double number) {
  return (std::signbit(number) ? "-" : "") +
         (std::isnan(number) ? std::string{"nan"} : std::to_string(std::fabs(number)));
}
std::string text(const std::vector<double>& numbers) {
  std::string all;
  for (const double number : numbers) {
    all += (all.empty() ? "" : " ") + text(number);
  }
  return all;
}

using Items = std::vector<std::pair<std::string, double>>;

/// What steps give, on one worker and more, of items in each of their orders and dealt to partitions.
template <typename Steps>
void expect_of_any_order(std::vector<double> numbers, Steps steps, std::vector<std::string> expected) {
  std::ranges::sort(expected);
  std::vector<std::size_t> order(numbers.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  int permutations = 0;
  do {
    if (++permutations % 7 != 1) {
      continue;
    }
    const std::size_t workers = permutations % 2 == 0 ? 1 : 2;
    std::vector<Items> partitions(2);
    for (std::size_t i = 0; i < order.size(); ++i) {
      partitions[i % 2].emplace_back("key", numbers[order[i]]);
    }
    auto out = testing::run_over(partitions, steps, workers);
    std::ranges::sort(out);
    ASSERT_EQ(out, expected) << "permutation " << permutations << ", " << workers << " workers";
  } while (std::ranges::next_permutation(order).found);
}

TEST(Nan, ComesLastAmongTheGreatest) {
  expect_of_any_order({5, kNan, 7, 9, kInfinity},
                      [](auto in) {
                        return op::merge("all",
                                         in | op::top_n_final("top", 3) |
                                             op::map("top_text", [](const auto& e) { return text(e.second); }),
                                         in | op::top_n_final("all_of_them", 9).combined() |
                                             op::map("all_text", [](const auto& e) { return text(e.second); }));
                      },
                      {"inf 9.000000 7.000000", "inf 9.000000 7.000000 5.000000 nan"});
}

TEST(Nan, IsTheLeastOrTheGreatestOnlyWhereNothingElseIs) {
  expect_of_any_order({-kNan, 2, kNan, 7, -1},
                      [](auto in) {
                        const auto as_text = [](const auto& each) { return text(each.second); };
                        return op::merge("all", in | op::max_final("max").combined() | op::map("max_text", as_text),
                                         in | op::min_final("min") | op::map("min_text", as_text));
                      },
                      {"7.000000", "-1.000000"});
  expect_of_any_order({kNan, kNan, -kNan},
                      [](auto in) {
                        const auto as_text = [](const auto& each) { return text(each.second); };
                        return op::merge("all", in | op::max_final("max") | op::map("max_text", as_text),
                                         in | op::min_final("min") | op::map("min_text", as_text));
                      },
                      {"nan", "-nan"});
}

TEST(Zeros, HaveAnOrder) {
  expect_of_any_order({0.0, -0.0, -0.0, 0.0},
                      [](auto in) {
                        const auto as_text = [](const auto& each) { return text(each.second); };
                        return op::merge("all", in | op::max_final("max") | op::map("max_text", as_text),
                                         in | op::min_final("min") | op::map("min_text", as_text));
                      },
                      {"0.000000", "-0.000000"});
}

struct Reading {
  double celsius = 0;
  std::int64_t second = 0;
};

TEST(Nan, InAMemberComesLastInSlidingWindows) {
  std::vector<std::pair<std::string, Reading>> readings;
  std::int64_t second = 0;
  for (const double celsius : {5.0, kNan, 7.0, 6.0, kNan, 9.0, 1.0, kNan}) {
    readings.emplace_back("key", Reading{celsius, second++});
  }
  const auto steps = [](auto in) {
    const EventClock clock{[](const Reading& reading) { return Time{1s * reading.second}; }, 10s};
    const SlidingWindows windows{clock, 8s, 2s};
    return op::merge("all",
                     (in | op::aggregate_window("top", windows, agg::TopN{3, &Reading::celsius})).down |
                         op::filter("first", [](const auto& each) { return each.second.window.start == Time{}; }) |
                         op::map("top_text",
                                 [](const auto& each) {
                                   std::vector<double> all;
                                   for (const Reading& reading : each.second.value) {
                                     all.push_back(reading.celsius);
                                   }
                                   return text(all);
                                 }),
                     (in | op::max_window("max", windows, &Reading::celsius)).down |
                         op::filter("one", [](const auto& each) { return each.second.window.start == Time{}; }) |
                         op::map("max_text", [](const auto& each) { return text(each.second.value.celsius); }));
  };
  for (int round = 0; round < 8; ++round) {
    std::ranges::rotate(readings, readings.begin() + 3);
    auto out = testing::run_over(std::vector<std::vector<std::pair<std::string, Reading>>>{readings}, steps,
                                 static_cast<std::size_t>(1 + round % 2));
    EXPECT_THAT(out, ::testing::UnorderedElementsAre("9.000000 7.000000 6.000000", "9.000000"));
  }
}

TEST(ValueOrder, IsAnOrderOfAllValues) {
  const auto expect_order = [](const auto& ascending, const auto& descending) {
    for (std::size_t i = 0; i < ascending.size(); ++i) {
      for (std::size_t j = 0; j < ascending.size(); ++j) {
        EXPECT_EQ(detail::containers::GoesBefore<false>{}(ascending[i], ascending[j]), i < j) << i << " and " << j;
        EXPECT_EQ(detail::containers::GoesBefore<true>{}(descending[i], descending[j]), i < j) << i << " and " << j;
      }
    }
  };
  expect_order(std::vector{-kInfinity, -1.0, -0.0, 0.0, 1.0, kInfinity, -kNan, kNan},
               std::vector{kInfinity, 1.0, 0.0, -0.0, -1.0, -kInfinity, kNan, -kNan});
  using Pair = std::pair<float, int>;
  const auto nan = static_cast<float>(kNan);
  expect_order(std::vector<Pair>{{1.0F, 1}, {1.0F, 2}, {2.0F, 0}, {nan, 1}, {nan, 2}},
               std::vector<Pair>{{2.0F, 0}, {1.0F, 2}, {1.0F, 1}, {nan, 2}, {nan, 1}});
  using Tuple = std::tuple<int, std::optional<double>>;
  expect_order(std::vector<Tuple>{{1, std::nullopt}, {1, 2.0}, {1, kNan}, {2, 0.0}},
               std::vector<Tuple>{{2, 0.0}, {1, 2.0}, {1, kNan}, {1, std::nullopt}});
  using Some = std::vector<double>;
  expect_order(std::vector<Some>{{}, {1.0}, {1.0, 1.0}, {1.0, kNan}, {kNan}},
               std::vector<Some>{{1.0, 1.0}, {1.0, kNan}, {1.0}, {kNan}, {}});
}

struct Score {
  int round = 0;
  double points = 0;
  friend auto operator<=>(const Score&, const Score&) = default;
};

TEST(ValueOrder, OfWhatDoesNotCompareWithItselfIsLast) {
  const Score low{1, 1.0};
  const Score high{2, 0.0};
  const Score none{1, kNan};
  EXPECT_TRUE(detail::containers::GoesBefore<false>{}(low, high));
  EXPECT_TRUE(detail::containers::GoesBefore<false>{}(high, none));
  EXPECT_FALSE(detail::containers::GoesBefore<false>{}(none, high));
  EXPECT_TRUE(detail::containers::GoesBefore<true>{}(high, low));
  EXPECT_TRUE(detail::containers::GoesBefore<true>{}(low, none));
  EXPECT_FALSE(detail::containers::GoesBefore<true>{}(none, none));
}

TEST(SumsOfFloatingPoint, DoNotDependOnTheOrderOfTheValues) {
  std::vector<std::pair<std::string, double>> numbers;
  for (int i = 1; i <= 400; ++i) {
    numbers.emplace_back("key", (i % 2 == 0 ? 1e15 : 0.1) / i);
  }
  const auto steps = [](auto in) {
    const auto exactly = [](const auto& each) { return each.second; };
    return op::merge(
        "all", in | op::sum_final("sum") | op::map("sum_text", exactly),
        in | op::sum_final("combined").combined() | op::map("combined_text", exactly),
        in | op::mean_final("mean") | op::map("mean_text", [](const auto& each) { return each.second * 400; }));
  };
  std::vector<double> sums;
  for (std::size_t workers = 1; workers <= 4; ++workers) {
    std::vector<std::vector<std::pair<std::string, double>>> partitions(workers);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      partitions[i % workers].push_back(numbers[(i * 17 * workers + workers) % numbers.size()]);
    }
    if (workers == 4) {  // 68 and 400 have a common divisor: all of them, backwards
      partitions.assign(4, {});
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        partitions[i / 100].push_back(numbers[numbers.size() - 1 - i]);
      }
    }
    if (workers == 2) {
      partitions.assign(2, {});
      for (std::size_t i = 0; i < numbers.size(); ++i) {
        partitions[i % 3 == 0 ? 0 : 1].push_back(numbers[i]);
      }
    }
    for (const double sum : testing::run_over(partitions, steps, workers)) {
      sums.push_back(sum);
    }
  }
  ASSERT_EQ(sums.size(), 12U);
  EXPECT_THAT(sums, ::testing::Each(::testing::DoubleEq(sums.front())));
}

TEST(SumsOfFloatingPoint, KeepWhatIsRoundedOff) {
  const auto sum = [](const std::vector<double>& values) {
    agg::Sum adder;
    auto so_far = adder.first(values.front());
    for (std::size_t i = 1; i < values.size(); ++i) {
      adder.add(so_far, values[i]);
    }
    return adder.result(so_far);
  };
  EXPECT_EQ(sum({1.0, 1e100, 1.0, -1e100}), 2.0);
  EXPECT_EQ(sum({kInfinity, 1.0}), kInfinity);
  EXPECT_EQ(sum({1.0, -kInfinity}), -kInfinity);
  EXPECT_TRUE(std::isnan(sum({kInfinity, -kInfinity})));
  EXPECT_TRUE(std::isnan(sum({kNan, 1.0})));
  EXPECT_EQ(sum({1e308, 1e308}), kInfinity);
}

}  // namespace
}  // namespace weir
