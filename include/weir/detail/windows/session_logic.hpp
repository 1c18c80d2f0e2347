#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/codec/few.hpp"
#include "weir/detail/containers/own_optional.hpp"
#include "weir/detail/keyed/alarms.hpp"
#include "weir/detail/keyed/keyed_logic.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/window.hpp"

namespace weir::detail::windows {

/// Session windows: merges the sessions that an item joins.
template <typename A, typename Arrivals>
class SessionLogic {
  using V = typename Arrivals::Value;
  using Fold = AggregateState<A, V>;

  // Small, since most of the time goes into waiting for them.
  struct Session {
    std::int64_t id = 0;
    Time first{};
    std::int64_t last_twice = 0;  ///< its last item's time, times two, and one more if it was emitted since
    Fold fold{};

    [[nodiscard]] Time last() const { return Time{std::chrono::nanoseconds{last_twice >> 1}}; }
    /// An item or a session came to it.
    void extend(Time begin, Time end) {
      first = std::min(first, begin);
      last_twice = std::max(last(), end).time_since_epoch().count() * 2;
    }
    [[nodiscard]] bool emitted() const { return (last_twice & 1) != 0; }
    void mark_emitted() { last_twice |= 1; }
  };

 public:
  struct State {
    Time alarm = Time::max();  ///< the only one that counts; set no later than the next action
    /// In the order of their first items. Two may overlap if one was over for the item that opened the other.
    codec::Few<Session> sessions;

    explicit operator bool() const { return !sessions.empty(); }
  };
  using Holder = containers::OwnOptional<State>;
  using Result = AggregateResult<A, Fold>;
  static constexpr keyed::LogicTraits kTraits{
      .alarms = true, .by_wall = Arrivals::kGoesByWall, .closes_by_time = true, .holder = keyed::Holder::kOwn};
  template <typename K>
  using Outputs = WindowOutputs<K, Result, V>;

  SessionLogic(A aggregator, Arrivals arrivals, std::chrono::nanoseconds gap, std::chrono::nanoseconds allowed_lateness)
      : aggregator_{std::move(aggregator)},
        arrivals_{std::move(arrivals)},
        gap_{gap},
        allowed_lateness_{allowed_lateness} {}

  /// The fast path: most items extend one of the sessions in place, and do nothing else. With allowed lateness,
  /// sessions that are over may take items too.
  [[gnu::always_inline]] std::optional<Arrival<V>> glance(Holder& state, typename Arrivals::Input&& input,
                                                          keyed::Alarms& alarms) {
    Arrival<V> item = arrivals_.arrive(std::move(input), alarms);
    if (allowed_lateness_ == allowed_lateness_.zero()) {
      const auto takes_it = [&](const Session& each) { return takes(each, item.time, item.promise); };
      if (Session* const joined = state->sessions.find_only(takes_it)) {
        joined->extend(item.time, item.time);
        aggregator_.add(joined->fold, std::move(item.value));
        return std::nullopt;
      }
    }
    return item;
  }

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, Holder& state, Arrival<V>&& item, Emit& emit, keyed::Alarms& alarms) {
    static_assert(std::is_trivially_copyable_v<Emit>, "small, since copies of it are handed on");
    const Time over = std::max(item.time, item.promise - allowed_lateness_);
    Session* const joined = join(state->sessions, item.time, over, emit);
    if (joined == nullptr) {
      open_or_late(std::move(item.value), item.time, item.promise, state, emit, alarms);
      return;
    }
    joined->extend(item.time, item.time);
    aggregator_.add(joined->fold, std::move(item.value));
    look_at_end(joined->last() + gap_, state, emit, alarms);
  }

  /// An alarm is void if another one was set, and is too early if items have come since.
  [[nodiscard]] bool put_off(Holder& state, keyed::Alarms& alarms) {
    return state->alarm > Arrivals::reached(alarms) || set_again(*state, alarms);
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*key*/, Holder& state, Emit& emit, keyed::Alarms& alarms) {
    end_sessions(state, emit, alarms);
  }

