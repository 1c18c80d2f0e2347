#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/alarms.hpp"
#include "weir/detail/build.hpp"
#include "weir/detail/changed_keys.hpp"
#include "weir/detail/epoch_part.hpp"
#include "weir/detail/keyed_logic.hpp"
#include "weir/detail/operator.hpp"
#include "weir/detail/windows/aligned_windows.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/key.hpp"
#include "weir/per_worker.hpp"
#include "weir/serialize.hpp"
#include "weir/window.hpp"

namespace weir::detail {

template <typename K, typename Input, typename F>
class TumblingOperator;

/// Tumbling windows of time without allowed lateness.
template <typename A, typename TimeArrivals>
struct TumblingLogic {
  using ClosesByTime = void;
  using Aggregator = A;
  using Arrivals = TimeArrivals;
  using Value = typename Arrivals::Value;
  using State = AggregateState<A, Value>;
  using Result = AggregateResult<A, State>;
  template <typename K>
  using Outputs = WindowOutputs<K, Result, Value>;
  template <typename K, typename Input, typename F>
  using Operator = TumblingOperator<K, Input, F>;

  A aggregator;
  Arrivals arrivals;
  AlignedWindows windows;
};

/// The code of tumbling windows: for each window that is open a table of the keys that have something in it.
///
/// So a window is put out by reading its table from end to end, and is then forgotten as a whole: no key has an alarm,
/// is looked up for it or taken out of a table. And an entry is no more than a key and its fold, so that more of them
/// fit the processor's cache. What snapshots keep is likewise by key and window.
template <typename K, typename Input, typename F>
class TumblingOperator : public Receiver<std::pair<K, Input>>, public Operator {
  using WindowLogic = Logic<F>;
  using Arrivals = typename WindowLogic::Arrivals;
  using Value = typename Arrivals::Value;
  using Aggregator = typename WindowLogic::Aggregator;
  using Fold = typename WindowLogic::State;

  struct Held {
    Fold fold;
    KeptMarks marks{};
  };
  using Table = boost::unordered_flat_map<K, Held, SeededKeyHash<K>>;
  using Entry = typename Table::iterator;
  // Makes the fold of a value where it stays.
  struct First {
    // NOLINTNEXTLINE(google-explicit-constructor): the table makes its entry of it
    operator Held() const { return Held{aggregator->first(std::move(*value))}; }
    Aggregator* aggregator;
    Value* value;
  };
  struct OpenWindow {
    [[nodiscard]] bool takes(const Arrival<Value>& item) const noexcept {
      return bounds.start <= item.time && std::max(item.time, item.promise) < bounds.end;
    }

    Window bounds;
    Table keys;
  };

 public:
  /// What states are kept by: the key, and the number of the window.
  using StateKey = std::pair<K, std::int64_t>;

  TumblingOperator(OperatorParts& parts, const F& logic)
      : Operator{parts.site},
        logic_{make_logic(logic, parts.site.worker)},
        outputs_{parts},
        hash_{parts.site.tables.seed},
        copy_before_{parts.options.copy_before},
        changes_{parts.resume != nullptr},
        alarms_{parts} {
    parts.inputs.front() = this;
  }

  void push(std::pair<K, Input>&& item) override {
    count_item();
    handle({&item, 1});
  }

  void push_all(std::span<std::pair<K, Input>> items) override {
    count_items(items.size());
    for (std::size_t at = 0; at < items.size(); at += kLookAhead) {
      handle(items.subspan(at, std::min(kLookAhead, items.size() - at)));
    }
  }

  Closing advance(const StepTime& now) override {
    alarms_.advance(now);
    return close_windows();
  }

  [[nodiscard]] Steady due() const override { return alarms_.due(); }
  [[nodiscard]] Time resumed_watermark() const override { return alarms_.resumed_watermark(); }

  Closing close(const Mark& mark) override {
    if (mark.kind != Mark::Kind::kEnd) {
      return Closing::kDone;
    }
    alarms_.end();  // the end is as far as event time can come
    return close_windows();
  }

