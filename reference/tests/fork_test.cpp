// Children that are forked off a program with pools: what they may use, what is refused, and how they end.

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <child_process.hpp>
#include <chrono>
#include <concurrent/futures.hpp>
#include <functional>
#include <latch>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

/// A number that parent and child share.
class Shared {
 public:
  Shared()
      : number_(new (mmap(nullptr, sizeof *number_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
                    std::atomic<int>(0)) {}
  ~Shared() { munmap(number_, sizeof *number_); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  std::atomic<int>& operator*() const { return *number_; }

 private:
  std::atomic<int>* const number_;
};

/// The text of the DeadlockError that the function throws; empty where it throws none.
std::string refusal_of(const std::function<void()>& function) {
  try {
    function();
  } catch (const DeadlockError& refused) {
    return refused.what();
  }
  return {};
}

constexpr auto never_ends =
    "this wait would never end: what is waited for belongs to the process that this one was forked from";
constexpr auto never_runs =
    "this executor belongs to the process that this one was forked from: what it accepted here would never run";

/// Ends the child badly where the condition does not hold.
void expect(bool condition, int line) {
  if (condition) return;
  const std::string text = "in the child, line " + std::to_string(line) + "\n";
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) _exit(3);
  _exit(2);
}

/// A pool whose only worker is inside a call, while another is pending.
struct BusyPool {
  std::latch go{1}, started{1};
  ThreadPoolExecutor pool{{.max_workers = 1}};
  const Future<int> done = pool.submit([] { return 1; });
  const Future<int> running = pool.submit([this] {
    started.count_down();
    go.wait();
    return 2;
  });
  const Future<int> pending = pool.submit([] { return 3; });
  BusyPool() { started.wait(); }
  ~BusyPool() { go.count_down(); }
};

TEST(Fork, RefusesInTheChildWhatOnlyTheParentCouldDo) {
  BusyPool busy;
  EXPECT_TRUE(ends_well_in_child([&] {
    const auto expect_refused = [](const std::function<void()>& function, const char* text, int line) {
      expect(refusal_of(function) == text, line);
    };
    expect_refused([&] { (void)busy.pool.submit([] {}); }, never_runs, __LINE__);
    expect_refused([&] { (void)busy.pool.map([](int x) { return x; }, std::vector{1}); }, never_runs, __LINE__);
    expect_refused([&] { busy.pool.shutdown(); }, never_ends, __LINE__);
    for (const Future<int>& future : {busy.running, busy.pending}) {
      expect_refused([&] { (void)future.result(); }, never_ends, __LINE__);
      expect_refused([&] { (void)future.exception(); }, never_ends, __LINE__);
      expect_refused([&] { (void)wait({busy.done, future}); }, never_ends, __LINE__);
      expect_refused(
          [&] {
            for (const AnyFuture& each : as_completed({busy.done, future})) expect(each == busy.done, __LINE__);
          },
          never_ends, __LINE__);
    }
    busy.pool.shutdown({.wait = false, .cancel_futures = true});
    expect(!busy.pending.cancelled(), __LINE__);
    end_well();
  }));
}

TEST(Fork, LeavesToTheChildWhatIsDoneAndWhatCanBe) {
  BusyPool busy;
  const Future<int> other = busy.pool.submit([] { return 4; });
  EXPECT_TRUE(ends_well_in_child([&] {
    using std::chrono::milliseconds;
    expect(busy.done.result() == 1, __LINE__);
    const auto first = wait({busy.running, busy.done}, {.return_when = ReturnWhen::first_completed});
    expect(first.done.size() == 1, __LINE__);
    expect(wait({busy.running}, {.timeout = milliseconds(1)}).done.empty(), __LINE__);
    bool late = false;
    try {
      (void)busy.pending.result(milliseconds(1));
    } catch (const TimeoutError&) {
      late = true;
    }
    expect(late, __LINE__);
    expect(busy.pending.cancel() && busy.pending.cancelled(), __LINE__);
    expect(!busy.running.cancel() && busy.running.running(), __LINE__);

    ThreadPoolExecutor own({.max_workers = 1});
    const Future<int> here = own.submit([] { return 5; });
    // The second never ends here, the first does.
    expect(wait({here, other}, {.return_when = ReturnWhen::first_completed}).done.front() == here, __LINE__);
    const auto rest = [&] {
      (void)wait({own.submit([] { return 6; }), other}, {.return_when = ReturnWhen::first_exception});
    };
    expect(refusal_of(rest) == never_ends, __LINE__);
    const auto nested = own.submit([&] { return refusal_of([&] { (void)other.result(); }); });
    expect(nested.result() == never_ends, __LINE__);
    end_well();
  }));
}

// Not with ThreadSanitizer, which takes a thread that gets the stack of another one for the same.
#if !defined(__SANITIZE_THREAD__)
void fill_the_stack() {
  volatile char bytes[1 << 16];
  for (volatile char& byte : bytes) byte = 1;
}

TEST(Fork, LeavesAPromiseToTheChildToo) {
  Promise<int> promise;
  const Future<int> future = promise.future();
  // They wait in the parent only, though the child has their stacks, and uses them again.
  std::thread waiting([&] { EXPECT_EQ(future.result(), 1); });
  std::thread waiting_too([&] { EXPECT_EQ(wait({future}).done.size(), 1U); });
  while (detail::Access::outcome(future).observers() < 2) std::this_thread::yield();
  for (int child = 0; child < 20; ++child) {
    EXPECT_TRUE(ends_well_in_child([&] {
      ThreadPoolExecutor own({.max_workers = 1});
      const Future<int> waits = own.submit([&] { return future.result(); });
      for (int thread = 0; thread < 4; ++thread) std::thread(fill_the_stack).join();
      promise.set_result(2);
      expect(waits.result() == 2 && future.result() == 2, __LINE__);
      end_well();
    }));
  }
  promise.set_result(1);
  waiting.join();
  waiting_too.join();
}
#endif

TEST(Fork, EndsIteratorsThatTheParentHasBegun) {
  BusyPool busy;
  auto results = busy.pool.map(
      {.buffersize = 2}, [](int x) { return x; }, std::vector{1, 2, 3});
  auto completed = as_completed({busy.running});
  EXPECT_TRUE(ends_well_in_child([&] {
    expect(refusal_of([&] { (void)*completed.begin(); }) == never_ends, __LINE__);
    expect(refusal_of([&] { (void)results.next(); }) == never_ends, __LINE__);
    expect(results.next() == std::nullopt, __LINE__);
    end_well();
  }));
}

TEST(Fork, LetsTheChildHaveAPoolThatWasNeverUsed) {
  ThreadPoolExecutor pool({.max_workers = 1});
  EXPECT_TRUE(ends_well_in_child([&] {
    expect(pool.submit([] { return 1; }).result() == 1, __LINE__);
    EXPECT_TRUE(ends_well_in_child([&] {
      expect(refusal_of([&] { (void)pool.submit([] {}); }) == never_runs, __LINE__);
      end_well();
    }));
    pool.shutdown();
    end_well();
  }));
  EXPECT_EQ(pool.submit([] { return 2; }).result(), 2);
}

// A thread stands inside of the map's submit, and in the child it stands there for ever.
TEST(Fork, LetsTheChildDestroyAPoolThatAMapIsUsing) {
  struct Element {
    Element() = default;
    Element(const Element& other) : copied(other.copied) {
      if (copied && *copied) (*copied)();
    }
    Element& operator=(const Element&) = default;
    std::shared_ptr<std::function<void()>> copied;
  };
  std::latch inside(1), go(1);
  ThreadPoolExecutor pool({.max_workers = 1});
  std::vector<Element> input(3);
  auto results = pool.map(
      {.buffersize = 1}, [](const Element&) { return 1; }, input);
  for (Element& element : input) {
    element.copied = std::make_shared<std::function<void()>>([&, first = true]() mutable {
      if (!std::exchange(first, false)) return;
      inside.count_down();
      go.wait();
    });
  }
  std::thread advancing([&] { (void)results.next(); });
  inside.wait();
  EXPECT_TRUE(ends_well_in_child([&] {
    pool.~ThreadPoolExecutor();
    end_well();
  }));
  go.count_down();
  for (Element& element : input) element.copied.reset();
  advancing.join();
}

/// Forks when it is destroyed, once, if it is armed.
struct ForksAtItsEnd {
  explicit ForksAtItsEnd(std::atomic<int>& number) : child(&number) {}
  ForksAtItsEnd(ForksAtItsEnd&& other) noexcept : child(std::exchange(other.child, nullptr)) {}
  ForksAtItsEnd& operator=(ForksAtItsEnd&&) = delete;
  ~ForksAtItsEnd() {
    if (child == nullptr) return;
    if (const pid_t forked = fork(); forked != 0) *child = forked;
  }
  std::atomic<int>* child;
};

/// A pool of one worker, which forks in one place or another. `child` is set in the parent.
class ForkingPool {
 public:
  explicit ForkingPool(ThreadPoolOptions options = {}) : pool_(with_one_worker(std::move(options))) {
    set_log_handler([this](const LogRecord& record) {
      if (record.severity == Severity::critical) ++*logged_;
    });
  }
  ~ForkingPool() { set_log_handler({}); }

  void fork_here() {
    if (const pid_t forked = fork(); forked != 0) child = forked;
  }

  /// The child comes back to the pool, which has more to do.
  void expect_that_the_child_ends(const std::function<void(ThreadPoolExecutor&)>& submit) {
    std::latch go(1);
    pool_.submit([&] { go.wait(); });
    submit(pool_);
    for (int i = 0; i < 5; ++i) pool_.submit([this] { ++*ran_; });
    go.count_down();
    pool_.shutdown();
    EXPECT_EQ(status_of(child), 70);
    EXPECT_EQ(*ran_, 5) << "the child ran calls of the parent's";
    EXPECT_EQ(*logged_, 1) << "records of the highest severity";
  }

  std::atomic<int> child = 0;

 private:
  static ThreadPoolOptions with_one_worker(ThreadPoolOptions options) {
    options.max_workers = 1;
    return options;
  }

  const Shared ran_, logged_;
  ThreadPoolExecutor pool_;
};

TEST(Fork, EndsAChildThatComesBackFromACall) {
  ForkingPool forking;
  forking.expect_that_the_child_ends([&](auto& pool) { pool.submit([&] { forking.fork_here(); }); });
}

TEST(Fork, EndsAChildThatThrowsOutOfACall) {
  ForkingPool forking;
  forking.expect_that_the_child_ends([&](auto& pool) {
    pool.submit([&] {
      forking.fork_here();
      throw std::runtime_error("in both processes");
    });
  });
}

TEST(Fork, EndsAChildThatComesBackFromACallback) {
  ForkingPool forking;
  forking.expect_that_the_child_ends(
      [&](auto& pool) { pool.submit([] {}).add_done_callback([&](const Future<void>&) { forking.fork_here(); }); });
}

TEST(Fork, LeavesFurtherCallbacksToTheParent) {
  const Shared callbacks;
  ForkingPool forking;
  forking.expect_that_the_child_ends([&](auto& pool) {
    const Future<void> future = pool.submit([] {});
    future.add_done_callback([&](const Future<void>&) { forking.fork_here(); });
    future.add_done_callback([&](const Future<void>&) { ++*callbacks; });
  });
  EXPECT_EQ(*callbacks, 1);
}

TEST(Fork, EndsAChildThatEndsItsThread) {
  ForkingPool forking;
  forking.expect_that_the_child_ends([&](auto& pool) {
    pool.submit([&] {
      forking.fork_here();
      pthread_exit(nullptr);
    });
  });
}

// On a thread of the user's, and in a task's own promise, the child may go on with what it has.
TEST(Fork, LeavesTheChildOfAUsersThreadToTheUser) {
  EXPECT_TRUE(ends_well_in_child([] {
    Promise<void> promise;
    pid_t child = -1;
    int callbacks = 0;
    promise.future().add_done_callback([&](const Future<void>&) { child = fork(); });
    promise.future().add_done_callback([&](const Future<void>&) { ++callbacks; });
    promise.set_result();
    if (child == 0) _exit(40 + callbacks);
    expect(status_of(child) == 41, __LINE__);
    end_well();
  }));
}

TEST(Fork, EndsAChildThatComesBackFromTheDestructorOfAResult) {
  ForkingPool forking;
  forking.expect_that_the_child_ends([&](auto& pool) { pool.submit([&] { return ForksAtItsEnd(forking.child); }); });
}

TEST(Fork, EndsAChildThatComesBackFromAnInitializer) {
  ForkingPool* forking = nullptr;
  ForkingPool made({.initializer = [&forking] { forking->fork_here(); }});
  forking = &made;
  made.expect_that_the_child_ends([](auto&) {});
}

// Whoever calls shutdown is no worker: its child goes on behind it.
TEST(Fork, LeavesTheRestOfACancellingToTheParent) {
  const Shared callbacks;
  pid_t child = -1;
  BusyPool busy;
  const Future<int> last = busy.pool.submit([] { return 4; });
  busy.pending.add_done_callback([&](const Future<int>&) { child = fork(); });
  last.add_done_callback([&](const Future<int>&) { ++*callbacks; });
  // The thread of the tests may have been made a worker by one of them.
  std::thread([&] {
    busy.pool.shutdown({.wait = false, .cancel_futures = true});
    if (child == 0) end_well();
  }).join();
  EXPECT_EQ(status_of(child), 0);
  EXPECT_EQ(*callbacks, 1);
}

// Not with sanitizers: a lock of their allocator stays held in the child.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
// Whatever the other threads hold at the moment of the fork. A child that hangs lets this test run into its limit.
TEST(Fork, LeavesAChildThatCanUsePoolsAndEnd) {
  ThreadPoolExecutor pool({.max_workers = 2});
  std::atomic<bool> end = false;
  std::thread busy([&] {
    while (!end) {
      std::vector<Future<void>> calls;
      for (int call = 0; call < 100; ++call) {
        calls.push_back(pool.submit([] {}));
        calls.back().add_done_callback([](const Future<void>&) {});
      }
      wait(calls);
    }
  });
  for (int round = 0; round < 30; ++round) {
    EXPECT_TRUE(ends_well_in_child([&pool] {
      std::vector<Future<int>> calls;
      {
        ThreadPoolExecutor own({.max_workers = 2});
        for (int call = 0; call < 200; ++call) {
          calls.push_back(own.submit([] { return 1; }));
          calls.back().add_done_callback([](const Future<int>&) {});
        }
      }
      pool.~ThreadPoolExecutor();
      end_well();
    }));
  }
  end = true;
  busy.join();
}
#endif

TEST(Fork, LetsAGroupGoInTheChild) {
  std::latch started(1), go(1);
  ThreadPoolExecutor pool(1);
  auto group = std::make_unique<TaskGroup>(pool);
  group->submit([&] { started.count_down(), go.wait(); });
  started.wait();
  EXPECT_TRUE(ends_well_in_child([&] {
    group.reset();
    end_well();
  }));
  go.count_down();
}

}  // namespace
}  // namespace concurrent::futures
