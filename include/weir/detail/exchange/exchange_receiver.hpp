#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/buffer.hpp"
#include "weir/detail/codec/fixed_codec.hpp"
#include "weir/detail/containers/items.hpp"
#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/exchange/folding.hpp"
#include "weir/detail/runtime/batch.hpp"
#include "weir/detail/runtime/gate.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::exchange {

/// Pushes the items of an edge's channels into the step.
/// @tparam kLocal  whether they all come from this worker
/// @tparam kFolds  whether the step is a `Folding`
template <typename T, bool kLocal, bool kFolds = false>
class ExchangeReceiver final : public EdgeReceiver {
 public:
  ExchangeReceiver(runtime::Receiver<T>& to, const runtime::StepSite& site) : EdgeReceiver{site}, to_{&to} {}

  bool drain(codec::Buffer& buffer, bool serialized, runtime::Gate& gate) override {
    if constexpr (!kLocal) {
      if (serialized) {
        auto& bytes = static_cast<codec::ByteBuffer&>(buffer);
        if constexpr (kFolds) {
          if (bytes.folds) {
            return drain_folds(bytes, gate);
          }
        }
        return drain_bytes(bytes, gate);
      }
    }
    return drain_items(static_cast<codec::ItemBlock<T>&>(buffer), gate);
  }

 private:
  bool drain_items(codec::ItemBlock<T>& block, runtime::Gate& gate) {
    while (!block.rest().empty()) {
      if (!gate.feedable()) {
        return false;
      }
      if constexpr (runtime::kBatched<T>) {
        const containers::Items<T> items =
            block.rest().first(std::min<std::size_t>(block.rest().size(), runtime::Batch<T>::kItems));
        block.mark_read(items.size());
        to_->push_all(items);
      } else {
        T& item = block.rest().front();
        block.mark_read(1);
        to_->push(std::move(item));
      }
    }
    return true;
  }

  bool drain_bytes(codec::ByteBuffer& buffer, runtime::Gate& gate) {
    const std::byte* const begin = buffer.data();
    archive_.attach(begin + buffer.read, begin + buffer.used);
    while (buffer.read < buffer.used) {
      if (!gate.feedable()) {
        return false;
      }
      site_.note(runtime::Activity::Kind::kDeserialize);
      if constexpr (runtime::kBatched<T>) {
        fill_batch();
        buffer.read = static_cast<std::size_t>(archive_.position() - begin);
        to_->push_all(batch_.take());
      } else {
        T item = read_item();
        buffer.read = static_cast<std::size_t>(archive_.position() - begin);
        to_->push(std::move(item));
      }
    }
    return true;
  }

  bool drain_folds(codec::ByteBuffer& buffer, runtime::Gate& gate)
    requires kFolds
  {
    const std::byte* const begin = buffer.data();
    while (buffer.read < buffer.used) {
      if (!gate.feedable()) {
        return false;
      }
      site_.note(runtime::Activity::Kind::kDeserialize);
      archive_.attach(begin + buffer.read, begin + buffer.used);
      static_cast<Folding<T>*>(to_)->merge_folds(archive_, std::exchange(buffer.folded_items, 0));
      buffer.read = static_cast<std::size_t>(archive_.position() - begin);
    }
    return true;
  }

  void fill_batch() {
    if constexpr (codec::kFixedBytes<T> != 0) {
      if (const std::size_t whole = archive_.remaining() / codec::kFixedBytes<T>; whole > 0) {
        const std::size_t count = std::min<std::size_t>(whole, runtime::Batch<T>::kItems);
        const std::byte* bytes = archive_.take(count * codec::kFixedBytes<T>);
        batch_.fill(count, [&bytes](T& item) { bytes = codec::read_fixed(bytes, item); });
        return;
      }
    }
    bool full = false;
    while (!full && archive_.remaining() > 0) {
      full = batch_.put(read_item());
    }
  }

  T read_item() {
    return runtime::call(site_, "deserialization", [this] {
      T item{};
      decode(archive_, item);
      return item;
    });
  }

  runtime::Receiver<T>* to_;
  codec::InputArchive archive_;
  [[no_unique_address]] runtime::Batch<T> batch_;
};

}  // namespace weir::detail::exchange
