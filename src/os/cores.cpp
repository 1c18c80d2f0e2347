#include "os/cores.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <memory>
#include <new>
#include <thread>

#include <sched.h>

namespace weir::detail::os {
namespace {

constexpr std::size_t kMostCores = std::size_t{1} << 16;  // more than any kernel is built for

struct FreeSet {
  void operator()(cpu_set_t* set) const noexcept { CPU_FREE(set); }
};
using CoreSet = std::unique_ptr<cpu_set_t, FreeSet>;

}  // namespace

std::vector<std::size_t> usable_cores() {
  // The kernel refuses a set with less room than it has cores, with EINVAL.
  for (std::size_t cores = CPU_SETSIZE; cores <= kMostCores; cores *= 2) {
    const CoreSet set{CPU_ALLOC(cores)};
    if (set == nullptr) {
      throw std::bad_alloc{};
    }
    const std::size_t bytes = CPU_ALLOC_SIZE(cores);
    CPU_ZERO_S(bytes, set.get());
    if (::sched_getaffinity(0, bytes, set.get()) == 0) {
      std::vector<std::size_t> usable;
      for (std::size_t core = 0; core < cores; ++core) {
        if (CPU_ISSET_S(core, bytes, set.get())) {
          usable.push_back(core);
        }
      }
      return usable;
    }
    if (errno != EINVAL) {
      break;
    }
  }
  throw std::system_error{errno, std::generic_category(), "the cores that this program may use cannot be found out"};
}

std::size_t core_count() noexcept {
  try {
    return std::max<std::size_t>(usable_cores().size(), 1);
  } catch (const std::exception&) {
    return std::max(std::thread::hardware_concurrency(), 1U);
  }
}

std::error_code pin_to_core(std::size_t core) noexcept {
  const CoreSet set{CPU_ALLOC(core + 1)};
  if (set == nullptr) {
    return std::make_error_code(std::errc::not_enough_memory);
  }
  const std::size_t bytes = CPU_ALLOC_SIZE(core + 1);
  CPU_ZERO_S(bytes, set.get());
  CPU_SET_S(core, bytes, set.get());
  return ::sched_setaffinity(0, bytes, set.get()) == 0 ? std::error_code{}
                                                       : std::error_code{errno, std::generic_category()};
}

}  // namespace weir::detail::os
