#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>

namespace weir::detail {

/// The parameter types of a callable that is not overloaded.
template <typename F>
struct Signature : Signature<decltype(&F::operator())> {};
template <typename R, typename... Args>
struct Signature<R (*)(Args...)> {
  using Result = R;
  template <std::size_t kIndex>
  using Argument = std::remove_cvref_t<std::tuple_element_t<kIndex, std::tuple<Args...>>>;
  static constexpr std::size_t kArity = sizeof...(Args);
};
template <typename R, typename... Args>
struct Signature<R (*)(Args...) noexcept> : Signature<R (*)(Args...)> {};
template <typename C, typename R, typename... Args>
struct Signature<R (C::*)(Args...)> : Signature<R (*)(Args...)> {};
template <typename C, typename R, typename... Args>
struct Signature<R (C::*)(Args...) const> : Signature<R (*)(Args...)> {};
template <typename C, typename R, typename... Args>
struct Signature<R (C::*)(Args...) noexcept> : Signature<R (*)(Args...)> {};
template <typename C, typename R, typename... Args>
struct Signature<R (C::*)(Args...) const noexcept> : Signature<R (*)(Args...)> {};

/// A callable of one signature alone: neither overloaded nor a template.
template <typename F>
concept HasSignature = std::is_pointer_v<F> || requires { &F::operator(); };

template <typename F>
using FirstArgument = typename Signature<F>::template Argument<0>;

}  // namespace weir::detail
