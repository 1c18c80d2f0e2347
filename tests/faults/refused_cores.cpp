// Linked into a program: lets the system refuse to bind threads to a core where WEIR_REFUSED_CORES is set.

#include <cerrno>
#include <cstdlib>

#include <dlfcn.h>
#include <sched.h>

using Bind = int (*)(pid_t, std::size_t, const cpu_set_t*) noexcept;

extern "C" int sched_setaffinity(pid_t thread, std::size_t bytes, const cpu_set_t* cores) noexcept {
  if (std::getenv("WEIR_REFUSED_CORES") != nullptr) {
    errno = EPERM;
    return -1;
  }
  static const auto real = reinterpret_cast<Bind>(::dlsym(RTLD_NEXT, "sched_setaffinity"));
  return real(thread, bytes, cores);
}
