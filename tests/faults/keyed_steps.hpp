#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "temporary_folder.hpp"
#include "weir/weir.hpp"

namespace weir::faults {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

enum class Truth : bool { kNo, kYes };
enum class Color : std::int8_t { kRed = -1, kBlue = 7 };

struct Place {
  std::string country;
  std::uint32_t zip = 0;
  bool operator==(const Place&) const = default;
};
inline auto weir_key(const Place& place) { return std::tie(place.country, place.zip); }

/// A key that is made of all kinds.
using AllKinds = std::tuple<bool, char, Truth, std::pair<std::string, bool>, Place, Time, char8_t, Color>;

template <typename K>
std::pair<K, K> two_keys() {
  if constexpr (std::same_as<K, AllKinds>) {
    const Time time{5s};
    return {K{false, 'a', Truth::kNo, {"x", false}, {"nl", 1}, time, u8'a', Color::kRed},
            K{false, 'a', Truth::kNo, {"x", true}, {"nl", 1}, time, u8'a', Color::kRed}};
  } else if constexpr (std::is_arithmetic_v<K> || std::is_enum_v<K>) {
    return {static_cast<K>(0), static_cast<K>(1)};
  } else if constexpr (std::same_as<K, std::string>) {
    return {"", "a"};
  } else if constexpr (std::same_as<K, Place>) {
    return {{"nl", 1}, {"nl", 2}};
  } else if constexpr (requires { typename K::duration; }) {
    return {K{}, K{typename K::duration{1}}};
  } else if constexpr (requires { typename K::period; }) {
    return {K{}, K{1}};
  } else {
    return {K{"a", false}, K{"a", true}};
  }
}

struct TimeOf {
  template <typename Value>
  Time operator()(const Value& value) const {
    return Time{std::chrono::seconds{value}};
  }
};

template <typename K>
struct Running {
  using State = int;
  using Output = int;
  void on_item(const K& /*key*/, std::optional<int>& sum, int&& value, KeyedEmit<K, int>& emit, Timers& timers) {
    sum = sum.value_or(0) + value;
    timers.set_event(Time{100s});
    emit(*sum);
  }
  void on_timer(const K& /*key*/, std::optional<int>& sum, const Timer& /*timer*/, KeyedEmit<K, int>& /*emit*/,
                Timers& /*timers*/) {
    sum.reset();
  }
};

template <typename K>
struct Batches {
  using State = int;
  using Output = int;
  void on_batch(const K& /*key*/, std::optional<int>& sum, std::vector<int>&& values, KeyedEmit<K, int>& emit) {
    for (const int value : values) {
      sum = sum.value_or(0) + value;
      emit(*sum);
    }
  }
};

/// How many items each step emits for each of two keys, which come twice each.
template <typename K>
class KeyedSteps {
 public:
  using Counts = std::map<std::string, std::array<int, 2>>;

  explicit KeyedSteps(std::size_t workers) : workers_{workers} {
    const auto& [first, second] = keys_;
    items_ = flow_.input("in", RangeInput{Items{{first, 1}, {second, 2}, {first, 3}, {second, 4}}});
  }

  void add_two() {
    const Stream<std::pair<K, int>>& items = *items_;
    once(items | op::sum_final("sum_final"));
    once(items | op::time_to_live(100s, op::max_final("time_to_live")));
  }

  void add_ways_of_keeping_keys() {
    const Stream<std::pair<K, int>>& items = *items_;
    once(items | op::sum_final("sum_final").combined());
    once(items | op::time_to_live(100s, op::max_final("time_to_live")));
    once(items | op::sum_window("sum_window", TumblingWindows{clock_, 100s}));
    once(items | op::count_window("sessions", SessionWindows{clock_, 100s}));
    twice(items | op::stateful("stateful", Running<K>{}));
    twice(items | op::stateful_batch("stateful_batch", Batches<K>{}));
    twice(op::lookup("lookup", items, key_, rows()) | op::map("looked_up", [](const auto& row) { return row.first; }));
    once(items | op::deduplicate("deduplicate", key_));
    once(items | op::deduplicate_within("deduplicate_within", key_, EventClock{&time_of_item, 1s}, 100s));
    once(items | op::count_final("count_final", key_));
    twice(op::inner_join("inner_join", items, rows()));
    twice(items | op::in_time_order("in_time_order", clock_));
    twice(items | op::enrich_cached(
                      "enrich_cached", [](const K& key) { return key; },
                      [](const std::pair<K, int>& item, auto& get) { return std::pair{get(item.first), item.second}; },
                      100s, 10));
  }

  void add_the_others() {
    add_folds(*items_);
    add_windows(*items_);
    add_joins(*items_);
    add_others(*items_);
  }

  /// Twice on one recovery directory, so that keys are kept and read again.
  void check() {
    const TemporaryFolder folder;
    RunOptions options;
    options.workers = workers_;
    options.recovery = folder.path() + "/recovery";
    run(flow_, options);
    EXPECT_EQ(counts_, wanted_);
    run(flow_, options);
    EXPECT_EQ(counts_, wanted_);
  }

