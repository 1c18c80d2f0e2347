#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "weir/aggregate.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"

namespace weir::detail::steps {

/// Folds values on their worker, before their key's owner folds the partial results: fewer items change worker.
///
/// It holds one partial state in each of a fixed number of slots, by the key's hash. A key whose slot is taken emits
/// the state of the other key. Every barrier emits all states first, so that the step has no state in snapshots.
template <typename K, typename V, typename A>
class CombineOperator final : public runtime::Receiver<std::pair<K, V>>, public runtime::PlainOperator {
 public:
  using Partial = std::pair<K, AggregateState<Logic<A>, V>>;

  CombineOperator(graph::OperatorParts& parts, const A& aggregator)
      : runtime::PlainOperator{parts.site},
        aggregator_{make_logic(aggregator, parts.site.worker)},
        out_{&graph::output<Partial>(parts)},
        hash_{parts.site.tables.seed},
        slots_(kSlots) {
    parts.inputs.front() = this;
  }

  void push(std::pair<K, V>&& item) override {
    count_item();
    std::optional<Partial>& slot =
        runtime::call(site(), "key", [&]() -> auto& { return slots_[hash_(item.first) % kSlots]; });
    if (slot && slot->first == item.first) {
      runtime::call(site(), "aggregator", [&] { aggregator_.add(slot->second, std::move(item.second)); });
      return;
    }
    if (slot) {
      out_->push(std::move(*slot));
      slot.reset();
    }
    runtime::call(site(), "aggregator",
                  [&] { slot.emplace(std::move(item.first), aggregator_.first(std::move(item.second))); });
  }

  Closing close(const runtime::Mark& /*mark*/) override {
    for (; next_ < kSlots; ++next_) {
      if (!slots_[next_]) {
        continue;
      }
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
      note_work();
      out_->push(std::move(*slots_[next_]));
      slots_[next_].reset();
    }
    next_ = 0;
    return Closing::kDone;
  }

 private:
  static constexpr std::size_t kSlots = 4096;

  Logic<A> aggregator_;
  runtime::Receiver<Partial>* out_;
  SeededKeyHash<K> hash_;
  std::vector<std::optional<Partial>> slots_;
  std::size_t next_ = 0;  // where `close` resumes
};

}  // namespace weir::detail::steps
