#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/codec/same_text.hpp"
#include "weir/detail/containers/is_optional.hpp"
#include "weir/json.hpp"

namespace weir {

/// How a type maps to JSON: `read(json, to)` and `write(json, value)`. `fields` and `one_of` make shapes.
template <typename S>
concept JsonShape = requires(const S& shape, const JsonValue& from, JsonWriter& into, typename S::Value& to,
                             const typename S::Value& value) {
  shape.read(from, to);
  shape.write(into, value);
};

/// The result of `fields`.
template <typename T, std::size_t kNames>
class JsonFields {
 public:
  using Value = T;  ///< the struct

  /// In the order of the fields; see `fields`.
  explicit JsonFields(std::array<std::string, kNames> names) : names_{std::move(names)} {}

  /// In the order of the fields.
  [[nodiscard]] const std::array<std::string, kNames>& names() const noexcept { return names_; }

  /// Ignores members with other names. Of two members with the same name the last one counts. A field that is a
  /// `std::optional` may be absent.
  /// @throws JsonError
  void read(const JsonValue& json, T& to) const {
    std::array<std::optional<JsonValue>, kNames> found{};
    std::size_t next = 0;  // members mostly come in the order of the fields
    json.for_each_member([&](std::string_view name, const JsonValue& value) {
      const std::size_t index = next < kNames && is_name(next, name) ? next : index_of(name);
      if (index < kNames) {
        found[index] = value;
        next = index + 1;
      }
    });
    std::size_t index = 0;
    detail::codec::for_each_field(to, [&](auto& field) {
      read_field(json, found[index], names_[index], field);
      ++index;
    });
  }

  /// Writes an object with the fields in their order.
  void write(JsonWriter& json, const T& value) const {
    json.begin_object();
    write_members(json, value);
    json.end_object();
  }

  /// Writes only the members, into an object that the caller has begun.
  void write_members(JsonWriter& json, const T& value) const {
    std::size_t index = 0;
    detail::codec::for_each_field(value, [&](const auto& field) { json.member(names_[index++], field); });
  }

 private:
  [[nodiscard]] bool is_name(std::size_t index, std::string_view name) const {
    return detail::codec::same_text(names_[index], name);
  }

  // kNames: of no field.
  [[nodiscard]] std::size_t index_of(std::string_view name) const {
    std::size_t index = 0;
    while (index < kNames && !is_name(index, name)) {
      ++index;
    }
    return index;
  }

  template <typename Field>
  static void read_field(const JsonValue& json, const std::optional<JsonValue>& value, const std::string& name,
                         Field& field) {
    if (value) {
      value->get(field);
    } else if constexpr (detail::containers::IsOptional<Field>::value) {
      field.reset();
    } else {
      json.fail("\"" + name + "\" is missing");
    }
  }

  std::array<std::string, kNames> names_;
};

/// Names the fields of a plain struct, in their order, as the members of a JSON object.
///
///     weir::fields<Search>("user", "query")   // {"user":1,"query":"dogs"}
///
/// weir checks their number at compile time.
template <typename T, std::convertible_to<std::string>... Names>
auto fields(Names&&... names) {
  static_assert(detail::codec::PlainAggregate<T>,
                "fields: needs a plain struct: no base classes, no C arrays, no constructors, at most 100 fields");
  if constexpr (detail::codec::PlainAggregate<T>) {
    static_assert(detail::codec::kFieldCount<T> == sizeof...(Names), "fields: as many names as the struct has fields");
    return JsonFields<T, sizeof...(Names)>{std::array<std::string, sizeof...(Names)>{std::forward<Names>(names)...}};
  }
}

/// The result of `named`.
template <typename Shape>
struct NamedShape {
  using Value = typename Shape::Value;  ///< the alternative
  std::string name;                     ///< the tag's text for this alternative
  Shape shape;                          ///< of the alternative's object, without the tag
};

/// One alternative of a `one_of`.
template <JsonShape Shape>
NamedShape<Shape> named(std::string name, Shape shape) {
  return {std::move(name), std::move(shape)};
}

/// The result of `one_of`.
template <typename Variant, typename... Shapes>
class JsonOneOf {
 public:
  using Value = Variant;  ///< the variant

