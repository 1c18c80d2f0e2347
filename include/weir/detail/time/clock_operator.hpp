#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "weir/detail/containers/items.hpp"
#include "weir/detail/exchange/exchange.hpp"
#include "weir/detail/graph/build.hpp"
#include "weir/detail/runtime/batch.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/detail/time/partition_clock.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"
#include "weir/time.hpp"

namespace weir::detail::time {

/// A value with its time, as read by a clock.
template <typename V>
struct Timed {
  V value;
  Time time;
  Time promise;  ///< the watermark of its partition when it came, or its own time if that is later
};

/// For a clock of a whole stream: reads the time of the item, and emits the item.
struct ItemItsTime {
  static constexpr bool kKeyed = false;
  template <typename T>
  using Out = T;
  template <typename T>
  static const T& timed(T& item) {
    return item;
  }
  template <typename T>
  static T&& with_time(T&& item, Time /*time*/, Time /*promise*/) {
    return std::forward<T>(item);
  }
};

/// For a keyed stream whose step needs the times: reads the time of the value, and emits both.
struct ValueItsTime {
  static constexpr bool kKeyed = true;
  template <typename T>
  using Out = std::pair<typename T::first_type, Timed<typename T::second_type>>;
  template <typename K, typename V>
  static const V& timed(const std::pair<K, V>& item) {
    return item.second;
  }
  template <typename K, typename V>
  static std::pair<K, Timed<V>> with_time(std::pair<K, V>&& item, Time time, Time promise) {
    return {std::move(item.first), Timed<V>{std::move(item.second), time, promise}};
  }
};

/// Reads the time of each item and keeps the watermarks of the partitions that they come from.
template <typename T, typename F, typename Part>
class ClockOperator final : public runtime::Receiver<T>, public runtime::PlainOperator, public runtime::ClockStep {
 public:
  using Out = typename Part::template Out<T>;

  ClockOperator(graph::OperatorParts& parts, const EventClock<F>& clock)
      : runtime::PlainOperator{parts.site},
        timestamp_of_{make_logic(clock.timestamp_of, parts.site.worker)},
        clock_{parts, clock.max_out_of_orderness, clock.idle_after},
        out_{&graph::output<Out>(parts)} {
    if constexpr (Part::kKeyed) {
      exchange_ = dynamic_cast<exchange::ExchangeSender<Out, exchange::ByKey>*>(out_);
    }
    parts.inputs.front() = this;
  }

  void push(T&& item) override {
    count_item();
    clock_.observe_all([&](PartitionClock::Reading reading) {
      MakeTimed make{this, reading};
      out_->push(make(item));
      return make.reading;
    });
  }

  void push_all(containers::Items<T> items) override {
    if constexpr (runtime::kBatched<T> && runtime::kBatched<Out>) {
      count_items(items.size());
      clock_.observe_all(
          [&](PartitionClock::Reading reading) { return push_made(items, MakeTimed{this, reading}).reading; });
    } else {
      runtime::Receiver<T>::push_all(items);
    }
  }

  [[nodiscard]] Watermark watermark() override { return clock_.watermark(); }
  [[nodiscard]] Watermark read_until() override { return clock_.read_until(); }
  [[nodiscard]] Time watermark_of(std::size_t partition) const override { return clock_.watermark_of(partition); }
  [[nodiscard]] runtime::Steady due() const override { return clock_.due(); }
  void snapshot(snapshot::EpochPart& part) override { clock_.snapshot(site().step, part); }

 private:
  // The error names the partition of the item.
  [[noreturn, gnu::noinline]] void fail(const T& item) {
    const runtime::StageState& stage = *site().stage;
    const std::string of =
        "timestamp_of of an item of \"" + stage.source->partition_status(stage.partition).name + "\"";
    if constexpr (Part::kKeyed) {
      runtime::throw_step_error(site(), of, key_text(item.first));
    } else {
      runtime::throw_step_error(site(), of);
    }
  }

  // Inlined into the loop over a batch, unlike `call`.
  struct MakeTimed {
    ClockOperator* clock;
    PartitionClock::Reading reading;

    [[gnu::always_inline]] decltype(auto) operator()(T& item) {
      Time time{};
      try {
        time = time_of(clock->timestamp_of_, Part::timed(item));
      } catch (...) {
        clock->fail(item);
      }
      return Part::with_time(std::move(item), time, reading.observe(time));
    }
  };

  MakeTimed push_made(containers::Items<T> items, MakeTimed make) {
    if constexpr (Part::kKeyed) {
      if (exchange_ != nullptr && exchange_->sorts()) {
        return exchange_->push_made(items, make);
      }
    }
    while (!items.empty()) {
      const containers::Items<T> some = items.first(std::min<std::size_t>(items.size(), runtime::Batch<Out>::kItems));
      make = batch_.fill(some, make);
      out_->push_all(batch_.take());
      items = items.subspan(some.size());
    }
    return make;
  }

  Logic<F> timestamp_of_;
  PartitionClock clock_;
  runtime::Receiver<Out>* out_;
  exchange::ExchangeSender<Out, exchange::ByKey>* exchange_ = nullptr;  // the same, if it is one
  [[no_unique_address]] runtime::Batch<Out> batch_;
};

/// Adds a step that makes event time flow downstream of it.
template <typename Part, typename T, typename F>
[[gnu::cold]] Stream<typename Part::template Out<T>> add_clock(std::string id, const Stream<T>& up,
                                                               EventClock<F> clock) {
  check_clock(id, clock.max_out_of_orderness, clock.idle_after);
  graph::StepSpec step{.id = std::move(id), .op = "event_time", .kind = graph::ClockSpec{}};
  step.read(graph::direct_input(up));
  step.emit(graph::output_of<typename Part::template Out<T>>(graph::partitioning(up)));
  step.factory = graph::factory_of([clock = std::move(clock)](graph::OperatorParts& parts) {
    return graph::make_operator<ClockOperator<T, F, Part>>(parts, clock);
  });
  graph::Graph& graph = graph::StreamAccess::graph(up);
  return graph::StreamAccess::make<typename Part::template Out<T>>(graph, graph.add(std::move(step)));
}

}  // namespace weir::detail::time
