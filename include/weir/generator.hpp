#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "weir/copyable.hpp"
#include "weir/time.hpp"

namespace weir {

/// A generator yields it when it has no item now; weir asks again after the pause.
struct Idle {
  std::chrono::nanoseconds pause;  ///< how long weir waits before it asks again; 0: at the next turn of the worker
};

/// `co_yield weir::idle(10ms);` in a generator that feeds an input. Of any length; a negative one is none.
template <typename Rep, typename Period>
constexpr Idle idle(std::chrono::duration<Rep, Period> pause) {
  return {detail::saturated(pause)};
}

/// A coroutine that makes items one at a time, on request.
///
///     weir::Generator<std::pair<int, std::string>> lines() {
///       const std::pair<int, std::string> first{1, "hello"};
///       co_yield first;
///     }
///
/// As an input it may yield `weir::idle(pause)`; in the result of a `flat_map` weir ignores a pause. A named object is
/// copied, as by `std::generator`, so the coroutine still has it; `co_yield std::move(object)` hands it over. Yield no
/// temporaries of aggregates: GCC 12 destroys them in a `co_yield` expression twice. Move-only. A moved-from generator
/// can only be assigned to or destroyed. Not thread-safe.
template <typename T>
class Generator {
 public:
  /// What the compiler makes a coroutine of.
  class promise_type {  // NOLINT(readability-identifier-naming): the language asks for this name
   public:
    Generator get_return_object() { return Generator{Handle::from_promise(*this)}; }  ///< called by the compiler
    std::suspend_always initial_suspend() noexcept { return {}; }  ///< nothing runs before the first item is asked for
    std::suspend_always final_suspend() noexcept { return {}; }  ///< the generator destroys the coroutine, not its end
    /// `co_yield` of a named object: it is copied where it can be, else moved from.
    std::suspend_always yield_value(T& item) noexcept {
      item_ = std::addressof(item);
      copy_ = copyable<T>;
      return {};
    }
    /// `co_yield` of an rvalue: it is moved from.
    std::suspend_always yield_value(T&& item) noexcept {
      item_ = std::addressof(item);
      copy_ = false;
      return {};
    }
    /// `co_yield` of a constant object: it is copied.
    std::suspend_always yield_value(const T& item) noexcept {
      item_ = const_cast<T*>(std::addressof(item));  // only read, since copy_ says so
      copy_ = true;
      return {};
    }
    /// `co_yield weir::idle(pause)`: no item now.
    std::suspend_always yield_value(Idle idle) noexcept {
      item_ = nullptr;
      pause_ = idle.pause;
      return {};
    }
    void return_void() noexcept {}         ///< `co_return`, or the end of the coroutine's body
    void unhandled_exception() { throw; }  ///< lets the exception out of `advance`

   private:
    friend class Generator;
    using Copy = std::conditional_t<copyable<T>, std::optional<T>, std::monostate>;

    T* item_ = nullptr;
    bool copy_ = false;
    Copy copied_{};  // for callers that ask for the item more than once
    std::chrono::nanoseconds pause_{};
  };

  /// The other can only be assigned to or destroyed afterwards.
  Generator(Generator&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
  /// Exchanges the coroutines: the one that this had ends with `other`.
  Generator& operator=(Generator&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Generator() {
    if (handle_) {
      handle_.destroy();
    }
  }

  /// Runs to the next item or pause. False at the end.
  /// @throws the exception of the coroutine, which has ended then
  bool advance() {
    if (handle_.done()) {
      return false;
    }
    handle_.resume();
    return !handle_.done();
  }

  /// Whether it is at its end.
  [[nodiscard]] bool done() const noexcept { return handle_.done(); }

  /// After `advance`: whether it yielded an item rather than a pause.
  [[nodiscard]] bool has_item() const noexcept { return handle_.promise().item_ != nullptr; }

  /// After `advance`: how long it wants to pause.
  [[nodiscard]] std::chrono::nanoseconds pause() const noexcept { return handle_.promise().pause_; }

  /// The item: a copy of the object that the coroutine yielded, or moved out of it if that was an rvalue, or cannot be
  /// copied. Once for each.
  [[nodiscard]] T take() {
    return take_by([](T&& item) { return std::move(item); });
  }

  /// The same without a move: `use(T&&)` gets an rvalue in place.
  template <typename Use>
  decltype(auto) take_by(Use use) {
    T& item = *handle_.promise().item_;
    if constexpr (copyable<T>) {
      if (handle_.promise().copy_) {
        return use(T(std::as_const(item)));
      }
    }
    return use(std::move(item));
  }

  /// The item in place, or a copy of it that is made once; the caller may move it out.
  [[nodiscard]] T&& item() {
    promise_type& promise = handle_.promise();
    if constexpr (copyable<T>) {
      if (promise.copy_) {
        promise.item_ = std::addressof(promise.copied_.emplace(std::as_const(*promise.item_)));
        promise.copy_ = false;
      }
    }
    return std::move(*promise.item_);
  }

  /// An input iterator over the items; it skips pauses.
  class Iterator {
   public:
    using value_type = T;                    ///< the item
    using difference_type = std::ptrdiff_t;  ///< unused: an iterator only goes forward

    /// Runs to the first item.
    explicit Iterator(Generator& generator) : generator_{&generator} { ++*this; }

    [[nodiscard]] T&& operator*() const { return generator_->item(); }  ///< as `Generator::item`
    /// Runs to the next item, over pauses.
    /// @throws the exception of the coroutine
    Iterator& operator++() {
      bool more = generator_->advance();
      while (more && !generator_->has_item()) {
        more = generator_->advance();
      }
      return *this;
    }
    void operator++(int) { ++*this; }  ///< for the concept of input iterators
    /// Whether the coroutine has ended.
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.generator_->done(); }

   private:
    Generator* generator_;
  };

  /// Runs the coroutine to its first item. Call it once, and do not mix it with `advance`.
  [[nodiscard]] Iterator begin() { return Iterator{*this}; }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }  ///< the end of every generator

 private:
  using Handle = std::coroutine_handle<promise_type>;
  explicit Generator(Handle handle) : handle_{handle} {}

  Handle handle_;
};

}  // namespace weir
