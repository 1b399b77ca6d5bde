// Executor: what every executor can do, whichever it is.
//
// Code that must work with any executor takes an Executor&. Mirrors Python's abstract Executor
// (EXE-*, SUB-*); submit and map are templates that end in one virtual call.

#pragma once

#include <concepts>
#include <concurrent/futures/detail/executor_link.hpp>
#include <concurrent/futures/future.hpp>
#include <concurrent/futures/map.hpp>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>

CONCURRENT_FUTURES_BEGIN

namespace detail {

/// Of a submitted call. A struct, which messages of compilers name, where they would spell out an alias.
template <typename F, typename... Arguments>
requires std::invocable<std::decay_t<F>, std::decay_t<Arguments>...>
struct ResultOf {
  using Type = ResultType<std::invoke_result_t<std::decay_t<F>, std::decay_t<Arguments>...>>;
};

}  // namespace detail

/// How to shut down. Python's names and defaults (SHD-002, SHD-005).
struct ShutdownOptions {
  bool wait = true;             // return only when all accepted calls are done and the workers are gone
  bool cancel_futures = false;  // cancel the calls that have not started
};

/// One submitted call on its way to a worker: what an executor of your own gets to run.
///
/// Move-only. Run it or cancel it once, on any thread, now or later. If it is destroyed without either,
/// its future fails with BrokenExecutor, so that nobody waits for ever (SUB-014).
class Work {
 public:
  Work() = default;
  Work(Work&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  Work& operator=(Work&& other) noexcept {
    std::swap(call_, other.call_);
    return *this;
  }
  ~Work();

  /// Runs the call and completes its future, callbacks included; skips it if it was cancelled.
  /// Never throws: what the call throws goes into its future. If the thread is ended inside the call (pthread_exit,
  /// pthread_cancel), the future fails with an Error, and the unwinding of the thread goes on through here.
  void run();

  /// Cancels the call, for shutdown({.cancel_futures = true}), and lets go of its callable and arguments. Its callbacks
  /// run here, and may use the executor: hold no lock of yours. Never throws.
  void cancel();

 private:
  friend class Executor;
  friend class ThreadPoolExecutor;
  explicit Work(detail::Outcome* call) : call_(call) {}

  detail::Outcome* call_ = nullptr;  // owns a reference
};

/// An abstract executor.
///
/// To write one, derive from it; submit, map, wait and as_completed then work with it (EXE-003). These are the duties
/// of the class that you write; the example own_executor shows them all:
///
/// * schedule() takes the call over, to be run later or at once, and must not block for want of workers. After shutdown
///   it throws ShutdownError; whatever it throws, submit throws, and the call never runs (SUB-006, SUB-015).
/// * shutdown() ends acceptance, cancels the calls that have not started if it is asked to (Work::cancel), and waits
///   if it is asked to. Without it, the abstract one does nothing (EXE-001).
/// * The destructor calls cut_link() first of all, and returns only when no call is running any more. If cut_link() is
///   forgotten, a critical log record says so, and an assertion fails.
///
/// The detection of deadlocks does not see your threads: a call that runs on one of them counts as able to finish, so a
/// wait in it is never refused, and may hang. To know better, it would have to know at any moment which of your threads
/// may still run which call, and that is what every executor does in its own way.
///
/// Thread safety: all members may be called concurrently, but for the destructor.
class Executor {
 public:
  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor();

  /// Schedules `callable(arguments...)` and returns its future at once (SUB-001). Callable and arguments are
  /// decayed and copied or moved, as std::thread does; use std::ref to share (SUB-004). What the call returns is
  /// kept where it was made, and need not be movable.
  ///
  /// An exception that leaves the block of the caller does not stop the call. Where it refers to what the block owns,
  /// submit it to a TaskGroup, which lets nobody leave before it is done.
  ///
  /// Never blocks because workers are busy (SUB-005). Throws ShutdownError after shutdown (SUB-006),
  /// BrokenExecutor if the executor is broken (SUB-007), std::system_error if no thread can be had; then the
  /// call will never run (SUB-015).
  template <typename F, typename... Arguments>
  requires detail::DecayCopyable<F, Arguments...> && std::invocable<std::decay_t<F>, std::decay_t<Arguments>...>
  auto submit(F&& callable, Arguments&&... arguments) -> Future<typename detail::ResultOf<F, Arguments...>::Type> {
    using T = typename detail::ResultOf<F, Arguments...>::Type;
    using Call = detail::Call<T, std::decay_t<F>, std::decay_t<Arguments>...>;
    Work work(new Call(crew(), std::forward<F>(callable), std::forward<Arguments>(arguments)...));
    auto future = detail::Access::make<Future<T>>(detail::Handle(work.call_));
    schedule(std::move(work));
    return future;
  }

