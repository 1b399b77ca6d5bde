// Who waits for whom: knots that go through destructors and shutdowns, and the words of a refusal.

#include <gtest/gtest.h>
#include <unistd.h>

#include <concurrent/futures.hpp>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace concurrent::futures {
namespace {

/// Blocks until the thread of this process sleeps in the kernel.
void await_sleeping(pid_t thread) {
  for (;;) {
    std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.size() > text.rfind(')') + 2 && text[text.rfind(')') + 2] == 'S') return;
    std::this_thread::yield();
  }
}

TEST(Deadlock, NamesTheKnot) {
  ThreadPoolExecutor pool({.max_workers = 1, .thread_name_prefix = "knot"});
  std::string inner;
  const auto outer = pool.submit([&] {
    const Future<void> future = pool.submit([] {});
    inner = to_string(future);
    return future.exception();
  });
  try {
    (void)outer.result();
    FAIL() << "the inner wait ended";
  } catch (const DeadlockError& refused) {
    const std::string text = refused.what();
    const std::string start = "this wait would never end: knot_0 waits for " + inner + " of ";
    EXPECT_EQ(text.substr(0, start.size()), start);
    EXPECT_NE(text.find("lambda", start.size()), std::string::npos) << "which call: " << text;
  }
}

// The worker of the first pool waits for the end of the second, whose worker waits for the call of the first.
TEST(Deadlock, IsSeenThroughTheDestructorOfAPool) {
  ThreadPoolExecutor first({.max_workers = 1});
  Promise<Future<void>> self;
  bool refused = false;
  const Future<void> outer = first.submit([&refused, self = self.future()] {
    ThreadPoolExecutor second({.max_workers = 1});
    (void)second.submit([&refused, outer = self.result(), worker = gettid()] {
      await_sleeping(worker);  // in the destructor
      try {
        outer.result();
      } catch (const DeadlockError&) {
        refused = true;
      }
    });
  });
  self.set_result(outer);
  outer.result();
  EXPECT_TRUE(refused);
}

TEST(Deadlock, IsSeenWhenTheOnlyOneThatCouldHaveThrownReturns) {
  ThreadPoolExecutor own({.max_workers = 1});
  ThreadPoolExecutor other({.max_workers = 1});
  Promise<void> go;
  Promise<pid_t> waiting;
  const Future<void> able = other.submit([end = go.future()] { end.result(); });
  const Future<void> outer = own.submit([&] {
    const Future<void> unable = own.submit([] {});
    waiting.set_result(gettid());
    (void)wait({able, unable}, {.return_when = ReturnWhen::first_exception});
  });
  await_sleeping(waiting.future().result());
  go.set_result();
  EXPECT_THROW(outer.result(), DeadlockError);
}

TEST(Deadlock, IsNotSeenInACallThatIsBeingCancelled) {
  ThreadPoolExecutor pool({.max_workers = 1});
  Promise<Future<void>> last;
  const Future<void> running = pool.submit([last = last.future()] { last.result().result(); });
  while (!running.running()) std::this_thread::yield();
  Promise<void> go;
  const Future<void> first = pool.submit([] {});
  const Future<void> second = pool.submit([] {});
  first.add_done_callback([&](const Future<void>&) {
    last.set_result(second);
    EXPECT_THROW(running.result(), CancelledError);
  });
  pool.shutdown({.cancel_futures = true});
  EXPECT_TRUE(second.cancelled());
}

/// What is logged while it lives.
class Logged {
 public:
  Logged()
      : before_(set_log_handler([this](const LogRecord& record) {
          const std::lock_guard lock(mutex_);
          texts_ += record.message + "\n";
        })) {}
  ~Logged() { set_log_handler(before_); }
  Logged(const Logged&) = delete;
  Logged& operator=(const Logged&) = delete;

  [[nodiscard]] bool has(const std::string& text) const {
    const std::lock_guard lock(mutex_);
    return texts_.find(text) != std::string::npos;
  }

 private:
  mutable std::mutex mutex_;
  std::string texts_;
  const LogHandler before_;
};

TEST(Deadlock, ThatADestructorClosesEndsAWaitThatBeganEarlier) {
  const Logged logged;
  auto doomed =
      std::make_unique<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1, .thread_name_prefix = "doomed"});
  ThreadPoolExecutor other({.max_workers = 1, .thread_name_prefix = "other"});
  Promise<pid_t> waiting;
  const Future<void> destroyer = other.submit([&] {
    await_sleeping(waiting.future().result());
    doomed.reset();
  });
  const Future<void> outer = doomed->submit([&] {
    waiting.set_result(gettid());
    destroyer.result();
  });
  try {
    outer.result();
    FAIL() << "the wait ended";
  } catch (const DeadlockError& refused) {
    const std::string text = refused.what();
    EXPECT_NE(text.find("this wait would never end: doomed_0 waits for <Future at "), std::string::npos) << text;
    EXPECT_NE(text.find("; other_0 waits for the end of a pool"), std::string::npos) << text;
  }
  destroyer.result();
  EXPECT_TRUE(logged.has("a destructor waits for threads that waited for it"));
  EXPECT_TRUE(logged.has("doomed_0 waits for <Future at "));
}

TEST(Deadlock, ThatADestructorClosesEndsAnIterator) {
  const Logged logged;
  auto doomed = std::make_unique<ThreadPoolExecutor>(ThreadPoolOptions{.max_workers = 1});
  ThreadPoolExecutor other({.max_workers = 1});
  Promise<pid_t> waiting;
  const Future<void> destroyer = other.submit([&] {
    await_sleeping(waiting.future().result());
    doomed.reset();
  });
  const Future<void> outer = doomed->submit([&] {
    auto completions = as_completed(std::vector{destroyer});
    waiting.set_result(gettid());
    EXPECT_THROW((void)completions.next(), DeadlockError) << "woken";
    EXPECT_THROW((void)completions.next(), DeadlockError) << "refused at once";
  });
  outer.result();
  destroyer.result();
}

}  // namespace
}  // namespace concurrent::futures
