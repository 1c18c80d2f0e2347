#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "coordinator/run_access.hpp"
#include "simulation/driver.hpp"
#include "simulation/memory_store.hpp"
#include "simulation/random_run.hpp"
#include "simulation/seeds.hpp"
#include "weir/testing.hpp"
#include "weir/weir.hpp"

namespace weir::simulation {
namespace {

using namespace std::chrono_literals;

/// Something that comes at a minute of the simulated clock.
struct Visit {
  std::uint32_t key = 0;
  std::int64_t minute = 0;
  int value = 0;
};
using Visits = std::vector<Visit>;

/// Partitions whose items come when the simulated clock gets to their minutes. It goes on when nobody has anything to
/// do, so all that came before a minute has been dealt with by then.
class Clockwork {
 public:
  using Item = Visit;

  /// @param start  the minute at which the run begins
  Clockwork(std::vector<Visits> partitions, std::int64_t start) : partitions_{std::move(partitions)}, start_{start} {}

  [[nodiscard]] std::vector<std::string> partitions() const {
    return testing::Scripted<Visit>{partitions_}.partitions();
  }

  [[nodiscard]] std::unique_ptr<SourcePartition<Visit>> open(const std::string& name,
                                                             const std::optional<std::string>& position,
                                                             const OpenContext& /*context*/) const {
    return std::make_unique<Partition>(partitions_[std::stoul(name)], position ? std::stoul(*position) : 0, start_);
  }

 private:
  class Partition final : public SourcePartition<Visit> {
   public:
    Partition(Visits visits, std::size_t next, std::int64_t minute)
        : visits_{std::move(visits)}, next_{next}, minute_{minute} {}

    Poll poll(Emit<Visit>& emit) override {
      for (; next_ < visits_.size() && emit.open(); ++next_) {
        if (const std::int64_t wait = visits_[next_].minute - minute_; wait > 0) {
          minute_ += wait;
          return Poll::idle(std::chrono::minutes{wait});
        }
        emit(visits_[next_]);
      }
      return next_ < visits_.size() ? Poll::more() : Poll::end();
    }

    [[nodiscard]] std::string position() const override { return std::to_string(next_); }

   private:
    Visits visits_;
    std::size_t next_;
    std::int64_t minute_;
  };

  std::vector<Visits> partitions_;
  std::int64_t start_;
};

// Longer than 30 minutes by what a run may take between two of them.
constexpr auto kHalfAnHour = 30min + 30s;

using Out = std::vector<std::pair<std::uint32_t, int>>;

/// What is left of a run.
struct Ran {
  Out out;  ///< sorted
  std::size_t keys = 0;
};

struct RunAt {
  std::size_t workers = 1;
  std::uint64_t seed = 1;
  std::int64_t start = 0;
  StoreDisk* disk = nullptr;  ///< null: no snapshots are kept
};

/// Runs `steps`, from the stream of the visits to one of pairs of a key and a number.
template <typename Steps>
Ran run_at(const RunAt& at, const std::vector<Visits>& partitions, Steps steps) {
  Rng rng{at.seed};
  Dataflow flow{"simulated"};
  Ran ran;
  steps(flow.input("in", Clockwork{partitions, at.start})) |
      op::output("out", ManualOutput{[&ran](std::uint32_t, std::uint32_t) {
                   return [&ran](const Out::value_type& item) { ran.out.push_back(item); };
                 }});
  RunShape shape = random_shape(rng);
  shape.workers = WorkerCount{static_cast<std::uint32_t>(at.workers)};
  Faults faults = random_disturbances(rng);
  faults.hour_passes_permille = 0;
  faults.clock_set_permille = 0;
  std::optional<MemoryStore> store;
  if (at.disk != nullptr) {
    shape.store = &store.emplace(*at.disk, MemoryStore::Faults{});
  }
  Driver driver{RunAccess::graph(flow), rng, shape, faults};
  EXPECT_EQ(driver.run(), Driver::End::kDone);
  std::ranges::sort(ran.out);
  ran.keys = driver.keys_held();
  return ran;
}

template <typename Steps>
void expect_everywhere(const std::vector<Visits>& partitions, Steps steps, Out expected) {
  std::ranges::sort(expected);
  for (const std::size_t workers : testing::kWorkerCounts) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(std::to_string(workers) + " workers, seed " + std::to_string(seed));
      EXPECT_EQ(run_at({.workers = workers, .seed = seed}, partitions, steps).out, expected);
    }
  }
}

auto by_key() { return op::key_on("key", &Visit::key); }

auto by_text() {
  return op::key_on("key", [](const Visit& visit) { return std::to_string(visit.key); });
}

