// What scenarios of process pools share: calls that count how often they run, and what must have come of them.

#pragma once

#include <array>
#include <concurrent/futures.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstddef>
#include <initializer_list>
#include <machine.hpp>
#include <optional>
#include <scheduler.hpp>
#include <span>
#include <vector>

namespace touchstone::fuzz {

using namespace concurrent::futures;

/// As main does.
inline const bool is_program = (freeze_support(0, nullptr), true);

/// What the children have done. Begins each schedule with zero.
struct Done {
  static constexpr std::size_t most_calls = 16;
  std::array<sync::Atomic<int>, most_calls> runs;                // how often each call was begun
  std::array<sync::Atomic<int>, most_calls> places;              // as which one it was begun, from 1 on
  std::array<sync::Atomic<int>, Arena::max_owners> calls_of;     // how many each process has begun
  std::array<sync::Atomic<int>, Arena::max_owners> initialized;  // how often each process was
  sync::Atomic<int> begun;
};
extern Done done;

/// Waits until so many calls were begun.
void wait_until_begun(int number);

// What children run.

/// Returns the number of the call.
int count(int call);
/// Does not return before so many calls were begun, itself included.
int count_and_wait(int call, int number);
/// Ends the process as a call does that crashes, that exits, or that ends its thread.
int count_and_die(int call);
int count_and_exit(int call);
int count_and_end_thread(int call);
/// Never returns, and does not end when it is asked to.
int count_and_hang(int call);
std::vector<char> turned(std::vector<char> bytes);
void initialize(int number);

/// Which is too much for the memory that a pool shares with its children, and for a channel; and its end is not as its
/// beginning.
std::vector<char> large_value();

/// A call, from submit to its end.
class ProcessCall {
 public:
  explicit ProcessCall(int number) : number_(number) {}

  /// Returns whether it was accepted.
  template <typename... Arguments>
  bool submit(ProcessPoolExecutor& pool, int (*function)(int, Arguments...), Arguments... arguments) {
    try {
      future_ = pool.submit(function, number_, arguments...);
      return true;
    } catch (const ShutdownError&) {
      was_refused_by_shutdown_ = true;
    } catch (const BrokenProcessPool&) {
    }
    return false;
  }
  bool submit(ProcessPoolExecutor& pool) { return submit(pool, &count); }
  bool cancel();

  [[nodiscard]] const Future<int>& future() const { return *future_; }
  [[nodiscard]] bool is_accepted() const { return future_.has_value(); }
  [[nodiscard]] int runs() const { return done.runs[static_cast<std::size_t>(number_)].load(); }
  [[nodiscard]] int place() const { return done.places[static_cast<std::size_t>(number_)].load(); }

  /// What came of it. To be asked when the pool has ended.
  enum class End { refused, refused_by_shutdown, returned, cancelled, broken };
  [[nodiscard]] End end() const;
  /// The same, after waiting for it.
  [[nodiscard]] End end_of_wait() const {
    (void)wait({future()});
    return end();
  }
  [[nodiscard]] bool ended(std::initializer_list<End> permitted) const;

 private:
  const int number_;
  std::optional<Future<int>> future_;
  bool was_cancelled_ = false;
  bool was_refused_by_shutdown_ = false;
};

}  // namespace touchstone::fuzz
