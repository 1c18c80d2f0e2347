#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/codec/codec.hpp"
#include "weir/detail/codec/container_codec.hpp"
#include "weir/detail/codec/reflect.hpp"

namespace weir::detail::codec {

/// A type that declares its version: by a function `weir_version(std::type_identity<T>)` beside it.
template <typename T>
concept HasVersion = requires {
  { weir_version(std::type_identity<T>{}) } -> std::convertible_to<std::uint32_t>;
};

/// A type that names its fields: by a function `weir_fields(std::type_identity<T>)` beside it, which returns
/// `weir::fields<T>(...)`.
template <typename T>
concept HasFieldNames = requires { weir_fields(std::type_identity<T>{}).names(); };

/// Describes how the values of a type are serialized, as text. It is the same on every machine and for every compiler,
/// and changes when earlier bytes would be read as something else. It does not contain the type's own name.
///
///     i8 ... u64, f32, f64, bool, text8      numbers, truth values, texts by the bits of a character
///     enum u8                                an enumeration
///     (A, B), {A, B}, {name: A, other: B}    pairs and tuples; plain structs, with names where they have any
///     <A | B>, ?A                            variants, optionals
///     [A], [A]3, [K: V]                      containers, arrays, maps
///     time 1/1000 i64                        durations and points in time
///     own                                    the output of a type's functions for cereal
///     v2 A                                   a type that declares its version
///     ^1                                     an enclosing type, the next one
class Shape {
 public:
  template <typename T>
  [[gnu::cold]] static std::string of() {
    Shape shape;
    shape.add<T>(nullptr);
    return std::move(shape.text_);
  }

 private:
  /// The types that are being described, innermost first, so that a type within itself terminates.
  struct Within {
    const Within* outer;
    const void* type;
  };

  template <typename T>
  static constexpr char kName = 0;  // the address names the type

  template <typename T>
  static constexpr bool kIsContainer =
      requires { typename Codec<T>::Vector; } || requires { typename Codec<T>::Value; };

  /// The type of a container's elements.
  template <typename T>
  struct ContainedIn {
    using type = typename Codec<T>::Value;
  };
  template <typename T>
    requires requires { typename T::value_type; }
  struct ContainedIn<T> {
    using type = typename T::value_type;
  };

  template <typename T>
  [[gnu::cold]] void add(const Within* outer) {
    if constexpr (std::is_enum_v<T>) {
      text_ += "enum ";
      add<std::underlying_type_t<T>>(outer);
    } else if constexpr (std::same_as<T, bool>) {
      text_ += "bool";
    } else if constexpr (std::is_arithmetic_v<T>) {
      text_ += std::floating_point<T> ? 'f' : std::is_signed_v<T> ? 'i' : 'u';
      text_ += std::to_string(sizeof(T) * 8);
    } else {
      add_class<T>(outer);
    }
  }

  template <typename T>
  [[gnu::cold]] void add_class(const Within* outer) {
    int depth = 1;
    for (const Within* each = outer; each != nullptr; each = each->outer, ++depth) {
      if (each->type == &kName<T>) {
        text_ += "^" + std::to_string(depth);
        return;
      }
    }
    const Within here{outer, &kName<T>};
    if constexpr (HasVersion<T>) {
      text_ += "v" + std::to_string(std::uint32_t{weir_version(std::type_identity<T>{})}) + " ";
    }
    add_parts<T>(&here, static_cast<const T*>(nullptr));
  }

  // Types with known parts.
  template <typename T, typename First, typename Second>
  [[gnu::cold]] void add_parts(const Within* here, const std::pair<First, Second>* /*type*/) {
    add_list<First, Second>(here, "(", ", ", ")");
  }
  template <typename T, typename... Parts>
  [[gnu::cold]] void add_parts(const Within* here, const std::tuple<Parts...>* /*type*/) {
    add_list<Parts...>(here, "(", ", ", ")");
  }
  template <typename T, typename... Alternatives>
  [[gnu::cold]] void add_parts(const Within* here, const std::variant<Alternatives...>* /*type*/) {
    add_list<Alternatives...>(here, "<", " | ", ">");
  }
  template <typename T, typename Value>
  [[gnu::cold]] void add_parts(const Within* here, const std::optional<Value>* /*type*/) {
    text_ += '?';
    add<Value>(here);
  }
  template <typename T>
  [[gnu::cold]] void add_parts(const Within* here, const void* /*type*/) {
    if constexpr (requires { typename Codec<T>::Text; }) {
      text_ += "text" + std::to_string(sizeof(typename T::value_type) * 8);
    } else if constexpr (requires { typename Codec<T>::Boxed; }) {
      text_ += '?';
      add<typename Codec<T>::Boxed>(here);
    } else if constexpr (requires { typename T::mapped_type; } && kIsContainer<T>) {
      add_list<typename T::key_type, typename T::mapped_type>(here, "[", ": ", "]");
    } else if constexpr (kIsContainer<T>) {
      add_list<typename ContainedIn<T>::type>(here, "[", "", "]");
    } else if constexpr (requires { std::tuple_size<T>::value; } && std::ranges::range<T>) {
      add_list<typename T::value_type>(here, "[", "", "]" + std::to_string(std::tuple_size<T>::value));
    } else if constexpr (Reflected<T>) {
      add_fields<T>(here, static_cast<Fields<T>*>(nullptr));
    } else if constexpr (requires { typename T::period; }) {
      text_ += "time " + std::to_string(T::period::num) + "/" + std::to_string(T::period::den) + " ";
      add<typename T::rep>(here);
    } else {
      text_ += "own";  // the type's functions for cereal, which keep their version with each value
    }
  }

  template <typename T, typename... FieldTypes>
  [[gnu::cold]] void add_fields(const Within* here, const TypeList<FieldTypes...>* /*fields*/) {
    if constexpr (HasFieldNames<T>) {
      const auto names = weir_fields(std::type_identity<T>{}).names();
      std::size_t index = 0;
      text_ += '{';
      ((text_ += index == 0 ? "" : ", ", text_ += names[index++] + ": ", add<FieldTypes>(here)), ...);
      text_ += '}';
    } else {
      add_list<FieldTypes...>(here, "{", ", ", "}");
    }
  }

  template <typename... Parts>
  [[gnu::cold]] void add_list([[maybe_unused]] const Within* here, std::string_view begin,
                              [[maybe_unused]] std::string_view between, const std::string& end) {
    text_ += begin;
    [[maybe_unused]] bool first = true;
    ((text_ += first ? std::string_view{} : between, first = false, add<std::remove_cv_t<Parts>>(here)), ...);
    text_ += end;
  }

  std::string text_;
};

}  // namespace weir::detail::codec
