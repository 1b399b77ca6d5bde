// Process pools: what happens in the parent. What it hands out in advance, what waits for a callback, and what becomes
// of a pool that can have no thread.
//
// Method: children stand at gates while the test looks at futures, and a process in which every thread has a larger
// stack than there is memory gets no further one.

#include <pthread.h>

#include <limits>
#include <process_fixtures.hpp>
#include <system_error>
#include <thread>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase hands_out_little_in_advance{
    .name = "ProcessParent.hands_out_little_in_advance",
    .requirement = verifies("PPE-058"),
    .shows = "of 50 tasks behind two children at a gate, at most three are running, or cannot be cancelled",
    .needs = {"future.running", "queue.unbounded"},
    .body = +[](World& world) {
      constexpr int workers = 2;
      constexpr int tasks = 50;
      const HeldChildren pool(world, workers);
      const Task task = returns(7);
      const std::vector<FuturePointer> futures = submit_all(pool.executor, task, tasks);
      world.let_settle();
      int running = 0;
      for (const FuturePointer& future : futures) running += future->running() ? 1 : 0;
      EXPECT_LE(running, workers + 1) << "futures that answer running";
      int cancelled = 0;
      for (auto future = futures.rbegin(); future != futures.rend(); ++future) {
        const bool was_running = (*future)->running();
        const bool is_cancelled = (*future)->cancel();
        EXPECT_FALSE(was_running && is_cancelled) << "it was running, and could be cancelled";
        cancelled += is_cancelled ? 1 : 0;
      }
      EXPECT_GE(cancelled, tasks - workers - 1) << "futures that could be cancelled";
      world.choose(running == 0 ? "only tasks that a child has begun count as running"
                                : "tasks handed out in advance count as running");
      world.witness(task.runs() == 0, "both children stood at a gate, and could begin none of the 50 tasks");
      EXPECT_EQ(pool.release().size(), 2U);
      int returned = 0;
      for (const FuturePointer& future : futures) returned += gives(future->result(), 7) ? 1 : 0;
      EXPECT_EQ(returned, tasks - cancelled);
      EXPECT_EQ(task.runs(), tasks - cancelled);
    }};

const TestCase completes_futures_after_a_callback{
    .name = "ProcessParent.completes_futures_after_a_callback",
    .requirement = verifies("PPE-061"),
    .shows = "a task that ends while the callback of another stands at a gate is done, at the latest, behind that",
    .needs = {"future.done"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gates[] = {world.gate("one child"), world.gate("the other child"), world.gate("the callback")};
      const MarkPointer ended = world.mark("the other task has come to its end");
      const FuturePointer one = executor.submit(held_at(gates[0], 1));
      const FuturePointer other = executor.submit(Script{Pass{gates[1]}, Hit{ended}, Return{2}});
      for (const GatePointer& gate : {gates[0], gates[1]}) gate->await_arrivals(1);
      one->add_done_callback([gate = gates[2]](const FuturePointer&) { gate->pass(); });
      gates[0]->open();
      gates[2]->await_arrivals(1);
      gates[1]->open();
      ended->await();
      const bool waits = world.stays_quiet([&] { return other->done(); });
      world.choose(waits ? "other futures complete only when the callback has returned"
                         : "other futures complete meanwhile");
      world.witness(gates[2]->arrivals() == 1, "a callback stood at a gate when a task ended in another child");
      gates[2]->open();
      EXPECT_TRUE(gives(one->result(), 1));
      EXPECT_TRUE(gives(other->result(), 2));
      EXPECT_TRUE(is_usable(executor));
    }};

/// While it lives, this process can start no thread that is told no size for its stack: there is no memory for it.
class NoFurtherThreads {
 public:
  NoFurtherThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t huge;
    pthread_getattr_default_np(&huge);
    pthread_attr_setstacksize(&huge, std::numeric_limits<std::size_t>::max() / 8);
    pthread_setattr_default_np(&huge);
    pthread_attr_destroy(&huge);
  }
  ~NoFurtherThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoFurtherThreads(const NoFurtherThreads&) = delete;
  NoFurtherThreads& operator=(const NoFurtherThreads&) = delete;

 private:
  pthread_attr_t before_;
};

bool starts_a_thread() {
  try {
    std::thread([] {}).join();
    return true;
  } catch (const std::system_error&) {
    return false;
  }
}

const TestCase is_broken_without_its_thread{
    .name = "ProcessParent.is_broken_without_its_thread",
    .requirement = verifies("PPE-057"),
    .shows = "a pool that needs a thread which cannot be started refuses its first task, and all that come later",
    .needs = {"future", "shutdown"},
    .body = +[](World& world) {
      Executor* executor = nullptr;
      std::optional<Answer> answer;
      {
        const NoFurtherThreads none;
        world.witness(!starts_a_thread(), "this process could start no thread");
        (void)refusal_of([&] {
          executor = &world.make({.max_workers = 2});
          answer = executor->submit(returns(7))->result();
        });
      }
      if (executor == nullptr) return;            // it needs the thread from the beginning, and does not exist
      if (answer && answer->has_value()) return;  // it needs none
      EXPECT_TRUE(!answer || is_fault(*answer, Fault::broken));
      for (int call = 0; call < 2; ++call) EXPECT_TRUE(is_broken(*executor));
      EXPECT_FALSE(refusal_of([&] { executor->shutdown(); }));
    }};

}  // namespace

std::vector<TestCase> process_parent_tests() {
  return {hands_out_little_in_advance, completes_futures_after_a_callback, is_broken_without_its_thread};
}

}  // namespace touchstone
