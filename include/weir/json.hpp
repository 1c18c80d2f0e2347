#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "weir/detail/codec/same_text.hpp"
#include "weir/detail/codec/time_text.hpp"
#include "weir/detail/containers/is_optional.hpp"
#include "weir/time.hpp"

namespace weir {
namespace detail {

/// One value of a parsed text, or the name of a member. A container's parts follow it, names before their values.
struct JsonNode {
  enum class Kind : std::uint8_t { kNull, kBool, kUnsigned, kNegative, kDouble, kText, kArray, kObject, kName };

  union {
    const char* text;  ///< of a kDouble too, which becomes a number on request
    bool truth;
    std::uint64_t whole;
    std::int64_t negative;
  };
  std::uint32_t size;    ///< bytes of a text, elements of an array, members of an object
  std::uint32_t offset;  ///< where it begins in the text that was parsed
  std::uint32_t behind;  ///< the offset in nodes to the node after this value
  Kind kind;
};

}  // namespace detail

/// JSON of another form than expected. Names the expectation and the place in the text.
class JsonError : public std::runtime_error {
 public:
  /// `offset` in bytes, from the beginning of the text.
  JsonError(const std::string& what, std::size_t offset) : std::runtime_error{what}, offset_{offset} {}

  /// The byte of the text.
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }

 private:
  std::size_t offset_;
};

/// A value of a JSON text, as a view: valid while the record is being read.
///
/// Give a program's own type a function beside it, `void from_json(const weir::JsonValue&, T&)`. All functions throw a
/// `JsonError` that says what was expected and what was found.
class JsonValue {
 public:
  /// The kinds of JSON. A number is one kind, whatever its type; a field's type decides if it fits.
  enum class Kind : std::uint8_t { kNull, kBool, kNumber, kText, kArray, kObject };

  explicit JsonValue(const detail::JsonNode& node) : node_{&node} {}  ///< for `JsonReader`

  [[nodiscard]] Kind kind() const noexcept;  ///< of the value, without reading it

  /// Reads into these types: `bool`, numbers that fit, `std::string`, `std::optional` (null is empty), pairs, tuples
  /// and containers (arrays), maps by text (objects), points in time of the system's clock (texts, in RFC 3339:
  /// `2026-01-02T03:04:05.5Z`), and types with a `from_json`.
  ///
  /// A floating-point number becomes the nearest one of its type, which may be 0. A point in time is rounded down to a
  /// tick of its type.
  template <typename T>
  void get(T& to) const;

  /// The same as a value.
  template <std::default_initializable T>
  [[nodiscard]] T get() const {
    T value{};
    get(value);
    return value;
  }

  /// The text of a text, valid while the record is being read.
  [[nodiscard]] std::string_view text() const {
    if (node_->kind != Node::Kind::kText) [[unlikely]] {
      fail_expected("text");
    }
    return {node_->text, node_->size};
  }

  /// How many elements an array has, or members an object.
  [[nodiscard]] std::size_t size() const;

  /// Calls `call` for each element of an array.
  template <std::invocable<JsonValue> Call>
  void for_each_element(Call call) const {
    expect_array();
    for (const Node* part = node_ + 1; part != node_ + node_->behind; part += part->behind) {
      call(JsonValue{*part});
    }
  }

  /// Calls `call` with the name and value of each member of an object, in the order of the text.
  template <std::invocable<std::string_view, JsonValue> Call>
  void for_each_member(Call call) const {
    expect_object();
    for (const Node* name = node_ + 1; name != node_ + node_->behind; name += 1 + name[1].behind) {
      call(std::string_view{name->text, name->size}, JsonValue{name[1]});
    }
  }

  /// The first member of an object of that name, if there is one.
  [[nodiscard]] std::optional<JsonValue> find(std::string_view name) const {
    expect_object();
    for (const Node* part = node_ + 1; part != node_ + node_->behind; part += 1 + part[1].behind) {
      if (detail::codec::same_text({part->text, part->size}, name)) {
        return JsonValue{part[1]};
      }
    }
    return std::nullopt;
  }

  /// The same, but throws if there is none.
  [[nodiscard]] JsonValue operator[](std::string_view name) const {
    const std::optional<JsonValue> value = find(name);
    if (!value) [[unlikely]] {
      fail_missing(name);
    }
    return *value;
  }

  /// Throws a JsonError at this value.
  [[noreturn]] void fail(const std::string& what) const;

 private:
  using Node = detail::JsonNode;

