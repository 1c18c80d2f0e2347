#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>

#include "weir/generator.hpp"
#include "weir/source_progress.hpp"

namespace weir::detail::io {

/// The result of a request for the next item: one was used, a pause, or the end.
struct Fed {
  enum class Kind { kItem, kPause, kEnd };
  Kind kind = Kind::kEnd;
  std::chrono::nanoseconds pause{};
};

/// A range that is certain to end: one that knows its size, or a container.
template <typename R>
concept BoundedRange = std::ranges::sized_range<R> || (std::ranges::common_range<R> && !std::ranges::view<R>);

/// A builder's result, one item at a time. The constructor advances it to its first item; `next` passes the item to
/// `use` in place.
template <typename R>
class Feed;

template <std::ranges::input_range R>
class Feed<R> {
 public:
  using Value = std::ranges::range_value_t<R>;
  static constexpr bool kBounded = BoundedRange<R>;

  template <typename Make>
  explicit Feed(Make make) : range_{make()}, next_{std::ranges::begin(range_)} {}

  /// How many items it has in all.
  [[nodiscard]] std::uint64_t size() const
    requires std::ranges::sized_range<const R>
  {
    return static_cast<std::uint64_t>(std::ranges::size(range_));
  }

  template <typename Use>
  Fed next(Use use) {
    if (next_ == std::ranges::end(range_)) {
      return {};
    }
    if constexpr (!std::ranges::view<R> &&
                  std::same_as<std::ranges::range_reference_t<R>, std::ranges::range_value_t<R>&>) {
      use(std::move(*next_));
    } else {
      use(Value{*next_});
    }
    ++next_;
    return {Fed::Kind::kItem};
  }

 private:
  R range_;
  std::ranges::iterator_t<R> next_;
};

template <typename T>
class Feed<Generator<T>> {
 public:
  using Value = T;
  static constexpr bool kBounded = false;

  template <typename Make>
  explicit Feed(Make make) : generator_{make()}, more_{generator_.advance()} {}

  template <typename Use>
  Fed next(Use use) {
    if (used_) {
      more_ = generator_.advance();
    }
    used_ = more_;
    if (!more_) {
      return {};
    }
    if (!generator_.has_item()) {
      return {Fed::Kind::kPause, generator_.pause()};
    }
    generator_.take_by(use);
    return {Fed::Kind::kItem};
  }

 private:
  Generator<T> generator_;
  bool more_;
  bool used_ = false;  // the generator's current item has been handed out
};

template <typename F>
  requires std::invocable<F&>
class Feed<F> {
 public:
  using Value = typename std::remove_cvref_t<std::invoke_result_t<F&>>::value_type;
  static constexpr bool kBounded = false;

  template <typename Make>
  explicit Feed(Make make) : function_{make()}, first_{std::invoke(function_)}, ended_{!first_} {}

  template <typename Use>
  Fed next(Use use) {
    if (ended_) {
      return {};
    }
    if (first_) {
      use(std::move(*first_));
      first_.reset();
      return {Fed::Kind::kItem};
    }
    std::optional<Value> item = std::invoke(function_);
    ended_ = !item;
    if (ended_) {
      return {};
    }
    use(std::move(*item));
    return {Fed::Kind::kItem};
  }

 private:
  F function_;
  std::optional<Value> first_;
  bool ended_;
};

/// How much of a result was read: `done` items; nothing if it does not know how many it has in all.
template <typename R>
std::optional<SourceProgress> progress_of(const Feed<R>& feed, std::uint64_t done) {
  if constexpr (requires { feed.size(); }) {
    return SourceProgress{.done = done, .total = std::max(feed.size(), done)};
  } else {
    return std::nullopt;
  }
}

}  // namespace weir::detail::io