  template <typename K, typename Emit>
  void on_end(const K& /*key*/, Holder& state, Emit& emit) {
    state->sessions.erase_if([&](Session& session) {
      finish(session, emit);
      return true;
    });
  }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, keyed::Alarms& alarms) {
    Arrivals::wake(alarms, state.alarm);
  }

 private:
  [[nodiscard]] Window window_of(const Session& session) const {
    return {session.id, session.first, session.last() + gap_};
  }

  // When its next action is due, if no item comes.
  [[nodiscard]] Time next_for(const Session& session) const {
    return session.last() + gap_ + (session.emitted() ? allowed_lateness_ : std::chrono::nanoseconds{});
  }

  // A session that ends by `over` does not take an item of this time, even if time has not closed it here yet.
  [[nodiscard]] bool takes(const Session& session, Time time, Time over) const {
    return over < session.last() + gap_ && session.first < time + gap_;
  }

  // Whether it can be dropped at this time.
  [[nodiscard]] bool is_over(const Session& session, Time now) const {
    return session.last() + gap_ + allowed_lateness_ <= now;
  }

  // Merges the sessions that the item lies in into the first of them, and returns that; null if it lies in none.
  template <typename Emit>
  Session* join(codec::Few<Session>& sessions, Time time, Time over, Emit emit) {
    std::size_t first = sessions.size();
    std::size_t count = 0;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      if (takes(sessions[i], time, over)) {
        first = std::min(first, i);
        ++count;
      }
    }
    if (count > 1) {
      Session& joined = sessions[first];  // it does not move while later ones are erased
      bool is_behind = false;
      sessions.erase_if([&](Session& each) {
        if (!is_behind || !takes(each, time, over)) {
          is_behind = is_behind || &each == &joined;
          return false;
        }
        emit.event(WindowEvent::Kind::kMerged, window_of(each), joined.id);
        joined.extend(each.first, each.last());
        aggregator_.merge(joined.fold, std::move(each.fold));
        return true;
      });
    }
    return count > 0 ? &sessions[first] : nullptr;
  }

  template <typename Emit>
  void open_or_late(V&& value, Time time, Time promise, Holder& state, Emit& emit, keyed::Alarms& alarms) {
    const Time end = time + gap_;
    if (end + allowed_lateness_ <= promise) {
      emit.late(std::move(value));
      return;
    }
    const std::int64_t id = time.time_since_epoch().count();
    Session session{id, time, id * 2, aggregator_.first(std::move(value))};
    set_alarm(*state, std::min(state->alarm, next_for(session)), alarms);
    emit.event(WindowEvent::Kind::kOpened, window_of(session));
    state->sessions.insert_sorted(std::move(session), &Session::first);
    look_at_end(end, state, emit, alarms);
  }

  // A session ends at `end`, if no item comes.
  template <typename Emit>
  void look_at_end(Time end, Holder& state, Emit emit, keyed::Alarms alarms) {
    if (end <= Arrivals::reached(alarms)) [[unlikely]] {
      if (!set_again(*state, alarms)) {
        end_sessions(state, emit, alarms);
      }
    } else if (end < state->alarm) [[unlikely]] {  // it had been emitted, and waited only for late items
      set_alarm(*state, end, alarms);
    }
  }

  static void set_alarm(State& state, Time at, keyed::Alarms alarms) {
    if (at != state.alarm) {
      state.alarm = at;
      Arrivals::wake(alarms, at);
    }
  }

  // The alarm of a single session is too early if items have come since it was set.
  [[nodiscard]] bool set_again(State& state, keyed::Alarms alarms) {
    if (state.sessions.size() != 1) {
      return false;
    }
    const Time next = next_for(state.sessions[0]);
    if (next <= Arrivals::reached(alarms)) {
      return false;
    }
    set_alarm(state, next, alarms);
    return true;
  }

  template <typename Emit>
  [[gnu::noinline]] void end_sessions(Holder& state, Emit emit, keyed::Alarms alarms) {
    const Time now = Arrivals::reached(alarms);
    if (state->sessions.size() == 1 && is_over(state->sessions[0], now)) {  // as of most keys
      finish(state->sessions[0], emit);
      state->sessions.pop_only();
      return;
    }
    Time next = Time::max();
    state->sessions.erase_if([&](Session& session) {
      if (is_over(session, now)) {
        finish(session, emit);
        return true;
      }
      if (session.last() + gap_ <= now && !session.emitted()) {
        session.mark_emitted();
        if constexpr (copyable<Fold>) {
          emit.result(window_of(session), aggregator_.result(Fold{session.fold}));
        }
      }
      next = std::min(next, next_for(session));
      return false;
    });
    if (next != Time::max()) {
      set_alarm(*state, next, alarms);
    }
  }

  template <typename Emit>
  void finish(Session& session, Emit& emit) {
    const Window window = window_of(session);
    if (!session.emitted()) {
      emit.result(window, aggregator_.result(std::move(session.fold)));
    }
    emit.event(WindowEvent::Kind::kClosed, window);
  }

  A aggregator_;
  Arrivals arrivals_;
  std::chrono::nanoseconds gap_;
  std::chrono::nanoseconds allowed_lateness_;
};

}  // namespace weir::detail::windows
