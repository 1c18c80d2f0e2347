#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <type_traits>

#include "interleaving/explorer.hpp"

namespace weir::interleaving {

/// Stands in for `std::atomic` in an exploration: every access is a point where another fiber may run, and obeys the
/// memory order that it names, no more. Orders have no default: code under test must say what it needs.
template <typename T>
class Atomic {
  static_assert(std::is_integral_v<T> && sizeof(T) <= sizeof(std::uint64_t), "Atomic: only integers are modelled");

 public:
  explicit Atomic(T initial) : at_{Explorer::current().memory().add_location(initial)} {}
  Atomic(const Atomic&) = delete;
  Atomic& operator=(const Atomic&) = delete;

  [[nodiscard]] T load(std::memory_order order) const {
    Explorer& explorer = Explorer::current();
    if (!explorer.running()) {
      return static_cast<T>(explorer.memory().newest(at_));
    }
    explorer.yield();
    const std::uint64_t value = explorer.memory().load(*explorer.running(), at_, order, explorer.choices());
    trace("load", order, value);
    return static_cast<T>(value);
  }

  void store(T value, std::memory_order order) {
    Explorer& explorer = Explorer::current();
    if (!explorer.running()) {
      explorer.memory().set(at_, value);
      return;
    }
    explorer.yield();
    explorer.memory().store(*explorer.running(), at_, value, order);
    trace("store", order, value);
  }

  T exchange(T value, std::memory_order order) {
    return modify("exchange, was", order, [value](std::uint64_t) { return value; });
  }

  T fetch_or(T bits, std::memory_order order) {
    return modify("fetch_or, was", order, [bits](std::uint64_t before) { return before | bits; });
  }

  [[nodiscard]] LocationIndex location() const { return at_; }

 private:
  template <typename Change>
  T modify(const char* name, std::memory_order order, Change change) {
    Explorer& explorer = Explorer::current();
    if (!explorer.running()) {
      const std::uint64_t before = explorer.memory().newest(at_);
      explorer.memory().set(at_, change(before));
      return static_cast<T>(before);
    }
    explorer.yield();
    const std::uint64_t before = explorer.memory().modify(*explorer.running(), at_, order, change);
    trace(name, order, before);
    return static_cast<T>(before);
  }

  void trace(const char* name, std::memory_order order, std::uint64_t value) const {
    Explorer::current().trace([&] {
      static constexpr const char* kOrders[] = {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
      return "#" + std::to_string(at_) + " " + name + " " + std::to_string(value) + " (" +
             kOrders[static_cast<int>(order)] + ")";
    });
  }

  const LocationIndex at_;
};

}  // namespace weir::interleaving
