#pragma once

#include <memory>
#include <utility>

namespace weir::detail::runtime {

/// Makes a Derived that is only known as a Base from then on. `std::make_unique` would do, but makes the compiler work
/// through a `std::unique_ptr` of each Derived on the way; that took a fifth of the time that a program of ten steps
/// needs.
template <typename Base, typename Derived, typename... Args>
std::unique_ptr<Base> make_as(Args&&... args) {
  return std::unique_ptr<Base>{new Derived(std::forward<Args>(args)...)};
}

}  // namespace weir::detail::runtime
