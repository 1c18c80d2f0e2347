#include "interleaving/fiber.hpp"

#include <cstdlib>
#include <utility>

// The sanitizers' fiber interfaces. Weak: null in a build without the sanitizer, and then skipped.
extern "C" {
[[gnu::weak]] void __sanitizer_start_switch_fiber(void** fake_stack_save, const void* bottom, std::size_t size);
[[gnu::weak]] void __sanitizer_finish_switch_fiber(void* fake_stack_save, const void** bottom_old,
                                                   std::size_t* size_old);
[[gnu::weak]] void* __tsan_get_current_fiber();
[[gnu::weak]] void* __tsan_create_fiber(unsigned flags);
[[gnu::weak]] void __tsan_destroy_fiber(void* fiber);
[[gnu::weak]] void __tsan_switch_to_fiber(void* fiber, unsigned flags);
}

namespace weir::interleaving {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} * 1024;

// Fibers share one thread; these carry a switch from its one side to the other.
Fiber* leaving = nullptr;
Fiber* entering = nullptr;

}  // namespace

Fiber::Fiber() {
  if (__tsan_get_current_fiber != nullptr) {
    tsan_fiber_ = __tsan_get_current_fiber();
  }
}

Fiber::Fiber(std::function<void()> body)
    : body_{std::move(body)},
      stack_{std::make_unique_for_overwrite<std::byte[]>(kStackBytes)},
      stack_bottom_{stack_.get()},
      stack_bytes_{kStackBytes} {
  getcontext(&context_);
  context_.uc_stack.ss_sp = stack_.get();
  context_.uc_stack.ss_size = kStackBytes;
  makecontext(&context_, &Fiber::enter, 0);
  if (__tsan_create_fiber != nullptr) {
    tsan_fiber_ = __tsan_create_fiber(0);
  }
}

Fiber::~Fiber() {
  if (stack_ != nullptr && __tsan_destroy_fiber != nullptr) {
    __tsan_destroy_fiber(tsan_fiber_);
  }
}

void Fiber::switch_to(Fiber& from, Fiber& to) {
  leaving = &from;
  entering = &to;
  if (__sanitizer_start_switch_fiber != nullptr) {
    __sanitizer_start_switch_fiber(&from.asan_fake_stack_, to.stack_bottom_, to.stack_bytes_);
  }
  if (__tsan_switch_to_fiber != nullptr) {
    __tsan_switch_to_fiber(to.tsan_fiber_, 0);
  }
  swapcontext(&from.context_, &to.context_);
  from.arrive();
}

void Fiber::enter() {
  Fiber& self = *entering;
  self.arrive();
  self.body_();
  std::abort();  // there is no stack to return to
}

void Fiber::arrive() {
  if (__sanitizer_finish_switch_fiber != nullptr) {
    // Also how the bounds of the thread's own stack become known.
    __sanitizer_finish_switch_fiber(asan_fake_stack_, &leaving->stack_bottom_, &leaving->stack_bytes_);
  }
}

}  // namespace weir::interleaving
