#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "weir/detail/alarm_queue.hpp"
#include "weir/detail/epoch_part.hpp"
#include "weir/detail/graph.hpp"
#include "weir/detail/operator.hpp"
#include "weir/serialize.hpp"
#include "weir/time.hpp"

namespace weir::detail {

/// When the system's time comes to a point, at which something waits; `Time::max()` if nothing does.
/// @param now  what it is
inline Steady when_system_comes_to(Time at, Time now, const StageState& stage) {
  if (at <= now || now == Time::min()) {
    return at == Time::max() ? Steady::max() : Steady::min();
  }
  constexpr auto kFar = std::chrono::hours{24 * 365};
  return at == Time::max() || at - kFar > now ? Steady::max() : stage.now + (at - now);
}

/// The time in a keyed step on one worker, and which keys want to be called when. Snapshots hold how far time had come,
/// so that it does not go back behind them; alarms follow from the states of the keys.
template <typename K>
class StepAlarms {
 public:
  explicit StepAlarms(const OperatorParts& parts) : step_{parts.site.step}, stage_{parts.site.stage} {
    worker_ = "worker " + std::to_string(parts.site.worker.index.value);
    if (parts.resume == nullptr) {
      return;
    }
    const auto& positions = parts.resume->positions;
    for (auto each = positions.lower_bound({parts.site.step_id, {}});
         each != positions.end() && each->first.first == parts.site.step_id; ++each) {
      const auto [watermark, system] = from_bytes<std::pair<Time, Time>>(each->second);
      time_ = {std::max(time_.watermark, watermark), std::max(time_.system, system)};
    }
    told_ = time_.watermark;
  }

  /// Event time has come to this point, or the system's has.
  void advance(const StepTime& now) {
    time_.watermark = std::max(time_.watermark, now.watermark);
    static_cast<void>(system());
  }

  /// Nothing follows any more.
  void end() { time_.watermark = Time::max(); }

  [[nodiscard]] Time watermark() const noexcept { return time_.watermark; }
  [[nodiscard]] Time system() noexcept {
    time_.system = std::max(time_.system, stage_->system);
    return time_.system;
  }

  void at_event(Time at, const K& key) { event_.add(at, key, time_.watermark); }
  void at_system(Time at, const K& key) { system_.add(at, key, time_.system); }

  /// A key that has an alarm now.
  [[nodiscard]] std::optional<K> take() {
    std::optional<K> key = event_.take(time_.watermark);
    return key ? std::move(key) : system_.take(time_.system);
  }

  /// When the system's time comes to the next alarm; at once if event time had come to one before it was set.
  [[nodiscard]] Steady due() const {
    if (event_.next() <= time_.watermark && !event_.empty()) {
      return Steady::min();
    }
    return when_system_comes_to(system_.next(), std::max(time_.system, stage_->system), *stage_);
  }

  /// How far event time had come in the snapshot that the run resumes from.
  [[nodiscard]] Time resumed_watermark() const noexcept { return told_; }

  void snapshot(EpochPart& part) {
    if (kept_ != time_.watermark || !system_.empty()) {
      kept_ = time_.watermark;
      part.positions.push_back({step_, worker_, to_bytes(std::pair{time_.watermark, time_.system})});
    }
  }

 private:
  std::size_t step_;
  const StageState* stage_;
  std::string worker_;
  StepTime time_;
  Time told_ = Time::min();
  Time kept_ = Time::min();
  AlarmQueue<K> event_;
  AlarmQueue<K> system_;
};

/// What a step without alarms has in their place.
template <typename K>
class NoAlarms {
 public:
  explicit NoAlarms(const OperatorParts& /*parts*/) {}
};

/// The time as the logic of a keyed step sees it for one key, and how it asks to be called again: `on_alarm` then gets
/// the key, if it is still there. It is called for every alarm, also where another one has done what was to be done.
template <typename K>
class Alarms {
 public:
  Alarms(const K& key, StepAlarms<K>& step) : key_{&key}, step_{&step} {}

  /// No item with an earlier event time follows, but late ones.
  [[nodiscard]] Time watermark() const noexcept { return step_->watermark(); }
  [[nodiscard]] Time system() const noexcept { return step_->system(); }

  void at_event(Time at) { step_->at_event(at, *key_); }
  void at_system(Time at) { step_->at_system(at, *key_); }

 private:
  const K* key_;
  StepAlarms<K>* step_;
};

}  // namespace weir::detail
