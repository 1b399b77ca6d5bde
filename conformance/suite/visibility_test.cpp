// Visibility: what happens before what, in the sense of the C++ memory model.
//
// Method: one side writes plain data, the other reads it, and nothing but the executor lies between them: no
// gate, no mark, no atomic variable. A missing edge shows as a wrong value now and then, and for certain as
// a data race in a build with ThreadSanitizer. Each test goes through many rounds.

#include <algorithm>
#include <atomic>
#include <pool_fixtures.hpp>
#include <topics.hpp>

namespace touchstone {
namespace {

constexpr int rounds = 200;

/// Plain data, which two threads may only share if one has seen what the other did.
using Plain = std::shared_ptr<int>;
Plain plain() { return std::make_shared<int>(0); }

Task writes(const Plain& data, int value) {
  return [data, value] {
    *data = value;
    return value;
  };
}

const TestCase submit_to_task{.name = "Visibility.submit_to_task",
                              .requirement = verifies("VIS-001"),
                              .shows = "a task reads what its submitter wrote before submit",
                              .needs = {"future"},
                              .body = +[](World& world) {
                                Executor& executor = world.make({.max_workers = 2});
                                int seen = 0;
                                for (int round = 1; round <= rounds; ++round) {
                                  const Plain data = plain();
                                  *data = round;
                                  const Answer answer = executor.submit([data] { return *data; })->result();
                                  EXPECT_TRUE(gives(answer, round));
                                  seen += gives(answer, round) ? 1 : 0;
                                }
                                world.witness(seen > 0, "tasks read what the submitter had written");
                              }};

const TestCase return_to_result{.name = "Visibility.return_to_result",
                                .requirement = verifies("VIS-002"),
                                .shows = "who has the result reads what the task wrote",
                                .body = +[](World& world) {
                                  Executor& executor = world.make({.max_workers = 2});
                                  for (int round = 1; round <= rounds; ++round) {
                                    const Plain data = plain();
                                    EXPECT_TRUE(gives(executor.submit(writes(data, round))->result(), round));
                                    EXPECT_EQ(*data, round);
                                  }
                                  world.witness(true, "the test read what each task had written, after its result");
                                }};

const TestCase throw_to_result{.name = "Visibility.throw_to_result",
                               .requirement = verifies("VIS-003"),
                               .shows = "who has the exception reads what the task wrote",
                               .needs = {"callable.throws"},
                               .body = +[](World& world) {
                                 Executor& executor = world.make({.max_workers = 2});
                                 for (int round = 1; round <= rounds; ++round) {
                                   const Plain data = plain();
                                   const Task task([data, round]() -> Value {
                                     *data = round;
                                     throw TaskError("on purpose");
                                   });
                                   EXPECT_TRUE(fails_with(executor.submit(task)->result(), "on purpose"));
                                   EXPECT_EQ(*data, round);
                                 }
                                 world.witness(true, "the test read what each task had written, after its exception");
                               }};

const TestCase end_to_wait{.name = "Visibility.end_to_wait",
                           .requirement = verifies("VIS-004"),
                           .shows = "who has returned from wait reads what the task wrote",
                           .body = +[](World& world) {
                             Executor& executor = world.make({.max_workers = 2});
                             for (int round = 1; round <= rounds; ++round) {
                               const Plain data = plain();
                               const std::vector<FuturePointer> futures{executor.submit(writes(data, round))};
                               EXPECT_EQ(world.subject().wait(futures, {}, ReturnWhen::all_completed).done.size(), 1U);
                               EXPECT_EQ(*data, round);
                             }
                             world.witness(true, "the test read what each task had written, after wait");
                           }};

const TestCase end_to_as_completed{.name = "Visibility.end_to_as_completed",
                                   .requirement = verifies("VIS-005"),
                                   .shows = "who got the future from as_completed reads what the task wrote",
                                   .body = +[](World& world) {
                                     Executor& executor = world.make({.max_workers = 2});
                                     for (int round = 1; round <= rounds; ++round) {
                                       const Plain data = plain();
                                       const std::vector<FuturePointer> futures{executor.submit(writes(data, round))};
                                       EXPECT_NE(world.subject().as_completed(futures, {})->next(), nullptr);
                                       EXPECT_EQ(*data, round);
                                     }
                                     world.witness(true,
                                                   "the test read what each task had written, after as_completed");
                                   }};

const TestCase end_to_callback{
    .name = "Visibility.end_to_callback",
    .requirement = verifies("VIS-006"),
    .shows = "a callback reads what the task wrote, whichever thread runs it",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      for (int round = 1; round <= rounds; ++round) {
        const Plain data = plain();
        const auto seen = std::make_shared<std::atomic<int>>(-1);
        const FuturePointer future = executor.submit(writes(data, round));
        future->add_done_callback([data, seen](const FuturePointer&) { *seen = *data; });
        world.await([&] { return *seen != -1; });
        EXPECT_EQ(*seen, round);
      }
      world.witness(true, "callbacks that raced with the end of their tasks read what those had written");
    }};

const TestCase end_to_late_callback{
    .name = "Visibility.end_to_late_callback",
    .requirement = verifies("VIS-006"),
    .shows = "a callback that another thread adds later reads what the task wrote",
    .needs = {"future.done", "workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make();
      for (int round = 1; round <= 20; ++round) {
        const Plain data = plain();
        const FuturePointer future = executor.submit(writes(data, round));
        Background<int> late(world, [future, data] {
          while (!future->done()) std::this_thread::yield();
          int seen = -1;
          future->add_done_callback([data, &seen](const FuturePointer&) { seen = *data; });
          return seen;
        });
        EXPECT_EQ(late.value(), round);
      }
      world.witness(true, "callbacks that a third thread added to done futures read what the tasks had written");
    }};

const TestCase end_to_done{
    .name = "Visibility.end_to_done",
    .requirement = verifies("VIS-007"),
    .shows = "who was told that the task is done reads what it wrote",
    .needs = {"workers.threads"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      for (int round = 1; round <= rounds; ++round) {
        const Plain data = plain();
        const FuturePointer future = executor.submit(writes(data, round));
        while (!future->done()) std::this_thread::yield();
        EXPECT_EQ(*data, round);
      }
      world.witness(true, "the test read what each task had written, when its future said that it is done");
    }};

/// Cancels a pending future after it has written; another thread looks until it sees the cancellation.
void cancel_to(World& world, const std::function<void(const FuturePointer&)>& until_seen) {
  const HeldPool pool(world);
  for (int round = 1; round <= 20; ++round) {
    const Plain data = plain();
    const FuturePointer future = pool.executor.submit(returns(7));
    Background<int> observer(world, [future, data, until_seen] {
      until_seen(future);
      return *data;
    });
    *data = round;
    EXPECT_TRUE(future->cancel());
    EXPECT_EQ(observer.value(), round);
  }
  world.witness(pool.gate->arrivals() == 1,
                "the futures were pending, behind the only worker, when they were cancelled");
}

const TestCase cancel_to_cancelled{
    .name = "Visibility.cancel_to_cancelled",
    .requirement = verifies("VIS-008"),
    .shows = "who was told of the cancellation by cancelled reads what was written before it",
    .needs = {"workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) {
      cancel_to(world, [](const FuturePointer& future) {
        while (!future->cancelled()) std::this_thread::yield();
      });
    }};

const TestCase cancel_to_result{
    .name = "Visibility.cancel_to_result",
    .requirement = verifies("VIS-008"),
    .shows = "who was told of the cancellation by result reads what was written before it",
    .needs = {"future", "workers.limit", "workers.threads", "queue.some"},
    .body = +[](World& world) { cancel_to(world, [](const FuturePointer& future) { (void)future->result(); }); }};

const TestCase cancel_to_wait{.name = "Visibility.cancel_to_wait",
                              .requirement = verifies("VIS-008"),
                              .shows = "who was told of the cancellation by wait reads what was written before it",
                              .needs = {"wait", "workers.limit", "workers.threads", "queue.some"},
                              .body = +[](World& world) {
                                cancel_to(world, [&subject = world.subject()](const FuturePointer& future) {
                                  const std::vector<FuturePointer> futures{future};
                                  (void)subject.wait(futures, {}, ReturnWhen::all_completed);
                                });
                              }};

const TestCase producer_to_result{
    .name = "Visibility.producer_to_result",
    .requirement = verifies("VIS-009"),
    .shows = "who has the result reads what the producer wrote before it set it",
    .body = +[](World& world) {
      for (int round = 1; round <= 20; ++round) {
        const Plain data = plain();
        const Producer producer(world);
        Background<int> consumer(world, [future = producer.future, data] {
          (void)future->result();
          return *data;
        });
        *data = round;
        producer.promise->set_result(round);
        EXPECT_EQ(consumer.value(), round);
      }
      world.witness(true, "another thread read what the producer had written before it set the result");
    }};

const TestCase construction_to_initializer_to_task{
    .name = "Visibility.construction_to_initializer_to_task",
    .requirement = verifies("VIS-010"),
    .shows = "the initializer reads what was written before the pool was made",
    .needs = {"future"},
    .body = +[](World& world) {
      for (int round = 1; round <= 50; ++round) {
        const Plain before = plain();
        const Plain inside = plain();
        *before = round;
        Executor& executor = world.make({.max_workers = 1, .initializer = [before, inside] { *inside = *before; }});
        EXPECT_TRUE(gives(executor.submit([inside] { return *inside; })->result(), round));
        world.destroy(executor);
      }
      world.witness(true, "initializers read what was written before the pool was made, and tasks what those wrote");
    }};

thread_local int prepared = 0;

const TestCase initializer_to_task{
    .name = "Visibility.initializer_to_task",
    .requirement = verifies("VIS-011"),
    .shows = "tasks read what the initializer of their worker wrote",
    .needs = {"future", "queue.unbounded"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 3, .initializer = [] { prepared = 7; }});
      int seen = 0;
      for (const FuturePointer& future : submit_all(
               executor, [] { return prepared; }, 30)) {
        const Answer answer = future->result();
        EXPECT_TRUE(gives(answer, 7));
        seen += gives(answer, 7) ? 1 : 0;
      }
      world.witness(seen > 0, "tasks read what the initializer of their worker had written");
    }};

