// Fiber: a stack of its own, and switching between stacks.
//
// A switch costs about ten nanoseconds: twelve instructions of our own instead of ucontext, which makes a
// system call each time to keep the signal mask (some 300 nanoseconds).
//
// The exceptions that are in flight belong to the operating system's thread, not to a stack: so every switch puts
// those of the one fiber away and those of the other back. Without that, `throw;` in one fiber
// delivers another fiber's exception. A fiber must stay on the thread that made it.

#pragma once

#include <cstddef>

namespace touchstone::fuzz {

class Fiber {
 public:
  using Entry = void (*)();

  /// Stands for the stack of the calling thread: something to switch away from and back to.
  Fiber();

  /// With a stack of its own. Nothing runs before prepare().
  explicit Fiber(std::size_t stack_size);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// The next switch to this fiber calls `entry` on an empty stack. Whatever was on it is forgotten, not
  /// destroyed. `entry` must not return, nor let an exception out: it ends with leave_for_good().
  void prepare(Entry entry);

  /// Goes on in `next`; returns when something switches back. The calling fiber must be this one.
  void switch_to(Fiber& next) { switch_stacks(next, false); }
  void leave_for_good(Fiber& next) { switch_stacks(next, true); }

  /// It was left in the middle of something that will not go on.
  void spoil() { spoilt_ = true; }

  /// The first thing that an entry must call.
  static void arrived();

 private:
  // As the Itanium C++ ABI lays it out for each thread, on x86-64 and on aarch64.
  struct ExceptionState {
    void* caught = nullptr;
    unsigned uncaught = 0;
  };

  void switch_stacks(Fiber& next, bool for_good);

  void* stack_pointer_ = nullptr;
  ExceptionState exceptions_;
  std::byte* mapping_ = nullptr;  // a guard page, then the stack; null for a thread's own stack
  std::size_t mapping_size_ = 0;

  // For the sanitizers, which must be told of switches.
  const void* stack_bottom_ = nullptr;
  std::size_t stack_size_ = 0;
  [[maybe_unused]] void* fake_stack_ = nullptr;
  [[maybe_unused]] void* tsan_fiber_ = nullptr;
  bool spoilt_ = true;
};

}  // namespace touchstone::fuzz
