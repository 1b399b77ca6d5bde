// ProcessPoolExecutor: runs calls in processes of its own (PPE-*, SHD-*).
//
//     int main(int argc, char** argv) {
//       concurrent::futures::freeze_support(argc, argv);
//       concurrent::futures::ProcessPoolExecutor pool(4);
//       std::cout << pool.submit(work, 7).result();
//     }

#pragma once

#include <concepts>
#include <concurrent/futures/count.hpp>
#include <concurrent/futures/executor.hpp>
#include <concurrent/futures/portable.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

CONCURRENT_FUTURES_BEGIN

namespace detail {
class ProcessPool;

template <typename F>
[[nodiscard]] auto made_portable(F&& callable) {
  if constexpr (is_portable<std::decay_t<F>>) {
    return std::decay_t<F>(std::forward<F>(callable));
  } else {
    return portable(std::forward<F>(callable));
  }
}
template <typename F>
using MadePortable = decltype(made_portable(std::declval<F>()));
}  // namespace detail

/// To be called first of all in main. In a child of a pool it serves the pool, and does not return; else it does
/// nothing (PPE-063). Python's multiprocessing.freeze_support().
///
/// A child that is spawned, and a fork server, is this program, run anew: what lies before this call, initializers of
/// static objects too, is run in it. It has two seconds for that from when the library is loaded: a child that has not
/// come here then is taken for one that never will, and breaks its pool. A program that forgets the call learns so by
/// the Error of its first submit.
void freeze_support(int argc, char** argv);

/// How the children of a pool come to be (PPE-005). By fork only in a process without other threads.
///
/// A fork server is a child of this process. The first pool that needs it starts it, and it ends with the program; a
/// wait of the program for any child may come upon it. It has run the program up to freeze_support(), where it must
/// have no other thread, and its children share what it has loaded by then. What this process has done since it was
/// started, only children by fork know of.
enum class StartMethod : std::uint8_t {
  spawn,       // the program is run anew, for each of them
  forkserver,  // it is run anew once, for all pools, and then copied: they come to be sooner
  fork,        // this process is copied, by the first submit; it must have no other thread then (PPE-007, DIFF-56)
};

/// What each child calls before its first call: a function, a captureless lambda, or portable<&f>(arguments...).
class ProcessInitializer {
 public:
  ProcessInitializer() = default;
  template <typename F>
  requires(!std::same_as<std::decay_t<F>, ProcessInitializer>)
      // NOLINTNEXTLINE(google-explicit-constructor,bugprone-forwarding-reference-overload): it stands for the callable
      ProcessInitializer(F&& callable) {
    using Callable = detail::MadePortable<F>;
    static_assert(std::invocable<Callable>,
                  "an initializer is called without arguments: bind them, as in portable<&f>(7)");
    const Callable made = detail::made_portable(std::forward<F>(callable));
    detail::Bytes encoded;
    detail::Encoder{encoded}(made);
    encoded_.assign(reinterpret_cast<const char*>(encoded.data()), encoded.size());
    if constexpr (std::invocable<Callable>) place_ = detail::TrampolineOf<void, Callable>::place();
  }

  explicit operator bool() const { return place_.has_value(); }

 private:
  friend class detail::ProcessPool;
  std::optional<detail::CodePlace> place_;
  std::string encoded_;
};

struct ProcessPoolOptions {
  /// At most so many children. Default: the processors that this process may use (PPE-001).
  Count max_workers = {};

  StartMethod start_method = StartMethod::spawn;

  /// Called once in each child before its first call (PPE-010). If it throws, the pool is broken (PPE-011).
  ProcessInitializer initializer = {};

  /// After so many calls a child ends, and another takes its place (PPE-013). Default: it serves until the pool ends.
  Count max_tasks_per_child = {};
};

/// A pool of processes. Calls start in the order in which they were submitted. Callables, arguments and results travel
/// between the processes: portable.hpp says which can.
///
/// No process exists before the first submit; one is added when a call arrives for which no child is free, up to
/// max_workers (PPE-006, PPE-008, PPE-009). Where fork was chosen, all are made by the first submit.
///
/// Where a child cannot be had, the pool goes on with those that it has, and asks again later; it is broken if it has
/// none. A child that dies breaks the pool: what is not done fails with BrokenProcessPool, which tells how the child
/// ended, and so does every submit (PPE-043 to PPE-051). Children never outlive the process that made them, however
/// that ends.
///
/// A call counts as running from when it is handed out, which is when a child is free for it. While calls take only
/// some microseconds, more of them are handed out in advance, up to 64, and cannot be cancelled any more (PPE-058).
///
/// Arguments are encoded by submit, so the call sees them as they were then (PPE-024). What encoding throws, the future
/// delivers, as what the call throws (PPE-025). Exceptions of the standard library and those named by
/// exception_travels() arrive as what they are, others as RemoteError (PPE-030, PPE-039).
///
/// Done callbacks run in this process, on the thread of the pool, or on the one that cancels; while one runs, other
/// results of the pool wait (PPE-060, PPE-061). One that ends its thread, as by pthread_exit(), costs the pool nothing:
/// another thread goes on. That of the pool is not cancelled by pthread_cancel().
///
/// Thread safety: all members may be called concurrently, but for the destructor.
class ProcessPoolExecutor final : public Executor {
 public:
  /// Throws std::invalid_argument if max_workers or max_tasks_per_child is less than 1 (PPE-002, PPE-015), if
  /// max_workers is more than a system has processes, or if max_tasks_per_child is given with fork (PPE-016). Starts no
  /// process.
  explicit ProcessPoolExecutor(ProcessPoolOptions options = {});

