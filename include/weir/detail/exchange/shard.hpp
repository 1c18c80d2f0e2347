#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace weir::detail::runtime {
struct StepSite;
}  // namespace weir::detail::runtime

namespace weir::detail::exchange {

/// The shard of a text: the partition, among so many, in which Kafka's own clients place a message with this key
/// (murmur2).
[[nodiscard]] std::uint32_t shard_of(std::string_view key, std::uint32_t shards) noexcept;

/// Keys that have a place among shards: texts, and integers by their decimal digits.
template <typename K>
concept ShardKey = std::convertible_to<const K&, std::string_view> || (std::integral<K> && !std::same_as<K, bool>);

/// A worker's share of the keys, where many processes run one dataflow: it reads the partitions of the shard and has
/// the states of its keys. An item with another key is an error, since another process may have that key's state.
class Shard {
 public:
  /// @param partitions  of the topics that the shard is read from, for messages: "orders/3"
  Shard(std::uint32_t number, std::uint32_t count, std::string partitions)
      : number_{number}, count_{count}, partitions_{std::move(partitions)} {}

  [[nodiscard]] std::uint32_t number() const noexcept { return number_; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }

  /// @throws std::runtime_error  if the key belongs to another shard
  template <ShardKey K>
  void check(const K& key) const {
    if constexpr (std::convertible_to<const K&, std::string_view>) {
      check_text(key);
    } else if constexpr (std::signed_integral<K>) {
      check_number(std::int64_t{key});
    } else {
      check_number(std::uint64_t{key});
    }
  }

  /// Checks the key of an item of a type that the function knows.
  using CheckItem = void (*)(const Shard& shard, const void* item);

  /// @param items  so many, of so many bytes each, in a row
  /// @throws StepError  of the step that they go to
  void check_items(const runtime::StepSite& site, const void* items, std::size_t count, std::size_t bytes,
                   CheckItem check) const;

 private:
  void check_text(std::string_view key) const;
  void check_number(std::int64_t key) const;
  void check_number(std::uint64_t key) const;

  std::uint32_t number_;
  std::uint32_t count_;
  std::string partitions_;
};

}  // namespace weir::detail::exchange
