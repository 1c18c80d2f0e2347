// Every kind of key that weir::Key allows works in every keyed step.
//
// A bool goes through all of them, since containers of bool are unlike others, and so does one key that is made of all
// kinds. Each kind on its own goes through steps that between them have every way of keeping keys.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
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

namespace weir {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

enum class Truth : bool { kNo, kYes };
enum class Color : std::int8_t { kRed = -1, kBlue = 7 };

struct Place {
  std::string country;
  std::uint32_t zip = 0;
  bool operator==(const Place&) const = default;
};
auto weir_key(const Place& place) { return std::tie(place.country, place.zip); }

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

  void add_each_way_of_keeping_keys() {
    const Stream<std::pair<K, int>>& items = *items_;
    once(items | op::sum_final("sum_final").combined());
    once(items | op::time_to_live(100s, op::max_final("time_to_live")));
    once(items | op::sum_window("sum_window", TumblingWindows{clock_, 100s}));
    once(items | op::count_window("sessions", SessionWindows{clock_, 100s}));
    twice(items | op::stateful("stateful", Running<K>{}));
    twice(items | op::stateful_batch("stateful_batch", Batches<K>{}));
    twice(op::lookup("lookup", items, key_, rows()) | op::map("looked_up", [](const auto& row) { return row.first; }));
    once(items | op::deduplicate("deduplicate", key_));
    once(items | op::count_final("count_final", key_));
    twice(op::inner_join("inner_join", items, rows()));
    twice(items | op::in_time_order("in_time_order", clock_));
    twice(items | op::enrich_cached(
                      "enrich_cached", [](const K& key) { return key; },
                      [](const std::pair<K, int>& item, auto& get) { return std::pair{get(item.first), item.second}; },
                      100s, 10));
  }

