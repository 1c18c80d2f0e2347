#pragma once

#include <utility>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/graph/graph.hpp"
#include "weir/detail/runtime/batched_output.hpp"
#include "weir/detail/time/late_output.hpp"

namespace weir::detail::joins {

/// The outputs of a join by time: rows, and values that were too late.
template <typename K, typename Row, typename Value>
class TimeJoinOutputs {
 public:
  using Items = codec::TypeList<std::pair<K, Row>, std::pair<K, Value>>;

  explicit TimeJoinOutputs(const graph::OperatorParts& parts)
      : down_{graph::output<std::pair<K, Row>>(parts, 0)}, late_{parts, 1} {}

  /// The output of the logic for one key.
  class Emit {
   public:
    Emit(const K& key, TimeJoinOutputs& to) : key_{&key}, to_{&to} {}
    void operator()(Row row) { to_->down_.push({*key_, std::move(row)}); }
    void late(Value&& value) { to_->late_.push({*key_, std::move(value)}); }

   private:
    const K* key_;
    TimeJoinOutputs* to_;
  };

  [[nodiscard]] Emit emit_for(const K& key) { return {key, *this}; }
  void flush() {
    down_.flush();
    late_.flush();
  }
  [[nodiscard]] auto counters() const { return late_.counters(); }

 private:
  runtime::BatchedOutput<std::pair<K, Row>> down_;
  time::LateOutput<std::pair<K, Value>> late_;
};

}  // namespace weir::detail::joins
