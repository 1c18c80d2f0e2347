#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "weir/time.hpp"

namespace weir::detail {

/// Which keys are to be looked at when time has come to a point. A key may be in it several times, and for a time that
/// is of no interest any more: whoever is called looks what there is to do.
///
/// Times are few where windows are aligned, whatever the number of keys, and an alarm for the same time as the one
/// before takes no look-up.
template <typename K>
class AlarmQueue {
 public:
  AlarmQueue() = default;
  AlarmQueue(const AlarmQueue&) = delete;
  AlarmQueue& operator=(const AlarmQueue&) = delete;
  ~AlarmQueue() = default;

  void add(Time at, const K& key) {
    if (last_ == queue_.end() || last_->first != at) {
      last_ = queue_.try_emplace(at).first;
    }
    last_->second.keys.push_back(key);
  }

  [[nodiscard]] bool empty() const noexcept { return queue_.empty(); }

  /// When the first is due; `Time::max()` if there is none.
  [[nodiscard]] Time next() const { return queue_.empty() ? Time::max() : queue_.begin()->first; }

  /// Takes a key whose time has come: of the earliest time the one that was added first.
  std::optional<K> take(Time now) {
    if (queue_.empty() || queue_.begin()->first > now) {
      return std::nullopt;
    }
    const auto first = queue_.begin();
    auto& [keys, taken] = first->second;
    std::optional<K> key{std::move(keys[taken++])};
    if (taken == keys.size()) {
      if (last_ == first) {
        last_ = queue_.end();
      }
      queue_.erase(first);
    }
    return key;
  }

 private:
  struct Keys {
    std::vector<K> keys;
    std::size_t taken = 0;
  };
  using Queue = std::map<Time, Keys>;

  Queue queue_;
  typename Queue::iterator last_ = queue_.end();
};

}  // namespace weir::detail
