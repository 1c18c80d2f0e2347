#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>

namespace weir::detail::graph {

/// The parameter types of a callable that is not overloaded.
template <typename F>
struct Signature : Signature<decltype(&F::operator())> {};
template <typename R, typename... Args>
struct Signature<R (*)(Args...)> {
  using Result = R;
  template <std::size_t kIndex>
  using Parameter = std::tuple_element_t<kIndex, std::tuple<Args...>>;
  template <std::size_t kIndex>
  using Argument = std::remove_cvref_t<Parameter<kIndex>>;
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

template <typename C, typename R, typename... Args>
struct Signature<R (C::*)(Args...)&> : Signature<R (*)(Args...)> {};
template <typename C, typename R, typename... Args>
struct Signature<R (C::*)(Args...) const&> : Signature<R (*)(Args...)> {};
template <typename C, typename R, typename... Args>
struct Signature<R (C::*)(Args...) & noexcept> : Signature<R (*)(Args...)> {};
template <typename C, typename R, typename... Args>
struct Signature<R (C::*)(Args...) const & noexcept> : Signature<R (*)(Args...)> {};

/// A callable with exactly one signature: neither overloaded nor a template.
template <typename F>
concept HasSignature = std::is_pointer_v<F> || requires { &F::operator(); };

template <typename F>
using FirstArgument = typename Signature<F>::template Argument<0>;

/// Whether a function, a function pointer or a pointer to a member function cannot change the caller's argument for a
/// parameter: it takes it by value, or by reference to const.
template <std::size_t kIndex, typename Function>
inline constexpr bool kReadsParameter = [] {
  if constexpr (kIndex < Signature<Function>::kArity) {
    using Parameter = typename Signature<Function>::template Parameter<kIndex>;
    return !std::is_reference_v<Parameter> || std::is_const_v<std::remove_reference_t<Parameter>>;
  } else {
    return false;
  }
}();

/// Whether a callable is known not to change its first argument. For a generic one that is known if all its parameters,
/// or the first alone, are generic.
template <typename F, typename First, typename Second>
inline constexpr bool kLeavesFirst = [] {
  if constexpr (HasSignature<F>) {
    return kReadsParameter<0, F>;
  } else if constexpr (requires { &F::template operator()<First, Second>; }) {
    return kReadsParameter<0, decltype(&F::template operator()<First, Second>)>;
  } else if constexpr (requires { &F::template operator()<First>; }) {
    return kReadsParameter<0, decltype(&F::template operator()<First>)>;
  } else {
    return false;
  }
}();

}  // namespace weir::detail::graph
