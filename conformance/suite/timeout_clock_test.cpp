// What must not end a wait before its time: other wake-ups, the clock that people set, and a limit beyond all clocks.

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <fixtures.hpp>
#include <fstream>
#include <functional>
#include <topics.hpp>

namespace touchstone {
namespace {

using namespace std::chrono_literals;

const TestCase lasts_as_long_as_can_be_said{
    .name = "FutureTimeout.lasts_as_long_as_can_be_said",
    .requirement = verifies("FUT-038"),
    .shows = "result(), with the longest timeout that can be said, blocks until the value is set.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) {
      const Producer producer(world);
      Background<Answer> waiter(world,
                                [future = producer.future] { return future->result(std::chrono::nanoseconds::max()); });
      const bool blocked = waiter.blocked();
      EXPECT_TRUE(world.stays_quiet([&] { return waiter.returned(); }));
      world.witness(blocked, "a thread was blocked in result(292 years) when the value was set");
      producer.promise->set_result(5);
      EXPECT_TRUE(gives(waiter.value(), 5));
    }};

// A signal makes the system call in which the thread waits return early, without a cause that its
// caller could see: the one spurious wake-up that a test can bring about.
std::atomic<int> interruptions = 0;

const TestCase does_not_take_a_wake_up_for_a_timeout{
    .name = "FutureTimeout.does_not_take_a_wake_up_for_a_timeout",
    .requirement = verifies("FUT-038"),
    .shows = "A thread in result(1 hour) that signals wake goes on waiting, and gets the value.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) {
      struct sigaction handler = {}, before = {};
      handler.sa_handler = [](int) { ++interruptions; };
      ASSERT_EQ(sigaction(SIGURG, &handler, &before), 0);
      const Producer producer(world);
      Background<Answer> waiter(world, [future = producer.future] { return future->result(1h); });
      bool blocked = waiter.blocked();
      for (int number = 0; number < 20 && !waiter.returned(); ++number) {
        pthread_kill(waiter.thread().native_handle(), SIGURG);
        world.await([number] { return interruptions > number; });
        blocked = waiter.blocked() && blocked;
      }
      EXPECT_FALSE(waiter.returned());
      world.witness(blocked && interruptions == 20,
                    "a signal reached the thread in result(1 hour) 20 times, and it was blocked again");
      producer.promise->set_result(5);
      EXPECT_TRUE(gives(waiter.value(), 5));
      sigaction(SIGURG, &before, nullptr);
    }};

const TestCase does_not_take_the_end_of_another_for_a_timeout{
    .name = "FutureTimeout.does_not_take_the_end_of_another_for_a_timeout",
    .requirement = verifies("FUT-038"),
    .shows =
        "A thread in result(1 hour) stays there when another future, for which another thread waits, is completed.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) {
      const Producer own(world), other(world);
      Background<Answer> patient(world, [future = own.future] { return future->result(1h); });
      Background<Answer> bystander = await_result(world, other.future);
      const bool blocked = patient.blocked() && bystander.blocked();
      other.promise->set_result(1);
      EXPECT_TRUE(gives(bystander.value(), 1));
      EXPECT_TRUE(world.stays_quiet([&] { return patient.returned(); }));
      world.witness(blocked,
                    "threads were blocked for two futures, one of them for an hour, when the other was completed");
      own.promise->set_result(5);
      EXPECT_TRUE(gives(patient.value(), 5));
    }};

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
void expect_steady(World& world, const std::function<void(const FuturePointer&)>& wait_an_hour) {
  const Producer producer(world);
  const auto id = std::make_shared<std::atomic<pid_t>>(0);
  Background<bool> waiter(world, [wait_an_hour, future = producer.future, id] {
    *id = static_cast<pid_t>(syscall(SYS_gettid));
    wait_an_hour(future);
    return true;
  });
  const bool blocked = waiter.blocked();
  const SystemCall call = system_call_of(*id);
  EXPECT_LT(bound_to_the_time_of_day(call).count(), 1800);
  world.witness(blocked && call.number >= 0, "the system told in which call a thread was blocked for an hour");
  producer.promise->set_result(1);
  EXPECT_TRUE(waiter.value());
}

const TestCase does_not_depend_on_the_time_of_day{
    .name = "FutureTimeout.does_not_depend_on_the_time_of_day",
    .requirement = verifies("FUT-039"),
    .shows = "A thread in result(1 hour) is not blocked until a time of day that is most of an hour away.",
    .needs = {"closures", "promise"},
    .body = +[](World& world) { expect_steady(world, [](const FuturePointer& future) { (void)future->result(1h); }); }};

const TestCase wait_does_not_depend_on_the_time_of_day{
    .name = "FutureTimeout.wait_does_not_depend_on_the_time_of_day",
    .requirement = verifies("FUT-039"),
    .shows = "A thread in wait(1 hour) is not blocked until a time of day that is most of an hour away.",
    .needs = {"closures", "promise", "wait"},
    .body = +[](World& world) {
      expect_steady(world, [&world](const FuturePointer& future) {
        (void)world.subject().wait(std::vector{future}, 1h, ReturnWhen::all_completed);
      });
    }};

const TestCase as_completed_does_not_depend_on_the_time_of_day{
    .name = "FutureTimeout.as_completed_does_not_depend_on_the_time_of_day",
    .requirement = verifies("FUT-039"),
    .shows = "A thread in as_completed(1 hour) is not blocked until a time of day that is most of an hour away.",
    .needs = {"as_completed", "closures", "promise"},
    .body = +[](World& world) {
      expect_steady(world, [&world](const FuturePointer& future) {
        (void)world.subject().as_completed(std::vector{future}, 1h)->next();
      });
    }};

}  // namespace

std::vector<TestCase> timeout_clock_tests() {
  return {lasts_as_long_as_can_be_said,
          does_not_take_a_wake_up_for_a_timeout,
          does_not_take_the_end_of_another_for_a_timeout,
          does_not_depend_on_the_time_of_day,
          wait_does_not_depend_on_the_time_of_day,
          as_completed_does_not_depend_on_the_time_of_day};
}

}  // namespace touchstone
