#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/buffer.hpp"
#include "weir/detail/containers/items.hpp"
#include "weir/detail/exchange/fold_gauge.hpp"
#include "weir/detail/exchange/outbox.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"

namespace weir::detail::exchange {

/// What became of some items.
struct Folded {
  std::size_t left = 0;    ///< so many were not folded, and are at the front
  std::size_t missed = 0;  ///< so many found no fold, these included
};

/// A keyed step that can fold items before they change worker. The sending end of its edge calls it on the worker that
/// sends, the receiving end on the one that owns the keys.
template <typename T>
class Folding : public runtime::Receiver<T> {
 public:
  [[nodiscard]] virtual FoldRoom fold_room() const = 0;

  /// Folds items that are for another worker. A key without a fold gets one if there is room, and `may_add`.
  virtual Folded fold(std::uint32_t to, containers::Items<T> items, bool may_add) = 0;

  /// How many folds for a worker it holds.
  [[nodiscard]] virtual std::size_t folds(std::uint32_t to) const = 0;

  /// Takes out so many of the folds for a worker and writes them; no fold may be added until none is left.
  /// @return  the number of items that were folded since the last call
  virtual std::uint64_t write_folds(std::uint32_t to, std::size_t count, codec::OutputArchive& archive) = 0;

  /// Frees the memory of folds. It must hold none.
  virtual void free_folds() = 0;

  /// Reads some of the folds of another worker, and merges them into the states of their keys.
  /// @param items  so many more items were folded into them
  virtual void merge_folds(codec::InputArchive& archive, std::uint64_t items) = 0;

 protected:
  ~Folding() = default;
};

/// The buffer to write to next, of folds or of items; a buffer has one kind.
inline codec::ByteBuffer& open_as(Outbox& outbox, bool folds) {
  auto* buffer = &static_cast<codec::ByteBuffer&>(outbox.open());
  if (buffer->folds != folds && buffer->used != 0) [[unlikely]] {
    outbox.seal();
    buffer = &static_cast<codec::ByteBuffer&>(outbox.open());
  }
  buffer->folds = folds;
  return *buffer;
}

/// The sending end of an edge without folds.
struct NoFolds {
  explicit NoFolds(const void* /*to*/) {}
};

/// What the sending end of an edge does about folds. A key's items are folded as long as there is a fold of it, so its
/// items stay in order when others are not folded.
template <typename T>
class FoldingEnd {
 public:
  /// @param to  null: nothing is folded, as where it has no room
  explicit FoldingEnd(Folding<T>* to)
      : to_{to != nullptr && to->fold_room().folds > 0 ? to : nullptr},
        gauge_{to_ != nullptr ? to_->fold_room() : FoldRoom{}} {}

  /// Whether items for other workers are to be given to `fold`.
  [[nodiscard]] bool active() const noexcept { return gauge_.on() || stopping_; }

  /// So many items cross as they are.
  void pass(std::size_t items) noexcept { gauge_.pass(items); }

  /// @return  the items that were not folded
  containers::Items<T> fold(std::uint32_t worker, containers::Items<T> items) {
    const bool on = gauge_.on();
    const Folded folded = to_->fold(worker, items, on);
    if (on) {
      gauge_.note(items.size(), folded.missed);
      stopping_ = !gauge_.on();
    }
    return items.first(folded.left);
  }

  /// Whether what it holds is to be sent soon, since it folds no more.
  [[nodiscard]] bool stopping() const noexcept { return stopping_; }

  /// Sends all folds, as a cursor.
  runtime::Closing send(std::vector<Outbox>& outboxes, std::uint32_t own, codec::OutputArchive& archive,
                        runtime::Gate& gate) {
    for (std::uint32_t worker = 0; to_ != nullptr && worker < outboxes.size(); ++worker) {
      while (worker != own && to_->folds(worker) != 0) {
        const std::size_t some = spend(gate, std::min(to_->folds(worker), kAtOnce));
        if (some == 0) {
          return gate.full() ? runtime::Closing::kWait : runtime::Closing::kMore;
        }
        codec::ByteBuffer& buffer = open_as(outboxes[worker], true);
        archive.attach(buffer);
        buffer.folded_items += to_->write_folds(worker, some, archive);
        archive.commit();
        if (buffer.full()) {
          outboxes[worker].seal();
        }
      }
    }
    if (std::exchange(stopping_, false)) {
      to_->free_folds();
    }
    return runtime::Closing::kDone;
  }

 private:
  static constexpr std::size_t kAtOnce = 32;

  // How many items of so many may be sent in this turn.
  static std::size_t spend(runtime::Gate& gate, std::size_t most) {
    std::size_t items = 0;
    while (items < most && gate.spend()) {
      ++items;
    }
    return items;
  }

  Folding<T>* to_;
  FoldGauge gauge_;
  bool stopping_ = false;
};

}  // namespace weir::detail::exchange