auto counting() {
  return op::scan("count", [] { return 0; }, [](int& count, const Visit& /*visit*/) { ++count; });
}

auto values() { return op::map_value("value", &Visit::value); }

TEST(TimeToLive, IsOverWhenTheKeyHasHadNoItemForSoLong) {
  expect_everywhere({{{1, 0}, {1, 30}, {2, 35}, {1, 61}, {2, 65}, {2, 96}}},
                    [](const auto& in) { return in | by_key() | op::time_to_live(kHalfAnHour, counting()); },
                    {{1, 1}, {1, 2}, {1, 1}, {2, 1}, {2, 2}, {2, 1}});
}

TEST(TimeToLive, BeginsAnewWithEachItem) {
  Visits visits;
  for (std::int64_t minute = 0; minute <= 600; minute += 10) {
    visits.push_back({7, minute});
    visits.push_back({static_cast<std::uint32_t>(100 + minute), minute});
  }
  const auto steps = [](const auto& in) {
    return in | by_key() | op::time_to_live(kHalfAnHour, counting()) |
           op::filter("busy", [](const auto& count) { return count.first == 7; });
  };
  Out expected;
  for (int count = 1; count <= 61; ++count) {
    expected.emplace_back(7, count);
  }
  expect_everywhere({visits}, steps, expected);
}

TEST(TimeToLive, HoldsForWhateverKeepsAState) {
  const std::vector<Visits> visits{{{1, 0, 5}, {1, 30, 5}, {1, 45, 4}, {1, 76, 5}}};
  expect_everywhere(
      visits,
      [](const auto& in) { return in | by_key() | values() | op::time_to_live(kHalfAnHour, op::distinct("d")); },
      {{1, 5}, {1, 4}, {1, 5}});
  expect_everywhere(visits,
                    [](const auto& in) {
                      return in | by_key() | values() | op::time_to_live(kHalfAnHour, op::top_n("t", 3)) |
                             op::map_value("number",
                                           [](const std::vector<int>& top) { return static_cast<int>(top.size()); });
                    },
                    {{1, 1}, {1, 2}, {1, 3}, {1, 1}});
  expect_everywhere(visits,
                    [](const auto& in) {
                      return in | op::time_to_live(kHalfAnHour, op::deduplicate("once", &Visit::value)) | by_key() |
                             values();
                    },
                    {{1, 5}, {1, 4}, {1, 5}});
  expect_everywhere(visits,
                    [](const auto& in) {  // at the end nothing is known of the keys that were dropped
                      return in |
                             op::key_on("value_key",
                                        [](const Visit& visit) { return static_cast<std::uint32_t>(visit.value); }) |
                             values() | op::time_to_live(kHalfAnHour, op::sum_final("sum"));
                    },
                    {{5, 5}});
  expect_everywhere(visits,
                    [](const auto& in) {  // a function of a stream; one of its steps keeps its own time
                      return in | by_key() | op::time_to_live(5min, [](const auto& up) {
                               return up | op::time_to_live(kHalfAnHour, counting());
                             });
                    },
                    {{1, 1}, {1, 2}, {1, 3}, {1, 1}});
}

TEST(TimeToLive, OfAJoinIsThatOfAllItsSides) {
  const auto joined = [](const auto& join) {
    return [join](const auto& in) {
      const auto [left, right] =
          in | by_key() | op::branch("side", [](const auto& visit) { return visit.second.value < 10; });
      return join(left | op::map_value("left", &Visit::value), right | op::map_value("right", &Visit::value));
    };
  };
  const std::vector<Visits> visits{
      {{1, 0, 1}, {2, 0, 2}, {1, 20, 10}, {2, 31, 20}, {3, 40, 3}, {3, 60, 4}, {3, 80, 30}}};
  const auto sum_of_row =
      op::map_value("sum", [](const std::tuple<int, int>& row) { return std::get<0>(row) + std::get<1>(row); });
  const auto sum_of_pair =
      op::map_value("sum", [](const std::pair<int, int>& pair) { return pair.first + pair.second; });
  const auto or_zero = [](const std::optional<int>& value) { return value.value_or(0); };
  expect_everywhere(visits, joined([&](const auto& l, const auto& r) {
                      return op::join("join", TimeToLive{kHalfAnHour}, l, r) | sum_of_row;
                    }),
                    {{1, 11}, {3, 34}});
  expect_everywhere(visits, joined([&](const auto& l, const auto& r) {
                      return op::inner_join("join", TimeToLive{kHalfAnHour}, l, r) | sum_of_pair;
                    }),
                    {{1, 11}, {3, 33}, {3, 34}});
  // The end comes at minute 80: keys 1 and 2 are not known any more, or not without a partner.
  expect_everywhere(
      {{{2, 0, 2}, {1, 20, 10}, {2, 60, 20}, {3, 80, 3}}}, joined([&](const auto& l, const auto& r) {
        return op::full_join("join", TimeToLive{kHalfAnHour}, l, r) |
               op::map_value("sum", [or_zero](const auto& pair) { return or_zero(pair.first) + or_zero(pair.second); });
      }),
      {{2, 20}, {3, 3}});
  expect_everywhere({{{2, 0, 2}, {1, 20, 10}, {2, 60, 20}, {3, 80, 3}}}, joined([&](const auto& l, const auto& r) {
                      return op::left_join("join", TimeToLive{kHalfAnHour}, l, r) |
                             op::map_value("sum",
                                           [or_zero](const auto& pair) { return pair.first + or_zero(pair.second); });
                    }),
                    {{3, 3}});
  expect_everywhere({{{2, 0, 2}, {1, 20, 10}, {2, 60, 20}, {3, 80, 3}}}, joined([&](const auto& l, const auto& r) {
                      return op::right_join("join", TimeToLive{kHalfAnHour}, l, r) |
                             op::map_value("sum",
                                           [or_zero](const auto& pair) { return or_zero(pair.first) + pair.second; });
                    }),
                    {{2, 20}});
}

