#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "simulation/item_functions.hpp"
#include "simulation/join_step.hpp"
#include "simulation/random_step.hpp"

namespace weir::simulation {
namespace {

using Kind = RandomStep::Kind;
using Key = std::uint32_t;
using Id = std::pair<Key, std::uint64_t>;

// Each key is split in several where all its values meet all, so that these do not get too many.
Id shard_of(const Item& item, std::uint64_t shards) { return {item.key, item.value / 6 % shards}; }

auto keyed_by_shard(const std::string& id, std::uint64_t shards) {
  return op::key_on(id, [shards](const Item& item) { return shard_of(item, shards); });
}

auto keyed_by_id(const std::string& id) {
  return op::key_on(id, [](const Item& item) { return Id{item.key, item.value}; });
}

std::uint64_t shards_of(const RandomStep& step) { return multiplies(step) ? 16 : 1; }

// The three sides of a join.
std::size_t side_of(const Item& item) { return item.value % 3; }

Item row_at_end(Key key, const std::array<std::optional<std::uint64_t>, 3>& sides) {
  std::uint64_t fold = key;
  for (const std::optional<std::uint64_t>& side : sides) {
    fold = folded(fold, side.value_or(1));
  }
  return {key, fold};
}

template <JoinInsert kInsert>
Stream<Item> build_at_end(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const auto [first, others] = up | op::branch(id + ".first", [](const Item& item) { return side_of(item) == 0; });
  const auto [second, third] = others | op::branch(id + ".second", [](const Item& item) { return side_of(item) == 1; });
  return op::join<kInsert, JoinEmit::kFinal>(id, first | keyed_by_shard(id + ".key_first", shards_of(step)),
                                             second | keyed_by_shard(id + ".key_second", shards_of(step)),
                                             third | keyed_by_shard(id + ".key_third", shards_of(step))) |
         op::map(id + ".item", [](const auto& row) {
           const auto value = [](const std::optional<Item>& side) {
             return side ? std::optional{side->value} : std::nullopt;
           };
           return std::apply([&](const auto&... sides) { return row_at_end(row.first.first, {value(sides)...}); },
                             row.second);
         });
}

using Values = std::vector<std::optional<std::uint64_t>>;

Items reference_at_end(const RandomStep& step, const Items& in) {
  std::map<Id, std::array<Values, 3>> by_shard;
  for (const Item& item : in) {
    Values& side = by_shard[shard_of(item, shards_of(step))][side_of(item)];
    if (side.empty() || insert_of(step) == JoinInsert::kProduct) {
      side.emplace_back(item.value);
    } else if (insert_of(step) == JoinInsert::kLast) {
      side.back() = item.value;
    }
  }
  Items out;
  for (auto& [shard, sides] : by_shard) {
    for (Values& side : sides) {
      side.resize(std::max<std::size_t>(side.size(), 1));
    }
    for (const auto& a : sides[0]) {
      for (const auto& b : sides[1]) {
        for (const auto& c : sides[2]) {
          out.push_back(row_at_end(shard.first, {a, b, c}));
        }
      }
    }
  }
  return out;
}

// Each id comes once on each side, so what is joined does not depend on which side is first. The first side lacks some.
bool is_missing(const Item& item, std::uint64_t parameter) { return item.value % parameter == 1; }

bool has_three_sides(const RandomStep& step) { return step.parameter % 2 == 1; }

Item changed(Item item) { return mapped(item, 17); }

Stream<Item> build_complete(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const std::uint64_t parameter = step.parameter;
  const auto row_of = [](const auto& row) {
    return std::apply([&](const auto&... sides) { return gathered(row.first.first, std::array{sides...}); },
                      row.second);
  };
  const auto some =
      up | op::filter(id + ".some", [parameter](const Item& item) { return !is_missing(item, parameter); });
  const auto first = some | keyed_by_id(id + ".key_first");
  const auto second = up | keyed_by_id(id + ".key_second") | op::map_value(id + ".second", changed);
  if (has_three_sides(step)) {
    const auto third = up | op::redistribute(id + ".detour") | keyed_by_id(id + ".key_third");
    return op::join(id, first, second, third) | op::map(id + ".item", row_of);
  }
  return op::join(id, first, second) | op::map(id + ".item", row_of);
}

Items reference_of_complete(const RandomStep& step, const Items& in) {
  Items out;
  for (const Item& item : in) {
    if (!is_missing(item, step.parameter)) {
      const Items sides{item, changed(item), item};
      out.push_back(gathered(item.key, std::span{sides}.first(has_three_sides(step) ? 3 : 2)));
    }
  }
  return out;
}

// What a running join emits depends on how its sides follow on each other. Defined are the number of rows, that each
// differs from the one before on at most one side, and the last one.
Item verdict_on_rows(Key key, std::uint64_t rows, std::uint64_t last_left, std::uint64_t last_right) {
  return {key, folded(folded(folded(key, rows), last_left), last_right)};
}

struct VerdictOnRows {
  struct State {
    std::uint64_t rows = 0;
    std::uint64_t left = 0;
    std::uint64_t right = 0;
    bool wrong = false;
  };
  using Output = Item;
  using Row = std::tuple<std::optional<Item>, std::optional<Item>>;

