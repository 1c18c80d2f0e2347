#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "weir/detail/buffer.hpp"
#include "weir/detail/edge.hpp"
#include "weir/detail/make_as.hpp"
#include "weir/detail/receiver.hpp"
#include "weir/key.hpp"
#include "weir/serialize.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail {

/// To the worker that owns the item's key.
struct ByKey {
  static constexpr bool kLocal = false;
  template <typename T>
  [[nodiscard]] std::uint32_t operator()(const T& item, const WorkerContext& worker) const {
    return worker.count.value == 1 ? 0 : owner_of(key_hash(item.first), worker.count).value;
  }
};

/// To every worker in turn, beginning behind the own one.
struct RoundRobin {
  static constexpr bool kLocal = false;
  std::uint32_t sent = 0;
  template <typename T>
  [[nodiscard]] std::uint32_t operator()(const T& /*item*/, const WorkerContext& worker) {
    return (worker.index.value + sent++) % worker.count.value;
  }
};

/// To one worker: the one that owns the only partition of a sink.
struct ToFirst {
  static constexpr bool kLocal = false;
  template <typename T>
  [[nodiscard]] std::uint32_t operator()(const T& /*item*/, const WorkerContext& /*worker*/) const {
    return 0;
  }
};

/// Stays on its worker: the border of a merge of different stages.
struct Local {
  static constexpr bool kLocal = true;
};

template <typename T>
std::unique_ptr<Buffer> make_item_block(std::size_t bytes) {
  return make_as<Buffer, ItemBlock<T>>(std::clamp<std::size_t>(bytes / sizeof(T), 1, 512));
}

inline std::unique_ptr<Buffer> make_byte_buffer(std::size_t bytes) { return make_as<Buffer, ByteBuffer>(bytes); }

template <typename T, typename Route>
class ExchangeSender final : public EdgeSender, public Receiver<T> {
 public:
  explicit ExchangeSender(SenderParts parts)
      : EdgeSender{make_outboxes(parts), parts.lane},
        worker_{parts.worker},
        serialized_{parts.mode == ExchangeMode::kCereal},
        direct_{static_cast<Receiver<T>*>(&parts.direct)},
        own_{Route::kLocal ? 0 : parts.worker.index.value} {}

  [[nodiscard]] ReceiverBase& receiver() override { return *this; }

  void push(T&& item) override {
    if constexpr (Route::kLocal) {
      keep(std::move(item));
    } else {
      const std::uint32_t to = route_(std::as_const(item), worker_);
      if (to == own_) {
        keep(std::move(item));
      } else if (serialized_) {
        serialize(outboxes_[to], item);
      } else {
        enqueue(outboxes_[to], std::move(item));
      }
    }
  }

 private:
  static std::vector<Outbox> make_outboxes(const SenderParts& parts) {
    std::vector<Outbox> outboxes;
    outboxes.reserve(parts.channels.size());
    for (std::uint32_t to = 0; to < parts.channels.size(); ++to) {
      const bool moves = Route::kLocal || parts.mode == ExchangeMode::kMove || to == parts.worker.index.value;
      outboxes.emplace_back(*parts.channels[to], parts.gate, parts.depth,
                            moves ? &make_item_block<T> : &make_byte_buffer, parts.buffer_bytes);
    }
    return outboxes;
  }

  void keep(T&& item) {
    if (lane_->open()) [[likely]] {
      direct_->push(std::move(item));
      return;
    }
    lane_->set_queued(true);
    enqueue(outboxes_[own_], std::move(item));
  }

  static void enqueue(Outbox& outbox, T&& item) {
    auto& block = static_cast<ItemBlock<T>&>(outbox.open());
    block.items.push_back(std::move(item));
    if (block.full()) {
      outbox.seal();
    }
  }

  void serialize(Outbox& outbox, const T& item) {
    auto& buffer = static_cast<ByteBuffer&>(outbox.open());
    archive_.attach(buffer);
    encode(archive_, item);
    archive_.commit();
    if (buffer.full()) {
      outbox.seal();
    }
  }

  WorkerContext worker_;
  bool serialized_;
  Receiver<T>* direct_;
  std::uint32_t own_;
  [[no_unique_address]] Route route_;
  OutputArchive archive_;
};

template <typename T, bool kLocal>
class ExchangeReceiver final : public EdgeReceiver {
 public:
  explicit ExchangeReceiver(Receiver<T>& to) : to_{&to} {}

  bool drain(Buffer& buffer, bool serialized, Gate& gate) override {
    if constexpr (!kLocal) {
      if (serialized) {
        return drain_bytes(static_cast<ByteBuffer&>(buffer), gate);
      }
    }
    return drain_items(static_cast<ItemBlock<T>&>(buffer), gate);
  }

 private:
  bool drain_items(ItemBlock<T>& block, Gate& gate) {
    while (block.next < block.items.size()) {
      if (!gate.feedable()) {
        return false;
      }
      to_->push(std::move(block.items[block.next++]));
    }
    return true;
  }

  bool drain_bytes(ByteBuffer& buffer, Gate& gate) {
    const std::byte* const begin = buffer.data();
    archive_.attach(begin + buffer.read, begin + buffer.used);
    while (buffer.read < buffer.used) {
      if (!gate.feedable()) {
        return false;
      }
      T item{};
      decode(archive_, item);
      buffer.read = static_cast<std::size_t>(archive_.position() - begin);
      to_->push(std::move(item));
    }
    return true;
  }

  Receiver<T>* to_;
  InputArchive archive_;
};

template <typename T, typename Route>
class ExchangeFactory final : public EdgeFactory {
 public:
  [[nodiscard]] bool local() const override { return Route::kLocal; }
  [[nodiscard]] std::unique_ptr<EdgeSender> make_sender(SenderParts parts) const override {
    return make_as<EdgeSender, ExchangeSender<T, Route>>(std::move(parts));
  }
  [[nodiscard]] std::unique_ptr<EdgeReceiver> make_receiver(ReceiverBase& to) const override {
    return make_as<EdgeReceiver, ExchangeReceiver<T, Route::kLocal>>(static_cast<Receiver<T>&>(to));
  }
};

}  // namespace weir::detail
