#pragma once

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

  [[nodiscard]] virtual bool holds_folds(std::uint32_t to) const = 0;

  /// Takes out some of the folds for a worker and writes them, while the gate lets it; no fold may be added until none
  /// is left.
  /// @param items  gets the number of items that were folded since the last call
  /// @return       whether it wrote any
  virtual bool write_folds(std::uint32_t to, codec::OutputArchive& archive, runtime::Gate& gate,
                           std::uint64_t& items) = 0;

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
  /// @param to  null: nothing is folded
  explicit FoldingEnd(Folding<T>* to) : to_{to}, gauge_{to == nullptr ? FoldRoom{} : to->fold_room()} {}

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
      while (worker != own && to_->holds_folds(worker)) {
        codec::ByteBuffer& buffer = open_as(outboxes[worker], true);
        archive.attach(buffer);
        const bool any = to_->write_folds(worker, archive, gate, buffer.folded_items);
        archive.commit();
        if (buffer.full()) {
          outboxes[worker].seal();
        }
        if (!any) {
          return gate.full() ? runtime::Closing::kWait : runtime::Closing::kMore;
        }
      }
    }
    if (std::exchange(stopping_, false)) {
      to_->free_folds();
    }
    return runtime::Closing::kDone;
  }

 private:
  Folding<T>* to_;
  FoldGauge gauge_;
  bool stopping_ = false;
};

}  // namespace weir::detail::exchange
