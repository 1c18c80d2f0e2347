#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

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

/// How keys of a type are hashed: `hash(key, seed)`, the same on every machine, and shown: `show(key)`.
template <typename K>
struct KeyTrait {
  static constexpr bool kIsKey = false;
};

template <typename K>
  requires(std::integral<K> || std::is_enum_v<K>)
struct KeyTrait<K> {
  static constexpr bool kIsKey = true;
  static std::uint64_t hash(K key, std::uint64_t seed) noexcept {
    return mix_bits(static_cast<std::uint64_t>(key) + seed + 0x9E3779B97F4A7C15);
  }
  static std::string show(K key) {
    if constexpr (std::is_enum_v<K>) {
      return std::to_string(static_cast<std::underlying_type_t<K>>(key));
    } else {
      return std::to_string(key);
    }
  }
};

template <>
struct KeyTrait<std::string> {
  static constexpr bool kIsKey = true;
  static std::uint64_t hash(std::string_view key, std::uint64_t seed) noexcept { return hash_text(key, seed); }
  static std::string show(std::string_view key) { return std::string{key.substr(0, 64)}; }
};

/// Several keys as one: the hash of each is the seed of the next, so that their order and borders count.
template <typename... Ks>
  requires(KeyTrait<std::remove_cvref_t<Ks>>::kIsKey && ...)
struct KeyTrait<std::tuple<Ks...>> {
  static constexpr bool kIsKey = true;
  static std::uint64_t hash(const std::tuple<Ks...>& key, std::uint64_t seed) noexcept {
    std::apply([&](const auto&... each) { ((seed = KeyTrait<std::remove_cvref_t<Ks>>::hash(each, seed)), ...); }, key);
    return seed;
  }
  static std::string show(const std::tuple<Ks...>& key) {
    std::string text;
    std::apply(
        [&](const auto&... each) {
          ((text += (text.empty() ? "" : ", ") + KeyTrait<std::remove_cvref_t<Ks>>::show(each)), ...);
        },
        key);
    return "(" + text + ")";
  }
};

template <typename First, typename Second>
  requires(KeyTrait<First>::kIsKey && KeyTrait<Second>::kIsKey)
struct KeyTrait<std::pair<First, Second>> {
  static constexpr bool kIsKey = true;
  using AsTuple = std::tuple<const First&, const Second&>;
  static std::uint64_t hash(const std::pair<First, Second>& key, std::uint64_t seed) noexcept {
    return KeyTrait<AsTuple>::hash(AsTuple{key.first, key.second}, seed);
  }
  static std::string show(const std::pair<First, Second>& key) {
    return KeyTrait<AsTuple>::show(AsTuple{key.first, key.second});
  }
};

/// Types that opt in by a function `weir_key` beside them, which returns what makes them a key.
template <typename K>
  requires(std::is_class_v<K> && requires(const K& key) { weir_key(key); })
struct KeyTrait<K> {
  using Parts = std::remove_cvref_t<decltype(weir_key(std::declval<const K&>()))>;
  static constexpr bool kIsKey = KeyTrait<Parts>::kIsKey;
  static std::uint64_t hash(const K& key, std::uint64_t seed) noexcept {
    return KeyTrait<Parts>::hash(weir_key(key), seed);
  }
  static std::string show(const K& key) { return KeyTrait<Parts>::show(weir_key(key)); }
};

}  // namespace detail

/// What can be a key: text, an integer, an enum, a pair or tuple of keys, or a type that opts in by a function beside
/// it,
///
///     struct Place { std::string country; std::uint32_t zip; bool operator==(const Place&) const = default; };
///     auto weir_key(const Place& place) { return std::tie(place.country, place.zip); }
///
/// Keys decide where state lives, so they are hashed the same way on every machine; floating-point numbers are no keys.
template <typename K>
concept Key =
    detail::KeyTrait<K>::kIsKey && std::equality_comparable<K> && std::movable<K> && std::copy_constructible<K>;

/// A key's hash, seeded by a constant: it decides which worker has the key, in this run and in all others.
template <Key K>
[[nodiscard]] KeyHash key_hash(const K& key) noexcept {
  return KeyHash{detail::KeyTrait<K>::hash(key, 0x77656972)};
}

namespace detail {

/// The fixed ranges of the key space that workers own.
inline constexpr std::uint64_t kKeyGroups = 4096;

[[nodiscard]] constexpr std::uint64_t key_group(KeyHash hash) noexcept { return hash.value >> 52; }

/// State on disk is dealt by key group, so routing goes through it too: a key has the same group in every run, and only
/// the group's owner depends on the number of workers.
[[nodiscard]] constexpr WorkerIndex owner_of(KeyHash hash, WorkerCount workers) noexcept {
  return WorkerIndex{static_cast<std::uint32_t>(key_group(hash) * workers.value / kKeyGroups)};
}

/// The hash of tables inside a worker. It differs in every run, so that no input can be made to collide in it, and from
/// `key_hash`, since the keys of one worker agree in some bits of that.
template <typename K>
struct SeededKeyHash {
  using is_avalanching = void;  // NOLINT(readability-identifier-naming): the table asks for this name
  std::uint64_t seed = 0;
  [[nodiscard]] std::size_t operator()(const K& key) const noexcept { return KeyTrait<K>::hash(key, seed); }
};

/// A key as text for messages.
template <typename K>
[[nodiscard]] std::string key_text(const K& key) {
  return KeyTrait<K>::show(key);
}

}  // namespace detail
}  // namespace weir
