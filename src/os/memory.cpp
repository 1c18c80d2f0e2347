#include "os/memory.hpp"

#include <fstream>

#include <unistd.h>

namespace weir::detail::os {

std::uint64_t resident_bytes() {
  std::ifstream pages{"/proc/self/statm"};
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  if (!(pages >> all >> resident)) {
    return 0;
  }
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace weir::detail::os
