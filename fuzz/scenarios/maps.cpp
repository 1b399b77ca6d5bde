// map: results in order, a buffered one that outlives its executor, and how elements are handed out while somebody
// adds, cancels, shuts down or goes away.

#include <array>
#include <concurrent/futures.hpp>
#include <memory>
#include <optional>
#include <ranges>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <stdexcept>
#include <vector>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;

ThreadPoolOptions pool_of_two() { return {.max_workers = 2, .thread_name_prefix = "pool"}; }

void map_in_order() {
  ThreadPoolExecutor pool(pool_of_two());
  int expected = 0;
  for (const int result : pool.map([](int number) { return 2 * number; }, std::vector<int>{0, 1, 2})) {
    check(result == 2 * expected++, "results come in the order of the inputs");
  }
  check(expected == 3, "and all of them");
}

void buffered_map_against_destruction() {
  int submitted = 0;
  auto pool = std::make_optional<ThreadPoolExecutor>(pool_of_two());
  auto results = pool->map(
      {.buffersize = 1}, [&](int number) { return number; }, std::vector<int>{0, 1, 2});
  sync::Thread reader([&] {
    try {
      while (const auto result = results.next()) check(*result == submitted++, "results come in order");
      check(submitted == 3, "without an error, all of them");
    } catch (const ShutdownError&) {
      check(submitted > 0, "what was submitted before the end is handed out");
    }
  });
  pool.reset();
  reader.join();
}

void map_that_fails() {
  sync::Atomic<int> runs{0};
  ThreadPoolExecutor pool(pool_of_two());
  auto results = pool.map(
      [&](int number) {
        if (number == 0) throw std::runtime_error("of the call");
        return runs.fetch_add(1);
      },
      std::vector<int>{0, 1, 2});
  try {
    (void)results.next();
    check(false, "the first call throws");
  } catch (const std::runtime_error&) {
  }
  check(!results.next().has_value(), "an exception ends the results");
}

/// Counts how many of its copies live.
class Token {
 public:
  explicit Token(sync::Atomic<int>& live) : live_(&live) { (void)live_->fetch_add(1); }
  Token(const Token& other) : live_(other.live_) { (void)live_->fetch_add(1); }
  Token& operator=(const Token&) = delete;
  ~Token() { (void)live_->fetch_sub(1); }

 private:
  sync::Atomic<int>* live_;
};

/// What the calls of a map leave behind: how often each ran, and how much of what they were given lives.
template <int count>
struct Calls {
  struct Element {
    int number;
    Token token;
  };

  auto callable() {
    return [this, token = Token(callables)](const Element& element) {
      check(callables.load() > 0, "the callable lives while it is called");
      (void)runs[static_cast<std::size_t>(element.number)].fetch_add(1);
      return element.number;
    };
  }
  std::vector<Element> elements() {
    std::vector<Element> all;
    for (int number = 0; number < count; ++number) all.push_back({number, Token(arguments)});
    return all;
  }
  [[nodiscard]] int total() const {
    int sum = 0;
    for (const auto& each : runs) sum += each.load();
    return sum;
  }
  void check_at_most_once() const {
    for (const auto& each : runs) check(each.load() <= 1, "no call runs twice");
  }
  /// When nothing runs any more.
  void check_let_go() const {
    check_at_most_once();
    check(arguments.load() == 0, "what the calls were given is let go");
    check(callables.load() == 0, "and so is their callable");
  }

  std::array<sync::Atomic<int>, count> runs{};
  sync::Atomic<int> arguments{0};
  sync::Atomic<int> callables{0};
};

// The worker may take the last element at the moment when the next one is added.
void elements_are_added_while_they_are_taken() {
  Calls<3> calls;
  sync::Atomic<int> others{0};
  {
    ThreadPoolExecutor pool(pool_of_two());
    sync::Thread client([&] { (void)pool.submit([&] { (void)others.fetch_add(1); }); });
    auto results = pool.map(calls.callable(), calls.elements());
    if (choose(2) == 1) {
      for (int number = 0; number < 3; ++number) check(results.next() == number, "results come in order");
      check(calls.arguments.load() == 0, "who has seen all results knows that the arguments are let go");
      check(calls.callables.load() == 0, "and the callable");
      check(!results.next().has_value(), "there are no further results");
    }
    client.join();
  }
  calls.check_let_go();
  check(calls.total() == 3 && others.load() == 1, "every call runs");
}

void abandoned_while_it_runs() {
  Calls<3> calls;
  {
    ThreadPoolExecutor pool(pool_of_two());
    {
      auto results = pool.map(calls.callable(), calls.elements());
      check(results.next() == 0, "the first result");
    }
    if (choose(2) == 1) pool.shutdown({.wait = choose(2) == 1, .cancel_futures = choose(2) == 1});
  }
  calls.check_let_go();
  check(calls.runs[0].load() == 1, "the first call ran");
}

void map_against_shutdown() {
  Calls<3> calls;
  const ShutdownOptions options{.wait = choose(2) == 1, .cancel_futures = choose(2) == 1};
  int handed_out = 0;
  bool refused = false;
  bool cancelled = false;
  {
    ThreadPoolExecutor pool(pool_of_two());
    sync::Thread client([&] { pool.shutdown(options); });
    try {
      auto results = pool.map(calls.callable(), calls.elements());
      while (const auto result = results.next()) check(*result == handed_out++, "results come in order");
      check(handed_out == 3, "a map that was accepted, and not cancelled, has all results");
    } catch (const ShutdownError&) {
      refused = true;
    } catch (const CancelledError&) {
      cancelled = true;
    }
    client.join();
  }
  calls.check_let_go();
  check(options.cancel_futures || !cancelled, "only who asks for it has calls cancelled");
  check(refused || cancelled || calls.total() == 3, "what was accepted runs");
}

