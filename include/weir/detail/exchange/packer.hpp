#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/buffer.hpp"
#include "weir/detail/containers/items.hpp"
#include "weir/detail/exchange/shard.hpp"
#include "weir/detail/runtime/activity.hpp"
#include "weir/detail/runtime/operator.hpp"
#include "weir/detail/runtime/receiver.hpp"
#include "weir/key.hpp"
#include "weir/serialize.hpp"

namespace weir::detail::exchange {

/// Serialized items that wait for one shard.
struct Packet {
  static constexpr std::size_t kFirstBytes = 1024;
  /// It is sent when it has so many. The item that passes the limit still goes in.
  static constexpr std::size_t kFullBytes = std::size_t{256} << 10;

  codec::ByteBuffer bytes{kFirstBytes};
  std::uint32_t items = 0;

  void clear() {
    bytes.clear();
    items = 0;
  }
};

/// Sends packets on.
class PacketTaker {
 public:
  PacketTaker() = default;
  PacketTaker(const PacketTaker&) = delete;
  PacketTaker& operator=(const PacketTaker&) = delete;

  /// The packet is full.
  virtual void take(std::uint32_t shard, Packet& packet) = 0;

 protected:
  ~PacketTaker() = default;
};

/// The sending end of an edge by key whose items leave the process: serializes each for the shard of its key.
class Packer {
 public:
  Packer(const runtime::StepSite& site, std::uint32_t shards, PacketTaker& to)
      : site_{site}, shards_{shards}, packets_{new Packet[shards]}, to_{&to} {}
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
  virtual ~Packer();

  /// The receiver that the sending step pushes into.
  [[nodiscard]] virtual runtime::ReceiverBase& receiver() = 0;

  [[nodiscard]] std::uint32_t shards() const noexcept { return shards_; }
  [[nodiscard]] Packet& packet(std::uint32_t shard) noexcept { return packets_[shard]; }

 protected:
  runtime::StepSite site_;
  std::uint32_t shards_;
  std::unique_ptr<Packet[]> packets_;
  PacketTaker* to_;
};

/// The shard of a key. Texts and integers are where Kafka's own clients place them in a topic; other keys have no place
/// there, and are dealt by key group.
template <typename K>
[[nodiscard]] std::uint32_t shard_of_key(const K& key, std::uint32_t shards) {
  if constexpr (std::convertible_to<const K&, std::string_view>) {
    return shard_of(std::string_view{key}, shards);
  } else if constexpr (ShardKey<K> && std::signed_integral<K>) {
    return shard_of_number(std::int64_t{key}, shards);
  } else if constexpr (ShardKey<K>) {
    return shard_of_number(std::uint64_t{key}, shards);
  } else {
    return owner_of(key_hash(key), WorkerCount{shards}).value;
  }
}

template <typename T>
class PackerOf final : public runtime::Receiver<T>, public Packer {
 public:
  using Packer::Packer;

  [[nodiscard]] runtime::ReceiverBase& receiver() override { return *this; }

  void push(T&& item) override { pack({&item, 1}); }
  void push_all(containers::Items<T> items) override { pack(items); }

 private:
  void pack(containers::Items<T> items) {
    site_.note(runtime::Activity::Kind::kSerialize);
    for (const T& item : items) {
      const std::uint32_t shard = runtime::call(site_, "key", [&] { return shard_of_key(item.first, shards_); });
      Packet& packet = packets_[shard];
      archive_.attach(packet.bytes);
      runtime::call(site_, "serialization", [&] { encode(archive_, item); });
      archive_.commit();
      ++packet.items;
      if (packet.bytes.used >= Packet::kFullBytes) [[unlikely]] {
        to_->take(shard, packet);
      }
    }
  }

  codec::OutputArchive archive_;
};

}  // namespace weir::detail::exchange
