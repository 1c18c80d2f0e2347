#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/cereal_codec.hpp"
#include "weir/detail/codec/codec.hpp"
#include "weir/detail/codec/reflect.hpp"

namespace weir::detail::codec {

/// A length takes 32 bits, in texts and containers alike. Shorter ones were no faster. The more bytes an element takes
/// at least, the less memory a damaged length can request.
inline constexpr std::size_t kSizeBytes = 4;

template <typename Char, typename Traits, typename Allocator>
struct Codec<std::basic_string<Char, Traits, Allocator>> {
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = kSizeBytes;
  using Parts = TypeList<>;
  using Text = std::basic_string<Char, Traits, Allocator>;
  static void write(OutputArchive& archive, const Text& text) {
    archive.put_sized(text.size(), text.data(), text.size() * sizeof(Char));
  }
  static void read(InputArchive& archive, Text& text) {
    const std::size_t size = archive.get_size(sizeof(Char));
    if constexpr (sizeof(Char) == 1) {
      text.assign(reinterpret_cast<const Char*>(archive.take(size)), size);
    } else {
      text.resize(size);
      archive.get(text.data(), size * sizeof(Char));
    }
  }
};

template <typename T, typename Allocator>
struct Codec<std::vector<T, Allocator>> {
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = kSizeBytes;
  using Parts = TypeList<T>;
  using Vector = std::vector<T, Allocator>;
  static void write(OutputArchive& archive, const Vector& values) {
    if constexpr (kBitwise<T>) {
      archive.put_sized(values.size(), values.data(), values.size() * sizeof(T));
    } else {
      archive.put_size(values.size());
      for (const T& value : values) {
        Codec<T>::write(archive, value);
      }
    }
  }
  static void read(InputArchive& archive, Vector& values) {
    const std::size_t size = archive.get_size(Codec<T>::kMinBytes);
    values.resize(size);
    if constexpr (kBitwise<T>) {
      archive.get(values.data(), size * sizeof(T));
    } else if constexpr (std::same_as<T, bool>) {
      for (auto value : values) {
        bool one = false;
        Codec<bool>::read(archive, one);
        value = one;
      }
    } else {
      for (T& value : values) {
        Codec<T>::read(archive, value);
      }
    }
  }
};

template <typename T, std::size_t kSize>
struct Codec<std::array<T, kSize>> {
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = kSize == 0 ? 1 : kSize * Codec<T>::kMinBytes;
  using Parts = TypeList<T>;
  static void write(OutputArchive& archive, const std::array<T, kSize>& values) {
    if constexpr (kSize == 0) {
      archive.put_padding();
    } else if constexpr (kBitwise<T>) {
      archive.put(values.data(), sizeof(values));
    } else {
      for (const T& value : values) {
        Codec<T>::write(archive, value);
      }
    }
  }
  static void read(InputArchive& archive, std::array<T, kSize>& values) {
    if constexpr (kSize == 0) {
      archive.get_padding();
    } else if constexpr (kBitwise<T>) {
      archive.get(values.data(), sizeof(values));
    } else {
      for (T& value : values) {
        Codec<T>::read(archive, value);
      }
    }
  }
};

/// The type of an element before it is in its container.
template <typename T>
struct Element {
  using type = T;
  using Parts = TypeList<T>;
};
template <typename K, typename V>
struct Element<std::pair<const K, V>> {
  using type = std::pair<K, V>;
  using Parts = TypeList<K, V>;
};

/// Containers that are filled element by element.
template <typename C>
struct FilledCodec {
  using Value = typename Element<typename C::value_type>::type;
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = kSizeBytes;
  using Parts = typename Element<typename C::value_type>::Parts;

  static void write(OutputArchive& archive, const C& values) {
    archive.put_size(std::ranges::size(values));
    for (const auto& value : values) {
      if constexpr (std::same_as<Value, typename C::value_type>) {
        Codec<Value>::write(archive, value);
      } else {
        archive(value.first, value.second);
      }
    }
  }

  static void read(InputArchive& archive, C& values) {
    values.clear();
    std::size_t left = archive.get_size(Codec<Value>::kMinBytes);
    if constexpr (requires { values.max_load_factor(); }) {
      values.reserve(left);
    }
    for (; left > 0; --left) {
      if constexpr (requires { values.emplace_back(); }) {
        Codec<Value>::read(archive, values.emplace_back());
      } else {
        Value value{};
        Codec<Value>::read(archive, value);
        values.insert(values.end(), std::move(value));  // sorted, so that the end is the place
      }
    }
  }
};

// The standard containers have one format, whether or not the program includes cereal's header for them.
template <typename T, typename A>
struct Codec<std::deque<T, A>> : FilledCodec<std::deque<T, A>> {};
template <typename T, typename A>
struct Codec<std::list<T, A>> : FilledCodec<std::list<T, A>> {};
template <typename T, typename L, typename A>
struct Codec<std::set<T, L, A>> : FilledCodec<std::set<T, L, A>> {};
template <typename T, typename L, typename A>
struct Codec<std::multiset<T, L, A>> : FilledCodec<std::multiset<T, L, A>> {};
template <typename K, typename V, typename L, typename A>
struct Codec<std::map<K, V, L, A>> : FilledCodec<std::map<K, V, L, A>> {};
template <typename K, typename V, typename L, typename A>
struct Codec<std::multimap<K, V, L, A>> : FilledCodec<std::multimap<K, V, L, A>> {};
template <typename T, typename H, typename E, typename A>
struct Codec<std::unordered_set<T, H, E, A>> : FilledCodec<std::unordered_set<T, H, E, A>> {};
template <typename T, typename H, typename E, typename A>
struct Codec<std::unordered_multiset<T, H, E, A>> : FilledCodec<std::unordered_multiset<T, H, E, A>> {};
template <typename K, typename V, typename H, typename E, typename A>
struct Codec<std::unordered_map<K, V, H, E, A>> : FilledCodec<std::unordered_map<K, V, H, E, A>> {};
template <typename K, typename V, typename H, typename E, typename A>
struct Codec<std::unordered_multimap<K, V, H, E, A>> : FilledCodec<std::unordered_multimap<K, V, H, E, A>> {};

/// Other libraries' containers with the interface of the standard ones.
template <typename C>
concept ForeignContainer =
    std::ranges::sized_range<C> && std::default_initializable<C> && !HasCereal<C> && requires(C& container) {
      typename C::value_type;
      container.clear();
    } && (requires(C& container) { container.emplace_back(); } ||
          requires(C& container, typename C::value_type value) { container.insert(container.end(), std::move(value)); });

template <ForeignContainer C>
struct Codec<C> : FilledCodec<C> {};

}  // namespace weir::detail::codec