  void on_item(Key key, std::optional<State>& state, Row&& row, KeyedEmit<Key, Item>& /*emit*/) const {
    const State before = state.value_or(State{});
    const auto& [left_item, right_item] = row;
    const bool belong = (!left_item || (left_item->key == key && left(*left_item))) &&
                        (!right_item || (right_item->key == key && !left(*right_item)));
    state = State{before.rows + 1, left_item ? left_item->value : 0, right_item ? right_item->value : 0, false};
    const bool two_differ = state->left != before.left && state->right != before.right;
    state->wrong = before.wrong || !belong || two_differ;
  }
  void on_end(Key key, std::optional<State>& state, KeyedEmit<Key, Item>& emit) const {
    emit(verdict_on_rows(key, state->wrong ? 0 : state->rows, state->left, state->right));
    state.reset();
  }
};

template <JoinInsert kInsert>
Stream<Item> build_running(const std::string& id, const Stream<Item>& up) {
  const auto [ones, others] = up | op::branch(id + ".branch", left);
  return op::join<kInsert, JoinEmit::kRunning>(id, ones | keyed_by_number(id + ".left"),
                                               others | keyed_by_number(id + ".right")) |
         op::stateful(id + ".verdict", VerdictOnRows{}) | op::key_rm(id + ".rm");
}

Items reference_of_running(const RandomStep& step, const Items& in) {
  std::map<Key, std::array<std::uint64_t, 3>> by_key;  // left, right, rows
  for (const Item& item : in) {
    std::array<std::uint64_t, 3>& sides = by_key[item.key];
    std::uint64_t& side = sides[left(item) ? 0 : 1];
    side = side == 0 || insert_of(step) == JoinInsert::kLast ? item.value : side;
    ++sides[2];
  }
  Items out;
  for (const auto& [key, sides] : by_key) {
    out.push_back(verdict_on_rows(key, sides[2], sides[0], sides[1]));
  }
  return out;
}

bool keeps_left(const RandomStep& step) { return step.parameter % 4 == 1 || step.parameter % 4 == 3; }
bool keeps_right(const RandomStep& step) { return step.parameter % 4 >= 2; }

Item pair_of(Key key, const Item* left_item, const Item* right_item) {
  const std::uint64_t fold =
      folded(left_item == nullptr ? 1 : left_item->value, right_item == nullptr ? 1 : right_item->value);
  return {key, fold,
          left_item == nullptr || right_item == nullptr ? 0 : latest_epoch(std::array{*left_item, *right_item})};
}

const Item* to_pointer(const Item& item) { return &item; }
const Item* to_pointer(const std::optional<Item>& item) { return item ? &*item : nullptr; }

Stream<Item> build_pairs(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  const auto [ones, others] = up | op::branch(id + ".branch", left);
  const auto left_side = ones | keyed_by_shard(id + ".left", shards_of(step));
  const auto right_side = others | keyed_by_shard(id + ".right", shards_of(step));
  const auto to_item = op::map(id + ".item", [](const auto& row) {
    return pair_of(row.first.first, to_pointer(row.second.first), to_pointer(row.second.second));
  });
  if (keeps_left(step)) {
    return keeps_right(step) ? op::full_join(id, left_side, right_side) | to_item
                             : op::left_join(id, left_side, right_side) | to_item;
  }
  return keeps_right(step) ? op::right_join(id, left_side, right_side) | to_item
                           : op::inner_join(id, left_side, right_side) | to_item;
}

Items reference_of_pairs(const RandomStep& step, const Items& in, bool ended) {
  std::map<Id, std::pair<Items, Items>> by_shard;
  for (const Item& item : in) {
    auto& [ones, others] = by_shard[shard_of(item, shards_of(step))];
    (left(item) ? ones : others).push_back(item);
  }
  Items out;
  for (const auto& [shard, sides] : by_shard) {
    for (const Item& one : sides.first) {
      for (const Item& other : sides.second) {
        out.push_back(pair_of(shard.first, &one, &other));
      }
      if (ended && sides.second.empty() && keeps_left(step)) {
        out.push_back(pair_of(shard.first, &one, nullptr));
      }
    }
    for (const Item& other : sides.second) {
      if (ended && sides.first.empty() && keeps_right(step)) {
        out.push_back(pair_of(shard.first, nullptr, &other));
      }
    }
  }
  return out;
}

/// An update of a key's row. Those of a key are numbered from 1 as they come; each fourth deletes the row.
struct Update {
  std::uint64_t number = 0;
  std::uint64_t epoch = 0;
};

bool deletes(const Update& update) { return update.number % 4 == 0; }

struct NumberUpdates {
  using State = std::uint64_t;
  using Output = Update;
  void on_item(Key /*key*/, std::optional<State>& updates, Item&& item, KeyedEmit<Key, Update>& emit) const {
    updates = updates.value_or(0) + 1;
    emit({*updates, item.epoch});
  }
};

/// An update, or which one an item of an epoch got to see.
struct Seen {
  bool is_update = false;
  Update update;
  std::uint64_t in_epoch = 0;
};

// Which row an item gets depends on when it passes. Defined is that it sees all updates of the epochs before its own,
// and none of a later one: that they are the same everywhere when an epoch ends is what the snapshots rest on.
struct VerdictOnLookups {
  struct State {
    std::vector<Update> updates;  // in their order
    std::vector<Seen> seen;
  };
  using Output = Item;

