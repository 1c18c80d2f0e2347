#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/containers/items.hpp"

namespace weir::detail::runtime {

/// Whether items are so small that a call for each costs more than the item: these are emitted in batches.
template <typename T>
inline constexpr bool kBatched = std::is_trivially_copy_constructible_v<T> && std::is_trivially_destructible_v<T> &&
                                 std::is_default_constructible_v<T> && sizeof(T) <= 48;

/// Up to `kItems` small items; empty for items that are not small.
template <typename T>
class Batch {};

template <typename T>
  requires(kBatched<T>)
class Batch<T> {
 public:
  static constexpr std::uint32_t kItems = 64;

  /// Returns true when the batch is full: `take` must then come before the next item.
  bool put(const T& item) noexcept {
    std::construct_at(items() + count_, item);
    return ++count_ == kItems;
  }

  /// Adds the next `count` items that `make` makes; there must be room for them. Inlined into the caller's loop, so
  /// that the state of `make` stays in registers.
  /// @return  the same as `put`
  template <typename Make>
  [[gnu::always_inline]] bool append(std::size_t count, Make& make) {
    T* to = items() + count_;
    for (T* const end = to + count; to != end; ++to) {
      ::new (static_cast<void*>(to)) T(make());
    }
    count_ += static_cast<std::uint32_t>(count);
    return count_ == kItems;
  }

  /// Fills an empty batch with the results of `make` for up to `kItems` items.
  /// @return  `make` in its final state: the copy that was called is in registers, where writing an item cannot change
  ///          it
  template <typename From, typename Make>
  Make fill(containers::Items<From> from, Make make) {
    T* to = items();
    for (From& each : from) {
      ::new (static_cast<void*>(to++)) T(make(each));
    }
    count_ = static_cast<std::uint32_t>(from.size());
    return make;
  }

  /// Fills an empty batch with up to `kItems` items; `read(item)` sets all fields of one.
  template <typename Read>
  void fill(std::size_t count, Read read) {
    T* const to = items();  // they exist, with arbitrary fields: bytes are storage for such items
    for (std::size_t i = 0; i < count; ++i) {
      read(to[i]);
    }
    count_ = static_cast<std::uint32_t>(count);
  }

  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  [[nodiscard]] std::size_t room() const noexcept { return kItems - count_; }

  /// The items, valid until the next `put`.
  [[nodiscard]] containers::Items<T> take() noexcept { return {items(), std::exchange(count_, 0)}; }

 private:
  [[nodiscard]] T* items() noexcept { return reinterpret_cast<T*>(bytes_); }

  alignas(T) std::byte bytes_[kItems * sizeof(T)];
  std::uint32_t count_ = 0;
};

/// A batch for every worker, for small items that go to different ones; empty for items that are not small.
template <typename T>
class BatchesByWorker {
 public:
  explicit BatchesByWorker(std::size_t /*workers*/) {}
};

template <typename T>
  requires(kBatched<T>)
class BatchesByWorker<T> {
 public:
  static constexpr std::size_t kItems = Batch<T>::kItems;

  explicit BatchesByWorker(std::size_t workers)
      : items_{std::make_unique_for_overwrite<T[]>(workers * kRoom)}, slots_(workers) {
    for (std::size_t worker = 0; worker < workers; ++worker) {
      T* const begin = items_.get() + worker * kRoom;
      slots_[worker] = {begin, begin + kItems};
    }
  }

  /// Returns true when the worker's batch is full: `take` must then come before its next item.
  bool put(std::size_t worker, const T& item) noexcept {
    Slot& slot = slots_[worker];
    *slot.next++ = item;
    return slot.next >= slot.full;
  }

  /// Adds the results of `make` for up to `kItems` items to the batches of the workers that `to` returns. Calls
  /// `send(worker, batch)` for each batch that is then full.
  ///
  /// For two workers it has no branch on an item's destination, and both ends are in registers: a third less time.
  /// @return  `make` as it is then, as `Batch::fill` does
  template <typename From, typename Make, typename To, typename Send>
  Make put_all(containers::Items<From> from, Make make, To to, Send send) {
    if (slots_.size() != 2) {
      for (From& each : from) {
        const T& item = make(each);
        const std::uint32_t worker = to(item);
        if (put(worker, item)) {
          send(worker, take(worker));
        }
      }
      return make;
    }
    T* first = slots_[0].next;
    T* second = slots_[1].next;
    for (From& each : from) {
      const T& item = make(each);
      const std::size_t worker = to(item);
      *first = item;
      *second = item;
      first += 1 - worker;
      second += worker;
    }
    slots_[0].next = first;
    slots_[1].next = second;
    for (const std::uint32_t worker : {0U, 1U}) {
      if (slots_[worker].next >= slots_[worker].full) {
        send(worker, take(worker));
      }
    }
    return make;
  }

  /// Of the results of `make` for up to `kItems` items, adds those for `worker`, one of two. Calls `use(item, others)`
  /// for each, with 1 if it is for the other worker, else 0; so nothing branches on an item's destination.
  /// @return  `make` as it is then, as `Batch::fill` does
  template <typename From, typename Make, typename To, typename Use>
  Make put_or(containers::Items<From> from, Make make, std::size_t worker, To to, Use use) {
    T* next = slots_[worker].next;
    for (From& each : from) {
      const T& item = make(each);
      const std::size_t others = to(item) ^ worker;
      *next = item;
      next += 1 - others;
      use(item, others);
    }
    slots_[worker].next = next;
    return make;
  }
  [[nodiscard]] bool full(std::size_t worker) const noexcept { return slots_[worker].next >= slots_[worker].full; }

  /// The worker's items, valid until its next `put`.
  [[nodiscard]] containers::Items<T> take(std::size_t worker) noexcept {
    T* const begin = slots_[worker].full - kItems;
    return {begin, static_cast<std::size_t>(std::exchange(slots_[worker].next, begin) - begin)};
  }

  [[nodiscard]] std::size_t workers() const noexcept { return slots_.size(); }

 private:
  // `put_all` and `put_or` begin below kItems, add at most as many, and write one after the last.
  static constexpr std::size_t kRoom = 2 * kItems;

  struct Slot {
    T* next;
    T* full;
  };

  std::unique_ptr<T[]> items_;
  std::vector<Slot> slots_;
};

}  // namespace weir::detail::runtime
