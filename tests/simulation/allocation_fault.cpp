#include "simulation/allocation_fault.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

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
