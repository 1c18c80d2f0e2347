#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "dataflow/random_input.hpp"
#include "weir/weir.hpp"

// Keyed steps at every worker count on inputs in any order, without items, of a single key, or mostly of one: what they
// make of each key's values is what a loop over these makes.

namespace weir {
namespace {

using namespace std::chrono_literals;
using simulation::Rng;

using Key = std::uint32_t;
using Number = std::int64_t;
using Numbers = std::vector<Number>;
using Keyed = std::pair<Key, Number>;
using Partitions = std::vector<std::vector<Keyed>>;

/// Numbers that repeat. Those of a key are in one partition, so that their order is defined.
Partitions random_numbers(Rng& rng, InputShape shape, bool late = true) {
  Partitions dealt(rng.between(1, 4));
  for (const auto& places : random_places(rng, {.shape = shape,
                                                .partitions = 1,
                                                .keys = static_cast<Key>(rng.between(1, 20)),
                                                .items = 200,
                                                .late = late})) {
    for (const Place& place : places) {
      dealt[place.key % dealt.size()].emplace_back(place.key, place.second);
    }
  }
  return dealt;
}

template <typename V>
std::map<Key, std::vector<V>> by_key(const std::vector<std::pair<Key, V>>& items) {
  std::map<Key, std::vector<V>> all;
  for (const auto& [key, value] : items) {
    all[key].push_back(value);
  }
  return all;
}

/// @param steps      make a keyed stream of the numbers
/// @param reference  makes of a key's numbers what must come out for it, in its order
template <typename Steps, typename Reference>
void expect_of_every_shape(Steps steps, Reference reference) {
  for_random_inputs(300, [&](Rng& rng, InputShape shape, std::size_t workers) {
    const Partitions numbers = random_numbers(rng, shape);
    const auto out = testing::run_over(numbers, steps, workers);
    decltype(by_key(out)) expected;
    for (const auto& partition : numbers) {
      for (const auto& [key, values] : by_key(partition)) {
        if (auto of_key = reference(values); !of_key.empty()) {
          expected.emplace(key, std::move(of_key));
        }
      }
    }
    ASSERT_EQ(by_key(out), expected);
  });
}

Number folded(Number so_far, Number next) { return (so_far * 31 + next) % 1'000'003; }
bool complete(Number fold) { return fold % 7 == 0; }

/// Folds of a key's values, each of which begins behind the one before it that was complete.
/// @param reduces  a fold begins with its first value
/// @param all      every step of the folds, not only what is complete
Numbers folds_of(const Numbers& values, bool reduces, bool all) {
  Numbers out;
  Number fold = 0;
  bool is_first = true;
  for (const Number value : values) {
    fold = is_first && reduces ? value : folded(is_first ? 0 : fold, value);
    is_first = !all && complete(fold);
    if (all || is_first) {
      out.push_back(fold);
    }
  }
  return out;
}

TEST(Reduce, OfEveryShapeOfInputGivesWhatALoopGives) {
  expect_of_every_shape([](auto in) { return in | op::reduce("reduce", &folded, &complete); },
                        [](const Numbers& values) { return folds_of(values, true, false); });
}

TEST(Fold, OfEveryShapeOfInputGivesWhatALoopGives) {
  expect_of_every_shape(
      [](auto in) {
        return in | op::fold(
                        "fold", [] { return Number{0}; }, [](Number& fold, Number next) { fold = folded(fold, next); },
                        &complete);
      },
      [](const Numbers& values) { return folds_of(values, false, false); });
}

TEST(Scan, OfEveryShapeOfInputGivesWhatALoopGives) {
  expect_of_every_shape(
      [](auto in) {
        return in |
               op::scan("scan", [] { return Number{0}; }, [](Number& fold, Number next) { fold = folded(fold, next); });
      },
      [](const Numbers& values) { return folds_of(values, false, true); });
}

TEST(StatefulMap, OfEveryShapeOfInputGivesWhatALoopGives) {
  const auto number = [](std::optional<Number>& count, Number value) {
    const Number numbered = count.value_or(0) * 1'000 + value;
    count = value % 5 == 0 ? std::nullopt : std::optional{count.value_or(0) + 1};
    return numbered;
  };
  expect_of_every_shape([&](auto in) { return in | op::stateful_map("map", number); },
                        [](const Numbers& values) {
                          Numbers out;
                          Number count = 0;
                          for (const Number value : values) {
                            out.push_back(count * 1'000 + value);
                            count = value % 5 == 0 ? 0 : count + 1;
                          }
                          return out;
                        });
}

TEST(StatefulFlatMap, OfEveryShapeOfInputGivesWhatALoopGives) {
  const auto all_so_far = [](std::optional<Numbers>& values, Number value) {
    Numbers so_far = values.value_or(Numbers{});
    so_far.push_back(value);
    values = so_far.size() == 4 ? std::nullopt : std::optional{so_far};
    return so_far;
  };
  expect_of_every_shape([&](auto in) { return in | op::stateful_flat_map("map", all_so_far); },
                        [](const Numbers& values) {
                          Numbers out;
                          for (std::size_t i = 0; i < values.size(); ++i) {
                            for (std::size_t each = i / 4 * 4; each <= i; ++each) {
                              out.push_back(values[each]);
                            }
                          }
                          return out;
                        });
}

TEST(Collect, OfEveryShapeOfInputGivesWhatALoopGives) {
  expect_of_every_shape([](auto in) { return in | op::collect("collect", 3, 1h); },
                        [](const Numbers& values) {
                          std::vector<Numbers> collections;
                          for (const Number value : values) {
                            if (collections.empty() || collections.back().size() == 3) {
                              collections.emplace_back();
                            }
                            collections.back().push_back(value);
                          }
                          return collections;
                        });
}

TEST(FinalFolds, OfEveryShapeOfInputGiveWhatALoopGives) {
  const auto folds = [](auto in) {
    const auto fold = op::fold_final(
        "fold", [] { return Number{0}; }, [](Number& so_far, Number next) { so_far = folded(so_far, next); });
    const auto count = in | op::count_final("count", [](const Keyed& item) { return item.first; }) |
                       op::map_value("number", [](std::uint64_t number) { return static_cast<Number>(number); });
    return op::merge("all", in | op::sum_final("sum"), in | op::sum_final("sum_combined").combined(),
                     in | op::min_final("min"), in | op::min_final("min_combined").combined(),
                     in | op::max_final("max"), in | op::reduce_final("reduce", &folded), in | fold, count);
  };
  for_random_inputs(300, [&](Rng& rng, InputShape shape, std::size_t workers) {
    const Partitions numbers = random_numbers(rng, shape);
    const auto out = testing::run_over(numbers, folds, workers);
    std::map<Key, Numbers> expected;
    for (const auto& partition : numbers) {
      for (const auto& [key, values] : by_key(partition)) {
        Number sum = 0;
        for (const Number value : values) {
          sum += value;
        }
        const auto [least, greatest] = std::ranges::minmax(values);
        const auto count = static_cast<Number>(values.size());
        const Number reduced = folds_of(values, true, true).back();
        const Number folded_ones = folds_of(values, false, true).back();
        expected[key] = {sum, sum, least, least, greatest, reduced, folded_ones, count};
        std::ranges::sort(expected[key]);
      }
    }
    auto found = by_key(out);
    for (auto& [key, values] : found) {
      std::ranges::sort(values);
    }
    ASSERT_EQ(found, expected);
  });
}

TEST(CountWindows, OfEveryShapeOfInputGiveWhatALoopGives) {
  for (const CountWindows windows : {CountWindows{3}, CountWindows{5, 2}, CountWindows{2, 3}}) {
    expect_of_every_shape(
        [&](auto in) {
          return in | op::collect_window("window", windows) |
                 op::map_value("values", [](const InWindow<Numbers>& window) { return window.value; });
        },
        [&](const Numbers& values) {
          std::vector<Numbers> all;
          const std::size_t every = windows.every == 0 ? windows.length : windows.every;
          const std::size_t skipped = every - std::min<std::size_t>(windows.length, every);
          for (std::size_t first = skipped; first < values.size(); first += every) {
            const std::size_t end = std::min<std::size_t>(first + windows.length, values.size());
            all.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(first),
                             values.begin() + static_cast<std::ptrdiff_t>(end));
          }
          return all;
        });
  }
}

TEST(GlobalWindows, OfEveryShapeOfInputGiveWhatALoopGives) {
  const auto trigger = [](Number value, std::uint64_t count) {
    return value % 6 == 0 ? Trigger::kEmitAndClear : count % 4 == 0 ? Trigger::kEmit : Trigger::kWait;
  };
  expect_of_every_shape(
      [&](auto in) {
        return in | op::collect_window("window", GlobalWindows{trigger}) |
               op::map_value("values", [](const InWindow<Numbers>& window) { return window.value; });
      },
      [&](const Numbers& values) {
        std::vector<Numbers> all;
        Numbers window;
        Trigger wanted = Trigger::kEmit;
        for (const Number value : values) {
          window.push_back(value);
          wanted = trigger(value, window.size());
          if (wanted != Trigger::kWait) {
            all.push_back(window);
          }
          if (wanted == Trigger::kEmitAndClear) {
            window.clear();
          }
        }
        if (wanted == Trigger::kWait) {
          all.push_back(window);
        }
        return all;
      });
}

TEST(Lookup, OfEveryShapeOfInputGivesEachItemARowOfItsKeyOrNone) {
  for_random_inputs(300, [](Rng& rng, InputShape shape, std::size_t workers) {
    const Partitions rows = random_numbers(rng, rng.percent(30) ? InputShape::kEmpty : shape);
    const Partitions items = random_numbers(rng, shape);
    Dataflow flow{"lookup"};
    const auto table = flow.input("rows", testing::Scripted<Keyed>{rows});
    const testing::Collected<std::pair<Keyed, std::optional<Number>>> out;
    op::lookup("lookup", flow.input("items", testing::Scripted<Keyed>{items}), &Keyed::first, table) |
        op::output("out", out);
    RunOptions options;
    options.workers = workers;
    run(flow, options);
    std::vector<Keyed> passed;
    for (const auto& [item, row] : out.items()) {
      passed.push_back(item);
      const auto is_row = [&, number = row](const auto& partition) {
        return std::ranges::find(partition, Keyed{passed.back().first, *number}) != partition.end();
      };
      ASSERT_TRUE(!row || std::ranges::any_of(rows, is_row)) << "no row of key " << item.first;
    }
    std::vector<Keyed> expected;
    for (const auto& partition : items) {
      expected.insert(expected.end(), partition.begin(), partition.end());
    }
    std::ranges::sort(passed);
    std::ranges::sort(expected);
    ASSERT_EQ(passed, expected);
  });
}

/// Calls a key back ten seconds or more behind each of its times, and once for all of ten seconds.
struct CallBack {
  using State = Numbers;
  using Output = Number;
  static Number time_of(Number value) { return (value + 1'000) / 10 * 10 - 980; }
  void on_item(Key /*key*/, std::optional<Numbers>& values, Number value, KeyedEmit<Key, Number>& /*emit*/,
               Timers& timers) const {
    values = values ? std::move(values) : std::optional<Numbers>{std::in_place};
    timers.set_event(Time{std::chrono::seconds{time_of(value)}});
  }
  void on_timer(Key /*key*/, std::optional<Numbers>& /*values*/, const Timer& timer, KeyedEmit<Key, Number>& emit,
                Timers& /*timers*/) const {
    emit(timer.at.time_since_epoch() / 1s);
  }
};

TEST(EventTimeTimers, OfEveryShapeOfInputRingOnceInTheirOrder) {
  const EventClock clock{[](const Keyed& item) { return Time{std::chrono::seconds{item.second}}; }, 5s};
  for_random_inputs(300, [&](Rng& rng, InputShape shape, std::size_t workers) {
    const Partitions numbers = random_numbers(rng, shape, false);
    std::map<Key, Numbers> expected;
    for (const auto& partition : numbers) {
      for (const auto& [key, values] : by_key(partition)) {
        Numbers& times = expected[key];
        std::ranges::transform(values, std::back_inserter(times), &CallBack::time_of);
        std::ranges::sort(times);
        times.erase(std::ranges::unique(times).begin(), times.end());
      }
    }
    const auto out = testing::run_over(
        numbers, [&](auto in) { return in | op::event_time("clock", clock) | op::stateful("timers", CallBack{}); },
        workers);
    ASSERT_EQ(by_key(out), expected);
  });
}

}  // namespace
}  // namespace weir
