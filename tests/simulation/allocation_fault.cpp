#include "simulation/allocation_fault.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__SANITIZE_THREAD__)
#define WEIR_HAS_THREAD_SANITIZER
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define WEIR_HAS_THREAD_SANITIZER
#endif
#endif

#if defined(WEIR_HAS_THREAD_SANITIZER)

namespace weir::simulation {

bool allocations_can_fail() { return false; }
void fail_allocation(std::uint64_t /*at*/) {}
void count_allocations(bool /*counted*/) {}
std::uint64_t counted_allocations() { return 0; }

}  // namespace weir::simulation

#else

namespace {

// Simulations run on one thread; others in the process are none of this test's.
thread_local bool counting = false;
thread_local std::uint64_t counted = 0;
thread_local std::uint64_t failing = 0;

void* allocate(std::size_t bytes) {
  if (counting && ++counted == failing) {
    throw std::bad_alloc{};
  }
  if (void* const allocated = std::malloc(bytes != 0 ? bytes : 1)) {
    return allocated;
  }
  throw std::bad_alloc{};
}

}  // namespace

namespace weir::simulation {

bool allocations_can_fail() { return true; }

void fail_allocation(std::uint64_t at) {
  failing = at;
  counted = 0;
}

void count_allocations(bool counted_from_here) { counting = counted_from_here; }

std::uint64_t counted_allocations() { return counted; }

}  // namespace weir::simulation

void* operator new(std::size_t bytes) { return allocate(bytes); }
void* operator new[](std::size_t bytes) { return allocate(bytes); }
void operator delete(void* allocated) noexcept { std::free(allocated); }
void operator delete(void* allocated, std::size_t /*bytes*/) noexcept { std::free(allocated); }
void operator delete[](void* allocated) noexcept { std::free(allocated); }
void operator delete[](void* allocated, std::size_t /*bytes*/) noexcept { std::free(allocated); }

#endif
