#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "weir/detail/graph/port.hpp"

namespace weir {

namespace detail {
namespace graph {
class Graph;
struct StreamAccess;
}  // namespace graph

template <typename T>
struct IsPair : std::false_type {};
template <typename First, typename Second>
struct IsPair<std::pair<First, Second>> : std::true_type {};
}  // namespace detail

/// The connection of two steps of a dataflow: a small, copyable handle. Valid as long as its `Dataflow`.
template <typename T>
class Stream {
  static_assert(std::is_object_v<T> && !std::is_const_v<T> && std::move_constructible<T>,
                "Stream: items are movable objects, not references, const or void");

 public:
  using Item = T;  ///< what flows in it

 private:
  friend struct detail::graph::StreamAccess;
  Stream(detail::graph::Graph& graph, detail::graph::Port port) : graph_{&graph}, port_{port} {}

  detail::graph::Graph* graph_;
  detail::graph::Port port_;
};

/// A stream of pairs: each value belongs to a key.
template <typename K, typename V>
using KeyedStream = Stream<std::pair<K, V>>;

/// An item that has a key and a value.
template <typename T>
concept KeyedItem = detail::IsPair<T>::value;

namespace detail {

/// The result of a step that a `static_assert` refused, or that has no stream. The rest of the pipe accepts it, so that
/// the compiler reports no further error.
struct Refused {
  template <typename T>
  operator Stream<T>() const;  // NOLINT(google-explicit-constructor): never called, the program does not compile
};

template <typename Step>
Refused operator|(Refused refused, Step&& /*step*/) {
  return refused;
}

/// A step that ends a stream, so its result is no stream.
template <typename Step>
concept EndsStream = requires { requires Step::kEndsStream; };

}  // namespace detail

/// Adds a step to a stream: one of `weir::op`, or any callable that takes a stream.
template <typename T, typename Step>
[[gnu::cold]] auto operator|(const Stream<T>& stream, Step&& step) {
  using Own = std::decay_t<Step>;
  if constexpr (requires(Own own) { std::move(own).apply(stream); }) {
    if constexpr (!std::same_as<Step, Own>) {
      return stream | Own{step};  // one that stays with the caller is copied
    } else if constexpr (std::is_void_v<decltype(std::forward<Step>(step).apply(stream))> && !detail::EndsStream<Own>) {
      std::forward<Step>(step).apply(stream);  // a step of the user's own may end a stream too
      return detail::Refused{};
    } else {
      return std::forward<Step>(step).apply(stream);
    }
  } else {
    static_assert(std::invocable<Step, const Stream<T>&>,
                  "weir: the right side of | must be a step: one of weir::op, or a callable that takes this stream");
    if constexpr (std::invocable<Step, const Stream<T>&>) {
      return std::forward<Step>(step)(stream);
    } else {
      return detail::Refused{};
    }
  }
}

}  // namespace weir
