#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

#include "weir/detail/snapshot/changed_keys.hpp"
#include "weir/detail/snapshot/state_changes.hpp"
#include "weir/key.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::keyed {

/// The states of a keyed step on one worker. In runs that keep snapshots it lists the keys whose states change, so that
/// a snapshot takes time for these alone.
/// @tparam Table  `FlatStates` or `SlottedStates`
template <typename K, typename StateHolder, template <typename, typename> class Table>
class KeptStates : public Table<K, StateHolder> {
  using State = std::remove_reference_t<decltype(*std::declval<StateHolder&>())>;

 public:
  using Entry = typename Table<K, StateHolder>::Entry;

  /// @param seed  of the table's hash
  /// @param kept  whether the run keeps snapshots
  KeptStates(std::uint64_t seed, bool kept) : Table<K, StateHolder>{seed}, changes_{kept} {}

  /// The key's state has changed, perhaps again since the last snapshot.
  [[gnu::always_inline]] void note_change(Entry entry) {
    if (changes_.kept() && !entry->second.marks.changed) {
      note_first_change(entry);
    }
  }

  [[nodiscard]] bool changed() const noexcept { return !changes_.empty(); }

  /// What has changed since the last call.
  [[nodiscard]] std::unique_ptr<snapshot::StateChanges> take_changes() {
    return changes_.template take<State>([](const K& key) { return key_hash(key); },
                                         [this](const K& key) { return find_state(key); });
  }

  /// Gives a key its state of a snapshot.
  Entry restore(const snapshot::StateRecord& record) {
    const Entry entry = this->add(from_bytes<K>(record.key));
    entry->second.state.emplace(from_bytes<State>(*record.state));
    this->note_state();
    entry->second.marks.stored = true;
    if (record.migrated) {
      note_first_change(entry);
    }
    return entry;
  }

  template <typename Counts>
  [[nodiscard]] std::size_t count(Counts counts) {
    std::size_t keys = 0;
    for (Entry entry = this->first(); entry != this->end(); entry = this->after(entry)) {
      keys += entry->second.state && counts(std::as_const(*entry->second.state)) ? 1 : 0;
    }
    return keys;
  }

 private:
  void note_first_change(Entry entry) {
    snapshot::KeptMarks& marks = entry->second.marks;
    if (!entry->second.state && !marks.stored) {
      return;  // it came and went between two snapshots
    }
    marks.changed = true;
    changes_.note(entry->first, marks.stored, [this](const K& key) { return find_state(key).first != nullptr; });
  }

  std::pair<State*, snapshot::KeptMarks*> find_state(const K& key) {
    const Entry entry = this->find(key);
    return entry != this->end() && entry->second.state ? std::pair{&*entry->second.state, &entry->second.marks}
                                                       : std::pair<State*, snapshot::KeptMarks*>{};
  }

  snapshot::ChangedKeys<K> changes_;
};

}  // namespace weir::detail::keyed