/// Sets a timer as many minutes behind each item as its value says, and emits the minutes when it rings.
struct Reminders {
  using State = std::vector<int>;
  using Output = int;

  void on_item(std::uint32_t /*key*/, std::optional<State>& state, Visit&& visit,
               KeyedEmit<std::uint32_t, int>& /*emit*/, Timers& timers) const {
    if (!state) {
      state.emplace();
    }
    state->push_back(visit.value);
    timers.set_system(timers.system_time() + std::chrono::minutes{visit.value});
  }
  void on_timer(std::uint32_t /*key*/, std::optional<State>& state, const Timer& /*timer*/,
                KeyedEmit<std::uint32_t, int>& emit, Timers& /*timers*/) const {
    emit(state->front());
    state->erase(state->begin());
  }
};

TEST(TimeToLive, TakesTimersWithTheState) {
  expect_everywhere(
      {{{1, 0, 30}, {2, 0, 31}, {3, 0, 20}, {3, 10, 25}, {4, 100, 0}}},
      [](const auto& in) { return in | by_key() | op::time_to_live(kHalfAnHour, op::stateful("remind", Reminders{})); },
      {{1, 30}, {3, 20}, {3, 25}, {4, 0}});
}

// What an error policy leaves out is no item.
TEST(TimeToLive, DoesNotBeginAnewWithAnItemThatFails) {
  const std::vector<Visits> visits{{{1, 0}, {1, 20, -1}, {1, 30}, {1, 50, -1}, {1, 61}, {2, 61, -1}, {2, 62}}};
  const auto count_good = op::scan(
      "count", [] { return 0; },
      [](int& count, const Visit& visit) {
        ++count;
        if (visit.value < 0) {
          throw std::runtime_error{"planned"};
        }
      });
  const Out expected{{1, 1}, {1, 2}, {1, 1}, {2, 1}};
  expect_everywhere(
      visits,
      [&](const auto& in) {
        return in | by_key() | op::time_to_live(kHalfAnHour, op::skip_errors(count_good, copy_before));
      },
      expected);
  expect_everywhere(
      visits,
      [&](const auto& in) {
        return in | by_key() | op::skip_errors(op::time_to_live(kHalfAnHour, count_good), copy_before);
      },
      expected);
}

TEST(TimeToLive, DropsMoreKeysThanAStepOfAWorkerMayLookAt) {
  Visits visits;
  for (const std::int64_t minute : {0, 31}) {
    for (std::uint32_t key = 0; key < 5'000; ++key) {
      visits.push_back({key, minute});
    }
  }
  const auto steps = [](const auto& in) { return in | by_key() | op::time_to_live(kHalfAnHour, counting()); };
  for (const std::size_t workers : testing::kWorkerCounts) {
    const auto out = run_at({.workers = workers}, {visits}, steps).out;
    EXPECT_EQ(out.size(), visits.size());
    EXPECT_TRUE(std::ranges::all_of(out, [](const auto& count) { return count.second == 1; }));
  }
}

