#pragma once

#include <concepts>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

#include "weir/operators/inspect.hpp"
#include "weir/stream.hpp"

namespace weir::op {

/// The result of `raises`.
template <typename Describe>
struct [[nodiscard]] Raises {
  static constexpr bool kEndsStream = true;  ///< gives no stream: nothing follows it
  std::string step_id;                       ///< as `raises` takes it
  Describe describe;                         ///< as `raises` takes it

  /// Adds the step to the dataflow of `up`. `up | raises(...)` calls it.
  /// @throws BuildError  if another step has the id
  template <typename T>
  [[gnu::cold]] void apply(const Stream<T>& up) && {
    static_assert(std::is_invocable_r_v<std::string, Describe&, const T&>,
                  "raises: describe must be std::string(const T&)");
    if constexpr (std::is_invocable_r_v<std::string, Describe&, const T&>) {
      static_cast<void>(Inspect{
          std::move(step_id), [describe = std::move(describe)](const T& item) mutable {
            throw std::runtime_error{std::string{"an item came: "} + describe(item)};
          }}.apply(up));
    }
  }
};

/// Fails the run at the first item: for a stream that should stay empty.
///
///     late | op::raises("none_is_late", [](const Order& order) { return order.id; });
///
/// @param step_id   unique in the dataflow
/// @param describe  `std::string(const T&)`: the item's text in the error
/// @see Bytewax 0.21, operator `raises`.
template <typename Describe>
Raises<Describe> raises(std::string step_id, Describe describe) {
  return {std::move(step_id), std::move(describe)};
}

}  // namespace weir::op
