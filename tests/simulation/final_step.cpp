#include "simulation/final_step.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "simulation/item_functions.hpp"

namespace weir::simulation {
namespace {

using Key = std::uint32_t;

/// What parameters stand for.
enum AtEnd : std::uint64_t {
  kTextKeys = 2,
  kInOrder = 3,
  kFolds = 4,
  kReduces = 5,
  kAggregates = 6,
  kCounts = 7,
  kExtremes = 8,
  kMeanAndGreatest = 9,
};
constexpr std::size_t kGreatest = 2;

struct SumAtEnd {
  using State = std::uint64_t;
  using Output = Item;
  void on_item(const std::string& /*key*/, std::optional<State>& sum, Item&& item,
               KeyedEmit<std::string, Item>& /*emit*/) {
    sum = sum.value_or(0) + item.value;
  }
  void on_end(const std::string& key, std::optional<State>& sum, KeyedEmit<std::string, Item>& emit) {
    emit({static_cast<Key>(std::stoul(key)), *sum, 0});
    sum.reset();
  }
};

/// A fold whose value depends on the order. Folds of parts of the values are merged to that of all: each is a linear
/// function.
struct FoldInOrder {
  using State = std::pair<std::uint64_t, std::uint64_t>;  // factor, summand
  State first(std::uint64_t value) const { return {3, mix(value)}; }
  void add(State& so_far, std::uint64_t value) const { merge(so_far, first(value)); }
  void merge(State& so_far, const State& other) const {
    so_far = {so_far.first * other.first, so_far.second * other.first + other.second};
  }
  std::uint64_t result(const State& fold) const { return fold.second; }
};

/// Adds up values under texts: such items do not go in batches.
Stream<Item> add_up_by_texts(const std::string& id, const Stream<Item>& up) {
  return up | keyed_by_text(id + ".key") | op::map_value(id + ".value", &Item::value) |
         op::reduce_final(id, [](std::uint64_t& sum, std::uint64_t more) { sum += more; }).combined() |
         op::map(id + ".item", [](const std::pair<std::string, std::uint64_t>& sum) {
           return Item{static_cast<Key>(std::stoul(sum.first)), sum.second, 0};
         });
}

KeyedStream<Key, std::uint64_t> fold_at_end(const RandomStep& step, const std::string& id,
                                            const KeyedStream<Key, std::uint64_t>& values) {
  using Number = std::uint64_t;
  const auto add = [](Number& sum, Number more) { sum += more; };
  switch (step.parameter) {
    case kExtremes:
      return op::merge(id + ".both", values | op::max_final(id + ".max"), values | op::min_final(id).combined());
    case kMeanAndGreatest:
      return op::merge(
          id + ".both",
          values | op::map_value(id + ".small", &small) | op::mean_final(id) |
              op::map_value(id + ".bits", [](double mean) { return std::bit_cast<Number>(mean); }),
          values | op::top_n_final(id + ".greatest", kGreatest) |
              op::map_value(id + ".fold", [](const std::vector<Number>& greatest) { return folded(greatest); }));
    case kFolds:
      return values | op::fold_final(id, [] { return Number{0}; }, add, add);
    case kAggregates:
      return values | op::sum_final(id);
    default:
      return values | op::aggregate_final(id, FoldInOrder{});
  }
}

}  // namespace

RandomStep fold_in_order() { return {RandomStep::Kind::kAtEnd, kInOrder}; }

bool minds_order_to_the_end(const RandomStep& step) { return step.parameter == kInOrder; }

Stream<Item> build_final_step(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  if (step.parameter == kTextKeys) {
    return up | keyed_by_text(id + ".key") | op::stateful(id, SumAtEnd{}) | op::key_rm(id + ".rm");
  }
  if (step.parameter == kReduces) {
    return add_up_by_texts(id, up);
  }
  const auto folds =
      step.parameter == kCounts
          ? up | op::count_final(id, [](const Item& item) { return item.key; })
          : fold_at_end(step, id, up | keyed_by_number(id + ".key") | op::map_value(id + ".value", &Item::value));
  return folds |
         op::map(id + ".item", [](std::pair<Key, std::uint64_t> fold) { return Item{fold.first, fold.second, 0}; });
}

Items reference_of_final_step(const RandomStep& step, Key key, const Items& in) {
  std::vector<std::uint64_t> values;
  std::ranges::transform(in, std::back_inserter(values), &Item::value);
  if (step.parameter == kInOrder) {
    const FoldInOrder folder;
    FoldInOrder::State fold = folder.first(values.front());
    for (const std::uint64_t value : std::span{values}.subspan(1)) {
      folder.add(fold, value);
    }
    return {{key, folder.result(fold)}};
  }
  std::ranges::sort(values, std::greater{});
  switch (step.parameter) {
    case kCounts:
      return {{key, in.size()}};
    case kExtremes:
      return {{key, values.front()}, {key, values.back()}};
    case kMeanAndGreatest:
      return {{key, std::bit_cast<std::uint64_t>(mean_of(values))},
              {key, folded(std::span{values}.first(std::min(values.size(), kGreatest)))}};
    default:
      return {{key, std::accumulate(values.begin(), values.end(), std::uint64_t{0})}};
  }
}

}  // namespace weir::simulation
