#include <algorithm>
#include <chrono>
#include <concurrent/futures/detail/waiter.hpp>
#include <concurrent/futures/log.hpp>
#include <concurrent/futures/task_group.hpp>

CONCURRENT_FUTURES_BEGIN
namespace {

// Whatever it takes: what the call uses is about to be destroyed.
void wait_until_done(detail::Outcome& call) {
  try {
    (void)detail::wait(call, {});
  } catch (const DeadlockError&) {
    detail::log(Severity::critical, "the destructor of a TaskGroup waits for a call that waits for it",
                std::current_exception());
    while (!detail::wait(call, std::chrono::hours::max())) continue;
  }
}

}  // namespace

TaskGroup::~TaskGroup() {
  if (std::uncaught_exceptions() > exceptions_) cancel();
  for (detail::Outcome* call : calls_) {
    wait_until_done(*call);
    call->release();
  }
}

void TaskGroup::cancel() {
  // The newest first: no worker takes one up meanwhile because those before it are gone.
  std::for_each(calls_.rbegin(), calls_.rend(), [](detail::Outcome* call) { call->cancel(); });
}

void TaskGroup::wait() {
  for (detail::Outcome* call : calls_) (void)detail::wait(*call, {});
}

// Where there is none left, looks first for calls that are done.
void TaskGroup::make_room() {
  if (calls_.size() < calls_.capacity()) return;
  std::erase_if(calls_, [](detail::Outcome* call) {
    if (!call->done()) return false;
    call->release();
    return true;
  });
  calls_.reserve(2 * calls_.size() + 8);
}

void TaskGroup::take(detail::Outcome& call) noexcept {
  call.retain();
  calls_.push_back(&call);
}

CONCURRENT_FUTURES_END
