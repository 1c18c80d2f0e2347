#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <cereal/cereal.hpp>

#include "weir/detail/archive.hpp"
#include "weir/detail/reflect.hpp"

namespace weir::detail {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

/// How values of a type are written and read. `kSerializable` says whether that works; `kMinBytes`, at least 1, is what
/// the smallest value takes.
template <typename T>
struct Codec;

template <typename T>
struct SerializableTrait : std::bool_constant<Codec<std::remove_cv_t<T>>::kSerializable> {};

/// A type whose bytes in memory are what is written: numbers, and plain structs of them without padding.
template <typename T>
struct BitwiseTrait : std::bool_constant<(std::is_arithmetic_v<T> || std::is_enum_v<T>) && !std::is_same_v<T, bool>> {};
template <PlainAggregate T>
  requires(std::is_trivially_copyable_v<T> && !std::ranges::range<T>)
struct BitwiseTrait<T> {
  static constexpr bool value = []<std::size_t... kIndices>(std::index_sequence<kIndices...>) {
    constexpr std::size_t kFieldBytes = (sizeof(FieldType<kIndices, T>) + ... + 0);
    return sizeof...(kIndices) != 0 && kFieldBytes == sizeof(T) && (BitwiseTrait<FieldType<kIndices, T>>::value && ...);
  }(std::make_index_sequence<kFieldCount<T>>{});
};

/// A type that brings functions of cereal for itself.
template <typename T>
concept HasCereal = cereal::traits::is_output_serializable<T, OutputArchive>::value &&
                    cereal::traits::is_input_serializable<T, InputArchive>::value;

template <typename T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
struct Codec<T> {
  static constexpr bool kSerializable = true;
  static constexpr std::size_t kMinBytes = sizeof(T);
  static void write(OutputArchive& archive, const T& value) { archive.put_raw(value); }
  static void read(InputArchive& archive, T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      const auto byte = archive.get_raw<std::uint8_t>();
      if (byte > 1) [[unlikely]] {
        throw_decode_error("a truth value is neither 0 nor 1", archive.remaining());
      }
      value = byte == 1;
    } else {
      value = archive.get_raw<T>();
    }
  }
};

template <typename Char, typename Traits, typename Allocator>
struct Codec<std::basic_string<Char, Traits, Allocator>> {
  static constexpr bool kSerializable = true;
  static constexpr std::size_t kMinBytes = 4;
  using Text = std::basic_string<Char, Traits, Allocator>;
  static void write(OutputArchive& archive, const Text& text) {
    archive.put_size(text.size());
    archive.put(text.data(), text.size() * sizeof(Char));
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
  static constexpr bool kSerializable = SerializableTrait<T>::value && std::default_initializable<T>;
  static constexpr std::size_t kMinBytes = 4;
  using Vector = std::vector<T, Allocator>;
  static void write(OutputArchive& archive, const Vector& values) {
    archive.put_size(values.size());
    if constexpr (BitwiseTrait<T>::value) {
      if (!values.empty()) {  // an empty vector may have no address
        archive.put(values.data(), values.size() * sizeof(T));
      }
    } else {
      for (const auto& value : values) {
        Codec<T>::write(archive, value);
      }
    }
  }
  static void read(InputArchive& archive, Vector& values) {
    const std::size_t size = archive.get_size(Codec<T>::kMinBytes);
    if constexpr (BitwiseTrait<T>::value) {
      values.resize(size);
      if (size != 0) {
        archive.get(values.data(), size * sizeof(T));
      }
    } else if constexpr (std::is_same_v<T, bool>) {
      values.resize(size);
      for (std::size_t i = 0; i < size; ++i) {
        bool value = false;
        Codec<bool>::read(archive, value);
        values[i] = value;
      }
    } else {
      values.resize(size);
      for (T& value : values) {
        Codec<T>::read(archive, value);
      }
    }
  }
};

template <typename T, std::size_t kSize>
struct Codec<std::array<T, kSize>> {
  static constexpr bool kSerializable = SerializableTrait<T>::value;
  static constexpr std::size_t kMinBytes = kSize == 0 ? 1 : kSize * Codec<T>::kMinBytes;
  static void write(OutputArchive& archive, const std::array<T, kSize>& values) {
    for (const T& value : values) {
      Codec<T>::write(archive, value);
    }
    if constexpr (kSize == 0) {
      archive.put_raw(std::uint8_t{0});
    }
  }
  static void read(InputArchive& archive, std::array<T, kSize>& values) {
    for (T& value : values) {
      Codec<T>::read(archive, value);
    }
    if constexpr (kSize == 0) {
      static_cast<void>(archive.get_raw<std::uint8_t>());
    }
  }
};

/// Containers that are filled element by element: lists, deques, sets and maps, ordered and not.
template <typename C>
concept FilledContainer = std::ranges::sized_range<C> && std::default_initializable<C> && requires(C& container) {
  typename C::value_type;
  container.clear();
} && (requires(C& container, typename C::value_type value) { container.push_back(std::move(value)); } ||
      requires(C& container, typename C::value_type value) { container.insert(std::move(value)); });

template <typename T>
struct Mutable {
  using type = T;
};
template <typename K, typename V>
struct Mutable<std::pair<const K, V>> {
  using type = std::pair<K, V>;
};

template <FilledContainer C>
  requires(!HasCereal<C>)
struct Codec<C> {
  using Value = typename Mutable<typename C::value_type>::type;
  static constexpr bool kSerializable = SerializableTrait<Value>::value && std::default_initializable<Value>;
  static constexpr std::size_t kMinBytes = 4;
  static void write(OutputArchive& archive, const C& values) {
    archive.put_size(std::ranges::size(values));
    for (const auto& value : values) {
      if constexpr (IsPairLike<typename C::value_type>::value) {
        archive(value.first, value.second);
      } else {
        Codec<Value>::write(archive, value);
      }
    }
  }
  static void read(InputArchive& archive, C& values) {
    values.clear();
    for (std::size_t left = archive.get_size(Codec<Value>::kMinBytes); left > 0; --left) {
      Value value{};
      Codec<Value>::read(archive, value);
      if constexpr (requires { values.push_back(std::move(value)); }) {
        values.push_back(std::move(value));
      } else {
        values.insert(std::move(value));
      }
    }
  }