TEST(TimeToLive, BoundsTheKeysInMemoryAndInSnapshots) {
  std::vector<Visits> partitions(3);
  for (std::uint32_t key = 0; key < 450; ++key) {
    partitions[key % 3].push_back({key, key / 3});
  }
  const auto steps = [](const auto& in) {
    return in | by_text() | op::time_to_live(kHalfAnHour, counting()) |
           op::map("n", [](const auto& count) { return std::pair{std::uint32_t{0}, count.second}; });
  };
  for (const std::size_t workers : testing::kWorkerCounts) {
    StoreDisk disk;
    const Ran ran = run_at({.workers = workers, .disk = &disk}, partitions, steps);
    EXPECT_EQ(ran.keys, 93U);  // those of the last 31 minutes
    EXPECT_EQ(disk.states.size(), 93U);
  }
}

/// Visits of random keys, many of them of one, in the order of their minutes.
std::vector<Visits> random_visits(Rng& rng) {
  std::vector<Visits> partitions(rng.between(1, 6));
  const std::uint64_t keys = rng.between(1, 30);
  for (Visits& visits : partitions) {
    std::int64_t minute = 0;
    for (std::uint64_t count = rng.below(80); count > 0; --count) {
      minute += static_cast<std::int64_t>(rng.percent(60) ? rng.below(6) : rng.percent(10) ? rng.below(100) : 0);
      visits.push_back({static_cast<std::uint32_t>(rng.percent(30) ? 0 : rng.below(keys)), minute});
    }
  }
  return partitions;
}

/// What the keys that are known have counted.
class Counts {
 public:
  void add(const Visit& visit) {
    const auto found = counts_.find(visit.key);
    const bool lives = found != counts_.end() && visit.minute - found->second.last <= 30;
    const int count = lives ? found->second.count + 1 : 1;
    counts_[visit.key] = {count, visit.minute};
    out.emplace_back(visit.key, count);
  }

  /// The run goes on at a minute, with what it had when it ended.
  void resume(std::int64_t ended, std::int64_t minute) {
    std::erase_if(counts_, [&](const auto& each) { return ended - each.second.last > 30; });
    for (auto& [key, count] : counts_) {
      count.last = minute;
    }
  }

  [[nodiscard]] std::size_t keys() const { return counts_.size(); }

  Out out;

 private:
  struct Count {
    int count;
    std::int64_t last;
  };
  std::map<std::uint32_t, Count> counts_;
};

TEST(TimeToLive, GoesOnWithTheKeysThatASnapshotHas) {
  const auto texts = [](const auto& in) {
    return in | by_text() | op::time_to_live(kHalfAnHour, counting()) | op::map("number", [](const auto& count) {
             return std::pair{static_cast<std::uint32_t>(std::stoul(count.first)), count.second};
           });
  };
  const auto numbers = [](const auto& in) { return in | by_key() | op::time_to_live(kHalfAnHour, counting()); };
  for (const std::uint64_t seed : seeds(1'000)) {
    SCOPED_TRACE("WEIR_TEST_SEED=" + std::to_string(seed));
    Rng rng{seed};
    const std::vector<Visits> all = random_visits(rng);
    const auto middle = static_cast<std::int64_t>(rng.below(250));
    std::vector<Visits> before(all.size());
    Visits in_order;
    for (std::size_t p = 0; p < all.size(); ++p) {
      std::ranges::copy_if(all[p], std::back_inserter(before[p]),
                           [&](const Visit& visit) { return visit.minute < middle; });
      in_order.insert(in_order.end(), all[p].begin(), all[p].end());
    }
    std::ranges::sort(in_order, {}, &Visit::minute);
    const auto first_behind =
        std::ranges::find_if(in_order, [&](const Visit& visit) { return visit.minute >= middle; });
    Counts counts;
    std::for_each(in_order.begin(), first_behind, [&](const Visit& visit) { counts.add(visit); });
    counts.resume(first_behind == in_order.begin() ? 0 : std::prev(first_behind)->minute, middle);

    StoreDisk disk;
    const auto run = [&](const std::vector<Visits>& visits, std::int64_t start) {
      const RunAt at{testing::kWorkerCounts[rng.below(testing::kWorkerCounts.size())], rng.next(), start, &disk};
      return seed % 2 == 0 ? run_at(at, visits, numbers) : run_at(at, visits, texts);
    };
    const Ran first = run(before, 0);
    ASSERT_EQ(first.keys, counts.keys());
    ASSERT_EQ(disk.states.size(), counts.keys());
    const Ran second = run(all, middle);
    std::for_each(first_behind, in_order.end(), [&](const Visit& visit) { counts.add(visit); });
    Out out = first.out;
    out.insert(out.end(), second.out.begin(), second.out.end());
    std::ranges::sort(out);
    std::ranges::sort(counts.out);
    ASSERT_EQ(out, counts.out);
  }
}

}  // namespace
}  // namespace weir::simulation
