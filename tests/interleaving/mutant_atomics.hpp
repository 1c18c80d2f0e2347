#pragma once

#include <atomic>
#include <optional>
#include <type_traits>

#include "interleaving/atomic.hpp"

/// Atomics that do less than they are told, each in one way: a fault planted in the code under test without touching
/// it. An exploration that does not find them all is worth nothing.
namespace weir::interleaving {

/// Stores of one fiber are relaxed: the tail of a ring for its producer, the head for its consumer.
template <FiberIndex kWho>
struct RelaxedStores {
  template <typename T>
  class Atomic : public interleaving::Atomic<T> {
   public:
    using interleaving::Atomic<T>::Atomic;
    void store(T value, std::memory_order order) {
      const bool weak = Explorer::current().running() == kWho;
      interleaving::Atomic<T>::store(value, weak ? std::memory_order_relaxed : order);
    }
  };
};

/// Loads of one fiber are relaxed: the head of a ring for its producer, the tail for its consumer.
template <FiberIndex kWho>
struct RelaxedLoads {
  template <typename T>
  class Atomic : public interleaving::Atomic<T> {
   public:
    using interleaving::Atomic<T>::Atomic;
    [[nodiscard]] T load(std::memory_order order) const {
      const bool weak = Explorer::current().running() == kWho;
      return interleaving::Atomic<T>::load(weak ? std::memory_order_relaxed : order);
    }
  };
};

/// Setting bits is relaxed: an announcement of a park word, a raised bit of a ready word.
template <typename T>
class RelaxedFetchOr : public Atomic<T> {
 public:
  using Atomic<T>::Atomic;
  T fetch_or(T bits, std::memory_order) { return Atomic<T>::fetch_or(bits, std::memory_order_relaxed); }
};

/// Exchanging is relaxed: the wake-up of a park word, the taking of a ready word.
template <typename T>
class RelaxedExchange : public Atomic<T> {
 public:
  using Atomic<T>::Atomic;
  T exchange(T value, std::memory_order) { return Atomic<T>::exchange(value, std::memory_order_relaxed); }
};

/// Plants a fault in 64-bit words only. In a scenario with parking those that are read and modified are ready words.
template <template <typename> class Mutant>
struct InReadyWords {
  template <typename T>
  class Atomic : public std::conditional_t<sizeof(T) == 8, Mutant<T>, interleaving::Atomic<T>> {
   public:
    explicit Atomic(T initial) : std::conditional_t<sizeof(T) == 8, Mutant<T>, interleaving::Atomic<T>>{initial} {}
  };
};

/// Knows the owner of a park word: it is the only one who sets bits there.
template <typename T>
class Owned : public Atomic<T> {
 public:
  using Atomic<T>::Atomic;
  T fetch_or(T bits, std::memory_order order) {
    if (bits != 0) {
      owner_ = Explorer::current().running();
    }
    return Atomic<T>::fetch_or(bits, order);
  }

 protected:
  [[nodiscard]] bool is_owner() const { return owner_ == Explorer::current().running(); }

 private:
  std::optional<FiberIndex> owner_;
};

/// The owner of a park word cancels by a plain store.
template <typename T>
class CancelsByStore : public Owned<T> {
 public:
  using Owned<T>::Owned;
  T exchange(T value, std::memory_order order) {
    if (!this->is_owner()) {
      return Atomic<T>::exchange(value, order);
    }
    this->store(value, std::memory_order_release);
    return 0;
  }
};

/// The owner of a park word raises its flag by a relaxed store, and others look for it by a relaxed load.
template <typename T>
class FlagsWithoutModifying : public Owned<T> {
 public:
  using Owned<T>::Owned;
  T fetch_or(T bits, std::memory_order order) {
    if (bits == 0) {
      return this->load(std::memory_order_relaxed);
    }
    Owned<T>::fetch_or(bits, order);  // only to become the owner
    this->store(bits, std::memory_order_relaxed);
    return 0;
  }
  T exchange(T value, std::memory_order order) {
    if (!this->is_owner() && this->load(std::memory_order_relaxed) == 0) {
      return 0;
    }
    return Atomic<T>::exchange(value, order);
  }
};

/// Others look at a park word by a load before they change it, as `wake_for_room` would if it were "optimized".
template <typename T>
class LooksByLoad : public Atomic<T> {
 public:
  using Atomic<T>::Atomic;
  T fetch_or(T bits, std::memory_order order) {
    return bits == 0 ? this->load(std::memory_order_acquire) : Atomic<T>::fetch_or(bits, order);
  }
};

}  // namespace weir::interleaving
