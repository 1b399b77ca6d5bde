// Done callbacks that call back into the executor, and callbacks that take their time.
//
// Method: most futures are completed by the test itself, so that a callback which is called when it
// should not be, or not when it should, is seen at once. A slow callback stands at a gate.

#include <fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

using Entries = std::vector<std::string>;

// What a callback finds in its future. It asks without a limit: an answer that had to wait for the
// callback's own end would never come.
struct Found {
  bool done = false;
  Answer result, exception;
};

std::shared_ptr<Found> found_by_callback(World& world, const FuturePointer& future, const GatePointer& gate) {
  auto found = std::make_shared<Found>();
  const MarkPointer called = world.mark("callback");
  future->add_done_callback([found, called](const FuturePointer& given) {
    *found = {.done = given->done(), .result = given->result(), .exception = given->exception()};
    called->hit();
  });
  gate->open();
  called->await();
  return found;
}

void finds_the_value(World& world) {
  const GatePointer gate = world.gate("the task");
  const FuturePointer future = world.make().submit(held_at(gate, 8));
  gate->await_arrivals(1);
  const auto found = found_by_callback(world, future, gate);
  EXPECT_TRUE(found->done);
  EXPECT_TRUE(gives(found->result, 8));
  EXPECT_FALSE(found->exception.fault);
  world.witness(true, "by construction: the callback was registered while the task stood at a gate");
}

void finds_the_exception(World& world) {
  const GatePointer gate = world.gate("the task");
  const FuturePointer future = world.make().submit(throws_behind(gate, "failed"));
  gate->await_arrivals(1);
  const auto found = found_by_callback(world, future, gate);
  EXPECT_TRUE(found->done);
  EXPECT_TRUE(fails_with(found->result, "failed"));
  EXPECT_TRUE(fails_with(found->exception, "failed"));
  world.witness(true, "by construction: the callback was registered while the task stood at a gate");
}

void may_use_its_future_and_others(World& world) {
  const Producer own(world), other(world);
  const auto diary = std::make_shared<Diary>();
  other.future->add_done_callback(writes(diary, "other"));
  own.future->add_done_callback([diary, promise = other.promise](const FuturePointer& given) {
    diary->write(given->done() ? "done" : "not done");
    diary->write(given->cancel() ? "cancelled" : "not cancelled");
    given->add_done_callback(writes(diary, "nested"));
    promise->set_result(2);
  });
  own.promise->set_result(1);
  EXPECT_EQ(diary->entries(), (Entries{"done", "not cancelled", "nested", "other"}));
  EXPECT_TRUE(gives(other.future->result(), 2));
  world.witness(diary->entries().size() > 1, "a callback asked, cancelled, registered and completed");
}

// A lock that the completing thread may take twice would let the callback itself through.
void keeps_no_lock_from_other_threads(World& world) {
  const Producer producer(world);
  const GatePointer gate = world.gate("the callback");
  const MarkPointer called = world.mark("a late callback");
  producer.future->add_done_callback([gate](const FuturePointer&) { gate->pass(); });
  world.thread([promise = producer.promise] { promise->set_result(1); });
  gate->await_arrivals(1);
  EXPECT_TRUE(producer.future->done());
  EXPECT_FALSE(producer.future->cancel());
  EXPECT_FALSE(producer.future->cancelled());
  producer.future->add_done_callback([called](const FuturePointer&) { called->hit(); });
  EXPECT_EQ(called->count(), 1);
  world.witness(gate->arrivals() == 1, "a callback stood at a gate when another thread used the future");
}

void calls_a_nested_registration_at_once(World& world) {
  const Producer producer(world);
  const auto diary = std::make_shared<Diary>();
  producer.future->add_done_callback([diary](const FuturePointer& given) {
    diary->write("first begins");
    given->add_done_callback(writes(diary, "nested"));
    diary->write("first ends");
  });
  producer.future->add_done_callback(writes(diary, "second"));
  producer.promise->set_result(1);
  EXPECT_EQ(diary->entries(), (Entries{"first begins", "nested", "first ends", "second"}));
  world.witness(diary->entries().size() > 1, "a callback registered another one with its own future");
}

void cannot_complete_its_future_again(World& world) {
  const Producer producer(world);
  const auto diary = std::make_shared<Diary>();
  const auto refusals = std::make_shared<std::vector<std::optional<Fault>>>();
  producer.future->add_done_callback([refusals, weak = std::weak_ptr(producer.promise)](const FuturePointer&) {
    const PromisePointer promise = weak.lock();
    const auto fault_of = [](const auto& refusal) { return refusal ? std::optional(refusal->fault) : std::nullopt; };
    refusals->push_back(fault_of(refusal_of([&] { promise->set_result(2); })));
    refusals->push_back(fault_of(refusal_of([&] { promise->set_exception(task_error("second")); })));
  });
  producer.future->add_done_callback(writes(diary, "next"));
  producer.promise->set_result(1);
  EXPECT_EQ(*refusals, std::vector<std::optional<Fault>>(2, Fault::invalid_state));
  EXPECT_EQ(diary->entries(), Entries{"next"});
  EXPECT_TRUE(gives(producer.future->result(), 1));
  world.witness(!refusals->empty(), "a callback tried to complete its own future again");
}

void may_submit_to_its_executor(World& world) {
  const HeldPool pool(world);
  const auto submitted = std::make_shared<FuturePointer>();
  const MarkPointer called = world.mark("callback");
  pool.running->add_done_callback([submitted, called, &executor = pool.executor](const FuturePointer&) {
    *submitted = executor.submit(returns(5));
    called->hit();
  });
  pool.gate->open();
  called->await();
  EXPECT_TRUE(gives((*submitted)->result(), 5));
  world.witness(*submitted != nullptr, "the callback of the only worker's task submitted another one");
}

