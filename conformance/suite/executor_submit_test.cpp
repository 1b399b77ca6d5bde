// submit: when it returns, what it refuses, who may call it, and in which order calls start.
//
// Method: a worker that stands at a gate makes "not yet started" and "still running" last as long as a
// test likes. Where a test cannot hold the executor, it judges only what has come out in the end.

#include <functional>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

const TestCase returns_before_its_call_starts{.name = "Submit.returns_before_its_call_starts",
                                              .requirement = verifies("SUB-001"),
                                              .shows = "submit returns although no worker is free to start the call",
                                              .needs = {"workers.limit"},
                                              .body = +[](World& world) {
                                                const HeldPool pool(world);
                                                const Task task = returns(7);
                                                const FuturePointer future = pool.executor.submit(task);
                                                pool.witness_pending(task);
                                                pool.gate->open();
                                                EXPECT_TRUE(gives(future->result(), 7));
                                              }};

const TestCase returns_while_its_call_runs{
    .name = "Submit.returns_while_its_call_runs",
    .requirement = verifies("SUB-001"),
    .shows = "submit returns although the call cannot finish",
    .body = +[](World& world) {
      Executor& executor = world.make();
      const GatePointer gate = world.gate("inside the call");
      const MarkPointer ended = world.mark("the call went on");
      const FuturePointer future = executor.submit(Script{Pass{gate}, Hit{ended}, Return{7}});
      EXPECT_EQ(ended->count(), 0);
      gate->await_arrivals(1);
      world.witness(true, "submit had returned, and the call stood at a gate that only the test opens");
      gate->open();
      EXPECT_TRUE(gives(future->result(), 7));
    }};

const TestCase returns_however_many_calls_are_queued{
    .name = "Submit.returns_however_many_calls_are_queued",
    .requirement = verifies("SUB-005"),
    .shows = "submit returns 1000 times while both workers are held",
    .needs = {"queue.unbounded"},
    .body = +[](World& world) {
      const HeldWorkers pool(world, 2);
      const Task task = returns(7);
      const std::vector<FuturePointer> queued = submit_all(pool.executor, task, 1000);
      world.witness(task.runs() == 0, "1000 calls were queued, and both workers stood at a gate");
      pool.gate->open();
      for (const FuturePointer& future : queued) EXPECT_TRUE(gives(future->result(), 7));
      EXPECT_EQ(task.runs(), 1000);
    }};

void refusal_after(World& world, ShutdownOptions options) {
  Executor& executor = world.make();
  EXPECT_TRUE(executor.submit(returns(1))->result().has_value());
  executor.shutdown(options);
  EXPECT_TRUE(refusal_of([&] { (void)executor.submit(returns(2)); })) << "submit accepted a call after shutdown";
  world.witness(true, "shutdown had returned before submit was called, in one thread");
}

const TestCase is_refused_after_shutdown{.name = "Submit.is_refused_after_shutdown",
                                         .requirement = verifies("SUB-006"),
                                         .shows = "submit throws after a shutdown that waited",
                                         .body = +[](World& world) { refusal_after(world, {}); }};
const TestCase is_refused_after_shutdown_without_wait{
    .name = "Submit.is_refused_after_shutdown_without_wait",
    .requirement = verifies("SUB-006"),
    .shows = "submit throws after a shutdown that did not wait",
    .needs = {"shutdown.no_wait"},
    .body = +[](World& world) { refusal_after(world, {.wait = false}); }};
const TestCase is_refused_after_shutdown_that_cancels{
    .name = "Submit.is_refused_after_shutdown_that_cancels",
    .requirement = verifies("SUB-006"),
    .shows = "submit throws after a shutdown with cancel_futures",
    .needs = {"shutdown.cancel_futures"},
    .body = +[](World& world) { refusal_after(world, {.cancel_futures = true}); }};

