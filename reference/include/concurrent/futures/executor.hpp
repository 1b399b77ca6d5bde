// Executor: what every executor can do, whichever it is.
//
// Code that must work with any executor takes an Executor&. Mirrors Python's abstract Executor
// (EXE-*, SUB-*); submit and map are templates that end in one virtual call.

#pragma once

#include <concepts>
#include <concurrent/futures/detail/executor_link.hpp>
#include <concurrent/futures/detail/map_feed.hpp>
#include <concurrent/futures/detail/map_target.hpp>
#include <concurrent/futures/future.hpp>
#include <concurrent/futures/map.hpp>
#include <initializer_list>
#include <memory>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

CONCURRENT_FUTURES_BEGIN

namespace detail {

/// Of a submitted call. A struct, which messages of compilers name, where they would spell out an alias.
template <typename F, typename... Arguments>
requires std::invocable<std::decay_t<F>, std::decay_t<Arguments>...>
struct ResultOf {
  using Type = ResultType<std::invoke_result_t<std::decay_t<F>, std::decay_t<Arguments>...>>;
};

struct WorkAccess;

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
    Work moved(std::move(other));
    std::swap(call_, moved.call_);
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
  friend struct detail::WorkAccess;
  explicit Work(detail::Outcome* call) : call_(call) {}

  detail::Outcome* call_ = nullptr;  // owns a reference
};

namespace detail {

/// How the library gets at the call of a Work.
struct WorkAccess {
  /// Takes over a reference.
  [[nodiscard]] static Work make(Outcome& call) { return Work(&call); }
  [[nodiscard]] static Outcome* call(const Work& work) { return work.call_; }
  /// Hands over the reference.
  static void taken(Work& work) { work.call_ = nullptr; }
};

}  // namespace detail

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
    using Call = typename detail::CallOf<std::decay_t<F>>::template Type<T, std::decay_t<Arguments>...>;
    auto* const call = new Call(crew(), std::forward<F>(callable), std::forward<Arguments>(arguments)...);
    Work work = detail::WorkAccess::make(*call);
    auto future = detail::Access::make<Future<T>>(detail::Handle(call));
    schedule(std::move(work));
    return future;
  }

  /// Calls `callable` with the elements of the inputs, taken in parallel until the shortest ends, and
  /// returns their results in order (MAP-001, MAP-003). See map.hpp. The options may come first, as here, or last.
  ///
  /// All calls share one callable, a copy or what it was moved to, as in Python: several threads may be in it at the
  /// same time (DIFF-67). Only where it cannot be called as a constant, each call has a copy of its own. The calls are
  /// given values, as submit's are. What is in a container that is given as an rvalue is moved, what is elsewhere
  /// copied (DIFF-68).
  ///
  /// Without buffersize every input is consumed and every call submitted before map returns (MAP-002). With one,
  /// the results take further elements as they are advanced: an input that is an lvalue must outlive them, unless it
  /// is a view, which is copied; an rvalue is moved into them.
  /// Throws std::invalid_argument if buffersize is less than 1 (MAP-029), what submit throws, after shutdown also where
  /// the inputs are empty (MAP-018), and what an input throws; calls submitted before that still run (MAP-017).
  template <std::move_constructible F, std::ranges::input_range First, std::ranges::input_range... Others>
  requires detail::Mappable<F, First, Others...>
  auto map(const MapOptions& options, F callable, First&& first, Others&&... others)
      -> MapResults<detail::MappedType<F, First, Others...>>;

  template <std::move_constructible F, std::ranges::input_range First, std::ranges::input_range... Others>
  requires detail::Mappable<F, First, Others...>
  auto map(F callable, First&& first, Others&&... others) {
    return map(MapOptions(), std::move(callable), std::forward<First>(first), std::forward<Others>(others)...);
  }
  template <std::move_constructible F, std::ranges::input_range Input>
  requires detail::Mappable<F, Input>
  auto map(F callable, Input&& input, const MapOptions& options) {
    return map(options, std::move(callable), std::forward<Input>(input));
  }
  template <std::move_constructible F, std::ranges::input_range First, std::ranges::input_range Second>
  requires detail::Mappable<F, First, Second>
  auto map(F callable, First&& first, Second&& second, const MapOptions& options) {
    return map(options, std::move(callable), std::forward<First>(first), std::forward<Second>(second));
  }

  /// The same for a list in braces.
  template <std::move_constructible F, typename Value>
  requires detail::Mappable<F, std::vector<Value>>
  auto map(F callable, std::initializer_list<Value> input, const MapOptions& options = {}) {
    return map(options, std::move(callable), std::vector<Value>(input));
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
  ///
  /// So an executor that runs its calls inside schedule() must not be destroyed by one of them, if a buffered map has
  /// made it: the destructor would wait for the schedule() that it is in.
  void cut_link();

 private:
  friend class ProcessPoolExecutor;
  friend class ThreadPoolExecutor;
  friend class detail::MapLink;
  friend class detail::MapTarget;

  /// Throws what schedule() would throw if it would refuse any call: so that a map of nothing is refused, too
  /// (MAP-018).
  virtual void refuse_if_closed() const {}

  /// Whether several calls of a map, if they can travel, are to be one task here.
  [[nodiscard]] virtual bool takes_chunks() const { return false; }

  /// What takes batches of a map's calls, if it is not this executor, call by call.
  [[nodiscard]] virtual std::shared_ptr<detail::BatchRunner> batch_runner() const { return nullptr; }

  /// The threads that run what is scheduled here, if they take part in the detection of deadlocks.
  [[nodiscard]] virtual const detail::Crew* crew() const { return nullptr; }

  /// What a buffered map holds instead of the executor (MAP-037); made when the first one asks for it.
  [[nodiscard]] std::shared_ptr<detail::ExecutorLink> link();

  std::shared_ptr<detail::ExecutorLink> link_;
};

template <std::move_constructible F, std::ranges::input_range First, std::ranges::input_range... Others>
requires detail::Mappable<F, First, Others...>
auto Executor::map(const MapOptions& options, F callable, First&& first, Others&&... others)
    -> MapResults<detail::MappedType<F, First, Others...>> {
  detail::check_buffersize(options);
  refuse_if_closed();
  MapResults<detail::MappedType<F, First, Others...>> results(options.timeout, batch_runner());
  if constexpr (detail::ChunksOf<F>::possible) {
    if (takes_chunks()) {
      results.source_ = detail::ChunksOf<F>::template make_source<detail::MappedType<F, First, Others...>>(
          *this, options, callable, std::forward<First>(first), std::forward<Others>(others)...);
      return results;
    }
  }
  if (const auto buffersize = options.buffersize.number()) {
    using Feed = detail::BufferedFeed<F, First, Others...>;
    results.feed_from(
        std::make_unique<Feed>(*this, std::move(callable), std::forward<First>(first), std::forward<Others>(others)...),
        *buffersize);
  } else {
    detail::MapTarget target(*this);
    detail::CallerOf<F, First, Others...> caller(std::move(callable));
    for (detail::RowsOf<First, Others...> rows(first, others...); rows.advance();) {
      rows.read([&](auto&&... row) { caller.call(results.batches_, target, std::forward<decltype(row)>(row)...); });
    }
  }
  return results;
}

CONCURRENT_FUTURES_END