void keeps_no_waiter_waiting(World& world) {
  const Producer producer(world);
  const GatePointer gate = world.gate("the callback");
  producer.future->add_done_callback([gate](const FuturePointer&) { gate->pass(); });
  Background<WaitResult> waiter(world, [&subject = world.subject(), future = producer.future] {
    return subject.wait(std::vector{future}, {}, ReturnWhen::all_completed);
  });
  const bool blocked = waiter.blocked();
  world.thread([promise = producer.promise] { promise->set_result(1); });
  gate->await_arrivals(1);
  EXPECT_EQ(waiter.value().done.size(), 1U);
  EXPECT_TRUE(gives(producer.future->result(), 1));
  world.witness(blocked, "a thread was blocked in wait when a callback stopped at a gate, which was shut all along");
}

void is_destroyed_once_called(World& world) {
  const Producer set(world), cancelled(world), late(world);
  std::vector<std::weak_ptr<int>> captured;
  late.promise->set_result(1);
  for (const Producer& producer : {set, cancelled, late}) {
    const auto object = std::make_shared<int>(1);
    captured.push_back(object);
    producer.future->add_done_callback([object](const FuturePointer&) { ++*object; });
  }
  world.witness(!captured[0].expired() && !captured[1].expired(), "two callbacks were alive before they were called");
  set.promise->set_result(1);
  ASSERT_TRUE(cancelled.future->cancel());
  for (const std::weak_ptr<int>& object : captured) EXPECT_TRUE(object.expired());
}

void occupies_its_worker_or_not(World& world) {
  const HeldPool pool(world);
  const GatePointer gate = world.gate("the callback");
  const Task task = returns(2);
  pool.running->add_done_callback([gate](const FuturePointer&) { gate->pass(); });
  const FuturePointer next = pool.executor.submit(task);
  pool.gate->open();
  gate->await_arrivals(1);
  const bool waits = world.stays_quiet([&] { return task.runs() > 0; });
  world.choose(waits ? "other tasks wait until the callback has returned"
                     : "other tasks are served while the callback runs");
  world.witness(gate->arrivals() == 1, "a callback stood at a gate on the only worker");
  gate->open();
  EXPECT_TRUE(gives(next->result(), 2));
}

void waits_for_a_pending_task_of_its_pool(World& world) {
  const HeldPool pool(world);
  const Task task = returns(2);
  const FuturePointer pending = pool.executor.submit(task);
  const auto answer = std::make_shared<Answer>();
  const MarkPointer called = world.mark("the callback has waited");
  pool.running->add_done_callback([answer, called, pending](const FuturePointer&) {
    *answer = pending->result();
    called->hit();
  });
  pool.witness_pending(task);
  pool.gate->open();
  called->await();
  const bool detected = answer->fault == Fault::deadlock;
  world.choose(detected ? "detects" : "progresses");
  EXPECT_TRUE(detected || gives(*answer, 2)) << answer->to_string();
}

}  // namespace

std::vector<TestCase> callback_conduct_tests() {
  return {
      {"CallbackConduct.finds_the_value",
       verifies("CBK-015"),
       "In a callback done() answers yes, and result() and exception() answer, after a success.",
       {"workers.threads", "future.shared"},
       finds_the_value},
      {"CallbackConduct.finds_the_exception",
       verifies("CBK-015"),
       "In a callback done() answers yes, and result() and exception() answer, after a failure.",
       {"workers.threads", "future.shared"},
       finds_the_exception},
      {"CallbackConduct.may_use_its_future_and_others",
       verifies("CBK-016"),
       "A callback asks and cancels its future, registers another callback, and completes another future.",
       {},
       may_use_its_future_and_others},
      {"CallbackConduct.keeps_no_lock_from_other_threads",
       verifies("CBK-016"),
       "While a callback stands at a gate another thread asks, cancels and registers with the same future.",
       {},
       keeps_no_lock_from_other_threads},
      {"CallbackConduct.calls_a_nested_registration_at_once",
       verifies("CBK-017"),
       "A callback that is registered by a callback is called before that registration returns.",
       {"promise"},
       calls_a_nested_registration_at_once},
      {"CallbackConduct.cannot_complete_its_future_again",
       verifies("CBK-018"),
       "A callback that completes its future again gets InvalidStateError, and the next one is called.",
       {},
       cannot_complete_its_future_again},
      {"CallbackConduct.may_submit_to_its_executor",
       verifies("CBK-019"),
       "A callback on the only worker submits a task to its own executor, and the task is run.",
       {"workers.limit", "workers.threads"},
       may_submit_to_its_executor},
      {"CallbackConduct.keeps_no_waiter_waiting",
       verifies("CBK-020"),
       "wait and result return while a callback of the future stands at a gate.",
       {"future.shared", "promise"},
       keeps_no_waiter_waiting},
      {"CallbackConduct.is_destroyed_once_called",
       verifies("CBK-022"),
       "What callbacks have captured is released when they have been called, while the futures live on.",
       {"promise", "future.cancel"},
       is_destroyed_once_called},
      {"CallbackConduct.occupies_its_worker_or_not",
       verifies("CBK-023"),
       "While a callback stands at a gate on the only worker, the next task waits, or is served.",
       {"workers.threads"},
       occupies_its_worker_or_not},
      {"CallbackConduct.waits_for_a_pending_task_of_its_pool",
       verifies("CBK-025"),
       "A callback on the only worker waits for a pending task: it deadlocks, is refused, or makes progress.",
       {"workers.threads"},
       waits_for_a_pending_task_of_its_pool,
       "deadlocks"},
  };
}

}  // namespace touchstone