const TestCase is_refused_although_work_is_left{
    .name = "Submit.is_refused_although_work_is_left",
    .requirement = verifies("SUB-006"),
    .shows = "submit throws after shutdown although the workers are still running accepted tasks",
    .needs = {"shutdown.no_wait", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      pool.executor.shutdown({.wait = false});
      EXPECT_TRUE(refusal_of([&] { (void)pool.executor.submit(returns(2)); }))
          << "submit accepted a call after shutdown";
      world.witness(pool.gate->arrivals() == 1, "the worker was still at the gate: the executor had work left");
    }};

const TestCase is_safe_from_many_threads{
    .name = "Submit.is_safe_from_many_threads",
    .requirement = verifies("SUB-009"),
    .shows = "of 800 calls that four threads submit at once, each runs exactly once",
    .needs = {"queue.unbounded", "submit.beside_threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer line = world.gate("start line");
      const std::vector<Task> tasks{returns(0), returns(1), returns(2), returns(3)};
      std::vector<Background<std::vector<FuturePointer>>> submitters;
      for (const Task& task : tasks) {
        submitters.emplace_back(world, [&executor, line, task] {
          line->pass();
          return submit_all(executor, task, 200);
        });
      }
      line->await_arrivals(4);
      world.witness(line->arrivals() == 4, "all threads stood at the start line before any submitted");
      line->open();
      for (int thread = 0; auto& submitter : submitters) {
        for (const FuturePointer& future : submitter.value()) EXPECT_TRUE(gives(future->result(), thread));
        ++thread;
      }
      for (const Task& task : tasks) EXPECT_EQ(task.runs(), 200);
    }};

void expect_order(World& world, const std::function<void(Executor&)>& before_they_start) {
  const HeldPool pool(world);
  const auto started = std::make_shared<Diary>();
  std::vector<FuturePointer> futures;
  std::vector<std::string> submitted;
  for (int call = 0; call < 6; ++call) {
    submitted.push_back(std::to_string(call));
    futures.push_back(pool.executor.submit([started, entry = submitted.back()] { started->write(entry); }));
  }
  before_they_start(pool.executor);
  world.witness(started->entries().empty(), "all calls were queued behind the only worker before any started");
  pool.gate->open();
  for (const FuturePointer& future : futures) EXPECT_TRUE(future->result().has_value());
  EXPECT_EQ(started->entries(), submitted)
      << "the only worker did not start the calls in the order of their submission";
}