  // No window is half put out then: all have heard of the time before an epoch ends.
  void snapshot(EpochPart& part) override {
    alarms_.snapshot(part);
    if (changes_.empty()) {
      return;
    }
    note_work();
    auto changes = call(site(), "state", [this] {
      return changes_.template take<Fold>([](const StateKey& key) { return key_hash(key.first); },
                                          [this](const StateKey& key) { return find_state(key); });
    });
    part.states.push_back({site().step, std::move(changes)});
  }

  void restore(const StateRecord& record) override {
    auto [key, index] = from_bytes<StateKey>(record.key);
    OpenWindow& window = window_of(index);
    Held held{from_bytes<Fold>(*record.state), {.changed = false, .stored = true}};
    const Entry entry = window.keys.try_emplace(std::move(key), std::move(held)).first;
    if (record.migrated) {
      note_change(window, entry);
    }
  }

  [[nodiscard]] std::size_t keys_held() const override {
    std::size_t keys = 0;
    for (const auto& window : windows_) {
      keys += window->keys.size();
    }
    return keys;
  }

 private:
  static constexpr std::size_t kLookAhead = 32;

  // Where an item goes; nowhere if its window is null: it is late.
  struct Place {
    OpenWindow* window;
    Entry entry;
  };

  // All are looked up before the first is folded: the processor then waits for several entries at once.
  void handle(std::span<std::pair<K, Input>> items) {
    std::array<Place, kLookAhead> places;
    find_windows(items, places.data());
    call(site(), "key", [&] {
      for (std::size_t i = 0; i < items.size(); ++i) {
        if (OpenWindow* const window = places[i].window) {
          places[i].entry = window->keys.find(items[i].first);
        }
      }
    });
    bool all_stay = true;  // no entry was moved since
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto [window, found] = places[i];
      const K& key = items[i].first;
      Value& value = Arrivals::value_of(items[i].second);
      if (window == nullptr) [[unlikely]] {
        outputs_.emit_for(key).late(std::move(value));
        continue;
      }
      if (all_stay && found != window->keys.end()) {
        add(found, std::move(value));
        note(*window, found);
        continue;
      }
      all_stay = all_stay && window->keys.size() < window->keys.max_load();
      const auto [entry, is_new] = begin(*window, key, value);
      if (is_new) {
        outputs_.emit_for(key).event(WindowEvent::Kind::kOpened, window->bounds);
      } else {
        add(entry, std::move(value));
      }
      note(*window, entry);
    }
  }

  void find_windows(std::span<std::pair<K, Input>> items, Place* place) {
    Alarms<std::int64_t> alarms{kNone, alarms_};
    OpenWindow* recent = windows_.empty() ? nullptr : windows_.back().get();
    for (auto& [key, input] : items) {
      try {
        const Arrival<Value> arrival = logic_.arrivals.arrive(std::move(input), alarms);
        if (recent == nullptr || !recent->takes(arrival)) {
          recent = find_window(arrival);
        }
      } catch (...) {
        throw_step_error(site(), "logic", key_text(key));
      }
      place++->window = recent;
    }
  }

  // Null if it is over.
  [[gnu::noinline]] OpenWindow* find_window(const Arrival<Value>& arrival) {
    const std::int64_t index = logic_.windows.last_with(arrival.time);
    return logic_.windows.end_of(index) <= arrival.promise ? nullptr : &window_of(index);
  }

  // The first value of a key in a window; says whether it is that.
  auto begin(OpenWindow& window, const K& key, Value& value) {
    try {
      return window.keys.try_emplace(key, First{&logic_.aggregator, &value});
    } catch (...) {
      throw_step_error(site(), "logic", key_text(key));
    }
  }

  void add(Entry entry, Value&& value) {
    if constexpr (copyable<Fold>) {
      if (copy_before_) [[unlikely]] {
        add_with_copy(entry, std::move(value));
        return;
      }
    }
    fold(entry, entry->second.fold, std::move(value));
  }

