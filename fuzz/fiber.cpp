#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <fiber.hpp>
#include <new>
#include <sanitizers.hpp>

namespace __cxxabiv1 {  // NOLINT: the ABI's name
struct __cxa_eh_globals;
extern "C" __cxa_eh_globals* __cxa_get_globals() noexcept;
}  // namespace __cxxabiv1

// Saves what a function must leave as it found it, changes stacks, and takes the other's from there.
extern "C" void touchstone_fuzz_switch(void** save, void* load);

#if defined(__x86_64__)
asm(R"(
.text
.globl touchstone_fuzz_switch
.hidden touchstone_fuzz_switch
.type touchstone_fuzz_switch,@function
touchstone_fuzz_switch:
  .cfi_startproc
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
  .cfi_endproc
.size touchstone_fuzz_switch, .-touchstone_fuzz_switch
)");
constexpr std::size_t saved_words = 8;  // six registers, the return address, and what makes the stack aligned
constexpr std::size_t return_address = 6;
#elif defined(__aarch64__)
asm(R"(
.text
.globl touchstone_fuzz_switch
.hidden touchstone_fuzz_switch
.type touchstone_fuzz_switch,%function
touchstone_fuzz_switch:
  .cfi_startproc
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
  .cfi_endproc
.size touchstone_fuzz_switch, .-touchstone_fuzz_switch
)");
constexpr std::size_t saved_words = 20;
constexpr std::size_t return_address = 11;
#else
#error "fibers are written for x86-64 and aarch64; add the switch for this processor"
#endif

namespace touchstone::fuzz {
namespace {

// Where the sanitizer's knowledge of the stack that was left goes; one thread switches at a time.
Fiber* left_behind = nullptr;

}  // namespace

Fiber::Fiber() {
#ifdef TOUCHSTONE_TSAN
  tsan_fiber_ = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(std::size_t stack_size) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  mapping_size_ = page + stack_size;
  void* const mapping =
      mmap(nullptr, mapping_size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapping == MAP_FAILED) throw std::bad_alloc();
  mprotect(mapping, page, PROT_NONE);
  mapping_ = static_cast<std::byte*>(mapping);
  stack_bottom_ = mapping_ + page;
  stack_size_ = stack_size;
}

Fiber::~Fiber() {
  if (mapping_ == nullptr) return;
#ifdef TOUCHSTONE_TSAN
  if (tsan_fiber_ != nullptr) __tsan_destroy_fiber(tsan_fiber_);
#endif
  munmap(mapping_, mapping_size_);
}

void Fiber::prepare(Entry entry) {
  permit_access(stack_bottom_, stack_size_);
  exceptions_ = {};
  fake_stack_ = nullptr;
#ifdef TOUCHSTONE_TSAN
  // Making one takes milliseconds. One that ran to its end can be used again.
  if (spoilt_ && tsan_fiber_ != nullptr) __tsan_destroy_fiber(tsan_fiber_);
  if (spoilt_) tsan_fiber_ = __tsan_create_fiber(0);
#endif
  auto** top = reinterpret_cast<void**>(mapping_ + mapping_size_) - saved_words;
  for (std::size_t i = 0; i < saved_words; ++i) top[i] = nullptr;
  top[return_address] = reinterpret_cast<void*>(entry);
  stack_pointer_ = top;
  spoilt_ = false;
}

void Fiber::switch_stacks(Fiber& next, [[maybe_unused]] bool for_good) {
  auto* const state = reinterpret_cast<ExceptionState*>(__cxxabiv1::__cxa_get_globals());
  exceptions_ = *state;
  *state = next.exceptions_;
  left_behind = this;
#ifdef TOUCHSTONE_ASAN
  __sanitizer_start_switch_fiber(for_good ? nullptr : &fake_stack_, next.stack_bottom_, next.stack_size_);
#endif
#ifdef TOUCHSTONE_TSAN
  __tsan_switch_to_fiber(next.tsan_fiber_, __tsan_switch_to_fiber_no_sync);
#endif
  touchstone_fuzz_switch(&stack_pointer_, next.stack_pointer_);
#ifdef TOUCHSTONE_ASAN
  const void* bottom = nullptr;
  std::size_t size = 0;
  __sanitizer_finish_switch_fiber(fake_stack_, &bottom, &size);
  left_behind->stack_bottom_ = bottom;
  left_behind->stack_size_ = size;
#endif
}

void Fiber::arrived() {
#ifdef TOUCHSTONE_ASAN
  const void* bottom = nullptr;
  std::size_t size = 0;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &size);
  left_behind->stack_bottom_ = bottom;
  left_behind->stack_size_ = size;
#endif
}

}  // namespace touchstone::fuzz
