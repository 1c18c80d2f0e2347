#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/codec/archive.hpp"
#include "weir/detail/codec/cereal_codec.hpp"
#include "weir/detail/codec/reflect.hpp"

namespace weir::detail::codec {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

template <typename T>
struct IsTruthValue : std::is_same<T, bool> {};
template <typename T>
  requires(std::is_enum_v<T>)
struct IsTruthValue<T> : std::is_same<std::underlying_type_t<T>, bool> {};

/// A plain struct that is written field by field.
template <typename T>
concept Reflected = !HasCereal<T> && PlainAggregate<T>;

/// How many of a number's bytes in memory have its value; the others are padding. The extended precision of x86 has 80
/// bits in 16 bytes.
template <typename T>
inline constexpr std::size_t kNumberBytes =
    std::is_floating_point_v<T> && std::numeric_limits<T>::digits == 64 ? 10 : sizeof(T);

/// Types that are written as their bytes in memory: numbers, and plain structs of them without padding.
template <typename T>
inline constexpr bool kBitwise =
    (std::is_arithmetic_v<T> || std::is_enum_v<T>) && !IsTruthValue<T>::value && kNumberBytes<T> == sizeof(T);
template <typename T>
  requires(std::is_class_v<T> && std::is_aggregate_v<T> && std::is_trivially_copyable_v<T> && Reflected<T>)
inline constexpr bool kBitwise<T> = []<typename... Parts>(TypeList<Parts...>) {
  return (sizeof(Parts) + ... + 0) == sizeof(T) && (kBitwise<Parts> && ...);
}(Fields<T>{});
template <typename Rep, typename Period>
inline constexpr bool kBitwise<std::chrono::duration<Rep, Period>> = kBitwise<Rep>;
template <typename Clock, typename Duration>
inline constexpr bool kBitwise<std::chrono::time_point<Clock, Duration>> = kBitwise<Duration>;
template <typename T, std::size_t kSize>
inline constexpr bool kBitwise<std::array<T, kSize>> = kSize != 0 && kBitwise<T>;

/// A type whose values can be made and have a codec.
template <typename T>
concept HasCodec = std::same_as<T, std::remove_cvref_t<T>> && std::default_initializable<T> && Codec<T>::kKnown;

/// Whether there is a codec for a type and all its parts. A type that is part of itself (`Outer` are the types
/// around it) is as serializable as its other parts.
template <typename T, typename... Outer>
inline constexpr bool kSerializable = [] {
  if constexpr ((std::same_as<T, Outer> || ...)) {
    return true;
  } else if constexpr (!HasCodec<T>) {
    return false;
  } else {
    return []<typename... Parts>(TypeList<Parts...>) {
      return (kSerializable<Parts, T, Outer...> && ...);
    }(typename Codec<T>::Parts{});
  }
}();

/// Whether values of a type can hold values of the type Inner; `Outer` are the types around it.
template <typename Inner, typename T, typename... Outer>
inline constexpr bool kHolds = [] {
  if constexpr ((std::same_as<T, Outer> || ...)) {
    return false;
  } else {
    return []<typename... Parts>(TypeList<Parts...>) {
      return ((std::same_as<Parts, Inner> || kHolds<Inner, Parts, T, Outer...>) || ...);
    }(typename Codec<T>::Parts{});
  }
}();

template <typename T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
struct Codec<T> {
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = sizeof(T);
  using Parts = TypeList<>;
  static void write(OutputArchive& archive, const T& value) {
    if constexpr (kNumberBytes<T> == sizeof(T)) {
      archive.put_raw(value);
    } else {  // padding has leftovers of memory, which may be secret and differ for equal values
      std::array<std::byte, sizeof(T)> bytes{};
      std::memcpy(bytes.data(), &value, kNumberBytes<T>);
      archive.put(bytes.data(), bytes.size());
    }
  }
  static void read(InputArchive& archive, T& value) {
    if constexpr (IsTruthValue<T>::value) {
      const auto byte = archive.get_raw<std::uint8_t>();
      if (byte > 1) [[unlikely]] {
        throw_decode_error("a truth value is neither 0 nor 1", archive.remaining());
      }
      value = static_cast<T>(byte == 1);
    } else {
      value = archive.get_raw<T>();
    }
  }
};

template <typename First, typename Second>
struct Codec<std::pair<First, Second>> {
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = Codec<First>::kMinBytes + Codec<Second>::kMinBytes;
  using Parts = TypeList<First, Second>;
  static void write(OutputArchive& archive, const std::pair<First, Second>& value) {
    archive(value.first, value.second);
  }
  static void read(InputArchive& archive, std::pair<First, Second>& value) { archive(value.first, value.second); }
};

template <typename... Ts>
struct Codec<std::tuple<Ts...>> {
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = sizeof...(Ts) == 0 ? 1 : (Codec<Ts>::kMinBytes + ... + 0);
  using Parts = TypeList<Ts...>;
  static void write(OutputArchive& archive, const std::tuple<Ts...>& value) {
    if constexpr (sizeof...(Ts) == 0) {
      archive.put_padding();
    } else {
      std::apply([&](const Ts&... each) { archive(each...); }, value);
    }
  }
  static void read(InputArchive& archive, std::tuple<Ts...>& value) {
    if constexpr (sizeof...(Ts) == 0) {
      archive.get_padding();
    } else {
      std::apply([&](Ts&... each) { archive(each...); }, value);
    }
  }
};

template <typename T>
struct Codec<std::optional<T>> {
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = 1;
  using Parts = TypeList<T>;
  static void write(OutputArchive& archive, const std::optional<T>& value) {
    archive(value.has_value());
    if (value) {
      archive(*value);
    }
  }
  static void read(InputArchive& archive, std::optional<T>& value) {
    bool has_value = false;
    archive(has_value);
    if (has_value) {
      archive(value.emplace());
    } else {
      value.reset();
    }
  }
};

template <>
struct Codec<std::monostate> {
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = 1;
  using Parts = TypeList<>;
  static void write(OutputArchive& archive, std::monostate /*value*/) { archive.put_padding(); }
  static void read(InputArchive& archive, std::monostate& /*value*/) { archive.get_padding(); }
};

template <typename... Ts>
struct Codec<std::variant<Ts...>> {
  static_assert(sizeof...(Ts) <= 255, "serialize: a variant that crosses workers has at most 255 alternatives");
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = 1 + std::min({Codec<Ts>::kMinBytes...});
  using Parts = TypeList<Ts...>;
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
  using Parts = TypeList<Rep>;
  static void write(OutputArchive& archive, const std::chrono::duration<Rep, Period>& value) { archive(value.count()); }
  static void read(InputArchive& archive, std::chrono::duration<Rep, Period>& value) {
    Rep count{};
    archive(count);
    value = std::chrono::duration<Rep, Period>{count};
  }
};

template <typename Clock, typename Duration>
struct Codec<std::chrono::time_point<Clock, Duration>> : Codec<Duration> {
  using Parts = TypeList<Duration>;
  using Point = std::chrono::time_point<Clock, Duration>;
  static void write(OutputArchive& archive, const Point& value) { archive(value.time_since_epoch()); }
  static void read(InputArchive& archive, Point& value) {
    Duration since{};
    archive(since);
    value = Point{since};
  }
};

/// A plain struct: its bytes in memory if those have no gaps, otherwise field by field.
template <typename T>
struct ReflectedCodec {
  static constexpr bool kKnown = true;
  static constexpr std::size_t kMinBytes = []<typename... Parts>(TypeList<Parts...>) {
    return sizeof...(Parts) == 0 ? 1 : (Codec<std::remove_cvref_t<Parts>>::kMinBytes + ... + 0);
  }(Fields<T>{});
  using Parts = Fields<T>;

