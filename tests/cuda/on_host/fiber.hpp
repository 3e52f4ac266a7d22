// SPDX-License-Identifier: BSD-3-Clause
//
// Fibers: functions that can stop halfway and go on later, each on a stack of its own, all on one thread of the host.
//
//   on_host::Fiber fiber{[] { for (;;) { /* ... */ on_host::Fiber::suspend(); } }};    // never returns
//   fiber.resume();                                                              // until it suspends itself
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ON_HOST_ADDRESS_SANITIZER
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define ON_HOST_ADDRESS_SANITIZER
#endif
#if defined(ON_HOST_ADDRESS_SANITIZER)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace on_host {

#if defined(__x86_64__)
/// Saves the registers that a function call keeps, and goes on with those saved in `to`. Ten times as fast as
/// swapcontext, which calls the kernel.
[[gnu::naked, gnu::noinline]] inline void switch_stack(void** /*from*/, void* /*to*/) {
  asm("pushq %rbp\n pushq %rbx\n pushq %r12\n pushq %r13\n pushq %r14\n pushq %r15\n"
      "movq %rsp, (%rdi)\n movq %rsi, %rsp\n"
      "popq %r15\n popq %r14\n popq %r13\n popq %r12\n popq %rbx\n popq %rbp\n ret");
}
#endif

/// Where a fiber, or the function that resumed it, has stopped.
class Context {
 public:
  Context() = default;
  Context(std::byte* stack, std::size_t size, void (*entry)()) : stack_(stack), size_(size) {
#if defined(__x86_64__)
    constexpr std::size_t registers = 6;
    auto* top =
        reinterpret_cast<void**>(stack + size);  // as if entry had been called: the address it returns to is none
    *--top = nullptr;
    *--top = reinterpret_cast<void*>(entry);
    for (std::size_t i = 0; i < registers; ++i) *--top = nullptr;
    top_ = top;
#else
    getcontext(&context_);
    context_.uc_stack.ss_sp = stack;
    context_.uc_stack.ss_size = size;
    makecontext(&context_, entry, 0);
#endif
  }

  /// Stops here and goes on at `to`; returns when something goes on here.
  void go_to(Context& to) {
#if defined(ON_HOST_ADDRESS_SANITIZER)
    void* fake_stack = nullptr;
    __sanitizer_start_switch_fiber(&fake_stack, to.stack_, to.size_);
#endif
#if defined(__x86_64__)
    switch_stack(&top_, to.top_);
#else
    swapcontext(&context_, &to.context_);
#endif
#if defined(ON_HOST_ADDRESS_SANITIZER)
    __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
  }

  /// What a fiber does first. The stack of the one that resumed it is known from here on.
  static void begin([[maybe_unused]] Context& resumer) {
#if defined(ON_HOST_ADDRESS_SANITIZER)
    const void* stack = nullptr;
    __sanitizer_finish_switch_fiber(nullptr, &stack, &resumer.size_);
    resumer.stack_ = static_cast<const std::byte*>(stack);
#endif
  }

 private:
  [[maybe_unused]] const std::byte* stack_ = nullptr;
  [[maybe_unused]] std::size_t size_ = 0;
#if defined(__x86_64__)
  void* top_ = nullptr;
#else
  ucontext_t context_{};
#endif
};

/// A fiber may be destroyed wherever it has stopped; its function is not unwound.
class Fiber {
 public:
  explicit Fiber(void (*function)()) : function_(function), context_(stack_.get(), stack_size, enter) {}
  Fiber(const Fiber&) = delete;

  void resume() {
    running_ = this;
    resumer_.go_to(context_);
  }
  static void suspend() { running_->context_.go_to(resumer_); }
  static Fiber* running() { return running_; }

 private:
  static constexpr std::size_t stack_size = 256 * 1024;  // untouched pages cost nothing

  static void enter() {
    Context::begin(resumer_);
    running_->function_();
  }

  static inline Fiber* running_ = nullptr;
  static inline Context resumer_;

  void (*function_)();
  std::unique_ptr<std::byte[]> stack_{new std::byte[stack_size]};
  Context context_;
};

}  // namespace on_host
