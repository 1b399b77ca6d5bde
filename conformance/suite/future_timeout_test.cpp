// Future.result() with a limit: when it gives up, when it must not, and what that leaves behind.
//
// Method: the limits are short, and only lower bounds of time are asserted: a slow machine can make
// these tests slower, and nothing else. What must happen "at once" is asked for while the task
// stands at a gate, which makes a wait for it endless.

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <fixtures.hpp>
#include <fstream>
#include <sstream>
#include <topics.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

// A task at a gate: it is running, and stays so until the gate is opened.
struct HeldTask {
  explicit HeldTask(World& world, Value value = 42)
      : gate(world.gate("the task")), future(world.make().submit(held_at(gate, std::move(value)))) {
    gate->await_arrivals(1);
  }
  // Before the handle goes: some wait for their task then.
  ~HeldTask() { gate->open(); }
  HeldTask(const HeldTask&) = delete;
  HeldTask& operator=(const HeldTask&) = delete;

  GatePointer gate;
  FuturePointer future;
};

void gives_up_when_the_time_has_passed(World& world) {
  const HeldTask held(world);
  Outcome outcome;
  const auto waited = time_of([&] { outcome = held.future->result(20ms); });
  EXPECT_TRUE(is_fault(outcome, Fault::timeout));
  EXPECT_GE(waited, 20ms);
  world.witness(held.gate->arrivals() == 1, "the task stood at a gate for all of the 20 milliseconds");
}

void gives_up_on_a_pending_task(World& world) {
  const HeldPool pool(world);
  const Task task = returns(1);
  Outcome outcome;
  const auto waited = time_of([&] { outcome = pool.executor.submit(task)->result(20ms); });
  EXPECT_TRUE(is_fault(outcome, Fault::timeout));
  EXPECT_GE(waited, 20ms);
  pool.witness_pending(task);
}

void delivers_in_time(World& world) {
  const Producer producer(world);
  Background<Outcome> waiter(world, [future = producer.future] { return future->result(1h); });
  world.witness(waiter.blocked(), "a thread was blocked in result(1 hour) when the value was set");
  producer.promise->set_result(5);
  EXPECT_TRUE(gives(waiter.value(), 5));
}

void polls_with_zero(World& world) {
  const HeldTask held(world);
  EXPECT_TRUE(is_fault(held.future->result(0ns), Fault::timeout));
  world.witness(held.gate->arrivals() == 1, "the task stood at a gate when its result was polled for");
}

void polls_a_done_future_with_zero(World& world) {
  const Producer producer(world);
  producer.promise->set_result(5);
  EXPECT_TRUE(gives(producer.future->result(0ns), 5));
  world.witness(true, "by construction: the test itself had set the value");
}

void polls_with_a_negative_time(World& world) {
  const HeldTask held(world);
  EXPECT_TRUE(is_fault(held.future->result(-1ns), Fault::timeout));
  EXPECT_TRUE(is_fault(held.future->result(-24h), Fault::timeout));
  world.witness(held.gate->arrivals() == 1, "the task stood at a gate when its result was polled for");
}

void delivers_what_is_there_whatever_the_time(World& world) {
  Executor& executor = world.make();
  const FuturePointer finished = executor.submit(returns(5));
  const FuturePointer failed = executor.submit(throws("failed"));
  const bool done = finished->result().has_value() && !failed->result().has_value();
  for (const Timeout timeout : {Timeout(0ns), Timeout(-1ns), Timeout(-24h), Timeout(1ns), Timeout(1h)}) {
    EXPECT_TRUE(gives(finished->result(timeout), 5));
    EXPECT_TRUE(fails_with(failed->result(timeout), "failed"));
  }
  world.witness(done, "the outcomes had been delivered before they were asked for with a limit");
}

void delivers_a_cancellation_whatever_the_time(World& world) {
  const Producer producer(world);
  const bool cancelled = producer.future->cancel();
  EXPECT_TRUE(is_fault(producer.future->result(0ns), Fault::cancelled));
  EXPECT_TRUE(is_fault(producer.future->result(-1ns), Fault::cancelled));
  world.witness(cancelled, "the future had been cancelled");
}

void leaves_the_task_alone(World& world) {
  const GatePointer gate = world.gate("the task");
  const Task task = held_at(gate, 42);
  const FuturePointer future = world.make().submit(task);
  gate->await_arrivals(1);
  for (const Timeout timeout : {Timeout(0ns), Timeout(1ms), Timeout(0ns)}) {
    EXPECT_TRUE(is_fault(future->result(timeout), Fault::timeout));
  }
  world.witness(task.runs() == 1, "three waits had timed out while the task stood at a gate");
  gate->open();
  EXPECT_TRUE(gives(future->result(), 42));
  EXPECT_EQ(task.runs(), 1);
}

