#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/alarms.hpp"
#include "weir/detail/build.hpp"
#include "weir/detail/changed_keys.hpp"
#include "weir/detail/epoch_part.hpp"
#include "weir/detail/keyed_logic.hpp"
#include "weir/detail/operator.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"

namespace weir::detail {

/// The logic of aligned windows that are put out for all keys at once.
/// @tparam OperatorOfWindows  their code
/// @tparam Windows            what knows the windows by number
template <template <typename, typename, typename> typename OperatorOfWindows, typename A, typename TimeArrivals,
          typename Windows>
struct AlignedLogic {
  using ClosesByTime = void;
  using Aggregator = A;
  using Arrivals = TimeArrivals;
  using Value = typename Arrivals::Value;
  using State = AggregateState<A, Value>;
  using Result = AggregateResult<A, State>;
  template <typename K>
  using Outputs = WindowOutputs<K, Result, Value>;
  template <typename K, typename Input, typename F>
  using Operator = OperatorOfWindows<K, Input, F>;

  A aggregator;
  Arrivals arrivals;
  Windows grid;
};

/// The frame of the code of aligned windows that are put out for all keys at once, as time passes their ends.
///
/// `Self` derives from it and has
///
///     void handle(std::span<std::pair<K, Input>> items)    up to `kLookAhead`
///     Closing close_windows()                              puts out the windows that are over, as a cursor
///     std::pair<Fold*, KeptMarks*> find_state(const Key& key)
///
/// @tparam Key  what states are kept by: the key of the items, and more
template <typename Self, typename K, typename Input, typename F, typename Key>
class AlignedOperator : public Receiver<std::pair<K, Input>>, public Operator {
 protected:
  using WindowLogic = Logic<F>;
  using Arrivals = typename WindowLogic::Arrivals;
  using Value = typename Arrivals::Value;
  using Aggregator = typename WindowLogic::Aggregator;
  using Fold = typename WindowLogic::State;

 public:
  /// What states are kept by.
  using StateKey = Key;

  AlignedOperator(OperatorParts& parts, const F& logic)
      : Operator{parts.site},
        logic_{make_logic(logic, parts.site.worker)},
        outputs_{parts},
        changes_{parts.resume != nullptr},
        alarms_{parts},
        copy_before_{parts.options.copy_before} {
    parts.inputs.front() = this;
  }

  void push(std::pair<K, Input>&& item) override {
    count_item();
    self().handle({&item, 1});
  }

  void push_all(std::span<std::pair<K, Input>> items) override {
    count_items(items.size());
    for (std::size_t at = 0; at < items.size(); at += kLookAhead) {
      self().handle(items.subspan(at, std::min(kLookAhead, items.size() - at)));
    }
  }

  Closing advance(const StepTime& now) override {
    alarms_.advance(now);
    return put_out_windows();
  }

  [[nodiscard]] Steady due() const override { return alarms_.due(); }
  [[nodiscard]] Time resumed_watermark() const override { return alarms_.resumed_watermark(); }

  Closing close(const Mark& mark) override {
    if (mark.kind != Mark::Kind::kEnd) {
      return Closing::kDone;
    }
    alarms_.end();  // the end is as far as event time can come
    return put_out_windows();
  }

  // No window is half put out then: all have heard of the time before an epoch ends.
  void snapshot(EpochPart& part) override {
    alarms_.snapshot(part);
    if (changes_.empty()) {
      return;
    }
    note_work();
    auto changes = call(site(), "state", [this] {
      return changes_.template take<Fold>([](const Key& key) { return key_hash(key.first); },
                                          [this](const Key& key) { return self().find_state(key); });
    });
    part.states.push_back({site().step, std::move(changes)});
  }

 protected:
  static constexpr std::size_t kLookAhead = 32;

  void add(const K& key, Fold& fold, Value&& value) {
    if constexpr (copyable<Fold>) {
      if (copy_before_) [[unlikely]] {
        add_with_copy(key, fold, std::move(value));
        return;
      }
    }
    add_to(key, fold, std::move(value));
  }

  auto result_of(const K& key, Fold&& fold) {
    try {
      return logic_.aggregator.result(std::move(fold));
    } catch (...) {
      throw_step_error(site(), "logic of a timer", key_text(key));
    }
  }

  void note_change(Key key, bool stored) {
    changes_.note(std::move(key), stored, [this](const Key& each) { return self().find_state(each).first != nullptr; });
  }

  WindowLogic logic_;
  OutputsOf<WindowLogic, K> outputs_;
  ChangedKeys<Key> changes_;
  StepAlarms<std::int64_t> alarms_;  // of windows, by their numbers

 private:
  Self& self() noexcept { return static_cast<Self&>(*this); }

  Closing put_out_windows() {
    while (alarms_.take()) {  // it was asked for so as to be called; the windows say what there is to do
    }
    return self().close_windows();
  }

  // An aggregator that throws has changed nothing.
  [[gnu::noinline]] void add_with_copy(const K& key, Fold& fold, Value&& value)
    requires copyable<Fold>
  {
    Fold copy = call(site(), "copying the state", [&] { return Fold{std::as_const(fold)}; });
    add_to(key, copy, std::move(value));
    fold = std::move(copy);
  }

  void add_to(const K& key, Fold& fold, Value&& value) {
    try {
      logic_.aggregator.add(fold, std::move(value));
    } catch (...) {
      throw_step_error(site(), "logic", key_text(key));
    }
  }

  bool copy_before_;
};

}  // namespace weir::detail