  // An aggregator that throws has changed nothing.
  [[gnu::noinline]] void add_with_copy(Entry entry, Value&& value)
    requires copyable<Fold>
  {
    Fold copy = call(site(), "copying the state", [&] { return Fold{std::as_const(entry->second.fold)}; });
    fold(entry, copy, std::move(value));
    entry->second.fold = std::move(copy);
  }

  void fold(Entry entry, Fold& so_far, Value&& value) {
    try {
      logic_.aggregator.add(so_far, std::move(value));
    } catch (...) {
      throw_step_error(site(), "logic", key_text(entry->first));
    }
  }

  OpenWindow& window_of(std::int64_t id) {
    auto place = std::ranges::lower_bound(windows_, id, {}, number);
    if (place == windows_.end() || number(*place) != id) {
      const Window bounds = logic_.windows.window(id);
      place = windows_.insert(place, std::make_unique<OpenWindow>(OpenWindow{bounds, Table{usual_keys_, hash_}}));
      Alarms<std::int64_t> alarms{id, alarms_};
      Arrivals::wake(alarms, bounds.end);
    }
    return **place;
  }

  // Puts out the windows that are over, as a cursor.
  Closing close_windows() {
    while (alarms_.take()) {  // it was asked for so as to be called; the windows say what there is to do
    }
    Alarms<std::int64_t> alarms{kNone, alarms_};
    const Time now = Arrivals::reached(alarms);
    while (!windows_.empty() && windows_.front()->bounds.end <= now) {
      note_work();
      if (const Closing answer = put_out(*windows_.front()); answer != Closing::kDone) {
        return answer;
      }
      usual_keys_ = windows_.front()->keys.size();
      windows_.erase(windows_.begin());
    }
    return Closing::kDone;
  }

  Closing put_out(OpenWindow& window) {
    if (!next_) {
      next_ = window.keys.begin();
    }
    while (*next_ != window.keys.end()) {
      const Entry entry = (*next_)++;
      if (entry->second.marks.stored && !entry->second.marks.changed) {
        note_change(window, entry);
      }
      auto emit = outputs_.emit_for(entry->first);
      emit.result(window.bounds, result_of(entry));
      emit.event(WindowEvent::Kind::kClosed, window.bounds);
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
    }
    next_.reset();
    return Closing::kDone;
  }

  auto result_of(Entry entry) {
    try {
      return logic_.aggregator.result(std::move(entry->second.fold));
    } catch (...) {
      throw_step_error(site(), "logic of a timer", key_text(entry->first));
    }
  }

  void note(OpenWindow& window, Entry entry) {
    if (changes_.kept() && !entry->second.marks.changed) {
      note_change(window, entry);
    }
  }

  void note_change(OpenWindow& window, Entry entry) {
    entry->second.marks.changed = true;
    changes_.note(StateKey{entry->first, window.bounds.id}, entry->second.marks.stored,
                  [this](const StateKey& key) { return find_state(key).first != nullptr; });
  }

  std::pair<Fold*, KeptMarks*> find_state(const StateKey& key) {
    const auto window = std::ranges::lower_bound(windows_, key.second, {}, number);
    if (window == windows_.end() || number(*window) != key.second) {
      return {};
    }
    const Entry entry = (*window)->keys.find(key.first);
    return entry != (*window)->keys.end() ? std::pair{&entry->second.fold, &entry->second.marks}
                                          : std::pair<Fold*, KeptMarks*>{};
  }

  static std::int64_t number(const std::unique_ptr<OpenWindow>& window) { return window->bounds.id; }

  static constexpr std::int64_t kNone = 0;  // where no alarm is set

  WindowLogic logic_;
  OutputsOf<WindowLogic, K> outputs_;
  SeededKeyHash<K> hash_;
  std::vector<std::unique_ptr<OpenWindow>> windows_;  // the oldest first
  std::size_t usual_keys_ = 0;                        // of a window: what the last one had
  std::optional<Entry> next_;                         // to be put out, of the first window
  bool copy_before_;
  ChangedKeys<StateKey> changes_;
  StepAlarms<std::int64_t> alarms_;  // of windows, by their numbers
};

}  // namespace weir::detail
