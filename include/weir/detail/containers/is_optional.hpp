#pragma once

#include <optional>
#include <type_traits>

namespace weir::detail::containers {

template <typename T>
struct IsOptional : std::false_type {};
template <typename T>
struct IsOptional<std::optional<T>> : std::true_type {};

}  // namespace weir::detail::containers
