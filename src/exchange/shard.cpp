#include "weir/detail/exchange/shard.hpp"

#include <stdexcept>

#include <fmt/format.h>

#include "weir/detail/runtime/operator.hpp"

namespace weir::detail::exchange {
namespace {

constexpr std::uint32_t kMultiplier = 0x5bd1e995;
constexpr std::uint32_t kSeed = 0x9747b28c;
constexpr std::size_t kMostShownBytes = 64;

std::uint32_t byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// As Java's clients compute it: Apache Kafka, Utils.murmur2.
std::uint32_t murmur2(std::string_view text) noexcept {
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(text.size());
  std::size_t at = 0;
  for (; at + 4 <= text.size(); at += 4) {
    std::uint32_t word =
        byte_at(text, at) | byte_at(text, at + 1) << 8 | byte_at(text, at + 2) << 16 | byte_at(text, at + 3) << 24;
    word *= kMultiplier;
    word ^= word >> 24;
    word *= kMultiplier;
    hash = (hash * kMultiplier) ^ word;
  }
  const std::size_t rest = text.size() - at;
  for (std::size_t i = rest; i > 0; --i) {
    hash ^= byte_at(text, at + i - 1) << (8 * (i - 1));
  }
  if (rest > 0) {
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  hash ^= hash >> 15;
  return hash;
}

}  // namespace

std::uint32_t shard_of(std::string_view key, std::uint32_t shards) noexcept {
  return (murmur2(key) & 0x7fffffff) % shards;
}

void Shard::check_items(const runtime::StepSite& site, const void* items, std::size_t count, std::size_t bytes,
                        CheckItem check_item) const {
  runtime::call(site, "key", [&] {
    const auto* item = static_cast<const std::byte*>(items);
    for (std::size_t i = 0; i < count; ++i, item += bytes) {
      check_item(*this, item);
    }
  });
}

void Shard::check_number(std::int64_t key) const { check_text(fmt::format_int{key}.c_str()); }

void Shard::check_number(std::uint64_t key) const { check_text(fmt::format_int{key}.c_str()); }

void Shard::check_text(std::string_view key) const {
  const std::uint32_t place = shard_of(key, count_);
  if (place == number_) {
    return;
  }
  std::string shown;
  for (const char byte : key.substr(0, kMostShownBytes)) {
    const auto code = static_cast<unsigned char>(byte);
    shown += code >= 0x20 && code < 0x7f ? std::string(1, byte) : fmt::format("\\x{:02x}", code);
  }
  throw std::runtime_error{fmt::format(
      "the key \"{}\" came from {}, and Kafka's own clients place it in partition {} of {}: in an application a step "
      "goes by the keys of its topics' messages; write the topic with the partitioner of Java's clients (librdkafka: "
      "partitioner=murmur2_random), or write another topic with this key and read that one",
      shown, partitions_, place, count_)};
}

}  // namespace weir::detail::exchange