  void add_all_the_others() {
    const Stream<std::pair<K, int>>& items = *items_;
    add_folds(items);
    add_windows(items);
    add_joins(items);
    twice(items | op::key_rm("key_rm") | op::map("odd", [keys = keys_](int v) { return pair_of(keys, v); }) |
          op::key_on("key_on", key_) | op::map_value("map_value", [](const auto& item) { return item.second; }));
    twice(items | op::flat_map_value("flat_map_value", [](int value) { return std::vector<int>{value}; }));
    twice(items | op::filter_value("filter_value", [](int value) { return value > 0; }) |
          op::filter_map_value("filter_map_value", [](int value) { return std::optional{value}; }));
    twice(items | op::stateful_map("stateful_map", [](std::optional<int>& sum, int value) {
            sum = sum.value_or(0) + value;
            return *sum;
          }));
    twice(items | op::stateful_flat_map("stateful_flat_map", [](std::optional<int>& sum, int value) {
            sum = value;
            return std::vector<int>{value};
          }));
    twice(items | op::map_value("as_key", [keys = keys_](int value) { return pair_of(keys, value).first; }) |
          op::map("swapped", [](const auto& item) { return std::pair{item.second, std::pair{item.first, 1}}; }));
    twice(items | op::distinct("distinct"));
    twice(items | op::skip_errors(op::scan("skip_errors", nothing, add), copy_before));
    auto [down, failed] = items | op::catch_errors(op::scan("catch_errors", nothing, add), copy_before);
    twice(down);
    auto [kept, other] = items | op::branch("branch", [](const auto& /*item*/) { return true; });
    twice(op::merge("merge", kept, other));
    twice(items | op::redistribute("redistribute"));
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

  static int nothing() { return 0; }
  static void add(int& sum, int value) { sum += value; }
  static std::pair<K, int> pair_of(const std::pair<K, K>& keys, int value) {
    return {value % 2 == 1 ? keys.first : keys.second, value};
  }

  void add_folds(const Stream<std::pair<K, int>>& items) {
    once(items | op::min_final("min_final"));
    once(items | op::mean_final("mean_final"));
    once(items | op::top_n_final("top_n_final", 1));
    once(items | op::reduce_final("reduce_final", add));
    once(items | op::fold_final("fold_final", nothing, add));
    once(items | op::reduce("reduce", add, [](int sum) { return sum > 3; }));
    once(items | op::fold("fold", nothing, add, [](int sum) { return sum > 3; }));
    once(items | op::collect("collect", 2, 100s));
    twice(items | op::scan("scan", nothing, add));
    twice(items | op::top_n("top_n", 1));
  }

  void add_windows(const Stream<std::pair<K, int>>& items) {
    once(items | op::collect_window("collect_window", CountWindows{2}));
    once(items |
         op::reduce_window("reduce_window", GlobalWindows{[](int, std::uint64_t) { return Trigger::kWait; }}, add));
    once(items | op::fold_window("fold_window", TumblingWindows{clock_, 100s, {}, 1s}, nothing, add, add));
    once(items | op::max_window("max_window", SlidingWindows{clock_, 100s, 50s, Time{0s}, 1s}) |
         op::filter("first_half", [](const auto& item) { return item.second.window.start == Time{}; }));
    once(items | op::min_window("min_window", SlidingWindows{clock_, 100s, 50s}) |
         op::filter("other_half", [](const auto& item) { return item.second.window.start == Time{}; }));
    once(items | op::mean_window("mean_window", TumblingWindows{SystemClock{}, 24 * 36000s}));
  }

  void add_joins(const Stream<std::pair<K, int>>& items) {
    once(op::join("join", items, rows()));
    twice(op::left_join("left_join", items, rows()));
    twice(op::right_join("right_join", items, rows()));
    twice(op::full_join("full_join", TimeToLive{100s}, items, rows()));
    once(op::join_window("join_window", TumblingWindows{clock_, 100s}, items, rows()).down);
    twice(op::interval_join("interval_join", clock_, items, rows(), -100s, 100s).down);
    twice(op::as_of_join("as_of_join", clock_, items, rows()).down);
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
    static_cast<void>(stream | op::inspect(step, [this, step](const auto& item) {
                        ASSERT_TRUE(item.first == keys_.first || item.first == keys_.second);
                        const std::scoped_lock lock{mutex_};
                        ++counts_[step][item.first == keys_.first ? 0 : 1];
                      }));
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

template <typename K>
class AKeyInAllSteps : public ::testing::Test {};
using KeysForAllSteps = ::testing::Types<bool, AllKinds>;
TYPED_TEST_SUITE(AKeyInAllSteps, KeysForAllSteps);

TYPED_TEST(AKeyInAllSteps, IsCountedAsOften) {
  for (const std::size_t workers : {1, 2}) {
    KeyedSteps<TypeParam> steps{workers};
    steps.add_each_way_of_keeping_keys();
    steps.add_all_the_others();
    steps.check();
  }
}

template <typename K>
class AKeyOfAnyKind : public ::testing::Test {};
using KeysOfAllKinds = ::testing::Types<char, Truth, std::string, std::pair<std::string, bool>, Place, Time>;
TYPED_TEST_SUITE(AKeyOfAnyKind, KeysOfAllKinds);

TYPED_TEST(AKeyOfAnyKind, IsCountedAsOften) {
  KeyedSteps<TypeParam> steps{2};
  steps.add_each_way_of_keeping_keys();
  steps.check();
}

static_assert(Key<char8_t> && Key<char16_t> && Key<char32_t> && Key<wchar_t> && Key<signed char>);
static_assert(Key<std::int16_t> && Key<std::uint16_t> && Key<std::int64_t> && Key<unsigned long long> &&
              Key<std::byte>);
static_assert(Key<std::chrono::sys_days> && Key<std::chrono::steady_clock::time_point> && Key<std::chrono::seconds>);
static_assert(!Key<double> && !Key<std::chrono::duration<double>> && !Key<std::optional<bool>>);

TEST(APointInTimeAsAKey, IsShownAsATimeAndHashedAsItsTicks) {
  EXPECT_EQ(detail::key_text(Time{1500ms}), "1970-01-01T00:00:01.5Z");
  EXPECT_EQ(detail::key_text(std::chrono::sys_days{std::chrono::year{2024} / 2 / 29}), "2024-02-29T00:00:00Z");
  EXPECT_EQ(detail::key_text(std::chrono::seconds{7}), "7");
  EXPECT_EQ(key_hash(Time{std::chrono::nanoseconds{42}}), key_hash(std::int64_t{42}));
}

// Padding is whatever memory held before: it must not reach channels or snapshots.
struct Padded {
  long double number = 0;
  long double other = 0;
};

template <typename T>
T over_bytes(const T& value, unsigned char bytes) {
  alignas(T) std::array<unsigned char, sizeof(T)> memory{};
  memory.fill(bytes);
  T& made = *::new (memory.data()) T;
  if constexpr (std::is_same_v<T, Padded>) {
    made.number = value.number;
    made.other = value.other;
  } else {
    made = value;
  }
  T copy;
  std::memcpy(&copy, memory.data(), sizeof(T));
  return copy;
}

TEST(ALongDouble, IsWrittenWithoutItsPadding) {
  const long double number = 1.0L / 3;
  const std::vector<long double> numbers(3, over_bytes(number, 0xaa));
  std::string bytes = detail::to_bytes(numbers);
  EXPECT_EQ(bytes, detail::to_bytes(std::vector<long double>(3, over_bytes(number, 0x55))));
  EXPECT_EQ(detail::from_bytes<std::vector<long double>>(bytes), numbers);
  EXPECT_EQ(detail::to_bytes(over_bytes(Padded{number, 2}, 0xaa)),
            detail::to_bytes(over_bytes(Padded{number, 2}, 0x55)));
  EXPECT_EQ(detail::to_bytes(std::pair{number, 1}).size(), sizeof(long double) + sizeof(int));  // as it was
}

}  // namespace
}  // namespace weir
