#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weir/detail/codec/time_text.hpp"
#include "weir/time.hpp"
#include "weir/worker_context.hpp"

namespace weir {
namespace detail {

/// The bytes of a text, hashed with a seed; XXH3, 64 bits.
/// @see Yann Collet, xxHash, https://xxhash.com
[[nodiscard]] std::uint64_t hash_text(std::string_view text, std::uint64_t seed) noexcept;

/// One of the finalizers that leave no input bit unmixed.
/// @see Sebastiano Vigna, splitmix64, 2015
[[nodiscard]] constexpr std::uint64_t mix_bits(std::uint64_t x) noexcept {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

/// How keys of a type are hashed, `hash(key, seed)`, the same on every machine, and shown, `show(key)`. `kIsKey` says
/// whether a type can be a key. `kOwns` says whether a key owns all its data, as a stored key must.
template <typename K>
struct KeyTrait {
  static constexpr bool kIsKey = false;
  static constexpr bool kOwns = false;
};

/// A signed integer counts as its 64-bit extension, so that equal values of different signed types have the same hash.
/// Whether `char` is signed depends on the machine; its hash must not.
template <typename K>
  requires(std::integral<K> && sizeof(K) <= 8)
struct KeyTrait<K> {
  static constexpr bool kIsKey = true;
  static constexpr bool kOwns = true;
  static constexpr std::uint64_t hash(K key, std::uint64_t seed) noexcept {
    return mix_bits(widened(key) + seed + 0x9E3779B97F4A7C15);
  }
  static std::string show(K key) { return std::to_string(key); }

 private:
  static constexpr std::uint64_t widened(K key) noexcept {
    if constexpr (std::same_as<K, char> || std::same_as<K, wchar_t>) {
      return static_cast<std::make_unsigned_t<K>>(key);
    } else {
      return static_cast<std::uint64_t>(key);
    }
  }
};

template <typename K>
  requires(std::is_enum_v<K>)
struct KeyTrait<K> {
  using Number = std::underlying_type_t<K>;
  static constexpr bool kIsKey = true;
  static constexpr bool kOwns = true;
  static constexpr std::uint64_t hash(K key, std::uint64_t seed) noexcept {
    return KeyTrait<Number>::hash(static_cast<Number>(key), seed);
  }
  static std::string show(K key) { return KeyTrait<Number>::show(static_cast<Number>(key)); }
};

/// Text as it is, cut between characters to at most 64 bytes.
template <>
struct KeyTrait<std::string_view> {
  static constexpr bool kIsKey = true;
  static constexpr bool kOwns = false;
  static std::uint64_t hash(std::string_view key, std::uint64_t seed) noexcept { return hash_text(key, seed); }
  static std::string show(std::string_view key) {
    std::size_t bytes = key.size() < kMaxShownBytes ? key.size() : kMaxShownBytes;
    // A byte 10xxxxxx continues a UTF-8 character, which has at most four bytes.
    for (int i = 0; i < 3 && bytes < key.size() && (static_cast<unsigned char>(key[bytes]) >> 6) == 2; ++i) {
      --bytes;
    }
    return std::string{key.substr(0, bytes)};
  }

 private:
  static constexpr std::size_t kMaxShownBytes = 64;
};

template <>
struct KeyTrait<std::string> : KeyTrait<std::string_view> {
  static constexpr bool kOwns = true;
};

/// A point in time of any clock, or a duration, in whole ticks. A point in time of the system's clock is shown in ISO
/// 8601.
template <typename Rep, typename Period>
  requires std::integral<Rep>
struct KeyTrait<std::chrono::duration<Rep, Period>> {
  static constexpr bool kIsKey = true;
  static constexpr bool kOwns = true;
  static constexpr std::uint64_t hash(std::chrono::duration<Rep, Period> key, std::uint64_t seed) noexcept {
    return KeyTrait<Rep>::hash(key.count(), seed);
  }
  static std::string show(std::chrono::duration<Rep, Period> key) { return KeyTrait<Rep>::show(key.count()); }
};

template <typename Clock, typename Duration>
  requires KeyTrait<Duration>::kIsKey
struct KeyTrait<std::chrono::time_point<Clock, Duration>> {
  using Point = std::chrono::time_point<Clock, Duration>;
  static constexpr bool kIsKey = true;
  static constexpr bool kOwns = true;
  static constexpr std::uint64_t hash(const Point& key, std::uint64_t seed) noexcept {
    return KeyTrait<Duration>::hash(key.time_since_epoch(), seed);
  }
  static std::string show(const Point& key) {
    if constexpr (TimePoint<Point>) {
      std::string text;
      codec::append_time(text, codec::split_time(key));
      return text;
    } else {
      return KeyTrait<Duration>::show(key.time_since_epoch());
    }
  }
};

/// Several keys as one: the hash of each is the seed of the next, so that their order and borders count.
template <typename... Ks>
  requires(KeyTrait<std::remove_cvref_t<Ks>>::kIsKey && ...)
struct KeyTrait<std::tuple<Ks...>> {
  static constexpr bool kIsKey = true;
  static constexpr bool kOwns = ((KeyTrait<Ks>::kOwns && !std::is_reference_v<Ks>) && ...);
  static std::uint64_t hash(const std::tuple<Ks...>& key, std::uint64_t seed) {
    std::apply([&](const auto&... each) { ((seed = KeyTrait<std::remove_cvref_t<Ks>>::hash(each, seed)), ...); }, key);
    return seed;
  }
  static std::string show(const std::tuple<Ks...>& key) {
    std::string text{"("};
    std::apply([&](const auto&... each) { ((add(text, KeyTrait<std::remove_cvref_t<Ks>>::show(each))), ...); }, key);
    return text += ')';
  }

 private:
  static void add(std::string& text, const std::string& part) {
    if (text.size() > 1) {
      text += ", ";
    }
    text += part;
  }
};

template <typename First, typename Second>
  requires(KeyTrait<std::remove_cvref_t<First>>::kIsKey && KeyTrait<std::remove_cvref_t<Second>>::kIsKey)
struct KeyTrait<std::pair<First, Second>> {
  using AsTuple = std::tuple<const First&, const Second&>;
  static constexpr bool kIsKey = true;
  static constexpr bool kOwns = KeyTrait<std::tuple<First, Second>>::kOwns;
  static std::uint64_t hash(const std::pair<First, Second>& key, std::uint64_t seed) {
    return KeyTrait<AsTuple>::hash(AsTuple{key.first, key.second}, seed);
  }
  static std::string show(const std::pair<First, Second>& key) {
    return KeyTrait<AsTuple>::show(AsTuple{key.first, key.second});
  }
};

/// Types that opt in by a function `weir_key` beside them, which returns the parts of the key.
template <typename K>
  requires(std::is_class_v<K> && requires(const K& key) { weir_key(key); })
struct KeyTrait<K> {
  using Parts = KeyTrait<std::remove_cvref_t<decltype(weir_key(std::declval<const K&>()))>>;
  static constexpr bool kIsKey = Parts::kIsKey;
  static constexpr bool kOwns = kIsKey;
  static std::uint64_t hash(const K& key, std::uint64_t seed) { return Parts::hash(weir_key(key), seed); }
  static std::string show(const K& key) { return Parts::show(weir_key(key)); }
};

}  // namespace detail

/// A type that can be a key: text, an integer, an enum, a point in time or a duration in whole ticks, a pair or tuple
/// of keys, or a type that opts in by a function beside it,
///
///     struct Place { std::string country; std::uint32_t zip; bool operator==(const Place&) const = default; };
///     auto weir_key(const Place& place) { return std::tie(place.country, place.zip); }
///
/// Keys decide where state lives, so they are hashed the same way on every machine; floating-point numbers are no keys.
/// weir stores keys, so views and references are no keys either, but `weir_key` may return them. Equal keys must have
/// equal parts there.
template <typename K>
concept Key = detail::KeyTrait<K>::kIsKey && detail::KeyTrait<K>::kOwns && std::equality_comparable<K> &&
              std::movable<K> && std::copy_constructible<K>;

/// A key's hash, seeded by a constant: it decides which worker has the key, in this run and in all others.
template <Key K>
[[nodiscard]] KeyHash key_hash(const K& key) noexcept(noexcept(detail::KeyTrait<K>::hash(key, 0))) {
  return KeyHash{detail::KeyTrait<K>::hash(key, 0x77656972)};
}

namespace detail {

/// The fixed ranges of the key space that workers own.
inline constexpr std::uint64_t kKeyGroups = 4096;

[[nodiscard]] constexpr std::uint64_t key_group(KeyHash hash) noexcept { return hash.value >> 52; }

/// State on disk is partitioned by key group, so routing goes by key group too. A key has the same group in every run,
/// and only the group's owner depends on the number of workers.
[[nodiscard]] constexpr WorkerIndex owner_of(KeyHash hash, WorkerCount workers) noexcept {
  return WorkerIndex{static_cast<std::uint32_t>(key_group(hash) * workers.value / kKeyGroups)};
}

/// The hash of tables inside a worker. It differs in every run, so that no input can force collisions. It also differs
/// from `key_hash`, since the keys of one worker agree in some bits of that.
///
/// Looking up a number is so fast that the cost of its hash counts. The hash multiplies it by a factor that the author
/// of the keys does not know, and then once more: with some factors, one in some hundreds, numbers at equal distances
/// would lie close together.
/// @see Martin Dietzfelbinger et al., A reliable randomized algorithm for the closest-pair problem, 1997,
/// "multiply-shift"; Wang Yi, wyhash, for adding the product's upper half
template <typename K>
struct SeededKeyHash {
  using is_avalanching = void;  // NOLINT(readability-identifier-naming): the table asks for this name
  std::uint64_t seed = 0;
  std::uint64_t factor = mix_bits(seed + 0x9E3779B97F4A7C15) | 1;
  [[nodiscard]] std::size_t operator()(const K& key) const {
    if constexpr ((std::integral<K> && sizeof(K) <= 8) || std::is_enum_v<K>) {
      __extension__ using Product = unsigned __int128;
      const Product product = Product{static_cast<std::uint64_t>(key) ^ seed} * factor;
      return (static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64)) * 0x94D049BB133111EB;
    } else {
      return KeyTrait<K>::hash(key, seed);
    }
  }
};

/// A key as text for messages.
template <typename K>
[[nodiscard]] std::string key_text(const K& key) {
  return KeyTrait<K>::show(key);
}

}  // namespace detail
}  // namespace weir
