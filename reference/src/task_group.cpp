#include <concurrent/futures/detail/waiter.hpp>
#include <concurrent/futures/log.hpp>
#include <concurrent/futures/task_group.hpp>
#include <exception>
#include <new>
#include <utility>
#include <vector>

CONCURRENT_FUTURES_BEGIN

TaskGroup::~TaskGroup() {
  if (process_.is_ancestor()) return;
  const sync::NotCancellable waiting;
  if (std::uncaught_exceptions() > exceptions_) {
    cancel();
  } else {
    wait_or_cancel();
  }
  // A result may be destroyed with its call, and its destructor may submit to the group.
  while (!calls_.empty()) {
    {
      const Walk walk(*this);
      for (std::size_t i = 0; i < calls_.size(); ++i) detail::wait_in_destructor(*calls_[i]);
    }
    release(std::exchange(calls_, {}));
  }
}

void TaskGroup::release(const std::vector<detail::Outcome*>& calls) {
  for (detail::Outcome* call : calls) call->release();
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

// Where there is none left, looks first for calls that are done. What their results do when they are destroyed may fill
// it again.
void TaskGroup::make_room() {
  while (calls_.size() == calls_.capacity()) {
    std::vector<detail::Outcome*> done;
    if (walks_ == 0) {
      done.reserve(calls_.size());
      std::erase_if(calls_, [&done](detail::Outcome* call) {
        if (!call->done()) return false;
        done.push_back(call);
        return true;
      });
    }
    calls_.reserve(2 * calls_.size() + 8);
    release(done);
  }
}

void TaskGroup::take(detail::Outcome& call) noexcept {
  call.retain();
  calls_.push_back(&call);
}

CONCURRENT_FUTURES_END
