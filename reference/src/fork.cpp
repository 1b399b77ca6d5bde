#include <unistd.h>

#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/errors.hpp>
#include <concurrent/futures/log.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {

constinit std::uint64_t number_of_forks = 0;

namespace {

const sync::AtFork counted([] {}, [] {}, [] { ++number_of_forks; });

// What a program ends with that has made a mistake of its own (EX_SOFTWARE of sysexits.h).
constexpr int status_of_child = 70;

// One more than the number of forks of the process in which the thread is a worker; 0: in none.
struct WorkerTag;
using WorkerIn = sync::LocalNumber<WorkerTag>;

}  // namespace

void refuse_to_schedule_in_child() {
  throw DeadlockError(
      "this executor belongs to the process that this one was forked from: what it accepted here would never run");
}

void refuse_to_wait_in_child() {
  throw DeadlockError(
      "this wait would never end: what is waited for belongs to the process that this one was forked from");
}

void end_child() noexcept {
  log(Severity::critical, "a process that was forked in a call, or in what a call led to, came back from it: it ends",
      {});
  _exit(status_of_child);
}

void become_worker() { WorkerIn::set(forks() + 1); }

void Process::end_child_if_worker() const noexcept {
  if (WorkerIn::get() == forks_ + 1) end_child();
}

}  // namespace detail
CONCURRENT_FUTURES_END
