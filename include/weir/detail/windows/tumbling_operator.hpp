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
#include "weir/detail/alarms.hpp"
#include "weir/detail/build.hpp"
#include "weir/detail/changed_keys.hpp"
#include "weir/detail/operator.hpp"
#include "weir/detail/windows/aligned_operator.hpp"
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
template <typename A, typename Arrivals>
using TumblingLogic = AlignedLogic<TumblingOperator, A, Arrivals, AlignedWindows>;

/// The code of tumbling windows: for each window that is open a table of the keys that have something in it.
///
/// So a window is put out by reading its table from end to end, and is then forgotten as a whole: no key has an alarm,
/// is looked up for it or taken out of a table. And an entry is no more than a key and its fold, so that more of them
/// fit the processor's cache. What snapshots keep is likewise by key and window.
template <typename K, typename Input, typename F>
class TumblingOperator
    : public AlignedOperator<TumblingOperator<K, Input, F>, K, Input, F, std::pair<K, std::int64_t>> {
  using Base = AlignedOperator<TumblingOperator, K, Input, F, std::pair<K, std::int64_t>>;  // by key and window
  friend Base;
  using Base::add;
  using Base::alarms_;
  using Base::changes_;
  using Base::gate;
  using Base::kLookAhead;
  using Base::logic_;
  using Base::note_change;
  using Base::note_work;
  using Base::outputs_;
  using Base::result_of;
  using Base::site;
  using typename Base::Aggregator;
  using typename Base::Arrivals;
  using typename Base::Fold;
  using typename Base::Value;

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
  using typename Base::StateKey;
  using Closing = Operator::Closing;

  TumblingOperator(OperatorParts& parts, const F& logic) : Base{parts, logic}, hash_{parts.site.tables.seed} {}

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
        add(key, found->second.fold, std::move(value));
        note(*window, found);
        continue;
      }
      all_stay = all_stay && window->keys.size() < window->keys.max_load();
      const auto [entry, is_new] = begin(*window, key, value);
      if (is_new) {
        outputs_.emit_for(key).event(WindowEvent::Kind::kOpened, window->bounds);
      } else {
        add(key, entry->second.fold, std::move(value));
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
    const std::int64_t index = logic_.grid.last_with(arrival.time);
    return logic_.grid.end_of(index) <= arrival.promise ? nullptr : &window_of(index);
  }

  // The first value of a key in a window; says whether it is that.
  auto begin(OpenWindow& window, const K& key, Value& value) {
    try {
      return window.keys.try_emplace(key, First{&logic_.aggregator, &value});
    } catch (...) {
      throw_step_error(site(), "logic", key_text(key));
    }
  }

  OpenWindow& window_of(std::int64_t id) {
    auto place = std::ranges::lower_bound(windows_, id, {}, number);
    if (place == windows_.end() || number(*place) != id) {
      const Window bounds = logic_.grid.window(id);
      place = windows_.insert(place, std::make_unique<OpenWindow>(OpenWindow{bounds, Table{usual_keys_, hash_}}));
      Alarms<std::int64_t> alarms{id, alarms_};
      Arrivals::wake(alarms, bounds.end);
    }
    return **place;
  }

  // Puts out the windows that are over, as a cursor.
  Closing close_windows() {
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
      emit.result(window.bounds, result_of(entry->first, std::move(entry->second.fold)));
      emit.event(WindowEvent::Kind::kClosed, window.bounds);
      if (!gate().spend()) {
        return gate().full() ? Closing::kWait : Closing::kMore;
      }
    }
    next_.reset();
    return Closing::kDone;
  }

  void note(OpenWindow& window, Entry entry) {
    if (changes_.kept() && !entry->second.marks.changed) {
      note_change(window, entry);
    }
  }

  void note_change(OpenWindow& window, Entry entry) {
    entry->second.marks.changed = true;
    note_change(StateKey{entry->first, window.bounds.id}, entry->second.marks.stored);
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

  SeededKeyHash<K> hash_;
  std::vector<std::unique_ptr<OpenWindow>> windows_;  // the oldest first
  std::size_t usual_keys_ = 0;                        // of a window: what the last one had
  std::optional<Entry> next_;                         // to be put out, of the first window
};

}  // namespace weir::detail
