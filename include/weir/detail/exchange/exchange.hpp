#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/codec/buffer.hpp"
#include "weir/detail/codec/fixed_codec.hpp"
#include "weir/detail/codec/shape.hpp"
#include "weir/detail/containers/items.hpp"
#include "weir/detail/exchange/edge.hpp"
#include "weir/detail/exchange/exchange_receiver.hpp"
#include "weir/detail/exchange/folding.hpp"
#include "weir/detail/exchange/packer.hpp"
#include "weir/detail/exchange/routes.hpp"
#include "weir/detail/exchange/shard.hpp"
#include "weir/detail/runtime/batch.hpp"
#include "weir/detail/runtime/make_as.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/key.hpp"
#include "weir/serialize.hpp"
#include "weir/worker_context.hpp"

namespace weir::detail::exchange {

template <typename T>
std::unique_ptr<codec::Buffer> make_item_block(std::size_t bytes) {
  return runtime::make_as<codec::Buffer, codec::ItemBlock<T>>(std::clamp<std::size_t>(bytes / sizeof(T), 1, 512));
}

template <typename T, typename Route>
class ExchangeSender final : public runtime::Receiver<T>, public EdgeSender {
  static constexpr bool kCopies = std::same_as<Route, ToAll>;
  static constexpr bool kFolds = Route::kFolds;
  static constexpr bool kSorts = !Route::kLocal && !kCopies && runtime::kBatched<T>;
  static constexpr bool kChecksShard = Route::kReach == Reach::kByKey && kHasShardKey<T>;

 public:
  explicit ExchangeSender(const SenderParts& parts)
      : EdgeSender{parts, &make_item_block<T>},
        serialized_{parts.mode == ExchangeMode::kCereal},
        direct_{static_cast<runtime::Receiver<T>*>(&parts.direct)},
        own_{parts.channels.size() == 1 ? 0 : parts.site.worker.index.value},
        sorted_{kSorts ? parts.site.worker.count.value : 0},
        shard_{parts.shard},
        folds_{folding_step(parts)} {}

  [[nodiscard]] runtime::ReceiverBase& receiver() override { return *this; }

  void push(T&& item) override {
    if constexpr (kCopies) {
      copy_to_all(std::move(item));
    } else {
      if constexpr (kChecksShard) {
        if (shard_ != nullptr) [[unlikely]] {
          check_shard({&item, 1});
          keep({&item, 1});
          return;
        }
      }
      const std::uint32_t to = destination(item, site_.worker);
      if constexpr (kSorts) {
        if (outboxes_.size() > 1) {
          sort(to, item);
          return;
        }
      }
      dispatch(to, {&item, 1});
    }
  }

  void push_all(containers::Items<T> items) override {
    if constexpr (runtime::kBatched<T>) {
      if (outboxes_.size() == 1) {
        check_shard(items);
        keep(items);
        return;
      }
    }
    if constexpr (kSorts) {
      push_made(items, std::identity{});
    } else {
      runtime::Receiver<T>::push_all(items);
    }
  }

  /// Whether `push_made` may be called.
  [[nodiscard]] bool sorts() const noexcept { return kSorts && outboxes_.size() > 1; }

  /// Pushes the result of `make` for each, without storing it in between. While `make` runs, the worker's activity
  /// stays as before.
  /// @return  `make` in its final state
  template <typename From, typename Make>
  Make push_made(containers::Items<From> from, Make make)
    requires kSorts
  {
    const std::uint32_t makes = site_.activity->look();
    while (!from.empty()) {
      const containers::Items<From> some = from.first(std::min(from.size(), runtime::BatchesByWorker<T>::kItems));
      make = sort_some(some, make, makes);
      site_.activity->note(makes);
      from = from.subspan(some.size());
    }
    return make;
  }

  bool sort_out() override {
    bool any = false;
    if constexpr (kFolds) {
      if (folds_.stopping()) [[unlikely]] {
        static_cast<void>(send_folds());
      }
    }
    if constexpr (kSorts) {
      for (std::uint32_t to = 0; to < sorted_.workers(); ++to) {
        if (const containers::Items<T> items = sorted_.take(to); !items.empty()) {
          dispatch(to, items);
          any = true;
        }
      }
    }
    return any;
  }

