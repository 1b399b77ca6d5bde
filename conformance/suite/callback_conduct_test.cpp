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

const TestCase finds_the_value{
    .name = "CallbackConduct.finds_the_value",
    .requirement = verifies("CBK-015"),
    .shows = "In a callback done() answers yes, and result() and exception() answer, after a success.",
    .needs = {"workers.threads", "future.shared"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("the task");
      const FuturePointer future = world.make().submit(held_at(gate, 8));
      gate->await_arrivals(1);
      const auto found = found_by_callback(world, future, gate);
      EXPECT_TRUE(found->done);
      EXPECT_TRUE(gives(found->result, 8));
      EXPECT_FALSE(found->exception.fault);
      world.witness(true, "by construction: the callback was registered while the task stood at a gate");
    }};

const TestCase finds_the_exception{
    .name = "CallbackConduct.finds_the_exception",
    .requirement = verifies("CBK-015"),
    .shows = "In a callback done() answers yes, and result() and exception() answer, after a failure.",
    .needs = {"callable.throws", "workers.threads", "future.shared"},
    .body = +[](World& world) {
      const GatePointer gate = world.gate("the task");
      const FuturePointer future = world.make().submit(throws_behind(gate, "failed"));
      gate->await_arrivals(1);
      const auto found = found_by_callback(world, future, gate);
      EXPECT_TRUE(found->done);
      EXPECT_TRUE(fails_with(found->result, "failed"));
      EXPECT_TRUE(fails_with(found->exception, "failed"));
      world.witness(true, "by construction: the callback was registered while the task stood at a gate");
    }};

const TestCase may_use_its_future_and_others{
    .name = "CallbackConduct.may_use_its_future_and_others",
    .requirement = verifies("CBK-016"),
    .shows = "A callback asks and cancels its future, registers another callback, and completes another future.",
    .body = +[](World& world) {
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
    }};

// Where futures share some locks, most of a few do not meet.
const TestCase may_complete_many_others{
    .name = "CallbackConduct.may_complete_many_others",
    .requirement = verifies("CBK-016"),
    .shows = "A callback completes three hundred other futures, each of which has a callback.",
    .body = +[](World& world) {
      const Producer own(world);
      std::vector<Producer> others;
      const MarkPointer called = world.mark("callbacks of the others");
      for (int i = 0; i < 300; ++i) {
        others.emplace_back(world).future->add_done_callback([called](const FuturePointer&) { called->hit(); });
      }
      own.future->add_done_callback([&others](const FuturePointer&) {
        for (const Producer& other : others) other.promise->set_result(2);
      });
      own.promise->set_result(1);
      EXPECT_EQ(called->count(), 300);
      world.witness(called->count() > 0, "a callback of another future ran");
    }};

// A lock that the completing thread may take twice would let the callback itself through.
const TestCase keeps_no_lock_from_other_threads{
    .name = "CallbackConduct.keeps_no_lock_from_other_threads",
    .requirement = verifies("CBK-016"),
    .shows = "While a callback stands at a gate another thread asks, cancels and registers with the same future.",
    .body = +[](World& world) {
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
    }};

const TestCase calls_a_nested_registration_at_once{
    .name = "CallbackConduct.calls_a_nested_registration_at_once",
    .requirement = verifies("CBK-017"),
    .shows = "A callback that is registered by a callback is called before that registration returns.",
    .needs = {"promise"},
    .body = +[](World& world) {
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
    }};