 private:
  template <typename T>
  struct IsPairLike : std::false_type {};
  template <typename A, typename B>
  struct IsPairLike<std::pair<A, B>> : std::true_type {};
};

template <typename First, typename Second>
struct Codec<std::pair<First, Second>> {
  static constexpr bool kSerializable = SerializableTrait<First>::value && SerializableTrait<Second>::value;
  static constexpr std::size_t kMinBytes =
      Codec<std::remove_cv_t<First>>::kMinBytes + Codec<std::remove_cv_t<Second>>::kMinBytes;
  static void write(OutputArchive& archive, const std::pair<First, Second>& value) {
    archive(value.first, value.second);
  }
  static void read(InputArchive& archive, std::pair<First, Second>& value) { archive(value.first, value.second); }
};

template <typename... Ts>
struct Codec<std::tuple<Ts...>> {
  static constexpr bool kSerializable = (SerializableTrait<Ts>::value && ...);
  static constexpr std::size_t kMinBytes = sizeof...(Ts) == 0 ? 1 : (Codec<Ts>::kMinBytes + ... + 0);
  static void write(OutputArchive& archive, const std::tuple<Ts...>& value) {
    std::apply([&](const Ts&... each) { archive(each...); }, value);
    if constexpr (sizeof...(Ts) == 0) {
      archive.put_raw(std::uint8_t{0});
    }
  }
  static void read(InputArchive& archive, std::tuple<Ts...>& value) {
    std::apply([&](Ts&... each) { archive(each...); }, value);
    if constexpr (sizeof...(Ts) == 0) {
      static_cast<void>(archive.get_raw<std::uint8_t>());
    }
  }
};

template <typename T>
struct Codec<std::optional<T>> {
  static constexpr bool kSerializable = SerializableTrait<T>::value && std::default_initializable<T>;
  static constexpr std::size_t kMinBytes = 1;
  static void write(OutputArchive& archive, const std::optional<T>& value) {
    archive(value.has_value());
    if (value) {
      archive(*value);
    }
  }
  static void read(InputArchive& archive, std::optional<T>& value) {
    bool has_value = false;
    archive(has_value);
    value.reset();
    if (has_value) {
      archive(value.emplace());
    }
  }
};

template <>
struct Codec<std::monostate> {
  static constexpr bool kSerializable = true;
  static constexpr std::size_t kMinBytes = 1;
  static void write(OutputArchive& archive, std::monostate /*value*/) { archive.put_raw(std::uint8_t{0}); }
  static void read(InputArchive& archive, std::monostate& /*value*/) {
    static_cast<void>(archive.get_raw<std::uint8_t>());
  }
};

template <typename... Ts>
struct Codec<std::variant<Ts...>> {
  static_assert(sizeof...(Ts) <= 255, "a variant on the wire has at most 255 alternatives");
  static constexpr bool kSerializable = ((SerializableTrait<Ts>::value && std::default_initializable<Ts>) && ...);
  static constexpr std::size_t kMinBytes = 1;
  static void write(OutputArchive& archive, const std::variant<Ts...>& value) {
    archive.put_raw(static_cast<std::uint8_t>(value.index()));
    std::visit([&](const auto& alternative) { archive(alternative); }, value);
  }
  static void read(InputArchive& archive, std::variant<Ts...>& value) {
    const auto index = archive.get_raw<std::uint8_t>();
    const auto read_as = [&]<std::size_t... kIndices>(std::index_sequence<kIndices...>) {
      return ((index == kIndices && (archive(value.template emplace<kIndices>()), true)) || ...);
    };
    if (!read_as(std::index_sequence_for<Ts...>{})) [[unlikely]] {
      throw_decode_error("a variant has an alternative that does not exist", archive.remaining());
    }
  }
};

template <typename Rep, typename Period>
struct Codec<std::chrono::duration<Rep, Period>> : Codec<Rep> {
  static void write(OutputArchive& archive, const std::chrono::duration<Rep, Period>& value) { archive(value.count()); }
  static void read(InputArchive& archive, std::chrono::duration<Rep, Period>& value) {
    Rep count{};
    archive(count);
    value = std::chrono::duration<Rep, Period>{count};
  }
};

template <typename Clock, typename Duration>
struct Codec<std::chrono::time_point<Clock, Duration>> : Codec<Duration> {
  using Point = std::chrono::time_point<Clock, Duration>;
  static void write(OutputArchive& archive, const Point& value) { archive(value.time_since_epoch()); }
  static void read(InputArchive& archive, Point& value) {
    Duration since{};
    archive(since);
    value = Point{since};
  }
};

// What cereal's functions of user types hand to the archive around a value.
template <typename T>
struct Codec<cereal::NameValuePair<T>> {
  static constexpr bool kSerializable = true;
  static constexpr std::size_t kMinBytes = 1;
  static void write(OutputArchive& archive, const cereal::NameValuePair<T>& pair) { archive(pair.value); }
  static void read(InputArchive& archive, cereal::NameValuePair<T>& pair) { archive(pair.value); }
};

template <typename T>
struct Codec<cereal::SizeTag<T>> {
  static constexpr bool kSerializable = true;
  static constexpr std::size_t kMinBytes = 4;
  static void write(OutputArchive& archive, const cereal::SizeTag<T>& tag) {
    archive.put_size(static_cast<std::size_t>(tag.size));
  }
  static void read(InputArchive& archive, cereal::SizeTag<T>& tag) {
    tag.size = static_cast<std::remove_cvref_t<T>>(archive.get_size(1));
  }
};

template <typename T>
struct Codec<cereal::BinaryData<T>> {
  static constexpr bool kSerializable = true;
  static constexpr std::size_t kMinBytes = 1;
  static void write(OutputArchive& archive, const cereal::BinaryData<T>& data) {
    archive.put(data.data, static_cast<std::size_t>(data.size));
  }
  static void read(InputArchive& archive, cereal::BinaryData<T>& data) {
    archive.get(data.data, static_cast<std::size_t>(data.size));
  }
};

/// Everything else: types with cereal's functions by those, plain structs field by field.
template <typename T>
struct Codec {
  static constexpr bool kPlain = !HasCereal<T> && PlainAggregate<T>;
  static constexpr bool kSerializable = [] {
    if constexpr (kPlain) {
      return kAllFields<SerializableTrait, T>;
    } else if constexpr (std::is_class_v<T> && !std::is_polymorphic_v<T>) {
      return HasCereal<T>;
    } else {
      return false;
    }
  }();
  static constexpr std::size_t kMinBytes = [] {
    if constexpr (kPlain && kSerializable) {
      return []<std::size_t... kIndices>(std::index_sequence<kIndices...>) {
        const std::size_t bytes = (Codec<FieldType<kIndices, T>>::kMinBytes + ... + 0);
        return bytes == 0 ? 1 : bytes;
      }(std::make_index_sequence<kFieldCount<T>>{});
    } else {
      return std::size_t{1};
    }
  }();

