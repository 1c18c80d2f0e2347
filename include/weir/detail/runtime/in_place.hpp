#pragma once

#include <type_traits>

namespace weir::detail::runtime {

/// Makes a value in its final place, in an optional or a pair, without a move; also one that cannot be moved.
template <typename Make>
struct InPlace {
  Make make;
  operator std::invoke_result_t<Make&>() { return make(); }  // NOLINT(google-explicit-constructor)
};

}  // namespace weir::detail::runtime
