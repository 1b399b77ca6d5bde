// How the cost of what users do grows with how much of it there is: no faster than linearly, from a thousand to a
// hundred thousand.
//
// Method: each program does something n times on one thread. What other threads do meanwhile is not counted, and the
// one that is counted never waits for them, so the numbers are the same each time.

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <concurrent/futures.hpp>
#include <counter.hpp>
#include <functional>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <thread>
#include <vector>
#include <wait_graph_world.hpp>

namespace concurrent::futures::growth {
namespace {

/// Does something `size` times; returns the steps of what is to be looked at.
using Program = std::function<std::uint64_t(std::size_t size)>;

/// Steps an operation may not become more than a little dearer when there are ten, or a hundred times as many.
void expect_linear(
    const Program& program, const std::function<double(double)>& unit = [](double size) { return size; }) {
  std::optional<double> first;
  for (const std::size_t size : {1'000U, 10'000U, 100'000U}) {
    const double each = static_cast<double>(program(size)) / unit(static_cast<double>(size));
    ASSERT_GT(each, 0) << "nothing was counted";
    if (!first) first = each;
    EXPECT_LE(each, 1.25 * *first) << "steps each of " << size << "; of 1000 it was " << *first;
  }
}

std::vector<Promise<int>> promises(std::size_t size) { return std::vector<Promise<int>>(size); }

std::vector<Future<int>> futures_of(const std::vector<Promise<int>>& promises) {
  std::vector<Future<int>> futures;
  for (const Promise<int>& promise : promises) futures.push_back(promise.future());
  return futures;
}

/// In which order things are done to those that were made one after the other.
std::vector<std::vector<std::size_t>> orders(std::size_t size) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<std::vector<std::size_t>> result{order, {order.rbegin(), order.rend()}};
  std::ranges::shuffle(order, std::mt19937(7));
  result.push_back(order);
  return result;
}

void expect_linear_in_every_order(const std::function<std::uint64_t(const std::vector<std::size_t>&)>& program) {
  for (std::size_t order = 0; order < 3; ++order) {
    SCOPED_TRACE((std::array{"oldest first", "newest first", "in random order"}[order]));
    expect_linear([&](std::size_t size) { return program(orders(size)[order]); });
  }
}

/// A pool whose only worker is busy until the end.
struct HeldPool {
  HeldPool() : pool({.max_workers = 1}), running(pool.submit([end = go.future()] { end.result(); })) {
    while (!running.running()) std::this_thread::yield();
  }
  ~HeldPool() {
    if (!running.done()) go.set_result();
  }
  HeldPool(const HeldPool&) = delete;
  HeldPool& operator=(const HeldPool&) = delete;

  std::vector<Future<int>> submit(std::size_t size) {
    std::vector<Future<int>> futures;
    for (std::size_t i = 0; i < size; ++i) futures.push_back(pool.submit([] { return 1; }));
    return futures;
  }