  static void write(OutputArchive& archive, const T& value) {
    if constexpr (kFieldCount<T> == 0) {
      archive.put_padding();
    } else if constexpr (kBitwise<T>) {
      archive.put(&value, sizeof(value));
    } else if constexpr (kHolds<T, T>) {
      const Nesting level{archive};
      write_fields(archive, value);
    } else {
      write_fields(archive, value);
    }
  }

  static void read(InputArchive& archive, T& value) {
    if constexpr (kFieldCount<T> == 0) {
      archive.get_padding();
    } else if constexpr (kBitwise<T>) {
      archive.get(&value, sizeof(value));
    } else if constexpr (kHolds<T, T>) {
      const Nesting level{archive};
      read_fields(archive, value);
    } else {
      read_fields(archive, value);
    }
  }

 private:
  static void write_fields(OutputArchive& archive, const T& value) {
    for_each_field(value, [&](const auto& field) { archive(field); });
  }
  static void read_fields(InputArchive& archive, T& value) {
    for_each_field(value, [&](auto& field) { archive(field); });
  }
};

/// A type with functions of cereal. Their output is unknown, so each counts as a level of nesting.
template <typename T>
struct CerealCodec {
  static constexpr bool kKnown = !std::is_polymorphic_v<T>;
  static constexpr std::size_t kMinBytes = 1;
  using Parts = TypeList<>;

