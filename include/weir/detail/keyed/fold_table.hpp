#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "weir/detail/containers/cache_line.hpp"
#include "weir/detail/containers/items.hpp"
#include "weir/detail/containers/list.hpp"
#include "weir/key.hpp"

namespace weir::detail::keyed {

/// The folds of items on their way to one other worker, by key: a hash table that is filled, then emptied as a whole.
/// It grows up to a limit, since it is of use only where the processor's cache holds it.
///
/// Open addressing with a byte for each place, so that most places that a search passes are not looked at. While the
/// table is emptied, keys are found but not added.
template <typename K, typename Fold>
class FoldTable {
 public:
  struct Entry {
    K key;
    Fold fold;
  };
  struct Place {
    std::size_t index;
    bool taken;
  };

  /// @param most_bytes  it takes no more memory
  FoldTable(std::uint64_t seed, std::size_t most_bytes) : hash_{seed}, most_places_{places_in(most_bytes)} {}
  FoldTable(FoldTable&& other) noexcept
      : hash_{other.hash_},
        most_places_{other.most_places_},
        entries_{std::exchange(other.entries_, nullptr)},
        marks_{std::exchange(other.marks_, nullptr)},
        places_{std::exchange(other.places_, 0)},
        size_{std::exchange(other.size_, 0)},
        next_{std::exchange(other.next_, 0)} {}
  FoldTable& operator=(FoldTable&&) = delete;
  ~FoldTable() { free(); }

  /// How many keys there is room for.
  [[nodiscard]] std::size_t room() const noexcept { return most_load(most_places_); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

  /// Makes room for some more keys, or for as many as it may take. Keys move.
  void make_room(std::size_t keys) {
    if (size_ + keys > most_load(places_) && places_ < most_places_ && next_ == 0) [[unlikely]] {
      grow(keys);
    }
  }

  /// Whether a key may be added.
  [[nodiscard]] bool has_room() const noexcept { return size_ < most_load(places_) && next_ == 0; }

  /// Looks keys up: has the processor load their places.
  template <typename V>
  void look_up(containers::Items<std::pair<K, V>> items, std::uint64_t* hashes) const {
    for (const std::pair<K, V>& item : items) {
      const std::uint64_t hash = hash_(item.first);
      *hashes++ = hash;
      if (places_ != 0) {
        __builtin_prefetch(entries_ + first_place(hash));
      }
    }
  }

  /// The key's place, or the one that it would get.
  [[nodiscard]] Place find(const K& key, std::uint64_t hash) const {
    if (places_ == 0) {
      return {0, false};
    }
    const std::uint8_t mark = mark_of(hash);
    for (std::size_t index = first_place(hash);; index = (index + 1) & (places_ - 1)) {
      if (marks_[index] == mark && entries_[index].key == key) {
        return {index, true};
      }
      if (marks_[index] == kFree) {
        return {index, false};
      }
    }
  }

  [[nodiscard]] Fold& fold(std::size_t index) noexcept { return entries_[index].fold; }

  /// Puts a key into its place. There must be room.
  void add(std::size_t index, std::uint64_t hash, K&& key, Fold&& fold) {
    ::new (static_cast<void*>(entries_ + index)) Entry{std::move(key), std::move(fold)};
    marks_[index] = mark_of(hash);
    ++size_;
  }

  /// The next entry to take out; there must be one. It is not there any more after the next call of `drop`.
  [[nodiscard]] Entry& front() noexcept {
    while (marks_[next_] <= kGone) {
      ++next_;
    }
    return entries_[next_];
  }
  void drop() noexcept {
    entries_[next_].~Entry();
    marks_[next_++] = kGone;
    if (--size_ == 0) {
      next_ = 0;
      std::memset(marks_, kFree, places_);
    }
  }

  /// Frees its memory. It must be empty.
  void free() noexcept {
    for (std::size_t i = 0; size_ > 0; ++i) {
      if (marks_[i] > kGone) {
        entries_[i].~Entry();
        --size_;
      }
    }
    if (places_ != 0) {
      containers::free_room(entries_, places_ * kPlaceBytes, alignof(Entry));
    }
    places_ = 0;
    next_ = 0;
  }

 private:
  static constexpr std::uint8_t kFree = 0;
  static constexpr std::uint8_t kGone = 1;  // taken out; those that come after it in a search are still found
  static constexpr std::size_t kPlaceBytes = sizeof(Entry) + 1;

  static std::size_t places_in(std::size_t bytes) {
    const std::size_t places = std::bit_floor(bytes / kPlaceBytes);
    return places < 2 ? 0 : places;
  }
  // A search ends at a free place, so there is always one.
  static std::size_t most_load(std::size_t places) noexcept { return places - (places + 7) / 8; }
  static std::uint8_t mark_of(std::uint64_t hash) noexcept { return static_cast<std::uint8_t>(hash) | 0x80; }
  [[nodiscard]] std::size_t first_place(std::uint64_t hash) const noexcept { return (hash >> 8) & (places_ - 1); }

  [[gnu::cold, gnu::noinline]] void grow(std::size_t keys) {
    std::size_t places = places_ == 0 ? 2 : places_;
    while (places < most_places_ && size_ + keys > most_load(places)) {
      places *= 2;
    }
    FoldTable larger{hash_.seed, 0};
    larger.entries_ = static_cast<Entry*>(containers::new_room(places * kPlaceBytes, alignof(Entry)));
    larger.marks_ = reinterpret_cast<std::uint8_t*>(larger.entries_ + places);
    larger.places_ = places;
    std::memset(larger.marks_, kFree, places);
    for (std::size_t i = 0; i < places_; ++i) {
      if (marks_[i] > kGone) {
        const std::uint64_t hash = hash_(entries_[i].key);
        larger.add(larger.find(entries_[i].key, hash).index, hash, std::move(entries_[i].key),
                   std::move(entries_[i].fold));
      }
    }
    std::swap(marks_, larger.marks_);
    std::swap(entries_, larger.entries_);
    std::swap(places_, larger.places_);
    std::swap(size_, larger.size_);
  }

  SeededKeyHash<K> hash_;
  std::size_t most_places_;
  Entry* entries_ = nullptr;
  std::uint8_t* marks_ = nullptr;  // by place, after the entries: free, gone, or some bits of the key's hash
  std::size_t places_ = 0;
  std::size_t size_ = 0;
  std::size_t next_ = 0;  // while it is emptied: the first place that may have an entry
};

}  // namespace weir::detail::keyed