  Promise<void> go;
  ThreadPoolExecutor pool;
  Future<void> running;
};

TEST(Growth, OfLeavingAFuture) {
  expect_linear_in_every_order([](const std::vector<std::size_t>& order) {
    const Promise<int> promise;
    const std::vector<Future<int>> future{promise.future()};
    std::vector<std::optional<Completions<Future<int>>>> observers(order.size());
    for (auto& observer : observers) observer.emplace(as_completed(future));
    return steps_of([&] {
      for (const std::size_t i : order) observers[i].reset();
    });
  });
}

TEST(Growth, OfCallbacks) {
  expect_linear([](std::size_t size) {
    Promise<int> promise;
    const Future<int> future = promise.future();
    std::size_t calls = 0;
    const std::uint64_t steps = steps_of([&] {
      for (std::size_t i = 0; i < size; ++i) future.add_done_callback([&calls](const Future<int>&) { ++calls; });
      promise.set_result(1);
    });
    EXPECT_EQ(calls, size);
    return steps;
  });
}

TEST(Growth, OfWait) {
  for (const ReturnWhen when : {ReturnWhen::all_completed, ReturnWhen::first_completed, ReturnWhen::first_exception}) {
    for (const bool done : {false, true}) {
      expect_linear([&](std::size_t size) {
        std::vector<Promise<int>> all = promises(size);
        const std::vector<Future<int>> futures = futures_of(all);
        for (std::size_t i = 0; done && i < size; ++i) all[i].set_result(1);
        return steps_of([&] { (void)wait(futures, {.timeout = std::chrono::nanoseconds(1), .return_when = when}); });
      });
    }
  }
}

TEST(Growth, OfTheFirstExceptionInAWorker) {
  expect_linear_in_every_order([](const std::vector<std::size_t>& order) {
    detail::World world;
    const std::size_t worker = world.add_worker(world.add_pool(2));
    std::vector<std::size_t> calls;
    for (std::size_t i = 0; i < order.size(); ++i) calls.push_back(world.add_call(detail::World::nobody));
    return steps_of([&] {
      detail::FakeWait& wait = world.prepare(worker, detail::Need::first_exception, calls);
      EXPECT_TRUE(world.look(worker, wait));
      for (std::size_t i = 0; i + 1 < order.size(); ++i) {
        world.finish(calls[order[i]], detail::State::returned);
        if (wait.waiter.hope()->outcome()->done()) wait.blocked->look();
      }
    });
  });
}

TEST(Growth, OfAsCompleted) {
  expect_linear_in_every_order([](const std::vector<std::size_t>& order) {
    std::vector<Promise<int>> all = promises(order.size());
    auto completions = as_completed(futures_of(all));
    return steps_of([&] {
      for (const std::size_t i : order) {
        all[i].set_result(1);
        EXPECT_TRUE(completions.next().has_value());
      }
      EXPECT_FALSE(completions.next().has_value());
    });
  });
}

TEST(Growth, OfMap) {
  expect_linear([](std::size_t size) {
    const std::vector<int> inputs(size, 1);
    const auto held = std::make_unique<HeldPool>();
    const auto same = [](int x) { return x; };
    std::optional<decltype(held->pool.map(same, inputs))> results;
    std::uint64_t steps = steps_of([&] { results.emplace(held->pool.map(same, inputs)); });
    held->go.set_result();
    held->pool.submit([] {}).result();  // behind the map
    steps += steps_of([&] {
      for (const int result : *results) EXPECT_EQ(result, 1);
    });
    return steps;
  });
}

TEST(Growth, OfAMapThatIsDropped) {
  expect_linear([](std::size_t size) {
    const std::vector<int> inputs(size, 1);
    HeldPool held;
    return steps_of([&] { (void)held.pool.map([](int x) { return x; }, inputs); });
  });
}

TEST(Growth, OfSubmitAndCancel) {
  expect_linear_in_every_order([](const std::vector<std::size_t>& order) {
    HeldPool held;
    std::uint64_t steps = 0;
    std::vector<Future<int>> futures;
    steps += steps_of([&] { futures = held.submit(order.size()); });
    steps += steps_of([&] {
      for (const std::size_t i : order) EXPECT_TRUE(futures[i].cancel());
    });
    return steps;
  });
}

TEST(Growth, OfShutdownThatCancels) {
  expect_linear([](std::size_t size) {
    HeldPool held;
    const std::vector<Future<int>> futures = held.submit(size);
    const std::uint64_t steps = steps_of([&] { held.pool.shutdown({.wait = false, .cancel_futures = true}); });
    EXPECT_TRUE(futures.back().cancelled());
    return steps;
  });
}

TEST(Growth, OfDestruction) {
  expect_linear_in_every_order([](const std::vector<std::size_t>& order) {
    std::vector<std::optional<Promise<int>>> all(order.size());
    for (auto& promise : all) promise.emplace();
    std::vector<Future<int>> futures;
    for (const auto& promise : all) futures.push_back(promise->future());
    auto observed = as_completed(futures);
    return steps_of([&] {
      for (const std::size_t i : order) all[i].reset();
      futures.clear();
    });
  });
}

TEST(Growth, OfChains) {
  expect_linear([](std::size_t size) {
    std::vector<Promise<int>> all = promises(size);
    for (std::size_t i = 0; i + 1 < size; ++i) {
      all[i].future().add_done_callback([next = &all[i + 1]](const Future<int>&) { next->set_result(1); });
    }
    const std::uint64_t steps = steps_of([&] { all.front().set_result(1); });
    EXPECT_TRUE(all.back().future().done());
    return steps;
  });
}

// n log n is allowed here. wait_graph_growth_test.cpp has more shapes.
TEST(Growth, OfNestedWaits) {
  expect_linear(
      [](std::size_t size) {
        detail::World world;
        const std::size_t pool = world.add_pool(size + 1);
        (void)world.add_running(pool);
        std::uint64_t steps = 0;
        for (std::size_t worker = 0; worker < size; ++worker) {
          const std::size_t inner = world.add_call(pool);
          steps += steps_of([&] { EXPECT_TRUE(world.block(worker, detail::Need::all, {inner})); });
          world.start(world.add_worker(pool), inner);
        }
        return steps;
      },
      [](double size) { return size * std::log2(size); });
}

// In threads, whose order is nobody's choice, the looks of the detector are counted, of all threads together.
TEST(Growth, OfNestedWaitsInThreads) {
  for (const int size : {1'000, 10'000}) {
    ThreadPoolExecutor pool({.max_workers = size});
    const std::function<int(int)> level = [&](int left) {
      return left == 0 ? 0 : pool.submit(std::cref(level), left - 1).result() + 1;
    };
    const std::uint64_t before = detail::detection_steps();
    try {
      EXPECT_EQ(pool.submit(std::cref(level), size - 1).result(), size - 1);
    } catch (const DeadlockError&) {
      GTEST_SKIP() << "the system has not " << size << " threads";
    }
    const auto steps = static_cast<double>(detail::detection_steps() - before);
    EXPECT_LE(steps / size, std::log2(size)) << "looks a level of " << size;
  }
}

}  // namespace
}  // namespace concurrent::futures::growth
