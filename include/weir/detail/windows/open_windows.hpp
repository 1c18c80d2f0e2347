#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

#include "weir/detail/archive.hpp"
#include "weir/detail/box.hpp"
#include "weir/detail/codec.hpp"
#include "weir/detail/container_codec.hpp"

namespace weir::detail {

/// A window of a key and what its values were folded into.
template <typename Fold>
struct WindowFold {
  std::int64_t index = 0;
  Fold fold{};
};

/// The windows of a key that are open. The newest is at hand, since nearly all items are of it and most keys have no
/// other: so that a table of keys fits the processor's cache, and no pointer is followed. Numbers in snapshots are
/// those of a `std::vector`.
template <typename Fold>
class OpenWindows {
 public:
  using Slot = WindowFold<Fold>;

  [[nodiscard]] bool empty() const noexcept { return newest_.index == kNone; }

  /// The window's fold; null if it is not open.
  [[nodiscard]] Fold* find(std::int64_t index) noexcept {
    if (newest_.index == index) {
      return &newest_.fold;
    }
    if (older_ && index < newest_.index) {
      const auto place = place_of(index);
      if (place != older_->end() && place->index == index) {
        return &place->fold;
      }
    }
    return nullptr;
  }

  /// Opens a window that is not.
  void open(std::int64_t index, Fold fold) {
    if (empty()) {
      newest_ = {index, std::move(fold)};
      return;
    }
    std::vector<Slot>& older = older_.get();
    if (index > newest_.index) {
      older.push_back(std::exchange(newest_, {index, std::move(fold)}));
    } else {
      older.insert(place_of(index), {index, std::move(fold)});
    }
  }

  /// Calls `close` with each window for which `is_over(index)`, the oldest first; these are gone then.
  template <typename IsOver, typename Close>
  void close_while(IsOver is_over, Close close) {
    if (older_ && !older_->empty()) {
      auto next = older_->begin();
      for (; next != older_->end() && is_over(next->index); ++next) {
        close(std::move(*next));
      }
      older_->erase(older_->begin(), next);
    }
    if (!empty() && is_over(newest_.index) && (!older_ || older_->empty())) {
      close(std::exchange(newest_, Slot{kNone, Fold{}}));
    }
  }

  /// The oldest first.
  template <typename Use>
  void for_each(Use use) const {
    if (older_) {
      for (const Slot& slot : *older_) {
        use(slot);
      }
    }
    if (!empty()) {
      use(newest_);
    }
  }

  [[nodiscard]] std::size_t size() const noexcept { return (empty() ? 0 : 1) + (older_ ? older_->size() : 0); }

 private:
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::min();

  [[nodiscard]] auto place_of(std::int64_t index) noexcept {
    auto place = older_->end();
    while (place != older_->begin() && std::prev(place)->index >= index) {
      --place;
    }
    return place;
  }

  Slot newest_{kNone, Fold{}};
  Box<std::vector<Slot>> older_;  // by number; kept when it is empty
};

template <typename Fold>
struct Codec<OpenWindows<Fold>> {
  using Slot = WindowFold<Fold>;
  using Value = Slot;  // a container of these
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = kSizeBytes;
  using Parts = TypeList<Slot>;

  static void write(OutputArchive& archive, const OpenWindows<Fold>& windows) {
    archive.put_size(windows.size());
    windows.for_each([&](const Slot& slot) { Codec<Slot>::write(archive, slot); });
  }

  static void read(InputArchive& archive, OpenWindows<Fold>& windows) {
    windows = {};
    for (std::size_t left = archive.get_size(Codec<Slot>::kMinBytes); left > 0; --left) {
      Slot slot;
      Codec<Slot>::read(archive, slot);
      windows.open(slot.index, std::move(slot.fold));
    }
  }
};

}  // namespace weir::detail
