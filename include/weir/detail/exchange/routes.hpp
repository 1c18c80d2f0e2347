#pragma once

#include <cstdint>
#include <utility>

#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/exchange/shard.hpp"
#include "weir/key.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::exchange {

/// To the worker that owns the item's key.
struct ByKey {
  static constexpr Reach kReach = Reach::kByKey;
  static constexpr bool kLocal = false;
  static constexpr bool kFolds = false;
  template <typename T>
  [[nodiscard]] std::uint32_t operator()(const T& item, const WorkerContext& worker) const {
    return worker.count.value == 1 ? 0 : owner_of(key_hash(item.first), worker.count).value;
  }
};

/// The same for a step that can fold items before they cross, a `Folding`.
struct ByKeyFolded : ByKey {
  static constexpr bool kFolds = true;
};

/// To every worker in turn, starting with the sender's own.
struct RoundRobin {
  static constexpr Reach kReach = Reach::kTurns;
  static constexpr bool kLocal = false;
  static constexpr bool kFolds = false;
  std::uint32_t sent = 0;
  template <typename T>
  [[nodiscard]] std::uint32_t operator()(const T& /*item*/, const WorkerContext& worker) {
    return (worker.index.value + sent++) % worker.count.value;
  }
};

/// To one worker: the one that owns the only partition of a sink.
struct ToFirst {
  static constexpr Reach kReach = Reach::kFirst;
  static constexpr bool kLocal = false;
  static constexpr bool kFolds = false;
  template <typename T>
  [[nodiscard]] std::uint32_t operator()(const T& /*item*/, const WorkerContext& /*worker*/) const {
    return 0;
  }
};

/// To every worker, a copy each.
struct ToAll {
  static constexpr Reach kReach = Reach::kAll;
  static constexpr bool kLocal = false;
  static constexpr bool kFolds = false;
};

/// Stays on its worker: the border of a merge of different stages.
struct Local {
  static constexpr Reach kReach = Reach::kOwn;
  static constexpr bool kLocal = true;
  static constexpr bool kFolds = false;
};

/// Whether items of a type have a key with a place among shards.
template <typename T>
inline constexpr bool kHasShardKey = false;
template <typename K, typename V>
inline constexpr bool kHasShardKey<std::pair<K, V>> = ShardKey<K>;

}  // namespace weir::detail::exchange
