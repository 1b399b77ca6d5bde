// What a map does with memory, with what its calls are given, and with executors of one's own.

#include <gtest/gtest.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <child_process.hpp>
#include <chrono>
#include <concurrent/futures.hpp>
#include <concurrent/futures/detail/batch_of.hpp>
#include <cstddef>
#include <deque>
#include <failing_memory.hpp>
#include <latch>
#include <memory>
#include <new>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace concurrent::futures {
namespace {

std::vector<int> numbers_below(int count) {
  std::vector<int> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

int identity(int number) { return number; }

/// A pool whose only worker is held until this lets it go.
struct HeldPool {
  HeldPool() {
    const auto running = pool.submit([this] { gate.wait(); });
    while (!running.running()) std::this_thread::yield();
  }
  ~HeldPool() { open(); }
  void open() {
    if (!std::exchange(is_open, true)) gate.count_down();
  }

  std::latch gate{1};
  bool is_open = false;
  ThreadPoolExecutor pool{{.max_workers = 1}};
};

// ----------------------------------------------------------------------------------------- Batch

using Doubling = int (*)(int);
using Batch = detail::BatchOf<int, Doubling, int>;

/// A batch of four elements, added to nothing.
struct FourElements {
  FourElements() {
    for (int number = 0; number < 4; ++number) {
      batch.construct(number);
      EXPECT_EQ(batch.add(), number != 0) << "only the first finds no other one";
    }
    callable->let_go();
  }
  ~FourElements() { batch.release(); }
  void run(detail::Claim claim) {
    for (std::size_t index = claim.begin; index != claim.end; ++index) {
      detail::Outcome& element = batch.element(index);
      ASSERT_EQ(element.start(), detail::Start::started);
      (void)element.publish(element.execute());
    }
  }

  detail::Crew crew{1, true};
  detail::SharedCallable<Doubling>* callable =
      new detail::SharedCallable<Doubling>([](int number) { return 2 * number; });
  Batch& batch = Batch::make(4, &crew, *callable);
};

TEST(Batch, HandsOutElementsOneByOneOrManyAtATime) {
  FourElements four;
  const detail::Claim first = four.batch.claim(1);
  EXPECT_EQ(first.begin, 0U);
  EXPECT_EQ(first.end, 1U);
  EXPECT_FALSE(first.last);
  const detail::Claim two = four.batch.claim_more(2);
  EXPECT_EQ(two.begin, 1U);
  EXPECT_EQ(two.end, 3U);
  EXPECT_TRUE(four.batch.claim_more(1).empty()) << "who takes the last one must take the batch out of the queue";
  const detail::Claim last = four.batch.claim(5);
  EXPECT_EQ(last.begin, 3U);
  EXPECT_EQ(last.end, 4U);
  EXPECT_TRUE(last.last);
  EXPECT_TRUE(four.batch.claim(1).empty());
  four.run(first), four.run(two), four.run(last);
  four.batch.leave();
  four.batch.leave();
}

TEST(Batch, CancelsOnlyWhatNobodyHasClaimed) {
  FourElements four;
  const detail::Claim first = four.batch.claim(1);
  const detail::Claim rest = four.batch.cancel_rest();
  EXPECT_EQ(rest.begin, 1U);
  EXPECT_EQ(rest.end, 4U);
  four.run(first);
  four.batch.leave();
  EXPECT_EQ(four.batch.element(0).state(), detail::State::returned);
  for (const std::size_t index : {1U, 2U, 3U}) {
    EXPECT_EQ(four.batch.element(index).state(), detail::State::cancelled) << index;
  }
  EXPECT_TRUE(four.batch.cancel_rest().empty());
}

// ---------------------------------------------------------------------------------------- Memory

TEST(Map, TakesOneBlockForManyElements) {
  HeldPool held;
  const std::vector<int> numbers = numbers_below(1000);
  {
    const FailingMemory memory(20);
    (void)held.pool.map(identity, numbers);
    EXPECT_FALSE(FailingMemory::failed()) << "a thousand elements took more than twenty blocks";
  }
}

TEST(Map, LosesNoCallWhenMemoryRunsOut) {
  bool failed = true;
  for (std::size_t allocations = 0; failed; ++allocations) {
    std::atomic<int> runs = 0;
    int accepted = 0;
    {
      HeldPool held;
      const std::vector<int> numbers = numbers_below(30);
      const FailingMemory memory(allocations);
      try {
        auto results = held.pool.map([&runs](int) { ++runs; }, numbers);
        accepted = 30;
      } catch (const std::bad_alloc&) {
      }
      failed = FailingMemory::failed();
    }
    if (accepted != 0) {
      EXPECT_EQ(runs, accepted) << "after " << allocations << " allocations";
    }
  }
}

// A batch that was cancelled may lie in the queue for long.
TEST(Batch, KeepsLargeArgumentsOutside) {
  using Large = std::array<std::byte, 4096>;
  EXPECT_GT((detail::BatchOf<int, int (*)(Large), Large>::largest()), 100)
      << "elements fit into a batch, which is a block of 16 KiB: so their arguments of 4 KiB lie in it";
}

struct Element {
  int number;
  std::shared_ptr<int> token;
};

TEST(AbandonedMap, LetsGoAtOnceOfWhatItCancels) {
  HeldPool held;
  const auto callables = std::make_shared<int>();
  const auto elements = std::make_shared<int>();
  auto results = held.pool.map(
      {.timeout = std::chrono::seconds(0)}, [callables](const Element& element) { return element.number; },
      std::vector<Element>(20, Element{1, elements}));
  EXPECT_EQ(elements.use_count(), 21);
  EXPECT_THROW(results.next(), TimeoutError);
  EXPECT_EQ(elements.use_count(), 1) << "no worker has been there";
  EXPECT_EQ(callables.use_count(), 1);
}

TEST(AbandonedMap, LetsGoAtOnceOfResultsThatNobodyRead) {
  const auto token = std::make_shared<int>();
  std::latch third(1);
  std::latch arrived(1);
  ThreadPoolExecutor pool({.max_workers = 1});
  {
    auto results = pool.map(
        [&, token](int number) {
          if (number == 2) arrived.count_down(), third.wait();
          return std::make_pair(number, token);
        },
        numbers_below(10));
    arrived.wait();
    EXPECT_EQ(results.next()->first, 0);
    EXPECT_EQ(token.use_count(), 3) << "the callable, the second result and this";
  }
  EXPECT_EQ(token.use_count(), 2) << "the callable is running";
  third.count_down();
  pool.shutdown();
  EXPECT_EQ(token.use_count(), 1);
}

TEST(BrokenPool, FailsEachElementWithAnErrorOfItsOwn) {
  const LogHandler before = set_log_handler([](const LogRecord&) {});
  std::latch gate(1);
  ThreadPoolExecutor pool({.max_workers = 1, .initializer = [&gate] {
                             gate.wait();
                             throw std::runtime_error("no tools");
                           }});
  auto one = pool.map(identity, numbers_below(3));
  auto other = pool.map(identity, numbers_below(3));
  gate.count_down();
  const auto error_of = [](MapResults<int>& results) {
    try {
      (void)results.next();
    } catch (const BrokenThreadPool&) {
      return std::current_exception();
    }
    return std::exception_ptr();
  };
  const std::exception_ptr first = error_of(one);
  const std::exception_ptr second = error_of(other);
  EXPECT_NE(first, nullptr);
  EXPECT_NE(second, nullptr);
  EXPECT_NE(first, second);
  EXPECT_EQ(one.next(), std::nullopt);
  set_log_handler(before);
}

// ------------------------------------------------------------------ Threads that end, and children

TEST(Map, GoesOnWhereAnElementEndsItsThread) {
  std::atomic<int> runs = 0;
  const auto token = std::make_shared<int>();
  {
    ThreadPoolExecutor pool({.max_workers = 1});
    auto results = pool.map(
        [&runs, token](int number) {
          if (number == 0) pthread_exit(nullptr);
          ++runs;
        },
        numbers_below(10));
    pool.shutdown();
    EXPECT_EQ(runs, 9);
    EXPECT_THROW(results.next(), Error);
  }
  EXPECT_EQ(token.use_count(), 1);
}

TEST(Map, IsGivenNoFurtherElementsInAChild) {
  ThreadPoolExecutor pool({.max_workers = 1});
  auto results = pool.map({.buffersize = 1}, identity, numbers_below(3));
  EXPECT_EQ(results.next(), 0);
  EXPECT_TRUE(ends_well_in_child([&results] {
    try {
      while (results.next()) {
      }
    } catch (const DeadlockError&) {
      end_well();
    }
  }));
  EXPECT_EQ(results.next(), 1);
  EXPECT_EQ(results.next(), 2);
}

// --------------------------------------------------------------------------- Executors of one's own

/// Keeps what it is given until it is told to run it.
class Patient final : public Executor {
 public:
  ~Patient() override { cut_link(); }
  void run_one() {
    Work work = std::move(works.front());
    works.pop_front();
    work.run();
  }

  std::deque<Work> works;
  std::size_t room = 1000;

 private:
  void schedule(Work work) override {
    if (works.size() == room) throw ShutdownError();
    works.push_back(std::move(work));
  }
};

TEST(OwnExecutor, IsGivenEachElementByItself) {
  Patient executor;
  auto results = executor.map(identity, numbers_below(5));
  ASSERT_EQ(executor.works.size(), 5U);
  for (int number = 0; number < 5; ++number) {
    executor.run_one();
    EXPECT_EQ(results.next(), number);
  }
  EXPECT_EQ(results.next(), std::nullopt);
}

TEST(OwnExecutor, MayDropElements) {
  Patient executor;
  auto results = executor.map(identity, numbers_below(2));
  executor.run_one();
  executor.works.clear();
  EXPECT_EQ(results.next(), 0);
  EXPECT_THROW(results.next(), BrokenExecutor);
}

TEST(OwnExecutor, LetsGoAtOnceOfWhatIsCancelled) {
  Patient executor;
  const auto callables = std::make_shared<int>();
  const auto elements = std::make_shared<int>();
  {
    auto results = executor.map([callables](const Element& element) { return element.number; },
                                std::vector<Element>(20, Element{1, elements}));
    executor.run_one();
    EXPECT_EQ(results.next(), 1);
  }
  EXPECT_EQ(elements.use_count(), 1);
  EXPECT_EQ(callables.use_count(), 1);
  EXPECT_EQ(executor.works.size(), 19U);
}

TEST(OwnExecutor, MayRefuseAnElement) {
  Patient executor;
  executor.room = 2;
  EXPECT_THROW(executor.map(identity, numbers_below(3)), ShutdownError);
  EXPECT_EQ(executor.works.size(), 2U) << "what it had accepted it keeps";
  executor.works.clear();
  auto results = executor.map({.buffersize = 2}, identity, numbers_below(4));
  executor.run_one();
  executor.room = 1;
  EXPECT_EQ(results.next(), 0);  // and the next one is refused
  executor.run_one();
  EXPECT_EQ(results.next(), 1);
  EXPECT_THROW(results.next(), ShutdownError);
  EXPECT_EQ(results.next(), std::nullopt);
}

TEST(OwnExecutor, MayEndWhileAMapHasElementsLeft) {
  std::optional<Patient> executor(std::in_place);
  auto results = executor->map({.buffersize = 1}, identity, numbers_below(3));
  executor->run_one();
  executor.reset();
  EXPECT_EQ(results.next(), 0);
  EXPECT_THROW(results.next(), ShutdownError);
}

}  // namespace
}  // namespace concurrent::futures
