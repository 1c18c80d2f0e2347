#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace weir::interleaving {

/// A stack of its own on the calling thread, entered and left by explicit switches. The address and thread sanitizers
/// are told of every switch.
class Fiber {
 public:
  /// The calling thread's own stack, to switch back to.
  Fiber();

  /// @param body  runs from the first switch on; must never return
  explicit Fiber(std::function<void()> body);

  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// Frees the stack without unwinding it.
  ~Fiber();

  /// Leaves `from`, which must be the running fiber, and goes on in `to`. Returns when somebody switches back.
  static void switch_to(Fiber& from, Fiber& to);

 private:
  static void enter();
  void arrive();

  std::function<void()> body_;
  std::unique_ptr<std::byte[]> stack_;
  ucontext_t context_{};
  const void* stack_bottom_ = nullptr;
  std::size_t stack_bytes_ = 0;
  void* asan_fake_stack_ = nullptr;
  void* tsan_fiber_ = nullptr;
};

}  // namespace weir::interleaving
