#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "weir/aggregate.hpp"
#include "weir/copyable.hpp"
#include "weir/detail/alarms.hpp"
#include "weir/detail/few.hpp"
#include "weir/detail/own_optional.hpp"
#include "weir/detail/windows/arrivals.hpp"
#include "weir/detail/windows/window_outputs.hpp"
#include "weir/window.hpp"

namespace weir::detail {

/// Session windows: merges what an item joins.
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
    Time alarm = Time::max();  ///< the only one that counts: at the latest when there is something to do
    /// In the order of their first items. Two may overlap where one was over for the item that opened the other.
    Few<Session> sessions;

    explicit operator bool() const { return !sessions.empty(); }
  };
  using Holder = OwnOptional<State>;
  using Result = AggregateResult<A, Fold>;
  using HasAlarms = void;
  using SaysIfThere = void;
  using ClosesByTime = void;
  template <typename K>
  using Outputs = WindowOutputs<K, Result, V>;

  SessionLogic(A aggregator, Arrivals arrivals, std::chrono::nanoseconds gap, std::chrono::nanoseconds allowed_lateness)
      : aggregator_{std::move(aggregator)},
        arrivals_{std::move(arrivals)},
        gap_{gap},
        allowed_lateness_{allowed_lateness} {}

  template <typename K, typename Emit>
  void on_item(const K& /*key*/, Holder& state, typename Arrivals::Input&& input, Emit& emit, Alarms& alarms) {
    static_assert(std::is_trivially_copyable_v<Emit>, "small, since copies of it are handed on");
    Arrival<V> item = arrivals_.arrive(std::move(input), alarms);
    auto [joined, sure] =
        state->sessions.find_at_hand([&](const Session& each) { return takes(each, item.time, item.promise); });
    if (!sure) [[unlikely]] {
      joined = join(state->sessions, item.time, item.promise, emit);
    }
    if (joined == nullptr) {
      Emit own_emit{emit};  // the others need not be in memory then, where most items find a session
      Alarms own_alarms{alarms};
      open_or_late(std::move(item.value), item.time, item.promise, state, own_emit, own_alarms);
      return;
    }
    joined->extend(item.time, item.time);
    aggregator_.add(joined->fold, std::move(item.value));
    look_at_end(joined->last() + gap_, state, emit, alarms);
  }

  template <typename K, typename Emit>
  void on_alarm(const K& /*key*/, Holder& state, Emit& emit, Alarms& alarms) {
    if (state->alarm <= Arrivals::reached(alarms)) {
      settle(state, emit, alarms);
    }
  }

  template <typename K, typename Emit>
  void on_end(const K& /*key*/, Holder& state, Emit& emit) {
    state->sessions.erase_if([&](Session& session) {
      finish(session, emit);
      return true;
    });
  }

  template <typename K>
  void on_restore(const K& /*key*/, const State& state, Alarms& alarms) {
    Arrivals::wake(alarms, state.alarm);
  }

 private:
  [[nodiscard]] Window window_of(const Session& session) const {
    return {session.id, session.first, session.last() + gap_};
  }

  // When there is something to do for it, if no item comes.
  [[nodiscard]] Time next_for(const Session& session) const {
    return session.last() + gap_ + (session.emitted() ? allowed_lateness_ : std::chrono::nanoseconds{});
  }

  // A session that is over for the item takes it no more, whether time has closed it here or not.
  [[nodiscard]] bool takes(const Session& session, Time time, Time promise) const {
    return time < session.last() + gap_ && session.first < time + gap_ &&
           session.last() + gap_ + allowed_lateness_ > promise;
  }

  // Merges the sessions that the item lies in, into the first of them, and says which that is; null if it lies in none.
  template <typename Emit>
  [[gnu::noinline]] Session* join(Few<Session>& sessions, Time time, Time promise, Emit emit) {
    std::size_t first = sessions.size();
    std::size_t count = 0;
    for (std::size_t i = 0; i < sessions.size(); ++i) {
      if (takes(sessions[i], time, promise)) {
        first = std::min(first, i);
        ++count;
      }
    }
    if (count > 1) {
      Session& joined = sessions[first];  // which stays where it is while those behind it go
      bool is_behind = false;
      sessions.erase_if([&](Session& each) {
        if (!is_behind || !takes(each, time, promise)) {
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
  [[gnu::noinline]] void open_or_late(V&& value, Time time, Time promise, Holder& state, Emit& emit, Alarms& alarms) {
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

  // A session ends then, if no item comes.
  template <typename Emit>
  void look_at_end(Time end, Holder& state, Emit emit, Alarms alarms) {
    if (end <= Arrivals::reached(alarms)) [[unlikely]] {
      settle(state, emit, alarms);
    } else if (end < state->alarm) [[unlikely]] {  // it had been emitted, and waited for late items alone
      set_alarm(*state, end, alarms);
    }
  }

  static void set_alarm(State& state, Time at, Alarms alarms) {
    if (at != state.alarm) {
      state.alarm = at;
      Arrivals::wake(alarms, at);
    }
  }

  // The alarm may have come too early, since items came behind it: then it is set again.
  template <typename Emit>
  void settle(Holder& state, Emit emit, Alarms alarms) {
    if (state->sessions.size() == 1) {
      const Time next = next_for(state->sessions[0]);
      if (next > Arrivals::reached(alarms)) {
        set_alarm(*state, next, alarms);
        return;
      }
    }
    end_sessions(state, emit, alarms);
  }

  template <typename Emit>
  [[gnu::noinline]] void end_sessions(Holder& state, Emit emit, Alarms alarms) {
    const Time now = Arrivals::reached(alarms);
    Time next = Time::max();
    state->sessions.erase_if([&](Session& session) {
      const Time end = session.last() + gap_;
      if (end + allowed_lateness_ <= now) {
        finish(session, emit);
        return true;
      }
      if (end <= now && !session.emitted()) {
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

}  // namespace weir::detail