const TestCase cannot_complete_its_future_again{
    .name = "CallbackConduct.cannot_complete_its_future_again",
    .requirement = verifies("CBK-018"),
    .shows = "A callback that completes its future again gets InvalidStateError, and the next one is called.",
    .body = +[](World& world) {
      const Producer producer(world);
      const auto diary = std::make_shared<Diary>();
      const auto refusals = std::make_shared<std::vector<std::optional<Fault>>>();
      producer.future->add_done_callback([refusals, weak = std::weak_ptr(producer.promise)](const FuturePointer&) {
        const PromisePointer promise = weak.lock();
        const auto fault_of = [](const auto& refusal) {
          return refusal ? std::optional(refusal->fault) : std::nullopt;
        };
        refusals->push_back(fault_of(refusal_of([&] { promise->set_result(2); })));
        refusals->push_back(fault_of(refusal_of([&] { promise->set_exception(task_error("second")); })));
      });
      producer.future->add_done_callback(writes(diary, "next"));
      producer.promise->set_result(1);
      EXPECT_EQ(*refusals, std::vector<std::optional<Fault>>(2, Fault::invalid_state));
      EXPECT_EQ(diary->entries(), Entries{"next"});
      EXPECT_TRUE(gives(producer.future->result(), 1));
      world.witness(!refusals->empty(), "a callback tried to complete its own future again");
    }};

const TestCase may_submit_to_its_executor{
    .name = "CallbackConduct.may_submit_to_its_executor",
    .requirement = verifies("CBK-019"),
    .shows = "A callback on the only worker submits a task to its own executor, and the task is run.",
    .needs = {"workers.limit", "workers.threads"},
    .body = +[](World& world) {
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
    }};

const TestCase keeps_no_waiter_waiting{
    .name = "CallbackConduct.keeps_no_waiter_waiting",
    .requirement = verifies("CBK-020"),
    .shows = "wait and result return while a callback of the future stands at a gate.",
    .needs = {"future.shared", "promise"},
    .body = +[](World& world) {
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
      world.witness(blocked,
                    "a thread was blocked in wait when a callback stopped at a gate, which was shut all along");
    }};

const TestCase is_destroyed_once_called{
    .name = "CallbackConduct.is_destroyed_once_called",
    .requirement = verifies("CBK-022"),
    .shows = "What callbacks have captured is released when they have been called, while the futures live on.",
    .needs = {"promise", "future.cancel"},
    .body = +[](World& world) {
      const Producer set(world), cancelled(world), late(world);
      std::vector<std::weak_ptr<int>> captured;
      late.promise->set_result(1);
      for (const Producer& producer : {set, cancelled, late}) {
        const auto object = std::make_shared<int>(1);
        captured.push_back(object);
        producer.future->add_done_callback([object](const FuturePointer&) { ++*object; });
      }
      world.witness(!captured[0].expired() && !captured[1].expired(),
                    "two callbacks were alive before they were called");
      set.promise->set_result(1);
      ASSERT_TRUE(cancelled.future->cancel());
      for (const std::weak_ptr<int>& object : captured) EXPECT_TRUE(object.expired());
    }};

const TestCase occupies_its_worker_or_not{
    .name = "CallbackConduct.occupies_its_worker_or_not",
    .requirement = verifies("CBK-023"),
    .shows = "While a callback stands at a gate on the only worker, the next task waits, or is served.",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
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
    }};

const TestCase waits_for_a_pending_task_of_its_pool{
    .name = "CallbackConduct.waits_for_a_pending_task_of_its_pool",
    .requirement = verifies("CBK-025"),
    .shows = "A callback on the only worker waits for a pending task: it deadlocks, is refused, or makes progress.",
    .needs = {"workers.threads"},
    .body =
        +[](World& world) {
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
        },
    .hang_means = "deadlocks"};

}  // namespace

std::vector<TestCase> callback_conduct_tests() {
  return {finds_the_value,
          finds_the_exception,
          may_use_its_future_and_others,
          may_complete_many_others,
          keeps_no_lock_from_other_threads,
          calls_a_nested_registration_at_once,
          cannot_complete_its_future_again,
          may_submit_to_its_executor,
          keeps_no_waiter_waiting,
          is_destroyed_once_called,
          occupies_its_worker_or_not,
          waits_for_a_pending_task_of_its_pool};
}

}  // namespace touchstone