void map_of_a_broken_pool() {
  Calls<2> calls;
  sync::Atomic<int> initialized{0};
  const int failing = static_cast<int>(choose(3));  // which worker; 2: none
  int handed_out = 0;
  bool broken = false;
  {
    ThreadPoolExecutor pool({.max_workers = 2, .thread_name_prefix = "pool", .initializer = [&] {
                               if (initialized.fetch_add(1) == failing) throw std::runtime_error("of the initializer");
                             }});
    try {
      auto results = pool.map(calls.callable(), calls.elements());
      while (results.next()) ++handed_out;
      check(handed_out == 2, "without an error, there are all results");
    } catch (const BrokenThreadPool&) {
      broken = true;
    }
  }
  check(!broken || failing < 2, "a pool does not break by itself");
  calls.check_let_go();
}

void two_maps_at_once() {
  Calls<2> calls;
  Calls<2> others;
  {
    ThreadPoolExecutor pool(pool_of_two());
    const auto read = [&](Calls<2>& each) {
      auto results = pool.map(each.callable(), each.elements());
      for (int number = 0; number < 2; ++number) check(results.next() == number, "each map has its own results");
    };
    sync::Thread client([&] { read(others); });
    read(calls);
    client.join();
  }
  calls.check_let_go();
  others.check_let_go();
  check(calls.total() == 2 && others.total() == 2, "every call runs");
}

void elements_meet() {
  ThreadPoolExecutor pool(pool_of_two());
  sync::Mutex mutex;
  sync::Condition met;
  int missing = 2;
  auto results = pool.map(
      [&](int) {
        sync::Lock lock(mutex);
        if (--missing == 0) met.notify_all();
        while (missing > 0) met.wait(lock);
      },
      std::vector<int>{0, 1});
  while (results.next()) {
  }
  check(missing == 0, "as many calls of a map run side by side as there are workers");
}

void calls_behind_a_map_wait_for_it() {
  sync::Atomic<int> started{0};
  ThreadPoolExecutor pool({.max_workers = 1, .thread_name_prefix = "pool"});
  int submitted = 0;
  // The input submits a call of its own before its second element.
  const auto numbers = std::vector<int>{0, 1, 2} | std::views::transform([&](int number) {
                         if (number == 1) (void)pool.submit([&] { check(started.fetch_add(1) == 1, "its place"); });
                         return submitted++;
                       });
  auto results = pool.map(
      [&](int number) { check(started.fetch_add(1) == (number == 0 ? 0 : number + 1), "calls start in order"); },
      numbers);
  (void)pool.submit([&] { check(started.fetch_add(1) == 4, "what was submitted after a map starts after it"); });
  pool.shutdown();
  check(started.load() == 5, "every call runs");
}

// One worker is held by a call of the input, so that the other one takes up all that is behind that, in order.
void elements_do_not_overtake() {
  sync::Mutex mutex;
  sync::Condition ended;
  std::vector<int> order;
  ThreadPoolExecutor pool(pool_of_two());
  const auto note = [&](int number) {
    const sync::Lock lock(mutex);
    order.push_back(number);
    ended.notify_all();
  };
  const auto numbers = std::vector<int>{0, 1, 2} | std::views::transform([&](int number) {
                         if (number != 1) return number;
                         (void)pool.submit([&] {
                           sync::Lock lock(mutex);
                           while (order.size() < 4) ended.wait(lock);
                         });
                         (void)pool.submit([&] { note(100); });
                         return number;
                       });
  auto results = pool.map(note, numbers);
  pool.shutdown();
  std::erase(order, 0);  // both workers were there to take it up
  check(order == std::vector<int>({100, 1, 2}), "calls that the input submits come before the elements behind them");
}

}  // namespace

std::vector<Scenario> map_scenarios() {
  return {
      {"map_in_order", "results come in the order of the inputs", map_in_order},
      {"buffered_map_against_destruction", "a buffered map is read while its executor is destroyed",
       buffered_map_against_destruction},
      {"map_that_fails", "an exception cancels what has not started", map_that_fails},
      {"elements_are_added_while_they_are_taken", "elements are added to a batch that workers take from",
       elements_are_added_while_they_are_taken},
      {"abandoned_while_it_runs", "a map is abandoned while workers take its elements", abandoned_while_it_runs},
      {"map_against_shutdown", "a pool is shut down while somebody maps", map_against_shutdown},
      {"map_of_a_broken_pool", "a worker cannot be initialized while somebody maps", map_of_a_broken_pool},
      {"two_maps_at_once", "two threads map at the same time", two_maps_at_once},
      {"elements_do_not_overtake", "the input of a map submits calls that others wait for", elements_do_not_overtake},
      {"elements_meet", "two calls of a map wait for one another", elements_meet},
      {"calls_behind_a_map_wait_for_it", "calls of a map and others start in the order in which they were submitted",
       calls_behind_a_map_wait_for_it},
  };
}

}  // namespace touchstone::fuzz
