#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/copyable.hpp"
#include "weir/detail/containers/is_optional.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/keyed/stateful_operator.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/key.hpp"
#include "weir/keyed_emit.hpp"
#include "weir/per_worker.hpp"
#include "weir/serialize.hpp"
#include "weir/stream.hpp"
#include "weir/table_read.hpp"

namespace weir {

namespace detail {

/// The row of an update of a table: the `V` of a `V` or of a `std::optional<V>`.
template <typename Update>
struct RowOf {
  using type = Update;
};
template <typename V>
struct RowOf<std::optional<V>> {
  using type = V;
};

/// A key's row at its owner, which sends its updates to all workers in their order of arrival.
template <typename V>
class RowLogic {
 public:
  using State = V;
  using Output = std::optional<V>;

  template <typename K, typename Update>
  void on_item(const K& /*key*/, std::optional<V>& row, Update&& update, KeyedEmit<K, Output>& emit) const {
    row = std::forward<Update>(update);
    emit(Output{row});
  }
};

/// One worker's copy of the whole table, and the items that look it up. Snapshots hold the owners' states, and the copy
/// is loaded from them. Barriers are aligned over both inputs, so at the end of an epoch the copy equals the states.
template <typename T, typename K, typename V, typename F>
class LookupOperator final : public runtime::Receiver<T>, public runtime::PlainOperator {
 public:
  LookupOperator(graph::OperatorParts& parts, const F& key_of)
      : runtime::PlainOperator{parts.site},
        key_of_{make_logic(key_of, parts.site.worker)},
        out_{&graph::output<std::pair<T, std::optional<V>>>(parts)},
        rows_{0, SeededKeyHash<K>{parts.site.tables.seed}},
        updates_{*this} {
    parts.inputs[0] = this;
    parts.inputs[1] = &updates_;
  }

  void push(T&& item) override {
    count_item();
    std::optional<V> row = row_of(item);
    without_row_ += row ? 0 : 1;
    out_->push({std::move(item), std::move(row)});
  }

  void restore(const snapshot::StateRecord& record) override {
    rows_.insert_or_assign(from_bytes<K>(record.key), from_bytes<V>(*record.state));
  }

  [[nodiscard, gnu::cold]] runtime::StepCounts counts() override { return {.others = {{"without_row", without_row_}}}; }

 private:
  class Updates final : public runtime::Receiver<std::pair<K, std::optional<V>>> {
   public:
    explicit Updates(LookupOperator& to) : to_{&to} {}
    void push(std::pair<K, std::optional<V>>&& update) override { to_->update(std::move(update)); }

   private:
    LookupOperator* to_;
  };

  void update(std::pair<K, std::optional<V>>&& update) {
    note_work();
    runtime::call(site(), "key", [&] {
      if (update.second) {
        rows_.insert_or_assign(std::move(update.first), std::move(*update.second));
      } else {
        rows_.erase(update.first);
      }
    });
  }

  std::optional<V> row_of(const T& item) {
    return runtime::call(site(), "key_of", [&]() -> std::optional<V> {
      const K& key = std::invoke(key_of_, item);
      const auto found = rows_.find(key);
      return found == rows_.end() ? std::nullopt : std::optional<V>{found->second};
    });
  }