  /// Calls `callable` with the elements of the inputs, taken in parallel until the shortest ends, and
  /// returns their results in order (MAP-001, MAP-003). The calls are given values, as submit's are. See map.hpp.
  ///
  /// Without buffersize every input is consumed and every call submitted before map returns (MAP-002). With one,
  /// the results take further elements as they are advanced: an input that is an lvalue must outlive them, unless it
  /// is a view, which is copied; an rvalue is moved into them.
  /// Throws std::invalid_argument if buffersize is less than 1 (MAP-029), what submit throws, and
  /// what an input throws; calls submitted before that still run (MAP-017).
  template <std::copy_constructible F, std::ranges::input_range... Inputs>
  requires detail::CallableWithElements<F, Inputs...>
  auto map(const MapOptions& options, F callable, Inputs&&... inputs);
  template <std::copy_constructible F, std::ranges::input_range... Inputs>
  requires detail::CallableWithElements<F, Inputs...>
  auto map(F callable, Inputs&&... inputs) {
    return map(MapOptions{}, std::move(callable), std::forward<Inputs>(inputs)...);
  }

  /// Ends acceptance of calls. What it waits for and cancels: ShutdownOptions. May be called any number
  /// of times (SHD-008). The abstract executor has nothing to shut down (EXE-001).
  virtual void shutdown(ShutdownOptions options = {});

 protected:
  /// Accepts a call, to be run later or at once, or throws.
  virtual void schedule(Work work) = 0;

  /// For the destructor of an executor, before anything else: from now on no buffered map that outlives it calls
  /// schedule(), and those that are inside of it are waited for. ~Executor() would be too late for schedule() if
  /// another thread advances such a map meanwhile.
  void cut_link();

 private:
  friend class ThreadPoolExecutor;

  /// The threads that run what is scheduled here, if they take part in the detection of deadlocks.
  [[nodiscard]] virtual const detail::Crew* crew() const { return nullptr; }

  /// What a buffered map holds instead of the executor (MAP-037); made when the first one asks for it.
  [[nodiscard]] std::shared_ptr<detail::ExecutorLink> link();

  std::shared_ptr<detail::ExecutorLink> link_;
};

template <std::copy_constructible F, std::ranges::input_range... Inputs>
requires detail::CallableWithElements<F, Inputs...>
auto Executor::map(const MapOptions& options, F callable, Inputs&&... inputs) {
  using T = detail::ResultType<std::invoke_result_t<F, std::decay_t<detail::ElementOf<Inputs>>...>>;
  detail::check_buffersize(options);
  if (!options.buffersize.number()) {
    MapResults<T> results(options.timeout);
    detail::Rows<Inputs&...> rows(inputs...);
    while (rows.advance()) {
      results.append(rows.read([&](auto&&... row) { return submit(callable, std::forward<decltype(row)>(row)...); }));
    }
    return results;
  }
  auto rows = std::make_shared<detail::Rows<detail::Kept<Inputs>...>>(std::forward<Inputs>(inputs)...);
  auto submit_next = [link = link(), callable = std::move(callable), rows]() -> std::optional<Future<T>> {
    if (!rows->advance()) return std::nullopt;
    return rows->read([&](auto&&... row) {
      // Not before the row is there: the executor's destructor waits for the submit, but must not for an input.
      const detail::ExecutorLink::Use executor(*link);
      return executor->submit(callable, std::forward<decltype(row)>(row)...);
    });
  };
  return MapResults<T>(options.timeout, std::move(submit_next), *options.buffersize.number());
}

CONCURRENT_FUTURES_END