  [[nodiscard]] bool boolean() const;
  // For `float`, `double` and `long double`. Has no constraint: clang writes constraints into the symbol and g++ 12
  // does not, so that a program of the one would not link with a library of the other.
  template <typename T>
  [[nodiscard]] T number() const;
  [[nodiscard]] detail::codec::SplitTime time() const;
  template <TimePoint T>
  void get_time(T& to) const {
    const std::optional<T> time = detail::codec::joined_time<T>(this->time());
    if (!time) {
      fail_expected("a time that the field's type reaches");
    }
    to = *time;
  }
  [[nodiscard]] std::uint64_t whole(std::uint64_t most) const;
  [[nodiscard]] std::int64_t whole(std::int64_t least, std::int64_t most) const;
  void expect_array() const {
    if (node_->kind != Node::Kind::kArray) [[unlikely]] {
      fail_expected("an array");
    }
  }
  void expect_object() const {
    if (node_->kind != Node::Kind::kObject) [[unlikely]] {
      fail_expected("an object");
    }
  }
  void expect_size(std::size_t size) const;
  [[noreturn]] void fail_expected(const std::string& what) const;
  [[noreturn]] void fail_missing(std::string_view name) const;

  template <typename Tuple>
  void get_tuple(Tuple& to) const {
    expect_size(std::tuple_size_v<Tuple>);
    const Node* part = node_ + 1;
    std::apply([&part](auto&... each) { ((JsonValue{*part}.get(each), part += part->behind), ...); }, to);
  }

  const Node* node_;
};

/// Writes one JSON text without line feeds.
///
/// Give a program's own type a function beside it, `void to_json(weir::JsonWriter&, const T&)`.
class JsonWriter {
 public:
  /// @param to  the writer appends to it
  explicit JsonWriter(std::string& to) : to_{&to} {}

  void null();                        ///< writes `null`
  void boolean(bool truth);           ///< writes `true` or `false`
  void number(std::int64_t number);   ///< writes all digits
  void number(std::uint64_t number);  ///< writes all digits
  /// @throws std::domain_error  for infinities and NaN, which JSON lacks
  void number(double number);
  void number(long double number);  ///< as of a `double`
  /// @throws std::domain_error  if the text is not UTF-8
  void text(std::string_view text);
  /// In RFC 3339, in UTC: `2026-01-02T03:04:05.5Z`.
  /// @throws std::domain_error  for times before the year 0 or after 9999
  void time(const detail::codec::SplitTime& time);

  void begin_array();   ///< the elements follow as values
  void end_array();     ///< ends the innermost container, which must be an array
  void begin_object();  ///< pairs of a `name` and a value follow
  void end_object();    ///< ends the innermost container, which must be an object
  /// The name of the next value, within an object.
  /// @throws std::domain_error  if the name is not UTF-8
  void name(std::string_view name);

  /// Writes a value of a type that `JsonValue::get` lists, or of one with a `to_json`.
  template <typename T>
  void value(const T& value);

  /// A name and its value.
  template <typename T>
  void member(std::string_view name, const T& value) {
    this->name(name);
    this->value(value);
  }

 private:
  void separate();
  void quote(std::string_view text);

  std::string* to_;
  bool comma_ = false;  // the next value needs a comma before it
};

namespace detail {

template <typename T>
concept FromJson = requires(const JsonValue& json, T& to) { from_json(json, to); };
template <typename T>
concept ToJson = requires(JsonWriter& json, const T& value) { to_json(json, value); };

template <typename T>
concept JsonInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

template <typename T>
concept JsonTuple = requires { std::tuple_size<T>::value; } && !requires(T& to) { to.begin(); };

template <typename T>
concept JsonMap = requires(T& to, std::string name) {
  typename T::mapped_type;
  to[std::move(name)];
  to.clear();
};

template <typename T>
concept JsonArray = requires(T& to) {
  to.clear();
  to.emplace_back();
  to.begin();
};

template <typename T>
concept JsonFixedArray = requires(T& to) {
  std::tuple_size<T>::value;
  to.begin();
};

/// The type of an element of a set or a map outside of the container.
template <typename T>
struct JsonElement {
  using type = T;
};
template <typename K, typename V>
struct JsonElement<std::pair<const K, V>> {
  using type = std::pair<K, V>;
};

template <typename T>
concept JsonSet = requires(T& to, typename T::value_type value) {
  to.clear();
  to.insert(to.end(), std::move(value));
};

template <typename T>
inline constexpr bool kNoJson = false;

/// A `from_json` that takes the value by value or by reference to const would read nothing.
template <typename T>
concept FromJsonIntoCopy = requires(const JsonValue& json, T&& to) { from_json(json, std::move(to)); };
/// A `to_json` that takes the writer by value would lose where it was.
template <typename T>
concept ToJsonOfCopy = requires(JsonWriter&& json, const T& value) { to_json(std::move(json), value); };

}  // namespace detail

