#include <algorithm>
#include <chrono>
#include <cstdint>
#include <future>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>

#include "dataflow/every_worker_count.hpp"
#include "dataflow/random_input.hpp"

namespace weir {
namespace {

using namespace std::chrono_literals;
using simulation::Rng;

using Key = std::uint32_t;

/// Something that lies at a second: on the left side.
struct Left {
  std::int64_t second = 0;
  std::int64_t number = 0;
  friend auto operator<=>(const Left&, const Left&) = default;
};
/// On the right side.
struct Right {
  std::int64_t second = 0;
  std::string text;
  friend auto operator<=>(const Right&, const Right&) = default;
};

struct TimeOf {
  template <typename V>
  std::chrono::sys_seconds operator()(const V& value) const {
    return std::chrono::sys_seconds{std::chrono::seconds{value.second}};
  }
};
const EventClock kClock{TimeOf{}, 5s};
Time at(std::int64_t second) { return Time{std::chrono::seconds{second}}; }

template <typename V>
using Sides = std::vector<std::vector<std::pair<Key, V>>>;

/// What is joined in one run.
struct Inputs {
  Sides<Left> left;
  Sides<Right> right;
};

Left make(Rng& rng, std::int64_t second, std::type_identity<Left> /*side*/) {
  return {second, static_cast<std::int64_t>(rng.below(1'000))};
}
Right make(Rng& rng, std::int64_t second, std::type_identity<Right> /*side*/) {
  return {second, "r" + std::to_string(rng.below(1'000))};
}

template <typename V>
Sides<V> random_side(Rng& rng, const InputPlan& plan) {
  Sides<V> side;
  for (const auto& places : random_places(rng, plan)) {
    auto& partition = side.emplace_back();
    for (const Place& place : places) {
      partition.emplace_back(place.key, make(rng, place.second, std::type_identity<V>{}));
    }
  }
  return side;
}

/// Calls `check(rng, inputs, workers)` with random inputs. A side may be empty where the other is not.
template <typename Check>
void for_random_sides(Check check) {
  for_random_inputs(600, [&](Rng& rng, InputShape shape, std::size_t workers) {
    const InputPlan plan{
        .shape = shape, .partitions = rng.between(1, 3), .keys = static_cast<Key>(rng.between(1, 5)), .items = 40};
    InputPlan other = plan;
    other.partitions = rng.between(1, 3);
    other.shape = shape == InputShape::kEmpty && rng.percent(50) ? InputShape::kLate : shape;
    if (rng.percent(50)) {
      check(rng, Inputs{random_side<Left>(rng, plan), random_side<Right>(rng, other)}, workers);
    } else {
      check(rng, Inputs{random_side<Left>(rng, other), random_side<Right>(rng, plan)}, workers);
    }
  });
}

/// Runs a join of two streams, and gives what comes out of it, sorted.
template <typename Join>
auto joined(const Inputs& inputs, Join join, std::size_t workers) {
  Dataflow flow{"joined"};
  const auto left = flow.input("left", testing::Scripted<std::pair<Key, Left>>{inputs.left});
  const auto right = flow.input("right", testing::Scripted<std::pair<Key, Right>>{inputs.right});
  const auto out = join(left, right);
  const testing::Collected<typename decltype(out)::Item> collected;
  out | op::output("out", collected);
  RunOptions options;
  options.workers = workers;
  run(flow, options);
  auto items = collected.items();
  std::ranges::sort(items);
  return items;
}

/// All values of each key, in order.
template <typename V>
std::map<Key, std::vector<V>> by_key(const Sides<V>& side) {
  std::map<Key, std::vector<V>> all;
  for (const auto& partition : side) {
    for (const auto& [key, value] : partition) {
      all[key].push_back(value);
    }
  }
  return all;
}

using Row = std::pair<Key, std::tuple<std::optional<Left>, std::optional<Right>>>;

TEST(Join, AtTheEndHasTheFirstTheLastOrAllValuesOfEachSide) {
  for_random_sides([](Rng& /*rng*/, Inputs inputs, std::size_t workers) {
    inputs.left.resize(1);  // first and last are defined within a partition alone
    inputs.right.resize(1);
    std::vector<Row> first;
    std::vector<Row> last;
    std::vector<Row> product;
    auto left = by_key(inputs.left);
    auto right = by_key(inputs.right);
    for (Key key = 0; key < 5; ++key) {
      const auto& ls = left[key];
      const auto& rs = right[key];
      if (ls.empty() && rs.empty()) {
        continue;
      }
      using L = std::optional<Left>;
      using R = std::optional<Right>;
      first.push_back({key, {ls.empty() ? L{} : ls.front(), rs.empty() ? R{} : rs.front()}});
      last.push_back({key, {ls.empty() ? L{} : ls.back(), rs.empty() ? R{} : rs.back()}});
      for (std::size_t l = 0; l < std::max<std::size_t>(ls.size(), 1); ++l) {
        for (std::size_t r = 0; r < std::max<std::size_t>(rs.size(), 1); ++r) {
          product.push_back({key, {ls.empty() ? L{} : ls[l], rs.empty() ? R{} : rs[r]}});
        }
      }
    }
    std::ranges::sort(product);
    ASSERT_EQ(
        joined(
            inputs,
            [](const auto& l, const auto& r) { return op::join<JoinInsert::kFirst, JoinEmit::kFinal>("join", l, r); },
            workers),
        first);
    ASSERT_EQ(
        joined(
            inputs,
            [](const auto& l, const auto& r) { return op::join<JoinInsert::kLast, JoinEmit::kFinal>("join", l, r); },
            workers),
        last);
    ASSERT_EQ(
        joined(
            inputs,
            [](const auto& l, const auto& r) { return op::join<JoinInsert::kProduct, JoinEmit::kFinal>("join", l, r); },
            workers),
        product);
  });
}

TEST(Join, OfThreeStreamsEmitsOnceEachHasAValueAndForgetsTheKey) {
  using Value = std::pair<std::string, int>;
  Dataflow flow{"three"};
  const auto a = flow.input("a", testing::Scripted<Value>{{{{"ann", 1}, {"bob", 2}, {"cid", 3}}}});
  const auto b = flow.input("b", testing::Scripted<Value>{{{{"bob", 20}, {"ann", 10}}}});
  const auto c = flow.input("c", testing::Scripted<Value>{{{{"ann", 100}}, {{"bob", 200}, {"dan", 400}}}});
  using Joined = std::pair<std::string, std::tuple<int, int, int>>;
  const testing::Collected<Joined> out;
  op::join("join", a, b, c) | op::output("out", out);
  std::vector<Joined> expected;
  for (const std::size_t workers : testing::kWorkerCounts) {
    RunOptions options;
    options.workers = workers;
    const RunReport report = run(flow, options);
    expected.insert(expected.end(), {{"ann", {1, 10, 100}}, {"bob", {2, 20, 200}}});
    EXPECT_EQ(report.steps[3].keys_held, 2U) << "cid and dan wait for the others";
  }
  EXPECT_THAT(out.items(), ::testing::UnorderedElementsAreArray(expected));
}

TEST(Join, ThatIsRunningEmitsTheRowsAfterEachValue) {
  Dataflow flow{"running"};
  using Value = std::pair<std::string, int>;
  const auto in = flow.input("in", testing::Scripted<Value>{{{{"ann", 1}, {"ann", 2}}}});
  const auto none = flow.input("none", testing::Scripted<Value>{{{}}});
  const testing::Collected<std::pair<std::string, std::tuple<std::optional<int>, std::optional<int>>>> out;
  op::join<JoinInsert::kProduct, JoinEmit::kRunning>("join", in, none) | op::output("out", out);
  run(flow);
  EXPECT_THAT(out.items(), ::testing::ElementsAre(std::pair{"ann", std::tuple{std::optional{1}, std::nullopt}},
                                                  std::pair{"ann", std::tuple{std::optional{1}, std::nullopt}},
                                                  std::pair{"ann", std::tuple{std::optional{2}, std::nullopt}}));
}

TEST(PairJoins, PairEachWithEachAndEmitWhatIsAloneAtTheEnd) {
  for_random_sides([](Rng& /*rng*/, const Inputs& inputs, std::size_t workers) {
    std::vector<std::pair<Key, std::pair<Left, Right>>> inner;
    std::vector<std::pair<Key, std::pair<std::optional<Left>, std::optional<Right>>>> full;
    auto left = by_key(inputs.left);
    auto right = by_key(inputs.right);
    for (Key key = 0; key < 5; ++key) {
      for (const Left& l : left[key]) {
        for (const Right& r : right[key]) {
          inner.push_back({key, {l, r}});
          full.push_back({key, {l, r}});
        }
        if (right[key].empty()) {
          full.push_back({key, {l, std::nullopt}});
        }
      }
      for (const Right& r : right[key]) {
        if (left[key].empty()) {
          full.push_back({key, {std::nullopt, r}});
        }
      }
    }
    std::ranges::sort(inner);
    std::ranges::sort(full);
    ASSERT_EQ(
        joined(inputs, [](const auto& l, const auto& r) { return op::inner_join("join", l, r); }, workers), inner);
    ASSERT_EQ(joined(inputs, [](const auto& l, const auto& r) { return op::full_join("join", l, r); }, workers), full);
    std::size_t with_left = 0;
    std::size_t with_right = 0;
    for (const auto& [key, row] : full) {
      with_left += row.first ? 1 : 0;
      with_right += row.second ? 1 : 0;
    }
    ASSERT_EQ(joined(
                  inputs, [](const auto& l, const auto& r) { return op::left_join("join", l, r); }, workers)
                  .size(),
              with_left);
    ASSERT_EQ(joined(
                  inputs, [](const auto& l, const auto& r) { return op::right_join("join", l, r); }, workers)
                  .size(),
              with_right);
  });
}

/// The values that are not behind the watermark of their partition.
template <typename V>
Sides<V> on_time(const Sides<V>& side) {
  Sides<V> kept(side.size());
  for (std::size_t p = 0; p < side.size(); ++p) {
    std::int64_t promise = std::numeric_limits<std::int64_t>::min();
    for (const auto& item : side[p]) {
      if (item.second.second >= promise) {
        kept[p].push_back(item);
      }
      promise = std::max(promise, item.second.second - 5);
    }
  }
  return kept;
}

TEST(IntervalJoin, PairsWhatABruteForceReferencePairs) {
  for_random_sides([](Rng& rng, const Inputs& inputs, std::size_t workers) {
    const std::int64_t lower = static_cast<std::int64_t>(rng.below(20)) - 12;
    const std::int64_t upper = lower + static_cast<std::int64_t>(rng.below(12));
    std::vector<std::pair<Key, std::pair<Left, Right>>> expected;
    auto left = by_key(on_time(inputs.left));
    auto right = by_key(on_time(inputs.right));
    for (Key key = 0; key < 5; ++key) {
      for (const Left& l : left[key]) {
        for (const Right& r : right[key]) {
          if (r.second >= l.second + lower && r.second <= l.second + upper) {
            expected.push_back({key, {l, r}});
          }
        }
      }
    }
    std::ranges::sort(expected);
    ASSERT_EQ(joined(
                  inputs,
                  [&](const auto& l, const auto& r) {
                    return op::interval_join("join", kClock, l, r, std::chrono::seconds{lower},
                                             std::chrono::seconds{upper})
                        .down;
                  },
                  workers),
              expected);
  });
}

using FullRow = std::pair<Key, std::pair<std::optional<Left>, std::optional<Right>>>;

/// All pairs of values that lie close to each other, and each value that is in none.
std::vector<FullRow> reference_of_full_interval_join(const Inputs& inputs, std::int64_t lower, std::int64_t upper) {
  auto left = by_key(on_time(inputs.left));
  auto right = by_key(on_time(inputs.right));
  const auto fits = [&](const Left& l, const Right& r) {
    return r.second >= l.second + lower && r.second <= l.second + upper;
  };
  std::vector<FullRow> rows;
  for (Key key = 0; key < 5; ++key) {
    for (const Left& l : left[key]) {
      if (std::ranges::none_of(right[key], [&](const Right& r) { return fits(l, r); })) {
        rows.push_back({key, {l, std::nullopt}});
      }
    }
    for (const Right& r : right[key]) {
      bool alone = true;
      for (const Left& l : left[key]) {
        if (fits(l, r)) {
          alone = false;
          rows.push_back({key, {l, r}});
        }
      }
      if (alone) {
        rows.push_back({key, {std::nullopt, r}});
      }
    }
  }
  std::ranges::sort(rows);
  return rows;
}

TEST(OuterIntervalJoins, EmitEachValueWithoutAPartnerOnce) {
  for_random_sides([](Rng& rng, const Inputs& inputs, std::size_t workers) {
    const std::int64_t from = static_cast<std::int64_t>(rng.below(20)) - 12;
    const std::chrono::seconds lower{from};
    const std::chrono::seconds upper{from + static_cast<std::int64_t>(rng.below(12))};
    const auto full = reference_of_full_interval_join(inputs, lower.count(), upper.count());
    std::vector<std::pair<Key, std::pair<Left, std::optional<Right>>>> of_left;
    std::vector<std::pair<Key, std::pair<std::optional<Left>, Right>>> of_right;
    for (const auto& [key, row] : full) {
      if (row.first) {
        of_left.push_back({key, {*row.first, row.second}});
      }
      if (row.second) {
        of_right.push_back({key, {row.first, *row.second}});
      }
    }
    const auto join_by = [&](auto join) {
      return joined(
          inputs, [&](const auto& l, const auto& r) { return join("join", kClock, l, r, lower, upper).down; }, workers);
    };
    ASSERT_EQ(join_by([](auto&&... each) { return op::full_interval_join(std::forward<decltype(each)>(each)...); }),
              full);
    ASSERT_EQ(join_by([](auto&&... each) { return op::left_interval_join(std::forward<decltype(each)>(each)...); }),
              of_left);
    ASSERT_EQ(join_by([](auto&&... each) { return op::right_interval_join(std::forward<decltype(each)>(each)...); }),
              of_right);
  });
}

TEST(OuterIntervalJoins, EmitAValueWithoutAPartnerWhenTimeHasPassedAllThatCouldMatchIt) {
  QueueSource<std::pair<Key, Left>> lefts;
  std::promise<std::int64_t> alone;
  Dataflow flow{"alone"};
  const auto left = flow.input("left", lefts);
  const auto right = flow.input("right", testing::Scripted<std::pair<Key, Right>>{{{{1, {105, "a"}}}}});
  op::left_interval_join("join", kClock, left, right, 5s, 10s) |
      op::output("out", Callback{[&](const std::pair<Key, std::pair<Left, std::optional<Right>>>& row) {
                   if (row.second.first.number == 2) {
                     EXPECT_FALSE(row.second.second);
                     alone.set_value(row.second.first.second);
                   }
                 }});
  RunOptions options;
  options.workers = 2;
  RunHandle handle = start(flow, options);
  for (const Left& value : {Left{100, 1}, Left{103, 2}, Left{125, 3}}) {
    lefts.push({1, value});
  }
  auto emitted = alone.get_future();
  EXPECT_EQ(emitted.wait_for(1min), std::future_status::ready) << "while the input is open";
  lefts.close();
  handle.wait();
}

TEST(IntervalJoin, GivesTheLateValuesOfBothSides) {
  for_random_sides([](Rng& /*rng*/, const Inputs& inputs, std::size_t workers) {
    std::size_t expected = 0;
    const Inputs kept{on_time(inputs.left), on_time(inputs.right)};
    for (std::size_t p = 0; p < inputs.left.size(); ++p) {
      expected += inputs.left[p].size() - kept.left[p].size();
    }
    for (std::size_t p = 0; p < inputs.right.size(); ++p) {
      expected += inputs.right[p].size() - kept.right[p].size();
    }
    ASSERT_EQ(
        joined(
            inputs, [&](const auto& l, const auto& r) { return op::interval_join("join", kClock, l, r, -1s, 1s).late; },
            workers)
            .size(),
        expected);
  });
}

TEST(AsOfJoin, GivesEachValueTheNewestOneThatIsNotNewer) {
  for_random_sides([](Rng& rng, Inputs inputs, std::size_t workers) {
    inputs.right.resize(1);  // of two at the same time the one that came last is known within a partition alone
    const std::optional<std::int64_t> tolerance =
        rng.percent(50) ? std::optional{static_cast<std::int64_t>(rng.below(10))} : std::nullopt;
    std::vector<std::pair<Key, std::pair<Left, std::optional<Right>>>> expected;
    auto left = by_key(on_time(inputs.left));
    auto right = by_key(on_time(inputs.right));
    for (Key key = 0; key < 5; ++key) {
      for (const Left& l : left[key]) {
        std::optional<Right> newest;
        for (const Right& r : right[key]) {
          if (r.second <= l.second && (!tolerance || r.second + *tolerance >= l.second) &&
              (!newest || r.second >= newest->second)) {
            newest = r;
          }
        }
        expected.push_back({key, {l, newest}});
      }
    }
    std::ranges::sort(expected);
    ASSERT_EQ(joined(
                  inputs,
                  [&](const auto& l, const auto& r) {
                    const auto allowed = tolerance
                                             ? std::optional<std::chrono::nanoseconds>{std::chrono::seconds{*tolerance}}
                                             : std::nullopt;
                    return op::as_of_join("join", kClock, l, r, allowed).down;
                  },
                  workers),
              expected);
  });
}

TEST(JoinWindow, HasTheRowsThatABruteForceReferenceHas) {
  for_random_sides([](Rng& rng, const Inputs& inputs, std::size_t workers) {
    const auto length = static_cast<std::int64_t>(rng.between(3, 20));
    // Windows of tumbling length take a late value as long as they are open for its partition.
    const auto in_windows = [&](const auto& sides) {
      using V = typename std::remove_cvref_t<decltype(sides)>::value_type::value_type::second_type;
      std::map<std::pair<Key, std::int64_t>, std::vector<V>> windows;
      for (const auto& partition : sides) {
        std::int64_t promise = std::numeric_limits<std::int64_t>::min();
        for (const auto& [key, value] : partition) {
          const std::int64_t id = (value.second + 1'000 * length) / length - 1'000;
          if ((id + 1) * length > promise) {
            windows[{key, id}].push_back(value);
          }
          promise = std::max(promise, value.second - 5);
        }
      }
      return windows;
    };
    auto left = in_windows(inputs.left);
    auto right = in_windows(inputs.right);
    std::vector<std::pair<Key, InWindow<std::tuple<Left, Right>>>> expected;
    for (const auto& [place, ls] : left) {
      for (const Left& l : ls) {
        for (const Right& r : right[place]) {
          const std::int64_t start = place.second * length;
          expected.push_back({place.first, {{place.second, at(start), at(start + length)}, {l, r}}});
        }
      }
    }
    std::ranges::sort(expected);
    ASSERT_EQ(joined(
                  inputs,
                  [&](const auto& l, const auto& r) {
                    return op::join_window<JoinInsert::kProduct, JoinEmit::kComplete>(
                               "join", TumblingWindows{kClock, std::chrono::seconds{length}}, l, r)
                        .down;
                  },
                  workers),
              expected);
  });
}

TEST(JoinWindow, OfSessionsHasRowsInWhichASideIsMissing) {
  const Inputs inputs{{{{1, {10, 7}}, {1, {50, 8}}}}, {{{1, {12, "a"}}, {2, {13, "b"}}}}};
  using Joined = std::pair<Key, std::tuple<std::optional<Left>, std::optional<Right>>>;
  for (const std::size_t workers : testing::kWorkerCounts) {
    EXPECT_EQ(joined(
                  inputs,
                  [&](const auto& l, const auto& r) {
                    return op::join_window("join", SessionWindows{kClock, 5s}, l, r) |
                           op::map_value("row", [](auto in_window) { return in_window.value; });
                  },
                  workers),
              (std::vector<Joined>{{1, {Left{10, 7}, Right{12, "a"}}},
                                   {1, {Left{50, 8}, std::nullopt}},
                                   {2, {std::nullopt, Right{13, "b"}}}}));
  }
}

TEST(TimeJoins, ThatCannotBeAreRefusedWhereTheyAreWritten) {
  Dataflow flow{"refused"};
  const auto left = flow.input("left", testing::Scripted<std::pair<Key, Left>>{{{}}});
  const auto right = flow.input("right", testing::Scripted<std::pair<Key, Right>>{{{}}});
  EXPECT_THROW(op::interval_join("join", kClock, left, right, 2s, 1s), BuildError);
  EXPECT_THROW(op::as_of_join("join", kClock, left, right, -1s), BuildError);
  EXPECT_THROW(op::as_of_join("join", EventTime{TimeOf{}}, left, right), BuildError);
}

}  // namespace
}  // namespace weir