  runtime::Closing close() override {
    if constexpr (kFolds) {
      sort_out();  // which may make folds
      return send_folds();
    } else {
      return EdgeSender::close();
    }
  }

 private:
  // Null if nothing is to be folded: what is moved is to be measured, and a step with an error policy is hidden.
  static auto folding_step([[maybe_unused]] const SenderParts& parts) {
    if constexpr (kFolds) {
      auto* const direct = static_cast<runtime::Receiver<T>*>(&parts.direct);
      return parts.mode == ExchangeMode::kCereal && parts.channels.size() > 1 ? dynamic_cast<Folding<T>*>(direct)
                                                                              : nullptr;
    } else {
      return nullptr;
    }
  }

  runtime::Closing send_folds()
    requires kFolds
  {
    site_.note(runtime::Activity::Kind::kSerialize);
    return folds_.send(outboxes_, own_, archive_, site_.stage->gate);
  }

  void copy_to_all(T&& item) {
    for (std::uint32_t to = 0; to < outboxes_.size(); ++to) {
      if (to != own_) {
        T copy = runtime::call(site_, "copying", [&item] { return T{std::as_const(item)}; });
        dispatch(to, {&copy, 1});
      }
    }
    keep({&item, 1});
  }

  void check_shard([[maybe_unused]] std::span<const T> items) {
    if constexpr (kChecksShard) {
      if (shard_ != nullptr) [[unlikely]] {
        shard_->check_items(site_, items.data(), items.size(), sizeof(T), [](const Shard& shard, const void* item) {
          shard.check(static_cast<const T*>(item)->first);
        });
      }
    }
  }

  [[nodiscard]] std::uint32_t destination(const T& item, const WorkerContext& worker) {
    if constexpr (Route::kLocal) {
      return 0;
    } else {
      return runtime::call(site_, "key", [&] { return route_(item, worker); });
    }
  }

  // The destination of an item is random, so the processor mispredicts a branch on it, which takes longer than copying
  // a small item. So small items are first sorted by worker, without a branch.
  template <typename From, typename Make>
  Make sort_some(containers::Items<From> from, Make make, std::uint32_t makes) {
    if constexpr (codec::kFixedBytes<T> != 0) {
      if (serialized_ && outboxes_.size() == 2 && !folding()) {
        return serialize_others(from, make, makes);
      }
    }
    return sorted_.put_all(from, make, worker_of(), [this, makes](std::uint32_t worker, containers::Items<T> batch) {
      dispatch(worker, batch);
      site_.activity->note(makes);
    });
  }

  [[nodiscard]] bool folding() const noexcept {
    if constexpr (kFolds) {
      return folds_.active();
    } else {
      return false;
    }
  }

  // So many items cross without having been folded. It may fold those that follow.
  void note_unfolded([[maybe_unused]] std::size_t items) noexcept {
    if constexpr (kFolds) {
      folds_.pass(items);
    }
  }

  // Returns the destination of an item.
  auto worker_of() {
    return [this, worker = site_.worker](const T& item) {  // a copy, for the processor's registers
      return destination(item, worker);
    };
  }

  // The same for one other worker: its items are serialized at once, without waiting for a full batch.
  template <typename From, typename Make>
  Make serialize_others(containers::Items<From> from, Make make, std::uint32_t makes) {
    if (const containers::Items<T> pushed_before = sorted_.take(1 - own_); !pushed_before.empty()) {
      dispatch(1 - own_, pushed_before);
      site_.activity->note(makes);
    }
    note_unfolded(from.size());  // not before: what was pushed before must not be folded, or these overtake it
    Outbox& outbox = outboxes_[1 - own_];
    codec::ByteBuffer& buffer = open(outbox);
    archive_.attach(buffer);
    if constexpr (std::same_as<Make, std::identity>) {  // makes nothing
      site_.note(runtime::Activity::Kind::kSerialize);
    }
    std::byte* bytes = archive_.claim(from.size() * codec::kFixedBytes<T>);
    make = sorted_.put_or(from, make, own_, worker_of(), [&bytes](const T& item, std::size_t others) {
      codec::write_fixed(bytes, item);
      bytes += others * codec::kFixedBytes<T>;
    });
    archive_.give_back(bytes);
    archive_.commit();
    if (buffer.full()) {
      outbox.seal();
    }
    if (sorted_.full(own_)) {
      keep(sorted_.take(own_));
    }
    return make;
  }