  static void write(OutputArchive& archive, const T& value) {
    static_assert(kKnown, "serialize: a class with virtual functions cannot cross workers; use a std::variant");
    if constexpr (kKnown) {
      const Nesting level{archive};
      const std::size_t before = archive.written();
      write_by_cereal(archive, value);
      if (archive.written() == before) {
        archive.put_padding();
      }
    }
  }

  static void read(InputArchive& archive, T& value) {
    if constexpr (kKnown) {
      const Nesting level{archive};
      const std::byte* const before = archive.position();
      read_by_cereal(archive, value);
      if (archive.position() == before) {
        archive.get_padding();
      }
    }
  }
};

/// A type that cannot be written.
struct UnknownCodec {
  static constexpr bool kKnown = false;
  static constexpr std::size_t kMinBytes = 1;
  using Parts = TypeList<>;

  template <typename T>
  static void write(OutputArchive& /*archive*/, const T& /*value*/) {
    static_assert(
        sizeof(T) == 0,
        "serialize: this type cannot cross workers: it must be a plain aggregate (at most 100 fields; no bases, "
        "C arrays, bit-fields, unions) or have cereal's serialize");
  }
  template <typename T>
  static void read(InputArchive& /*archive*/, T& /*value*/) {}
};

/// With pointers the bytes would choose the type to make, and a shared value would not be shared at the receiver.
struct PointerCodec {
  static constexpr bool kKnown = false;
  static constexpr std::size_t kMinBytes = 1;
  using Parts = TypeList<>;

  template <typename T>
  static void write(OutputArchive& /*archive*/, const T& /*value*/) {
    static_assert(sizeof(T) == 0,
                  "serialize: a pointer cannot cross workers; use the value itself, a std::optional or a std::vector");
  }
  template <typename T>
  static void read(InputArchive& /*archive*/, T& /*value*/) {}
};

template <typename T>
struct Codec<T*> : PointerCodec {};
template <typename T>
struct Codec<std::shared_ptr<T>> : PointerCodec {};
template <typename T>
struct Codec<std::weak_ptr<T>> : PointerCodec {};
template <typename T, typename Deleter>
struct Codec<std::unique_ptr<T, Deleter>> : PointerCodec {};

template <typename T>
consteval auto other_codec() {
  if constexpr (!std::is_class_v<T>) {
    return std::type_identity<UnknownCodec>{};
  } else if constexpr (HasCereal<T>) {
    return std::type_identity<CerealCodec<T>>{};
  } else if constexpr (PlainAggregate<T>) {
    return std::type_identity<ReflectedCodec<T>>{};
  } else {
    return std::type_identity<UnknownCodec>{};
  }
}

/// Types without a specialization.
template <typename T>
struct Codec : decltype(other_codec<T>())::type {};

}  // namespace weir::detail::codec
