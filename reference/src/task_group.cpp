#include <algorithm>
#include <concurrent/futures/detail/waiter.hpp>
#include <concurrent/futures/log.hpp>
#include <concurrent/futures/task_group.hpp>
#include <exception>
#include <new>

CONCURRENT_FUTURES_BEGIN

TaskGroup::~TaskGroup() {
  if (process_.is_ancestor()) return;
  const sync::NotCancellable waiting;
  if (std::uncaught_exceptions() > exceptions_) {
    cancel();
  } else {
    wait_or_cancel();
  }
  const Walk walk(*this);
  for (std::size_t i = 0; i < calls_.size(); ++i) detail::wait_in_destructor(*calls_[i]);
  for (detail::Outcome* call : calls_) call->release();
}

void TaskGroup::wait_or_cancel() {
  try {
    wait();
  } catch (const DeadlockError&) {
    detail::log(Severity::error, "calls of a TaskGroup could never start, so its destructor cancelled them",
                std::current_exception());
    cancel();
  } catch (const std::bad_alloc&) {
    // Then each call is waited for below, which needs no memory.
  }
}

void TaskGroup::cancel() {
  // The newest first: no worker takes one up meanwhile because those before it are gone.
  const Walk walk(*this);
  for (std::size_t i = calls_.size(); i > 0; --i) calls_[i - 1]->cancel();
}

void TaskGroup::wait() {
  const Walk walk(*this);
  for (std::size_t i = 0; i < calls_.size(); ++i) (void)detail::wait(*calls_[i], {});
}

// Where there is none left, looks first for calls that are done.
void TaskGroup::make_room() {
  if (calls_.size() < calls_.capacity()) return;
  if (walks_ == 0) {
    std::erase_if(calls_, [](detail::Outcome* call) {
      if (!call->done()) return false;
      call->release();
      return true;
    });
  }
  calls_.reserve(2 * calls_.size() + 8);
}

void TaskGroup::take(detail::Outcome& call) noexcept {
  call.retain();
  calls_.push_back(&call);
}

CONCURRENT_FUTURES_END