  void sort(std::uint32_t to, const T& item) {
    if (sorted_.put(to, item)) [[unlikely]] {
      dispatch(to, sorted_.take(to));
    }
  }

  // Sends items to one worker; exactly one item, if their type is not batched.
  void dispatch(std::uint32_t to, containers::Items<T> items) {
    if constexpr (!Route::kLocal) {
      if (to != own_) {
        if (!folding()) {
          note_unfolded(items.size());
        } else if constexpr (kFolds) {
          items = folds_.fold(to, items);
          if (items.empty()) {
            return;
          }
        }
        serialized_ ? serialize(outboxes_[to], items) : enqueue(outboxes_[to], items);
        return;
      }
    }
    keep(items);
  }

  void keep(containers::Items<T> items) {
    if (!lane_->open()) [[unlikely]] {
      lane_->set_queued(true);
      enqueue(outboxes_[own_], items);
      return;
    }
    if constexpr (runtime::kBatched<T>) {
      direct_->push_all(items);
    } else {
      direct_->push(std::move(items.front()));
    }
  }

  static void enqueue(Outbox& outbox, containers::Items<T> items) {
    for (T& item : items) {
      auto& block = static_cast<codec::ItemBlock<T>&>(outbox.open());
      block.push(std::move(item));
      if (block.full()) {
        outbox.seal();
      }
    }
  }

  static codec::ByteBuffer& open(Outbox& outbox) {
    if constexpr (kFolds) {
      return open_as(outbox, false);
    } else {
      return static_cast<codec::ByteBuffer&>(outbox.open());
    }
  }

  void serialize(Outbox& outbox, containers::Items<T> items) {
    codec::ByteBuffer& buffer = open(outbox);
    archive_.attach(buffer);
    site_.note(runtime::Activity::Kind::kSerialize);
    if constexpr (codec::kFixedBytes<T> != 0) {
      std::byte* bytes = archive_.claim(items.size() * codec::kFixedBytes<T>);
      for (const T& item : items) {
        bytes = codec::write_fixed(bytes, item);
      }
    } else {
      runtime::call(site_, "serialization", [&] {
        for (const T& item : items) {
          encode(archive_, item);
        }
      });
    }
    archive_.commit();
    if (buffer.full()) {
      outbox.seal();
    }
  }

  bool serialized_;
  runtime::Receiver<T>* direct_;
  std::uint32_t own_;
  [[no_unique_address]] Route route_;
  codec::OutputArchive archive_;
  [[no_unique_address]] runtime::BatchesByWorker<T> sorted_;
  const Shard* shard_;
  [[no_unique_address]] std::conditional_t<kFolds, FoldingEnd<T>, NoFolds> folds_;
};

template <typename T, typename Route>
class ExchangeFactory final : public EdgeFactory {
 public:
  [[nodiscard]] Reach reach() const override { return Route::kReach; }
  [[nodiscard]] bool has_shard_key() const override { return kHasShardKey<T>; }
  [[nodiscard, gnu::cold]] std::unique_ptr<EdgeSender> make_sender(const SenderParts& parts) const override {
    return runtime::make_as<EdgeSender, ExchangeSender<T, Route>>(parts);
  }
  [[nodiscard, gnu::cold]] std::unique_ptr<EdgeReceiver> make_receiver(runtime::ReceiverBase& to,
                                                                       const runtime::StepSite& site) const override {
    return runtime::make_as<EdgeReceiver, ExchangeReceiver<T, Route::kLocal, Route::kFolds>>(
        static_cast<runtime::Receiver<T>&>(to), site);
  }
  [[nodiscard, gnu::cold]] std::string shape() const override {
    if constexpr (Route::kReach == Reach::kByKey) {
      return codec::Shape::of<T>();
    } else {
      return {};
    }
  }
  [[nodiscard, gnu::cold]] std::unique_ptr<Packer> make_packer([[maybe_unused]] const runtime::StepSite& site,
                                                               [[maybe_unused]] std::uint32_t shards,
                                                               [[maybe_unused]] PacketTaker& to) const override {
    if constexpr (Route::kReach == Reach::kByKey) {
      return runtime::make_as<Packer, PackerOf<T>>(site, shards, to);
    } else {
      return nullptr;
    }
  }
};

}  // namespace weir::detail::exchange
