#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/errors.hpp>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// No atomic: it changes only in a child, before that has a second thread.
std::uint64_t number_of_forks = 0;
const sync::AtFork counted([] {}, [] {}, [] { ++number_of_forks; });

}  // namespace

std::uint64_t forks() { return number_of_forks; }

void refuse_to_schedule_in_child() {
  throw DeadlockError(
      "this executor belongs to the process that this one was forked from: what it accepted here would never run");
}

void refuse_to_wait_in_child() {
  throw DeadlockError(
      "this wait would never end: what is waited for belongs to the process that this one was forked from");
}

}  // namespace detail
CONCURRENT_FUTURES_END