  Logic<F> key_of_;
  runtime::Receiver<std::pair<T, std::optional<V>>>* out_;
  boost::unordered_flat_map<K, V, SeededKeyHash<K>> rows_;
  std::uint64_t without_row_ = 0;
  Updates updates_;
};

template <typename F, typename T, typename K>
concept KeyOf =
    std::invocable<Logic<F>&, const T&> && std::convertible_to<std::invoke_result_t<Logic<F>&, const T&>, const K&>;

}  // namespace detail

namespace op {

/// Pairs each item with its row of a table. Every worker holds the whole table, so items stay on their worker.
///
///     auto known = op::lookup("country", visits, [](const Visit& v) { return v.ip; }, countries);
///                                                          // Stream<std::pair<Visit, std::optional<Country>>>
///
/// The table is read before the stream: the inputs of the stream emit nothing until those of the table have ended and
/// all rows have reached all workers. Nothing is buffered meanwhile, and epochs close. An item then gets the newest row
/// of its key. This requires inputs of the table that end, as files do, and that are no inputs of the stream.
///
/// If an input of the table may have no end (`SourcePartition::bounded`), or is also an input of the stream, and with
/// `TableRead::kAtOnce`, both are read at once. An item then gets the row that its worker has when it passes: an item
/// that comes before its row has reached the worker finds none, or the previous row. The log names the steps that read
/// so.
///
/// All workers see the updates of a key in one order, that in which they reach the worker that owns the key. `run_main`
/// reports at the end how many items found no row; `StepReport::counters` has it as `without_row`.
///
/// @param step_id  unique in the dataflow; the rows are kept in snapshots by a step `<step_id>.owner`
/// @param stream   keeps its order and its event time
/// @param key_of   `K(const T&)`: the key of the item's row
/// @param table    the updates: each is the new row of its key; a `std::nullopt` of a `KeyedStream<K,
///                 std::optional<V>>` deletes the row. Its end deletes nothing.
/// @param read     whether the table is read before the stream
/// @throws BuildError  if `step_id` is taken; with `TableRead::kFirst`, if the table comes from an input of the stream,
///                     or from one that waits for the stream
/// @remark State: the newest row of each key, once in snapshots and once in the memory of every worker, and of its
///         owner. A run with another number of workers resumes with it. Rows have no time to live: updates delete them.
///         Output that a step makes at the end of the input comes after the stream, so do not use it as a table.
/// @see Kafka Streams, `KStream.leftJoin` with a `GlobalKTable`, which is read first too; Flink, broadcast state, which
///      is not.
template <typename T, typename F, typename K, typename Update>
[[gnu::cold]] auto lookup(std::string step_id, const Stream<T>& stream, F key_of,
                          const Stream<std::pair<K, Update>>& table, TableRead read = TableRead::kFirstIfBounded) {
  using V = typename detail::RowOf<Update>::type;
  static_assert(Key<K>,
                "lookup: the key of a row must be a key: text, an integer, an enum, a point in time, a pair or tuple "
                "of them, or a type "
                "that opts in by weir_key; a floating-point number is none");
  static_assert(copyable<V>, "lookup: every worker holds a copy of each row, so rows must be copyable");
  static_assert(serializable<K> && serializable<V>,
                "lookup: rows cross workers and are kept in snapshots, so keys and rows must be serializable: a plain "
                "aggregate, or a type with cereal's serialize");
  static_assert(detail::KeyOf<F, T, K>,
                "lookup: key_of must be K(const T&): it gets an item and returns the key of the table's rows");
  if constexpr (Key<K> && copyable<V> && serializable<K> && serializable<V> && detail::KeyOf<F, T, K>) {
    using Row = std::pair<K, std::optional<V>>;
    detail::graph::StreamAccess::graph(stream).check_same(step_id, detail::graph::StreamAccess::graph(table));
    const auto updates = detail::graph::add_keyed_step<V, Row>(step_id + ".owner", "lookup", table, [](auto& parts) {
      using Owner = detail::keyed::StatefulOperator<K, Update, detail::RowLogic<V>>;
      return detail::graph::make_operator<Owner>(parts, detail::RowLogic<V>{});
    });
    detail::graph::StepSpec step{
        .id = std::move(step_id),
        .op = "lookup",
        .kind = detail::graph::PlainSpec{.copies_state_of = detail::graph::StreamAccess::port(updates).step}};
    step.read(detail::graph::merged_input(stream));
    step.read(detail::graph::exchanged_input<detail::exchange::ToAll>(updates));
    step.inputs.back().counts_for_time = false;
    step.inputs.back().read = read;
    step.emit(detail::graph::output_of<std::pair<T, std::optional<V>>>());
    step.factory = detail::graph::factory_of([key_of = std::move(key_of)](detail::graph::OperatorParts& parts) {
      return detail::graph::make_operator<detail::LookupOperator<T, K, V, F>>(parts, key_of);
    });
    detail::graph::Graph& graph = detail::graph::StreamAccess::graph(stream);
    return detail::graph::StreamAccess::make<std::pair<T, std::optional<V>>>(graph, graph.add(std::move(step)));
  } else {
    return detail::Refused{};
  }
}

}  // namespace op
}  // namespace weir
