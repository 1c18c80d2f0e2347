// Linked into a program: lets the system refuse the thread whose number is in WEIR_REFUSED_THREAD, and all after it.

#include <atomic>
#include <cerrno>
#include <cstdlib>

#include <dlfcn.h>
#include <pthread.h>

using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*), void* of) {
  static std::atomic<int> made{0};
  const char* const refused = std::getenv("WEIR_REFUSED_THREAD");
  if (refused != nullptr && ++made >= std::atoi(refused)) {
    return EAGAIN;
  }
  static const auto real = reinterpret_cast<Create>(::dlsym(RTLD_NEXT, "pthread_create"));
  return real(thread, attributes, start, of);
}