  void on_item(Key /*key*/, std::optional<State>& state, Seen&& seen, KeyedEmit<Key, Item>& /*emit*/) const {
    if (!state) {
      state.emplace();
    }
    if (seen.is_update) {
      state->updates.push_back(seen.update);
    } else {
      state->seen.push_back(seen);
    }
  }
  void on_end(Key key, std::optional<State>& state, KeyedEmit<Key, Item>& emit) const {
    std::uint64_t right_ones = 0;
    for (const Seen& each : state->seen) {
      right_ones += may_be(state->updates, each) ? 1 : 0;
    }
    emit(verdict(key, state->updates.size(), right_ones));
    state.reset();
  }

  static Item verdict(Key key, std::uint64_t updates, std::uint64_t right_ones) {
    return {key, folded(folded(key, updates), right_ones)};
  }

 private:
  static bool may_be(const std::vector<Update>& updates, const Seen& seen) {
    const auto first = std::ranges::lower_bound(updates, seen.in_epoch, {}, &Update::epoch);
    const auto last = std::ranges::upper_bound(updates, seen.in_epoch, {}, &Update::epoch);
    const auto sees = [](const Update& update) { return deletes(update) ? 0 : update.number; };
    const std::uint64_t before = first == updates.begin() ? 0 : sees(*std::prev(first));
    return before == seen.update.number ||
           std::any_of(first, last, [&](const Update& update) { return sees(update) == seen.update.number; });
  }
};

Stream<Item> build_lookup(const std::string& id, const Stream<Item>& up) {
  const auto [filling, looking] = up | op::branch(id + ".branch", left);
  const auto updates = filling | keyed_by_number(id + ".key") | op::stateful(id + ".number", NumberUpdates{});
  const auto table = updates | op::map_value(id + ".row", [](const Update& update) {
                       return deletes(update) ? std::nullopt : std::optional{update};
                     });
  const auto looked_up = op::lookup(id, looking, [](const Item& item) { return item.key; }, table, TableRead::kAtOnce);
  const auto of_items = looked_up | op::map(id + ".seen", [](const std::pair<Item, std::optional<Update>>& found) {
                          const auto& [item, row] = found;
                          return std::pair{item.key, Seen{false, row.value_or(Update{}), item.epoch}};
                        });
  const auto of_table =
      updates | op::map_value(id + ".updated", [](const Update& update) { return Seen{true, update, 0}; });
  return op::merge(id + ".all", of_items, of_table) | op::stateful(id + ".verdict", VerdictOnLookups{}) |
         op::key_rm(id + ".rm");
}

Items reference_of_lookup(const Items& in) {
  std::map<Key, std::pair<std::uint64_t, std::uint64_t>> by_key;
  for (const Item& item : in) {
    auto& [updates, items] = by_key[item.key];
    ++(left(item) ? updates : items);
  }
  Items out;
  for (const auto& [key, counts] : by_key) {
    out.push_back(VerdictOnLookups::verdict(key, counts.first, counts.second));
  }
  return out;
}

}  // namespace

JoinInsert insert_of(const RandomStep& step) {
  const std::uint64_t choices = step.kind == Kind::kJoinRunning ? 2 : 3;
  return std::array{JoinInsert::kFirst, JoinInsert::kLast, JoinInsert::kProduct}[step.parameter % choices];
}

bool multiplies(const RandomStep& step) {
  return step.kind == Kind::kPairJoin || step.kind == Kind::kIntervalJoin ||
         ((step.kind == Kind::kJoinAtEnd || step.kind == Kind::kJoinWindow) && insert_of(step) == JoinInsert::kProduct);
}

Items reference_of_join_step(const RandomStep& step, const Items& in, bool ended) {
  switch (step.kind) {
    case Kind::kJoinAtEnd:
      return ended ? reference_at_end(step, in) : Items{};
    case Kind::kJoinComplete:
      return reference_of_complete(step, in);
    case Kind::kJoinRunning:
      return ended ? reference_of_running(step, in) : Items{};
    case Kind::kPairJoin:
      return reference_of_pairs(step, in, ended);
    default:
      return ended ? reference_of_lookup(in) : Items{};
  }
}

Stream<Item> build_join_step(const RandomStep& step, const std::string& id, const Stream<Item>& up) {
  switch (step.kind) {
    case Kind::kJoinAtEnd:
      return insert_of(step) == JoinInsert::kFirst  ? build_at_end<JoinInsert::kFirst>(step, id, up)
             : insert_of(step) == JoinInsert::kLast ? build_at_end<JoinInsert::kLast>(step, id, up)
                                                    : build_at_end<JoinInsert::kProduct>(step, id, up);
    case Kind::kJoinComplete:
      return build_complete(step, id, up);
    case Kind::kJoinRunning:
      return insert_of(step) == JoinInsert::kFirst ? build_running<JoinInsert::kFirst>(id, up)
                                                   : build_running<JoinInsert::kLast>(id, up);
    case Kind::kPairJoin:
      return build_pairs(step, id, up);
    default:
      return build_lookup(id, up);
  }
}

}  // namespace weir::simulation
