#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "weir/detail/containers/list.hpp"
#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/key.hpp"

namespace weir::detail::snapshot {

/// The marks of a state, in runs that keep snapshots.
struct KeptMarks {
  bool changed = false;  ///< since the last snapshot
  bool stored = false;   ///< a snapshot has it
};

/// The keys of a step's states that have changed since the last snapshot. So the time of a snapshot depends on these
/// alone.
template <typename Key>
class ChangedKeys {
 public:
  /// @param kept  whether the run keeps snapshots
  explicit ChangedKeys(bool kept) : kept_{kept} {}

  [[nodiscard]] bool kept() const noexcept { return kept_; }
  [[nodiscard]] bool empty() const noexcept { return keys_.empty(); }

  /// Records that the state of the key has changed or ended. Call it once for a changed state between two snapshots.
  /// @param stored  a snapshot has the state, so the next one must record its end
  /// @param exists  whether a key has a state
  template <typename Exists>
  void note(Key key, bool stored, Exists exists) {
    keys_.push_back({std::move(key), stored});
    if (keys_.size() == forget_at_) {
      forget_gone(exists);
    }
  }

  /// Returns the changes for a snapshot, and clears the record of them.
  /// @param hash_of  the hash that decides which worker owns a key
  /// @param find     finds the state of a key: `State*`, null if there is none, and a pointer to its marks, which have
  ///                 the members of `KeptMarks`
  template <typename State, typename HashOf, typename Find>
  std::unique_ptr<StateChanges> take(HashOf hash_of, Find find) {
    auto changes = std::make_unique<StateChanges>();
    decltype(find(std::declval<const Key&>())) found[kLookAhead];
    for (std::size_t at = 0; at < keys_.size(); at += kLookAhead) {
      const Changed* const some = &keys_[at];
      const std::size_t count = std::min(kLookAhead, keys_.size() - at);
      // Looks up all before it writes the first, so that the processor waits for several at once.
      for (std::size_t i = 0; i < count; ++i) {
        found[i] = find(some[i].key);
      }
      for (std::size_t i = 0; i < count; ++i) {
        const Key& key = some[i].key;
        const State* const state = found[i].first;
        auto* const marks = found[i].second;
        if (state == nullptr ? !some[i].stored : !marks->changed) {  // a key that ended and came again is there twice
          continue;
        }
        changes->add(hash_of(key), key, state);
        if (state != nullptr) {
          marks->changed = false;
          marks->stored = true;
        }
      }
    }
    keys_.clear();
    return changes;
  }

 private:
  // Drops keys that came and went between two snapshots.
  template <typename Exists>
  void forget_gone(Exists exists) {
    std::size_t left = 0;
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (keys_[i].stored || exists(keys_[i].key)) {
        if (left != i) {
          std::swap(keys_[left], keys_[i]);
        }
        ++left;
      }
    }
    keys_.shrink(left);
    forget_at_ = std::max(kFirstForget, left * 2);
  }

  static constexpr std::size_t kLookAhead = 32;
  static constexpr std::size_t kFirstForget = 1024;

  struct Changed {
    Key key;
    bool stored;
  };

  containers::List<Changed> keys_;
  std::size_t forget_at_ = kFirstForget;
  bool kept_;
};

}  // namespace weir::detail::snapshot