const TestCase task_to_next_task{.name = "Visibility.task_to_next_task",
                                 .requirement = verifies("VIS-012"),
                                 .shows = "200 tasks of one worker count up one plain number",
                                 .needs = {"future", "queue.unbounded"},
                                 .body = +[](World& world) {
                                   Executor& executor = world.make();
                                   const Plain count = plain();
                                   const std::vector<FuturePointer> futures = submit_all(
                                       executor, [count] { return ++*count; }, rounds);
                                   std::vector<std::int64_t> counts;
                                   for (const FuturePointer& future : futures)
                                     counts.push_back(future->result().value.number());
                                   std::sort(counts.begin(), counts.end());
                                   for (std::size_t place = 0; place < counts.size(); ++place) {
                                     EXPECT_EQ(counts[place], static_cast<std::int64_t>(place) + 1);
                                   }
                                   world.witness(counts.size() == rounds,
                                                 "200 tasks of one worker counted up one plain number");
                                 }};

/// Adds one to the second number when it is destroyed, if it finds the value in the first.
struct Reader {
  Plain data, seen;
  MarkPointer destroyed;
  int value;

  ~Reader() {
    if (*data == value) ++*seen;
    destroyed->hit();
  }
};

Task writes_before_it_is_destroyed(const Plain& data, const Plain& seen, const MarkPointer& destroyed, int value) {
  const std::shared_ptr<Reader> reader(new Reader{data, seen, destroyed, value});
  return [reader] { *reader->data = reader->value; };
}

