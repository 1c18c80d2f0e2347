#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "weir/detail/codec/reflect.hpp"
#include "weir/detail/sqlite/table_row.hpp"

namespace weir {
namespace detail {

template <typename T>
concept TupleLike = requires { std::tuple_size<T>::value; };

template <typename T, typename Call>
void for_each_part(T& value, Call call) {
  if constexpr (TupleLike<std::remove_const_t<T>>) {
    std::apply([&](auto&... parts) { (call(parts), ...); }, value);
  } else {
    codec::for_each_field(value, call);
  }
}

template <typename T>
constexpr std::size_t part_count() {
  if constexpr (TupleLike<T>) {
    return std::tuple_size_v<T>;
  } else {
    return codec::kFieldCount<T>;
  }
}

template <typename T>
inline constexpr bool kPartsAreColumns = [] {
  if constexpr (TupleLike<T>) {
    return []<std::size_t... kIndices>(std::index_sequence<kIndices...>) {
      return (sqlite::IsColumnField<std::tuple_element_t<kIndices, T>>::value && ...);
    }(std::make_index_sequence<std::tuple_size_v<T>>{});
  } else {
    return []<typename... Fs>(const codec::TypeList<Fs...>*) {
      return (sqlite::IsColumnField<Fs>::value && ...);
    }(static_cast<codec::Fields<T>*>(nullptr));
  }
}();

}  // namespace detail

/// The result of `columns`: how a type maps to the rows of a table.
template <typename T, std::size_t kColumns>
class Columns {
 public:
  using Value = T;  ///< the row as a struct or a tuple

  /// The names in the order of the fields; see `columns`.
  explicit Columns(std::array<std::string, kColumns> names) : names_{std::move(names)} {}

  /// Of the columns, in the order of the fields.
  [[nodiscard]] std::vector<std::string> names() const { return {names_.begin(), names_.end()}; }

  /// The type of each column in SQL.
  [[nodiscard]] std::vector<std::string> types() const {
    std::vector<std::string> types;
    const T value{};
    detail::for_each_part(value, [&]<typename F>(const F&) { types.emplace_back(detail::sqlite::declared_type<F>()); });
    return types;
  }

  /// Appends the encoding of a row.
  /// @throws std::runtime_error  for a whole number beyond 2^63-1
  void write(const T& value, std::string& row) const {
    std::size_t column = 0;
    detail::for_each_part(value, [&](const auto& field) { detail::sqlite::add_field(row, names_[column++], field); });
  }

  /// Reads the encoding of a row and removes it from `row`.
  /// @throws std::runtime_error  if a field cannot hold its value
  void read(std::string_view& row, T& to) const {
    std::size_t column = 0;
    detail::for_each_part(to, [&](auto& field) {
      const std::optional<detail::sqlite::TableValue> value = detail::sqlite::take_value(row);
      detail::sqlite::take_field(value ? *value : detail::sqlite::TableValue{}, names_[column], field);
      ++column;
    });
  }

 private:
  std::array<std::string, kColumns> names_;
};

/// Names the columns of a table for the fields of a plain struct, or the parts of a pair or tuple, in their order.
///
///     weir::columns<Order>("id", "item", "price")
///
/// A field is a `bool`, a whole number, a floating-point number, an enum, a `std::string`, a `std::vector<std::byte>`,
/// or a `std::optional` of these, where empty is NULL. NaN is NULL too, since SQLite has no NaN.
template <typename T, std::convertible_to<std::string>... Names>
auto columns(Names&&... names) {
  static_assert(detail::TupleLike<T> || detail::codec::PlainAggregate<T>,
                "columns: needs a plain struct, a pair or a tuple: no base classes, no C arrays, no constructors");
  if constexpr (detail::TupleLike<T> || detail::codec::PlainAggregate<T>) {
    static_assert(detail::part_count<T>() == sizeof...(Names), "columns: as many names as the struct has fields");
    static_assert(detail::kPartsAreColumns<T>,
                  "columns: a field must be a number, an enum, a std::string, a std::vector<std::byte>, or an optional "
                  "of these; op::map what is more to text first");
    if constexpr (detail::part_count<T>() == sizeof...(Names) && detail::kPartsAreColumns<T>) {
      return Columns<T, sizeof...(Names)>{std::array<std::string, sizeof...(Names)>{std::forward<Names>(names)...}};
    }
  }
}

}  // namespace weir
