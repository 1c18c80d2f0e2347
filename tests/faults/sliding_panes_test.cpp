#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::uint64_t kItems = 20'000;
constexpr std::uint64_t kKeys = 4;

struct Reading {
  std::uint64_t sensor = 0;
  std::int64_t at = 0;  ///< in nanoseconds
};

Time time_of_reading(const Reading& reading) { return Time{nanoseconds{reading.at}}; }

std::atomic<std::uint64_t> folds{0};

/// Counts values, and how often it is asked to fold.
struct Counted {
  static std::uint64_t first(Reading&& /*reading*/) {
    ++folds;
    return 1;
  }
  static void add(std::uint64_t& count, Reading&& /*reading*/) {
    ++folds;
    ++count;
  }
  static void merge(std::uint64_t& count, std::uint64_t&& later) {
    ++folds;
    count += later;
  }
  static std::uint64_t result(std::uint64_t&& count) { return count; }
};

/// The same, whose states can be taken off again.
struct CountedOff : Counted {
  static void subtract(std::uint64_t& count, const std::uint64_t& part) {
    ++folds;
    count -= part;
  }
};

/// Some each second, on both sides of the start of 1970, at times that differ in their last digits.
std::vector<Reading> readings() {
  std::vector<Reading> all;
  for (std::uint64_t n = 0; n < kItems; ++n) {
    all.push_back({n % kKeys, static_cast<std::int64_t>(n) * 3'000'017 - 20'000'000'000});
  }
  return all;
}

using Counts = std::map<std::pair<std::uint64_t, std::int64_t>, std::uint64_t>;  // by sensor and number of the window

std::int64_t floor_of(std::int64_t dividend, std::int64_t divisor) {
  return dividend / divisor - (dividend % divisor < 0 ? 1 : 0);
}

Counts expected(nanoseconds length, nanoseconds every) {
  Counts counts;
  for (const Reading& reading : readings()) {
    const std::int64_t last = floor_of(reading.at, every.count());
    for (std::int64_t window = floor_of(reading.at - length.count(), every.count()) + 1; window <= last; ++window) {
      ++counts[{reading.sensor, window}];
    }
  }
  return counts;
}

template <typename Aggregator>
Counts found(nanoseconds length, nanoseconds every, std::size_t workers) {
  Counts counts;
  const auto steps = [&](const Stream<Reading>& in) {
    return op::aggregate_window("count", SlidingWindows{EventClock{&time_of_reading, 0s}, length, every}, Aggregator{})
        .apply(in | op::key_on("sensor", &Reading::sensor))
        .down;
  };
  for (const auto& [sensor, count] : testing::run_over(std::vector<std::vector<Reading>>{readings()}, steps, workers)) {
    EXPECT_TRUE(counts.emplace(std::pair{sensor, count.window.id}, count.value).second);
  }
  return counts;
}

template <typename Aggregator>
void expect_few_folds(nanoseconds length, nanoseconds every) {
  for (const std::size_t workers : {1U, 2U}) {
    SCOPED_TRACE(std::to_string(length.count()) + " ns every " + std::to_string(every.count()) + " ns, " +
                 std::to_string(workers) + " workers");
    folds = 0;
    EXPECT_TRUE(found<Aggregator>(length, every, workers) == expected(length, every));
    EXPECT_LE(folds, kItems * static_cast<std::uint64_t>((length + every - 1ns) / every));
  }
}

TEST(SlidingWindowsThatHaveLittleInCommonWithTheirDistance, FoldAnItemNoOftenerThanItIsInWindows) {
  for (const auto& [length, every] : std::vector<std::pair<nanoseconds, nanoseconds>>{
           {10s + 1ns, 5s}, {10s, 5s + 1ns}, {10s, 7s}, {10s - 1ns, 5s}, {13'000'000'019ns, 3'000'000'007ns}}) {
    expect_few_folds<Counted>(length, every);
    expect_few_folds<CountedOff>(length, every);
  }
}

TEST(SlidingWindowsThatDoNotOverlap, HoldTheirItemsAndNoneFromBetweenThem) {
  for (const auto& [length, every] : std::vector<std::pair<nanoseconds, nanoseconds>>{
           {5s, 5s}, {5s, 5s + 1ns}, {5s, 7s}, {5s, 12s}, {1ns, 3'000'017ns}}) {
    for (const std::size_t workers : {1U, 2U, 4U}) {
      SCOPED_TRACE(std::to_string(length.count()) + " ns every " + std::to_string(every.count()) + " ns, " +
                   std::to_string(workers) + " workers");
      EXPECT_TRUE(found<Counted>(length, every, workers) == expected(length, every));
      EXPECT_TRUE(found<CountedOff>(length, every, workers) == expected(length, every));
    }
  }
}

}  // namespace
}  // namespace weir
