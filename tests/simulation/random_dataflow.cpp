#include "simulation/random_dataflow.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <iterator>
#include <ranges>
#include <string>
#include <utility>

#include "simulation/final_step.hpp"
#include "simulation/join_step.hpp"
#include "simulation/timed_steps.hpp"

namespace weir::simulation {
namespace {

using Kind = RandomStep::Kind;

constexpr std::array<const char*, RandomStep::kKinds> kNames{"map",           "flat_map",
                                                             "filter",        "rekey",
                                                             "redistribute",  "branch_merge",
                                                             "detour_merge",  "twice_merge",
                                                             "skip",          "running",
                                                             "batches",       "reduce",
                                                             "at_end",        "catch",
                                                             "forget",        "scan",
                                                             "top_n",         "distinct",
                                                             "deduplicate",   "collect",
                                                             "count_windows", "global_windows",
                                                             "join_at_end",   "join_complete",
                                                             "join_running",  "pair_join",
                                                             "lookup",        "table_first",
                                                             "tumbling",      "sliding",
                                                             "sessions",      "timers",
                                                             "in_time_order", "deduplicate_within",
                                                             "interval_join", "as_of_join",
                                                             "join_window"};

template <typename... Kinds>
bool is_one_of(const RandomStep& step, Kinds... kinds) {
  return ((step.kind == kinds) || ...);
}

bool minds_order(const RandomStep& step) {
  const bool keyed = step.kind >= RandomStep::kKeyed && step.kind < RandomStep::kJoins;
  if (step.kind == Kind::kAtEnd) {
    return minds_order_to_the_end(step);
  }
  return (keyed && step.kind != Kind::kForget) || step.kind == Kind::kJoinRunning ||
         (step.kind == Kind::kJoinAtEnd && !multiplies(step));
}

bool keeps_order(const RandomStep& step) {
  const bool keyed = step.kind >= RandomStep::kKeyed && step.kind < RandomStep::kJoins;
  return (keyed && !is_one_of(step, Kind::kCatch, Kind::kDeduplicate)) ||
         is_one_of(step, Kind::kMap, Kind::kFlatMap, Kind::kFilter, Kind::kSkip, Kind::kTableFirst);
}

bool may_emit_at_end(const RandomStep& step) {
  return is_one_of(step, Kind::kAtEnd, Kind::kDeduplicate, Kind::kCollect, Kind::kCountWindows, Kind::kGlobalWindows,
                   Kind::kJoinAtEnd, Kind::kJoinRunning, Kind::kPairJoin, Kind::kLookup);
}

bool stays_at_source(const RandomStep& step) {
  const bool in_batches = step.kind == Kind::kMap && step.parameter % 3 == 0;
  return !in_batches && is_one_of(step, Kind::kMap, Kind::kFlatMap, Kind::kFilter);
}

/// What is so of the stream behind the steps that were drawn.
struct StreamTraits {
  bool ordered = true;    ///< the order of a key's items is defined
  bool at_source = true;  ///< a clock still knows from which partition an item comes
  bool in_epochs = true;  ///< each item passes in the epoch that it tells
  bool unique = true;     ///< a value comes once under a key
  bool bursts = false;    ///< thousands of items of a key come at once

  /// Whether what a step makes of the stream is defined, and not too much.
  [[nodiscard]] bool allow(const RandomStep& step) const {
    return (ordered || !minds_order(step)) && (!bursts || !multiplies(step)) && (at_source || !step.timed()) &&
           (in_epochs || step.kind != Kind::kLookup) && (unique || step.kind != Kind::kJoinComplete);
  }

