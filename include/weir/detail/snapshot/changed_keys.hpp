#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
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
    if (keys_.size() == forget_at_) {  // they may have come and gone between two snapshots
      std::erase_if(keys_, [&](const Changed& each) { return !each.stored && !exists(each.key); });
      forget_at_ = std::max(kFirstForget, keys_.size() * 2);
    }
  }

  /// What a snapshot is told, and nothing has changed then.
  /// @param hash_of  the hash that says which worker a key is of
  /// @param find     finds the state of a key: `State*`, null if there is none, and a pointer to its marks, which have
  ///                 the members of `KeptMarks`
  template <typename State, typename HashOf, typename Find>
  std::unique_ptr<StateChanges> take(HashOf hash_of, Find find) {
    auto changes = std::make_unique<StateChanges>();
    std::array<decltype(find(keys_.front().key)), kLookAhead> found;
    for (std::size_t at = 0; at < keys_.size(); at += kLookAhead) {
      const std::span some = std::span{keys_}.subspan(at, std::min(kLookAhead, keys_.size() - at));
      // All are looked up before the first is written: the processor then waits for several at once.
      std::ranges::transform(some, found.begin(), [&](const Changed& each) { return find(each.key); });
      for (std::size_t i = 0; i < some.size(); ++i) {
        const auto& [key, stored] = some[i];
        const auto [state, marks] = found[i];
        if (state == nullptr) {
          if (stored) {
            changes->add<Key, State>(hash_of(key), key, nullptr);
          }
        } else if (marks->changed) {  // one that ended and came again is listed twice
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
