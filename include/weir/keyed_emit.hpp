#pragma once

#include <utility>

#include "weir/detail/runtime/batched_output.hpp"

namespace weir {

/// Takes the output of a keyed step's logic for one key.
template <typename K, typename Out>
class KeyedEmit {
 public:
  /// For the runtime: a logic gets it with each call.
  KeyedEmit(const K& key, detail::runtime::BatchedOutput<std::pair<K, Out>>& to) : key_{&key}, to_{&to} {}

  /// Emits `(key, value)` to the next steps, in the order of the calls. It may throw the errors of these steps.
  void operator()(Out value) { to_->push({*key_, std::move(value)}); }

 private:
  const K* key_;
  detail::runtime::BatchedOutput<std::pair<K, Out>>* to_;
};

}  // namespace weir