  static void write(OutputArchive& archive, const T& value) {
    static_assert(
        kSerializable,
        "serialize: this type cannot cross workers; it must be a plain aggregate (no bases, C arrays, pointers) or "
        "have cereal's serialize");
    if constexpr (BitwiseTrait<T>::value && kPlain) {
      archive.put_raw(value);
    } else if constexpr (kPlain) {
      if constexpr (kFieldCount<T> == 0) {
        archive.put_raw(std::uint8_t{0});
      } else {
        boost::pfr::for_each_field(value, [&](const auto& field) { archive(field); });
      }
    } else if constexpr (kSerializable) {
      const std::size_t before = archive.written();
      write_by_cereal(archive, value);
      if (archive.written() == before) {  // no value takes no bytes, so that lengths can be checked
        archive.put_raw(std::uint8_t{0});
      }
    }
  }

  static void read(InputArchive& archive, T& value) {
    static_assert(
        kSerializable,
        "serialize: this type cannot cross workers; it must be a plain aggregate (no bases, C arrays, pointers) or "
        "have cereal's serialize");
    if constexpr (BitwiseTrait<T>::value && kPlain) {
      archive.get(&value, sizeof(value));
    } else if constexpr (kPlain) {
      if constexpr (kFieldCount<T> == 0) {
        static_cast<void>(archive.get_raw<std::uint8_t>());
      } else {
        boost::pfr::for_each_field(value, [&](auto& field) { archive(field); });
      }
    } else if constexpr (kSerializable) {
      const std::byte* const before = archive.position();
      archive.enter();
      read_by_cereal(archive, value);
      archive.leave();
      if (archive.position() == before) {
        static_cast<void>(archive.get_raw<std::uint8_t>());
      }
    }
  }