 private:
  using Items = std::vector<std::pair<K, int>>;

  static Time time_of_item(const std::pair<K, int>& item) { return TimeOf{}(item.second); }
  static int nothing() { return 0; }
  static void add(int& sum, int value) { sum += value; }
  static std::pair<K, int> pair_of(const std::pair<K, K>& keys, int value) {
    return {value % 2 == 1 ? keys.first : keys.second, value};
  }

  void add_others(const Stream<std::pair<K, int>>& items) {
    twice(items | op::key_rm("key_rm") | op::map("odd", [keys = keys_](int v) { return pair_of(keys, v); }) |
          op::key_on("key_on", key_) | op::map_value("map_value", [](const auto& item) { return item.second; }));
    twice(items | op::flat_map_value("flat_map_value", [](int value) { return std::vector<int>{value}; }));
    twice(items | op::stateful_map("stateful_map", [](std::optional<int>& sum, int value) {
            sum = sum.value_or(0) + value;
            return *sum;
          }));
    twice(items | op::stateful_flat_map("stateful_flat_map", [](std::optional<int>& sum, int value) {
            sum = value;
            return std::vector<int>{value};
          }));
    twice(items | op::distinct("distinct"));
    twice(items | op::skip_errors(op::scan("skip_errors", nothing, add), copy_before));
  }

  void add_folds(const Stream<std::pair<K, int>>& items) {
    once(items | op::reduce("reduce", add, [](int sum) { return sum > 3; }));
    once(items | op::collect("collect", 2, 100s));
    twice(items | op::scan("scan", nothing, add));
    twice(items | op::top_n("top_n", 1));
    once(items | op::fold("fold", nothing, add, [](int sum) { return sum > 3; }));
    once(items | op::min_final("min_final"));
    once(items | op::mean_final("mean_final"));
    once(items | op::top_n_final("top_n_final", 1));
    once(items | op::reduce_final("reduce_final", add));
    once(items | op::fold_final("fold_final", nothing, add));
  }

  void add_windows(const Stream<std::pair<K, int>>& items) {
    once(items | op::collect_window("collect_window", CountWindows{2}));
    once(items |
         op::reduce_window("reduce_window", GlobalWindows{[](int, std::uint64_t) { return Trigger::kWait; }}, add));
    once(items | op::fold_window("fold_window", TumblingWindows{clock_, 100s, {}, 1s}, nothing, add, add));
    once(items | op::min_window("min_window", SlidingWindows{clock_, 100s, 50s}) |
         op::filter("first_half", [](const auto& item) { return item.second.window.start == Time{}; }));
    once(items | op::mean_window("mean_window", TumblingWindows{SystemClock{}, 24 * 36000s}));
    once(items | op::max_window("max_window", SessionWindows{clock_, 100s}));
  }

  void add_joins(const Stream<std::pair<K, int>>& items) {
    once(op::join("join", items, rows()));
    twice(op::full_join("full_join", TimeToLive{100s}, items, rows()));
    once(op::join_window("join_window", TumblingWindows{clock_, 100s}, items, rows()).down);
    twice(op::interval_join("interval_join", clock_, items, rows(), -100s, 100s).down);
    twice(op::as_of_join("as_of_join", clock_, items, rows()).down);
    twice(op::left_join("left_join", items, rows()));
    twice(op::right_join("right_join", items, rows()));
    twice(op::left_interval_join("left_interval", clock_, items, rows(), -100s, 100s).down);
    twice(op::right_interval_join("right_interval", clock_, items, rows(), -100s, 100s).down);
    twice(op::full_interval_join("full_interval", clock_, items, rows(), -100s, 100s).down);
  }

  // A row for each key.
  Stream<std::pair<K, int>> rows() {
    return flow_.input("rows_" + std::to_string(rows_++), RangeInput{Items{{keys_.first, 1}, {keys_.second, 2}}});
  }

  template <typename Out>
  void once(const Out& stream) {
    count(stream, 1);
  }
  template <typename Out>
  void twice(const Out& stream) {
    count(stream, 2);
  }
  template <typename Out>
  void count(const Out& stream, int wanted) {
    const std::string step = "step_" + std::to_string(wanted_.size());
    wanted_[step] = {wanted, wanted};
    counts_[step] = {};
    const auto count_item = [this, step](const auto& item) {
      ASSERT_TRUE(item.first == keys_.first || item.first == keys_.second);
      const std::scoped_lock lock{mutex_};
      ++counts_[step][item.first == keys_.first ? 0 : 1];
    };
    stream | op::output(step, ManualOutput{[count_item](std::size_t, std::size_t) { return count_item; }});
  }

  std::size_t workers_;
  std::pair<K, K> keys_ = two_keys<K>();
  Dataflow flow_{"kinds"};
  std::optional<Stream<std::pair<K, int>>> items_;
  EventClock<TimeOf> clock_{TimeOf{}, 1s};
  int rows_ = 0;
  static constexpr auto key_ = [](const std::pair<K, int>& item) { return item.first; };
  std::mutex mutex_;
  Counts counts_;
  Counts wanted_;
};

}  // namespace weir::faults