void leaves_other_waiters_alone(World& world) {
  const Producer producer(world);
  Background<Outcome> patient = await_result(world, producer.future->copy());
  world.witness(patient.blocked(), "a thread was blocked in result() while another's wait timed out");
  EXPECT_TRUE(is_fault(producer.future->result(1ms), Fault::timeout));
  EXPECT_FALSE(patient.returned());
  producer.promise->set_result(1);
  EXPECT_TRUE(gives(patient.value(), 1));
}

// An executor whose limits expire without an exception has no timeout error that a task could throw:
// its tasks throw one of the suite's own here.
void throw_a_timeout(Subject& subject) {
  try {
    subject.raise(Fault::timeout);
  } catch (const std::logic_error&) {
    throw TaskError("the task gave up");
  }
}

void delivers_a_timeout_of_the_task(World& world) {
  const Task task([&subject = world.subject()] { throw_a_timeout(subject); });
  const FuturePointer future = world.make().submit(task);
  const Outcome outcome = future->result();
  EXPECT_TRUE(outcome.fault == Fault::timeout || outcome.fault == Fault::task) << outcome.to_string();
  EXPECT_NE(outcome.error, nullptr);
  EXPECT_TRUE(future->done());
  EXPECT_EQ(future->result(1h).fault, outcome.fault);
  world.witness(task.runs() == 1, "the task was run, and threw a timeout error");
}

void tells_a_timeout_of_the_task_from_its_own(World& world) {
  const Producer failed(world), late(world);
  try {
    throw_a_timeout(world.subject());
  } catch (...) {
    failed.promise->set_exception(std::current_exception());
  }
  EXPECT_FALSE(failed.future->result(1ms).has_value());
  EXPECT_TRUE(failed.future->done());
  EXPECT_FALSE(late.future->result(1ms).has_value());
  EXPECT_FALSE(late.future->done());
  world.witness(true, "by construction: one future held a timeout error, the other held nothing yet");
}

void keeps_fractions_of_a_second(World& world) {
  const HeldTask held(world);
  for (const std::chrono::nanoseconds timeout : {1'500us, 10'750us}) {
    Outcome outcome;
    const auto waited = time_of([&] { outcome = held.future->result(timeout); });
    EXPECT_TRUE(is_fault(outcome, Fault::timeout));
    EXPECT_GE(waited, timeout);
  }
  world.witness(held.gate->arrivals() == 1, "the task stood at a gate for all of the time");
}

// A signal makes the system call in which the thread waits return early, without a cause that its
// caller could see: the one spurious wake-up that a test can bring about.
void does_not_take_a_wake_up_for_a_timeout(World& world) {
  struct sigaction handler = {}, before = {};
  handler.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGURG, &handler, &before), 0);
  const Producer producer(world);
  Background<Outcome> waiter(world, [future = producer.future] { return future->result(1h); });
  bool blocked = waiter.blocked();
  for (int number = 0; number < 20 && !waiter.returned(); ++number) {
    pthread_kill(waiter.thread().native_handle(), SIGURG);
    blocked = waiter.blocked() && blocked;
  }
  EXPECT_FALSE(waiter.returned());
  world.witness(blocked, "a signal woke the thread in result(1 hour) 20 times, and it was blocked again");
  producer.promise->set_result(5);
  EXPECT_TRUE(gives(waiter.value(), 5));
  sigaction(SIGURG, &before, nullptr);
}

// The system call in which a thread of this process is blocked: its number and its first arguments.
struct SystemCall {
  long number = -1;  // -1: not known
  std::uint64_t arguments[4] = {};
};

SystemCall system_call_of(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/syscall");
  SystemCall call;
  file >> call.number >> std::hex;
  for (std::uint64_t& argument : call.arguments) file >> argument;
  if (!file) call.number = -1;
  return call;
}

// How much later than now, on the clock that people set, the call is to give up; nothing if it does
// not look at that clock. The deadline is read as a debugger would, since it is another thread's.
std::chrono::seconds bound_to_the_time_of_day(const SystemCall& call) {
  if (call.number != SYS_futex || (call.arguments[1] & FUTEX_CLOCK_REALTIME) == 0 || call.arguments[3] == 0) return 0s;
  timespec deadline = {}, now = {};
  const iovec here = {&deadline, sizeof deadline};
  void* const address = reinterpret_cast<void*>(call.arguments[3]);  // NOLINT(performance-no-int-to-ptr): a register's
  const iovec there = {address, sizeof deadline};
  if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) != sizeof deadline) return 0s;
  clock_gettime(CLOCK_REALTIME, &now);
  return std::chrono::seconds(deadline.tv_sec - now.tv_sec);
}