  // A second sum over sums is fine, but nothing that minds the order may follow what only the end makes.
  void pass(const RandomStep& step) {
    in_epochs = in_epochs && !may_emit_at_end(step) && !step.timed();
    ordered = ordered && keeps_order(step) && in_epochs;
    at_source = at_source && stays_at_source(step);
    unique = unique && !is_one_of(step, Kind::kTwiceMerge, Kind::kAtEnd, Kind::kTimers, Kind::kLookup);
    bursts = bursts || is_one_of(step, Kind::kFlatMap, Kind::kSkip) || multiplies(step);
  }
};

Stream<Item> build_step(Dataflow& flow, const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  return step.kind == Kind::kTableFirst        ? build_table_first(flow, step, id, up)
         : step.kind >= RandomStep::kTimeJoins ? build_time_join(step, id, up)
         : step.timed()                        ? build_timed_step(step, id, up)
         : step.kind >= RandomStep::kJoins     ? build_join_step(step, id, up)
         : step.kind >= RandomStep::kKeyed     ? build_keyed_step(step, id, up)
                                               : build_plain_step(step, id, up);
}

// Of a step without event time.
Items reference_of_step(const RandomStep& step, const Items& in, bool ended) {
  return step.kind == Kind::kTableFirst    ? reference_of_table_first(step, in)
         : step.kind >= RandomStep::kJoins ? reference_of_join_step(step, in, ended)
         : step.kind >= RandomStep::kKeyed ? reference_of_keyed_step(step, in, ended)
                                           : reference_of_plain_step(step, in);
}

}  // namespace

RandomDataflow::RandomDataflow(Rng& rng) {
  StreamTraits traits;
  const bool with_time = rng.percent(35);
  constexpr auto kFirstTimed = static_cast<std::uint64_t>(RandomStep::kTimed);
  for (std::uint64_t count = rng.between(1, 5); count > 0; --count) {
    const bool timed = with_time && !this->timed() && traits.at_source && (count == 1 || rng.percent(60));
    RandomStep step{};
    do {
      const std::uint64_t kind = timed ? rng.between(kFirstTimed, RandomStep::kKinds - 1) : rng.below(kFirstTimed);
      step = {static_cast<Kind>(kind), rng.between(2, 9)};
    } while (!traits.allow(step));
    traits.pass(step);
    steps.push_back(step);
  }
  const bool few = timed() || std::ranges::any_of(steps, multiplies);
  partitions.resize(rng.between(1, 8));
  const std::uint64_t keys = rng.between(1, 40);
  const std::uint64_t items = rng.percent(10) && !few ? rng.between(1'000, 5'000) : rng.between(0, 400);
  const std::uint64_t pace = rng.between(1, 20);
  for (std::uint64_t i = 0; i < items; ++i) {
    const std::uint64_t key = rng.percent(20) ? 0 : rng.below(keys);
    const std::uint64_t back = rng.percent(30) ? rng.below(13) : 0;
    partitions[key % partitions.size()].push_back(
        {static_cast<std::uint32_t>(key), rng.next(), 0, static_cast<std::int64_t>(100 + i / pace - back)});
  }
}

RandomDataflow::RandomDataflow(Rng& rng, RandomStep alone) : steps{alone} {
  constexpr std::uint64_t kFewKeys = 3;
  partitions.resize(rng.between(1, 8));
  const std::uint64_t keys = rng.between(kFewKeys, 40);
  const std::uint64_t items = rng.between(100, 3'000);
  for (std::uint64_t i = 0; i < items; ++i) {
    const std::uint64_t key = rng.below(i / 200 % 2 == 0 ? kFewKeys : keys);
    partitions[key % partitions.size()].push_back({static_cast<std::uint32_t>(key), rng.next(), 0, 100});
  }
}

Stream<Item> RandomDataflow::build(Dataflow& flow, Stream<Item> stream) const {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    stream = build_step(flow, steps[i], "step_" + std::to_string(i), stream);
  }
  return stream;
}

std::size_t RandomDataflow::timed_step() const {
  return static_cast<std::size_t>(std::ranges::find_if(steps, &RandomStep::timed) - steps.begin());
}

Items RandomDataflow::reference(const Progress& progress) const {
  Items items;
  std::vector<TimedItem> timed_items;
  const std::size_t timed = timed_step();
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    Items read;
    std::ranges::copy(partitions[p] | std::views::take(progress.read[p]), std::back_inserter(read));
    if (timed == steps.size()) {
      items.insert(items.end(), read.begin(), read.end());
      continue;
    }
    for (std::size_t step = 0; step < timed; ++step) {
      read = reference_of_step(steps[step], read, progress.ended);
    }
    std::vector<std::int64_t> promises(clocks_of(steps[timed]), kBeforeAll);
    for (const Item& item : read) {
      std::int64_t& promise = promises[clock_of(steps[timed], item)];
      timed_items.push_back({item, promise});
      promise = std::max(promise, item.second - out_of_orderness(steps[timed]));
    }
  }
  std::size_t next = 0;
  if (timed < steps.size()) {
    const TimeReached reached{progress.ended, progress.watermark};
    items = steps[timed].kind >= RandomStep::kTimeJoins ? reference_of_time_join(steps[timed], timed_items, reached)
                                                        : reference_of_timed_step(steps[timed], timed_items, reached);
    next = timed + 1;
  }
  for (; next < steps.size(); ++next) {
    items = reference_of_step(steps[next], items, progress.ended);
  }
  std::ranges::sort(items);
  return items;
}

Time RandomDataflow::watermark(const std::vector<std::size_t>& read, const std::vector<bool>& ended) const {
  const RandomStep& timed = steps[timed_step()];
  Time least = Time::max();
  Time latest = Time::min();
  bool all_ended = true;
  for (std::size_t p = 0; p < partitions.size(); ++p) {
    Items items;
    std::ranges::copy(partitions[p] | std::views::take(read[p]), std::back_inserter(items));
    for (std::size_t step = 0; step < timed_step(); ++step) {
      items = reference_of_step(steps[step], items, false);
    }
    std::vector<Time> promises(clocks_of(timed), Time::min());
    for (const Item& item : items) {
      Time& promise = promises[clock_of(timed, item)];
      promise = std::max(promise, Time{std::chrono::seconds{item.second - out_of_orderness(timed)}});
    }
    latest = std::max(latest, std::ranges::max(promises));
    if (!ended[p]) {
      least = std::min(least, std::ranges::min(promises));
      all_ended = false;
    }
  }
  return all_ended ? latest : least;
}

std::string RandomDataflow::describe() const {
  std::string text = std::to_string(partitions.size()) + " partitions";
  for (const RandomStep& step : steps) {
    text += std::string{" | "} + kNames[static_cast<std::size_t>(step.kind)] + " " + std::to_string(step.parameter);
  }
  return text;
}

}  // namespace weir::simulation