  /// See `one_of`.
  JsonOneOf(std::string tag, std::tuple<NamedShape<Shapes>...> shapes)
      : tag_{std::move(tag)}, shapes_{std::move(shapes)} {}

  /// @throws JsonError
  void read(const JsonValue& json, Variant& to) const {
    const JsonValue tag = json[tag_];
    const std::string_view name = tag.text();
    const bool known = std::apply(
        [&](const auto&... each) {
          return ((detail::codec::same_text(each.name, name) && read_as(each, json, to)) || ...);
        },
        shapes_);
    if (!known) {
      tag.fail("\"" + std::string{name} + "\" is no " + tag_ + "; expected one of " + names());
    }
  }

  /// Writes an object with the tag, and then the fields of the alternative.
  void write(JsonWriter& json, const Variant& value) const {
    json.begin_object();
    write_members(json, value);
    json.end_object();
  }

  /// Writes the members without the braces, into an object that has other members too.
  void write_members(JsonWriter& json, const Variant& value) const {
    std::apply([&](const auto&... each) { (write_as(each, json, value), ...); }, shapes_);
  }

 private:
  template <typename Shape>
  static bool read_as(const NamedShape<Shape>& each, const JsonValue& json, Variant& to) {
    using T = typename Shape::Value;
    T* const held = std::get_if<T>(&to);
    each.shape.read(json, held != nullptr ? *held : to.template emplace<T>());
    return true;
  }

  template <typename Shape>
  void write_as(const NamedShape<Shape>& each, JsonWriter& json, const Variant& value) const {
    if (const auto* const held = std::get_if<typename Shape::Value>(&value)) {
      json.member(tag_, each.name);
      each.shape.write_members(json, *held);
    }
  }

  [[nodiscard]] std::string names() const {
    std::string names;
    std::apply([&](const auto&... each) { ((names += (names.empty() ? "\"" : ", \"") + each.name + "\""), ...); },
               shapes_);
    return names;
  }

  std::string tag_;
  std::tuple<NamedShape<Shapes>...> shapes_;
};

namespace detail {

template <typename Variant, typename... Ts>
inline constexpr bool kEachOnce = false;
template <typename... Alternatives, typename... Ts>
inline constexpr bool kEachOnce<std::variant<Alternatives...>, Ts...> =
    sizeof...(Alternatives) == sizeof...(Ts) && ([]<typename T>(std::type_identity<T>) {
      return (std::same_as<T, Ts> + ... + 0) == 1;
    }(std::type_identity<Alternatives>{}) && ...);

}  // namespace detail

/// The alternatives of a `std::variant`, told apart by a member that names them.
///
///     weir::one_of<Event>("event", weir::named("Search", weir::fields<Search>("user", "query")),
///                                  weir::named("AppClose", weir::fields<AppClose>("user")))
///     // {"event":"Search","user":1,"query":"dogs"}
///
/// weir checks at compile time that each alternative appears once.
template <typename Variant, typename... Shapes>
auto one_of(std::string tag, NamedShape<Shapes>... shapes) {
  static_assert(detail::kEachOnce<Variant, typename Shapes::Value...>,
                "one_of: each alternative of the std::variant needs one shape, and nothing else has one");
  if constexpr (detail::kEachOnce<Variant, typename Shapes::Value...>) {
    return JsonOneOf<Variant, Shapes...>{std::move(tag), std::tuple{std::move(shapes)...}};
  }
}

/// The shape of a type that has `from_json` and `to_json` of its own, or needs none.
template <typename T>
struct JsonAsIs {
  using Value = T;  ///< the type itself
  /// By its `from_json`, where it has one.
  /// @throws JsonError.
  void read(const JsonValue& json, T& to) const { json.get(to); }
  void write(JsonWriter& json, const T& value) const { json.value(value); }  ///< by its `to_json`, where it has one
};

}  // namespace weir
