#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "weir/detail/containers/items.hpp"
#include "weir/detail/containers/list.hpp"

namespace weir::detail::codec {

/// A block of items on a channel. It goes back to its sender when it has been read.
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  virtual ~Buffer() = default;

  /// How many bytes it carries; 0 if it carries items that are not serialized.
  [[nodiscard]] virtual std::size_t bytes() const noexcept { return 0; }

  /// How many bytes of memory it takes, used or not.
  [[nodiscard]] virtual std::size_t room() const noexcept = 0;

  /// Makes it empty, for its next use.
  virtual void clear() = 0;
};

/// Serialized items, one after another. Full when `used` reaches `limit`; the item that passes the limit still goes in.
class ByteBuffer final : public Buffer {
 public:
  explicit ByteBuffer(std::size_t limit)
      : limit_{limit}, capacity_{limit + limit / 4}, data_{std::make_unique_for_overwrite<std::byte[]>(capacity_)} {}

  [[nodiscard]] std::byte* data() noexcept { return data_.get(); }
  [[nodiscard]] const std::byte* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t bytes() const noexcept override { return used; }
  [[nodiscard]] std::size_t room() const noexcept override { return capacity_; }
  [[nodiscard]] bool full() const noexcept { return used >= limit_; }

  /// Room for at least `bytes` in all; keeps the first `kept` of them.
  void grow(std::size_t kept, std::size_t bytes) {
    const std::size_t capacity = bytes > capacity_ * 2 ? bytes : capacity_ * 2;
    auto data = std::make_unique_for_overwrite<std::byte[]>(capacity);
    std::memcpy(data.get(), data_.get(), kept);
    data_ = std::move(data);
    capacity_ = capacity;
  }

  /// Empties it, and frees the room that a large item took beyond the buffer's own size.
  void clear() override {
    used = 0;
    read = 0;
    folds = false;
    folded_items = 0;
    if (capacity_ > limit_ * 2) {
      capacity_ = limit_ + limit_ / 4;
      data_ = std::make_unique_for_overwrite<std::byte[]>(capacity_);
    }
  }

  std::size_t used = 0;            ///< bytes written
  std::size_t read = 0;            ///< bytes read
  bool folds = false;              ///< whether it holds folds of items, in place of items
  std::uint64_t folded_items = 0;  ///< so many items were folded into them, and into those in the buffers before it

 private:
  std::size_t limit_;
  std::size_t capacity_;
  std::unique_ptr<std::byte[]> data_;
};

/// Items that are moved rather than serialized: on a channel of a worker to itself, and with `--exchange move`.
template <typename T>
class ItemBlock final : public Buffer {
 public:
  /// @param limit  how many items it holds
  explicit ItemBlock(std::size_t limit)
      : limit_{limit}, items_{static_cast<T*>(containers::new_room(limit * sizeof(T), alignof(T)))} {}
  ~ItemBlock() override {
    ItemBlock::clear();
    containers::free_room(items_, limit_ * sizeof(T), alignof(T));
  }

  [[nodiscard]] std::size_t room() const noexcept override { return limit_ * sizeof(T); }
  [[nodiscard]] bool full() const noexcept { return size_ == limit_; }

  /// Only while it is not full.
  void push(T&& item) {
    ::new (static_cast<void*>(items_ + size_)) T(std::move(item));
    ++size_;
  }

  /// The items that have not been read; the reader moves from them.
  [[nodiscard]] containers::Items<T> rest() noexcept { return {items_ + read_, size_ - read_}; }

  /// The first `count` of the rest have been read.
  void mark_read(std::size_t count) noexcept { read_ += count; }

  [[gnu::noinline]] void clear() override {
    if constexpr (!std::is_trivially_destructible_v<T>) {
      for (T* item = items_; item != items_ + size_; ++item) {
        item->~T();
      }
    }
    size_ = 0;
    read_ = 0;
  }

 private:
  std::size_t limit_;
  T* items_;  // not a std::vector, since a std::vector<bool> has none
  std::size_t size_ = 0;
  std::size_t read_ = 0;
};

}  // namespace weir::detail::codec