template <typename T>
void JsonValue::get(T& to) const {
  if constexpr (detail::FromJson<T>) {
    static_assert(!detail::FromJsonIntoCopy<T>, "JSON: from_json must take its second parameter by reference, T&");
    from_json(*this, to);
  } else if constexpr (std::same_as<T, bool>) {
    to = boolean();
  } else if constexpr (detail::JsonInteger<T> && std::is_signed_v<T>) {
    to = static_cast<T>(whole(std::int64_t{std::numeric_limits<T>::min()}, std::numeric_limits<T>::max()));
  } else if constexpr (detail::JsonInteger<T>) {
    to = static_cast<T>(whole(std::uint64_t{std::numeric_limits<T>::max()}));
  } else if constexpr (std::floating_point<T>) {
    to = number<T>();
  } else if constexpr (std::same_as<T, std::string>) {
    to.assign(text());
  } else if constexpr (detail::containers::IsOptional<T>::value) {
    if (kind() == Kind::kNull) {
      to.reset();
    } else {
      get(to.emplace());
    }
  } else if constexpr (TimePoint<T>) {
    get_time(to);
  } else if constexpr (detail::JsonTuple<T>) {
    get_tuple(to);
  } else if constexpr (detail::JsonMap<T>) {
    to.clear();
    for_each_member([&to](std::string_view name, const JsonValue& value) { value.get(to[std::string{name}]); });
  } else if constexpr (detail::JsonArray<T>) {
    expect_array();
    to.clear();
    if constexpr (requires { to.reserve(std::size_t{}); }) {
      to.reserve(node_->size);
    }
    for_each_element([&to](const JsonValue& element) {
      if constexpr (std::same_as<typename T::value_type, std::string>) {
        to.emplace_back(element.text());
      } else if constexpr (std::is_lvalue_reference_v<decltype(to.emplace_back())>) {
        element.get(to.emplace_back());
      } else {  // a std::vector<bool>
        to.push_back(element.get<typename T::value_type>());
      }
    });
  } else if constexpr (detail::JsonFixedArray<T>) {
    expect_size(std::tuple_size_v<T>);
    auto next = to.begin();
    for_each_element([&next](const JsonValue& element) { element.get(*next++); });
  } else if constexpr (detail::JsonSet<T>) {
    to.clear();
    for_each_element([&to](const JsonValue& element) {
      to.insert(to.end(), element.get<typename detail::JsonElement<typename T::value_type>::type>());
    });
  } else {
    static_assert(detail::kNoJson<T>,
                  "JSON: no way to read this type; give it a void from_json(const weir::JsonValue&, T&) beside it, for "
                  "a plain struct by weir::fields<T>(names...).read(json, to)");
  }
}

template <typename T>
void JsonWriter::value(const T& value) {
  if constexpr (detail::ToJson<T>) {
    static_assert(!detail::ToJsonOfCopy<T>,
                  "JSON: to_json must take its first parameter by reference, weir::JsonWriter&");
    to_json(*this, value);
  } else if constexpr (std::same_as<T, bool>) {
    boolean(value);
  } else if constexpr (detail::JsonInteger<T> && std::is_signed_v<T>) {
    number(std::int64_t{value});
  } else if constexpr (detail::JsonInteger<T>) {
    number(std::uint64_t{value});
  } else if constexpr (std::same_as<T, long double>) {
    number(value);
  } else if constexpr (std::floating_point<T>) {
    number(static_cast<double>(value));
  } else if constexpr (TimePoint<T>) {
    time(detail::codec::split_time(value));
  } else if constexpr (std::convertible_to<const T&, std::string_view>) {
    text(std::string_view{value});
  } else if constexpr (detail::containers::IsOptional<T>::value) {
    if (value) {
      this->value(*value);
    } else {
      null();
    }
  } else if constexpr (detail::JsonTuple<T>) {
    begin_array();
    std::apply([this](const auto&... each) { (this->value(each), ...); }, value);
    end_array();
  } else if constexpr (detail::JsonMap<T>) {
    begin_object();
    for (const auto& [name, mapped] : value) {
      member(name, mapped);
    }
    end_object();
  } else if constexpr (requires {
                         value.begin();
                         value.end();
                       }) {
    begin_array();
    for (const auto& element : value) {
      this->value(element);
    }
    end_array();
  } else {
    static_assert(detail::kNoJson<T>,
                  "JSON: no way to write this type; give it a void to_json(weir::JsonWriter&, const T&) beside it, for "
                  "a plain struct by weir::fields<T>(names...).write(json, value)");
  }
}

}  // namespace weir