const TestCase starts_calls_in_order{
    .name = "Submit.starts_calls_in_order",
    .requirement = verifies("SUB-012"),
    .shows = "one worker starts six queued calls in the order in which they were submitted",
    .needs = {"closures", "workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) { expect_order(world, [](Executor&) {}); }};

const TestCase starts_calls_in_order_after_shutdown{
    .name = "Submit.starts_calls_in_order_after_shutdown",
    .requirement = verifies("SUB-012"),
    .shows = "one worker starts six queued calls in order when shutdown was called meanwhile",
    .needs = {"closures", "queue.some", "shutdown.no_wait", "workers.limit", "workers.threads"},
    .body = +[](World& world) { expect_order(world, [](Executor& executor) { executor.shutdown({.wait = false}); }); }};

const TestCase starts_calls_of_two_threads_in_order{
    .name = "Submit.starts_calls_of_two_threads_in_order",
    .requirement = verifies("SUB-012"),
    .shows = "calls that two threads submit by turns start in the order of the turns",
    .needs = {"closures", "workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      const auto started = std::make_shared<Diary>();
      const auto submit = [&executor = pool.executor, started](std::string entry) {
        return executor.submit([started, entry = std::move(entry)] { started->write(entry); });
      };
      std::vector<FuturePointer> futures;
      for (int pair = 0; pair < 3; ++pair) {
        futures.push_back(submit("here"));
        futures.push_back(Background<FuturePointer>(world, [submit] { return submit("there"); }).value());
      }
      world.witness(started->entries().empty(), "two threads submitted by turns, behind the only worker");
      pool.gate->open();
      for (const FuturePointer& future : futures) EXPECT_TRUE(future->result().has_value());
      const std::vector<std::string> entries = started->entries();
      ASSERT_EQ(entries.size(), 6U);
      for (std::size_t place = 0; place < entries.size(); ++place) {
        EXPECT_EQ(entries[place], place % 2 == 0 ? "here" : "there") << "at place " << place;
      }
    }};

const TestCase never_runs_what_it_refused{
    .name = "Submit.never_runs_what_it_refused",
    .requirement = verifies("SUB-015"),
    .shows = "a call that was refused while the workers were busy is not run by them later",
    .needs = {"shutdown.no_wait", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const HeldPool pool(world);
      pool.executor.shutdown({.wait = false});
      const Task refused = returns(2);
      const std::optional<Refusal> refusal = refusal_of([&] { (void)pool.executor.submit(refused); });
      world.witness(refusal.has_value() && pool.gate->arrivals() == 1,
                    "submit threw while the worker was still at work");
      pool.gate->open();
      pool.executor.shutdown();
      EXPECT_EQ(refused.runs(), 0);
    }};

const TestCase never_runs_what_it_refused_in_a_race{
    .name = "Submit.never_runs_what_it_refused_in_a_race",
    .requirement = verifies("SUB-015"),
    .shows = "whichever of submit and shutdown comes first, a call that was refused does not run",
    .needs = {"submit.beside_threads"},
    .body = +[](World& world) {
      Race race(world);
      for (int round = 0; race.goes_on_with_slow_rounds(); ++round) {
        Executor& executor = world.make({.max_workers = 2});
        const Task task = returns(7);
        bool accepted = false;
        race.round([&] { executor.shutdown(); }, [&] { accepted = !refusal_of([&] { (void)executor.submit(task); }); });
        world.destroy(executor);
        race.own_was_first(accepted);
        if (accepted) continue;
        EXPECT_EQ(task.runs(), 0) << "in round " << round;
      }
      world.witness(race.both_orders_seen(), "submit came before shutdown and after it: " + race.tally());
    }};

const TestCase is_refused_or_obeyed_while_the_program_ends{
    .name = "Submit.is_refused_or_obeyed_while_the_program_ends",
    .requirement = verifies("SUB-008"),
    .shows = "what an exit handler submits is refused, or runs before the process is gone",
    .needs = {"closures"},
    .body = +[](World& world) {
      Subject& subject = world.subject();
      const Ending ending = run_program([&subject](Pen pen) {
        static const Pen paper = pen;
        static const std::unique_ptr<Executor> executor = subject.make({});
        (void)executor->submit(returns(1))->result();
        // Exit handlers run in reverse order: this one before the executor is destroyed.
        std::atexit([] {
          const Task last([] { return paper.write("ran "), Value(); });
          paper.write(refusal_of([&] { (void)executor->submit(last); }) ? "refused " : "accepted ");
        });
      });
      EXPECT_TRUE(ending.exited && ending.status == 0) << "status " << ending.status;
      const auto wrote = [&](const char* word) { return ending.output.find(word) != std::string::npos; };
      EXPECT_NE(wrote("accepted"), wrote("refused")) << ending.output;
      EXPECT_EQ(wrote("accepted"), wrote("ran")) << ending.output;
      world.witness(!ending.output.empty(), "an exit handler submitted to an executor that was not destroyed yet");
    }};

}  // namespace

std::vector<TestCase> executor_submit_tests() {
  return {returns_before_its_call_starts,
          returns_while_its_call_runs,
          returns_however_many_calls_are_queued,
          is_refused_after_shutdown,
          is_refused_after_shutdown_without_wait,
          is_refused_after_shutdown_that_cancels,
          is_refused_although_work_is_left,
          is_refused_or_obeyed_while_the_program_ends,
          is_safe_from_many_threads,
          starts_calls_in_order,
          starts_calls_in_order_after_shutdown,
          starts_calls_of_two_threads_in_order,
          never_runs_what_it_refused,
          never_runs_what_it_refused_in_a_race};
}

}  // namespace touchstone