// A test cannot set the clock. But it can see what a blocked thread asked the system for: one that is
// to be woken in an hour by the time of day sleeps for two if the clock is set back in between. Slices
// of some minutes are let pass: between them an executor may look at another clock.
void does_not_depend_on_the_time_of_day(World& world) {
  const Producer producer(world);
  const auto id = std::make_shared<std::atomic<pid_t>>(0);
  Background<Outcome> waiter(world, [future = producer.future, id] {
    *id = static_cast<pid_t>(syscall(SYS_gettid));
    return future->result(1h);
  });
  const bool blocked = waiter.blocked();
  const SystemCall call = system_call_of(*id);
  EXPECT_LT(bound_to_the_time_of_day(call).count(), 1800);
  world.witness(blocked && call.number >= 0, "the system told in which call a thread in result(1 hour) was blocked");
  producer.promise->set_result(1);
  EXPECT_TRUE(gives(waiter.value(), 1));
}

}  // namespace

std::vector<TestCase> future_timeout_tests() {
  return {
      {"FutureTimeout.gives_up_when_the_time_has_passed",
       verifies("FUT-021"),
       "result(20 ms) of a task at a gate throws TimeoutError, and not before the time has passed.",
       {"workers.threads"},
       gives_up_when_the_time_has_passed},
      {"FutureTimeout.gives_up_on_a_pending_task",
       verifies("FUT-021"),
       "result(20 ms) of a task that waits for a worker throws TimeoutError, not before the time has passed.",
       {"workers.limit", "workers.threads"},
       gives_up_on_a_pending_task},
      {"FutureTimeout.delivers_in_time",
       verifies("FUT-021"),
       "A thread that is blocked in result(1 hour) gets the value when it is set.",
       {"promise"},
       delivers_in_time},
      {"FutureTimeout.polls_with_zero",
       verifies("FUT-023"),
       "result(0) of a task at a gate throws TimeoutError while the gate is shut.",
       {"workers.threads"},
       polls_with_zero},
      {"FutureTimeout.polls_a_done_future_with_zero",
       verifies("FUT-023"),
       "result(0) of a finished future gives its value.",
       {"promise"},
       polls_a_done_future_with_zero},
      {"FutureTimeout.polls_with_a_negative_time",
       verifies("FUT-024"),
       "result() with a negative limit throws TimeoutError while the gate is shut.",
       {"workers.threads"},
       polls_with_a_negative_time},
      {"FutureTimeout.delivers_what_is_there_whatever_the_time",
       verifies("FUT-025"),
       "result() of done futures gives value and exception with limits from minus a day to an hour.",
       {"future.shared"},
       delivers_what_is_there_whatever_the_time},
      {"FutureTimeout.delivers_a_cancellation_whatever_the_time",
       verifies("FUT-026"),
       "result() of a cancelled future throws CancelledError, not TimeoutError, with a limit of zero or less.",
       {"promise", "future.timeout", "future.shared"},
       delivers_a_cancellation_whatever_the_time},
      {"FutureTimeout.leaves_the_task_alone",
       verifies("FUT-030"),
       "A task whose result was waited for in vain three times is run once and delivers its value.",
       {"workers.threads"},
       leaves_the_task_alone},
      {"FutureTimeout.leaves_other_waiters_alone",
       verifies("FUT-030"),
       "A thread that waits without a limit is not disturbed by another one whose wait times out.",
       {"promise", "future.shared"},
       leaves_other_waiters_alone},
      {"FutureTimeout.delivers_a_timeout_of_the_task",
       verifies("FUT-032"),
       "The future of a task that threw a timeout error is done, and result() delivers that error.",
       {"closures", "future.shared"},
       delivers_a_timeout_of_the_task},
      {"FutureTimeout.tells_a_timeout_of_the_task_from_its_own",
       verifies("FUT-032"),
       "After result() has thrown a timeout error, done() tells whether it was the task's.",
       {"closures", "promise"},
       tells_a_timeout_of_the_task_from_its_own},
      {"FutureTimeout.keeps_fractions_of_a_second",
       verifies("FUT-037"),
       "Limits of 1.5 and 10.75 milliseconds are waited for in full.",
       {"workers.threads"},
       keeps_fractions_of_a_second},
      {"FutureTimeout.does_not_take_a_wake_up_for_a_timeout",
       verifies("FUT-038"),
       "A thread in result(1 hour) that signals wake goes on waiting, and gets the value.",
       {"closures", "promise"},
       does_not_take_a_wake_up_for_a_timeout},
      {"FutureTimeout.does_not_depend_on_the_time_of_day",
       verifies("FUT-039"),
       "A thread in result(1 hour) is not blocked until a time of day that is most of an hour away.",
       {"closures", "promise"},
       does_not_depend_on_the_time_of_day},
  };
}

}  // namespace touchstone