const TestCase task_to_destructor{
    .name = "Visibility.task_to_destructor",
    .requirement = verifies("VIS-013"),
    .shows = "the destructor of a callable reads what the task wrote",
    .needs = {"future"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      std::vector<Plain> seen;
      std::vector<MarkPointer> destroyed;
      for (int round = 1; round <= rounds; ++round) {
        seen.push_back(plain());
        destroyed.push_back(world.mark("the callable was destroyed"));
        (void)executor.submit(writes_before_it_is_destroyed(plain(), seen.back(), destroyed.back(), round))->result();
      }
      // When it is destroyed is the promise of SUB-018; with the executor nothing is left that could keep it, but for a
      // worker that is just about it.
      world.destroy(executor);
      (void)world.stays_quiet([&] {
        return std::all_of(destroyed.begin(), destroyed.end(), [](const auto& mark) { return mark->count() > 0; });
      });
      std::size_t readers = 0;
      for (std::size_t round = 0; round < rounds; ++round) {
        if (destroyed[round]->count() == 0) continue;
        EXPECT_EQ(*seen[round], 1) << "in round " << round + 1;
        ++readers;
      }
      world.witness(readers == rounds, "the destructors of all callables ran, and read what the tasks had written");
    }};

const TestCase destructor_to_shutdown{
    .name = "Visibility.destructor_to_shutdown",
    .requirement = verifies("VIS-014"),
    .shows = "who has returned from shutdown reads what the destructor of a callable wrote",
    .body = +[](World& world) {
      // Relaxed: it tells that the destructor has run, and must order nothing.
      using Flag = std::shared_ptr<std::atomic<bool>>;
      struct Writer {
        Plain data;
        Flag destroyed;
        int value;
        ~Writer() {
          *data = value;
          destroyed->store(true, std::memory_order_relaxed);
        }
      };
      int readable = 0;
      for (int round = 1; round <= 50; ++round) {
        Executor& executor = world.make({.max_workers = 2});
        const Plain data = plain();
        const Flag destroyed = std::make_shared<std::atomic<bool>>(false);
        std::shared_ptr<Writer> writer(new Writer{data, destroyed, round});
        (void)executor.submit([writer = std::move(writer)] { return writer->value; });
        executor.shutdown();
        if (destroyed->load(std::memory_order_relaxed)) {
          EXPECT_EQ(*data, round);
          ++readable;
        }
        world.destroy(executor);
      }
      // That shutdown waits for the tasks is the promise of SHD-001.
      world.witness(readable == 50, "each time the callable was destroyed when shutdown returned");
    }};

}  // namespace

std::vector<TestCase> visibility_tests() {
  return {submit_to_task,
          return_to_result,
          throw_to_result,
          end_to_wait,
          end_to_as_completed,
          end_to_callback,
          end_to_late_callback,
          end_to_done,
          cancel_to_cancelled,
          cancel_to_result,
          cancel_to_wait,
          producer_to_result,
          construction_to_initializer_to_task,
          initializer_to_task,
          task_to_next_task,
          task_to_destructor,
          destructor_to_shutdown};
}

}  // namespace touchstone
