// Answers to stack requests, in a signal handler.

#include <execinfo.h>
#include <signal.h>

#include <array>
#include <cerrno>
#include <src/ledger.hpp>
#include <src/stack_request.hpp>

namespace touchstone {

namespace {

constexpr int most_frames = 32;

void answer(int /*signal*/) {
  const int error = errno;
  std::array<void*, most_frames> frames;
  const int count = backtrace(frames.data(), most_frames);
  if (current_ledger() != nullptr) current_ledger()->add_stack(frames.data(), count);
  errno = error;
}

}  // namespace

int stack_request_signal() { return SIGRTMAX - 5; }

void answer_stack_requests() {
  // The first call loads a library, which a handler must not do.
  std::array<void*, 1> frame;
  (void)backtrace(frame.data(), 1);
  struct sigaction action {};
  action.sa_handler = answer;
  action.sa_flags = SA_RESTART;
  sigfillset(&action.sa_mask);
  sigaction(stack_request_signal(), &action, nullptr);
}

}  // namespace touchstone
