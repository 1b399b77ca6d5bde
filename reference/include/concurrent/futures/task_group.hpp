// TaskGroup: calls that may use what the surrounding block owns.

#pragma once

#include <concepts>
#include <concurrent/futures/detail/fork.hpp>
#include <concurrent/futures/executor.hpp>
#include <exception>
#include <type_traits>
#include <utility>
#include <vector>

CONCURRENT_FUTURES_BEGIN

/// Calls that are done when the block is left, in whatever way it is left: they may use what the block owns.
///
///     std::vector<int> numbers = read();          // what the calls use comes first,
///     TaskGroup group(pool);                      // then the group, so that it goes before it;
///     auto left = group.submit(sort, first_half(numbers));
///     sort(second_half(numbers));                 // may throw
///     left.result();                              // may throw: what sort threw, DeadlockError
///
/// The destructor waits until all calls of the group are done. Where it is run because an exception leaves the block,
/// it cancels those that have not started before (an exception of the thread: a coroutine that is resumed while one
/// passes through its thread, and leaves its block well, cancels too). So does Python's asyncio.TaskGroup (DIFF-69);
/// but a call that throws cancels nothing here: its exception is in its future.
///
/// In a forked child the destructor does nothing: the calls are the parent's (TPE-034).
///
/// The group keeps no handle, so std::move(future).result() moves, and it lets go of calls that are done as it grows.
///
/// Thread safety: none; one thread at a time. A call that wants to divide its work further makes a group of its own.
class TaskGroup {
 public:
  /// The executor must live as long as calls are submitted.
  explicit TaskGroup(Executor& executor) : executor_(executor) {}

  /// Blocks until all calls are done. In a worker that wait may be one that never ends. It cannot be refused with
  /// DeadlockError: so calls that could never start are cancelled, and where calls that run wait for ever, for others
  /// that cannot start, these waits are refused. Both are logged. Where nobody of a knot can be refused, because all of
  /// them wait in destructors of groups, they wait for ever; that is logged, too.
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// As Executor::submit.
  template <typename F, typename... Arguments>
  requires detail::DecayCopyable<F, Arguments...> && std::invocable<std::decay_t<F>, std::decay_t<Arguments>...>
  auto submit(F&& callable, Arguments&&... arguments) {
    make_room();  // before: a call that is submitted must not be lost
    auto future = executor_.submit(std::forward<F>(callable), std::forward<Arguments>(arguments)...);
    take(detail::Access::outcome(future));
    return future;
  }

  /// Cancels the calls that have not started; their done callbacks run here.
  void cancel();

  /// Blocks until all calls are done. Throws DeadlockError where it could never end, and nothing that a call threw.
  void wait();

 private:
  // While somebody goes through the calls, code of users may submit more: none is taken out meanwhile.
  class Walk {
   public:
    explicit Walk(TaskGroup& group) : group_(group) { ++group_.walks_; }
    ~Walk() { --group_.walks_; }
    Walk(const Walk&) = delete;
    Walk& operator=(const Walk&) = delete;

   private:
    TaskGroup& group_;
  };

  void wait_or_cancel();
  void make_room();
  void take(detail::Outcome& call) noexcept;
  static void release(const std::vector<detail::Outcome*>& calls);

  Executor& executor_;
  const int exceptions_ = std::uncaught_exceptions();
  const detail::Process process_ = {};
  std::vector<detail::Outcome*> calls_;  // each with a reference
  int walks_ = 0;
};

CONCURRENT_FUTURES_END
