#pragma once

#include <utility>

#include "weir/detail/runtime/batched_output.hpp"

namespace weir {

/// Takes the output of a keyed step's logic for one key.
template <typename K, typename Out>
class KeyedEmit {
 public:
  KeyedEmit(const K& key, detail::runtime::BatchedOutput<std::pair<K, Out>>& to) : key_{&key}, to_{&to} {}

  void operator()(Out value) { to_->push({*key_, std::move(value)}); }

 private:
  const K* key_;
  detail::runtime::BatchedOutput<std::pair<K, Out>>* to_;
};

}  // namespace weir