  /// As ProcessPoolExecutor({.max_workers = max_workers}).
  template <WholeNumber Integer>
  explicit ProcessPoolExecutor(Integer max_workers)
      : ProcessPoolExecutor(ProcessPoolOptions{.max_workers = max_workers}) {}

  /// As shutdown().
  ~ProcessPoolExecutor() override;

  /// Executor::submit, for what can travel: functions, captureless lambdas, function objects with a serialize(), and
  /// portable(...). Text that is given as a literal or a view travels as std::string.
  ///
  /// Throws ShutdownError after shutdown, BrokenProcessPool if the pool is broken (PPE-047), Error if it would have to
  /// fork while there are other threads, if by another method the program has not come to freeze_support(), or if the
  /// pool is made by a call ten pools deep: that would have no end.
  template <typename F, typename... Arguments>
  requires std::invocable<detail::MadePortable<F>, detail::TravellingArgument<Arguments>...>
  auto submit(F&& callable, Arguments&&... arguments) {
    return Executor::submit(detail::made_portable(std::forward<F>(callable)),
                            detail::TravellingArgument<Arguments>(std::forward<Arguments>(arguments))...);
  }

  /// Executor::map, for what can travel. With chunksize n, n calls are one task, with one outcome: if one of them
  /// throws, its exception is thrown where the first result of the chunk would be (MAP-021, MAP-023). buffersize counts
  /// chunks (MAP-035). Throws std::invalid_argument if chunksize is less than 1 (MAP-022).
  template <typename F, std::ranges::input_range First, std::ranges::input_range... Others>
  requires detail::Mappable<detail::MadePortable<F>, First, Others...>
  auto map(const MapOptions& options, F&& callable, First&& first, Others&&... others) {
    return Executor::map(options, detail::made_portable(std::forward<F>(callable)), std::forward<First>(first),
                         std::forward<Others>(others)...);
  }
  template <typename F, std::ranges::input_range First, std::ranges::input_range... Others>
  requires detail::Mappable<detail::MadePortable<F>, First, Others...>
  auto map(F&& callable, First&& first, Others&&... others) {
    return map(MapOptions(), std::forward<F>(callable), std::forward<First>(first), std::forward<Others>(others)...);
  }
  template <typename F, std::ranges::input_range Input>
  requires detail::Mappable<detail::MadePortable<F>, Input>
  auto map(F&& callable, Input&& input, const MapOptions& options) {
    return map(options, std::forward<F>(callable), std::forward<Input>(input));
  }
  template <typename F, std::ranges::input_range First, std::ranges::input_range Second>
  requires detail::Mappable<detail::MadePortable<F>, First, Second>
  auto map(F&& callable, First&& first, Second&& second, const MapOptions& options) {
    return map(options, std::forward<F>(callable), std::forward<First>(first), std::forward<Second>(second));
  }
  template <typename F, typename Value>
  requires detail::Mappable<detail::MadePortable<F>, std::vector<Value>>
  auto map(F&& callable, std::initializer_list<Value> input, const MapOptions& options = {}) {
    return map(options, std::forward<F>(callable), std::vector<Value>(input));
  }

  /// As ThreadPoolExecutor::shutdown().
  void shutdown(ShutdownOptions options = {}) override;

  /// Ends the children at once, by SIGTERM or by SIGKILL: what runs fails with BrokenProcessPool, what has not started
  /// is cancelled, and submit throws from now on. Returns without waiting (PPE-064 to PPE-070). In a process that was
  /// forked off, does nothing: the children are not its own.
  void terminate_workers();
  void kill_workers();

  /// The limit that was asked for, or chosen.
  [[nodiscard]] std::size_t max_workers() const;

 private:
  void schedule(Work work) override;
  void refuse_if_closed() const override;
  [[nodiscard]] const detail::Crew* crew() const override;
  [[nodiscard]] bool takes_chunks() const override { return true; }

  const std::shared_ptr<detail::ProcessPool> pool_;
};

CONCURRENT_FUTURES_END
