#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/key.hpp"

namespace weir::detail::snapshot {

/// What is known of a state beside the state itself, in runs that keep snapshots.
struct KeptMarks {
  bool changed = false;  ///< since the last snapshot
  bool stored = false;   ///< a snapshot has it
};

/// The keys of a step's states that have changed since the last snapshot, so that a snapshot takes time for these
/// alone.
template <typename Key>
class ChangedKeys {
 public:
  /// @param kept  whether the run keeps any
  explicit ChangedKeys(bool kept) : kept_{kept} {}

  [[nodiscard]] bool kept() const noexcept { return kept_; }
  [[nodiscard]] bool empty() const noexcept { return keys_.empty(); }

  /// The state of the key has changed or ended. Not to be called again for one that has changed already.
  /// @param stored  a snapshot has it, so that its end must be told
  /// @param exists  whether there is a state of a key
  template <typename Exists>
  void note(Key key, bool stored, Exists exists) {
    keys_.push_back({std::move(key), stored});
    if (keys_.size() == forget_at_) {
      forget_gone(exists);
    }
  }

  /// What a snapshot is told, and nothing has changed then.
  /// @param hash_of  the hash that says which worker a key is of
  /// @param find     finds the state of a key: `State*`, null if there is none, and a pointer to its marks, which have
  ///                 the members of `KeptMarks`
  template <typename State, typename HashOf, typename Find>
  std::unique_ptr<StateChanges> take(HashOf hash_of, Find find) {
    auto changes = std::make_unique<StateChanges>();
    decltype(find(keys_.front().key)) found[kLookAhead];
    for (std::size_t at = 0; at < keys_.size(); at += kLookAhead) {
      const Changed* const some = &keys_[at];
      const std::size_t count = std::min(kLookAhead, keys_.size() - at);
      // All are looked up before the first is written: the processor then waits for several at once.
      for (std::size_t i = 0; i < count; ++i) {
        found[i] = find(some[i].key);
      }
      for (std::size_t i = 0; i < count; ++i) {
        const Key& key = some[i].key;
        State* const state = found[i].first;
        if (state == nullptr) {
          if (some[i].stored) {
            changes->template add<Key, State>(hash_of(key), key, nullptr);
          }
        } else if (auto* const marks = found[i].second; marks->changed) {  // what ended and came again is listed twice
          changes->add(hash_of(key), key, state);
          marks->changed = false;
          marks->stored = true;
        }
      }
    }
    keys_.clear();
    return changes;
  }

 private:
  // They may have come and gone between two snapshots.
  template <typename Exists>
  void forget_gone(Exists exists) {
    std::size_t left = 0;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].stored || exists(keys_[i].key)) {
        std::swap(keys_[left++], keys_[i]);
      }
    }
    keys_.erase(keys_.begin() + static_cast<std::ptrdiff_t>(left), keys_.end());
    forget_at_ = std::max(kFirstForget, left * 2);
  }

  static constexpr std::size_t kLookAhead = 32;
  static constexpr std::size_t kFirstForget = 1024;

  struct Changed {
    Key key;
    bool stored;
  };

  std::vector<Changed> keys_;
  std::size_t forget_at_ = kFirstForget;
  bool kept_;
};

}  // namespace weir::detail::snapshot