 private:
  // cereal writes a type's version once per archive. Ours stands with every value, since an archive serves many
  // senders.
  static constexpr bool kVersionedSerialize =
      cereal::traits::has_member_versioned_serialize<T, OutputArchive>::value ||
      cereal::traits::has_non_member_versioned_serialize<T, OutputArchive>::value;
  static constexpr bool kVersionedMember = cereal::traits::has_member_versioned_serialize<T, OutputArchive>::value ||
                                           cereal::traits::has_member_versioned_save<T, OutputArchive>::value;
  static constexpr bool kVersioned = kVersionedSerialize ||
                                     cereal::traits::has_member_versioned_save<T, OutputArchive>::value ||
                                     cereal::traits::has_non_member_versioned_save<T, OutputArchive>::value;

  static void write_by_cereal(OutputArchive& archive, const T& value) {
    if constexpr (kVersioned) {
      const std::uint32_t version = cereal::detail::Version<T>::version;
      archive(version);
      if constexpr (kVersionedMember && kVersionedSerialize) {
        cereal::access::member_serialize(archive, const_cast<T&>(value), version);
      } else if constexpr (kVersionedMember) {
        cereal::access::member_save(archive, value, version);
      } else if constexpr (kVersionedSerialize) {
        CEREAL_SERIALIZE_FUNCTION_NAME(archive, const_cast<T&>(value), version);
      } else {
        CEREAL_SAVE_FUNCTION_NAME(archive, value, version);
      }
    } else {
      archive.by_cereal(value);
    }
  }

  static void read_by_cereal(InputArchive& archive, T& value) {
    if constexpr (kVersioned) {
      std::uint32_t version = 0;
      archive(version);
      if constexpr (kVersionedMember && kVersionedSerialize) {
        cereal::access::member_serialize(archive, value, version);
      } else if constexpr (kVersionedMember) {
        cereal::access::member_load(archive, value, version);
      } else if constexpr (kVersionedSerialize) {
        CEREAL_SERIALIZE_FUNCTION_NAME(archive, value, version);
      } else {
        CEREAL_LOAD_FUNCTION_NAME(archive, value, version);
      }
    } else {
      archive.by_cereal(value);
    }
  }
};

// Pointers are banned from the wire: they let bytes choose what is made.
template <typename T>
struct Codec<std::shared_ptr<T>> : Codec<T*> {};
template <typename T, typename Deleter>
struct Codec<std::unique_ptr<T, Deleter>> : Codec<T*> {};

}  // namespace weir::detail
