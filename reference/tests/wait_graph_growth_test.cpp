// What the detector costs, in looks and not in time: the shapes that programs have, up to a hundred thousand waits.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <random>
#include <wait_graph_world.hpp>

namespace concurrent::futures::detail {
namespace {

/// How many looks a program of `size` waits takes.
using Program = std::function<std::uint64_t(std::size_t size)>;

std::uint64_t steps_of(const std::function<void()>& work) {
  const std::uint64_t before = detection_steps();
  work();
  return detection_steps() - before;
}

// In looks a wait.
void expect_linear(const Program& program, double most_a_wait) {
  for (const std::size_t size : {1'000U, 10'000U, 100'000U}) {
    const auto steps = static_cast<double>(program(size));
    EXPECT_LE(steps / static_cast<double>(size), most_a_wait) << "of " << size << " waits";
    EXPECT_GE(steps, 1.0) << "nothing was counted";
  }
}

// In looks a wait and a level of a balanced tree of all waits.
void expect_near_linear(const Program& program, double most) {
  for (const std::size_t size : {1'000U, 10'000U, 100'000U}) {
    const auto steps = static_cast<double>(program(size));
    EXPECT_LE(steps / (static_cast<double>(size) * std::log2(size)), most) << "of " << size << " waits";
  }
}

/// Calls that run, each on a worker of its own, of which each waits for the next; the last one does not wait.
class Chain {
 public:
  explicit Chain(std::size_t waits) : pool_(world_.add_pool(waits + 2)) {
    for (std::size_t i = 0; i <= waits; ++i) calls_.push_back(world_.add_running(pool_));
  }
  void block(std::size_t i) { EXPECT_TRUE(world_.block(i, Need::all, {calls_[i + 1]})); }
  [[nodiscard]] std::size_t waits() const { return calls_.size() - 1; }

 private:
  World world_;
  const std::size_t pool_;
  std::vector<std::size_t> calls_;
};

TEST(DetectionCost, OfNestedWaitsIsLinear) {
  expect_linear(
      [](std::size_t size) {
        World world;
        const std::size_t pool = world.add_pool(size + 1);
        (void)world.add_running(pool);
        return steps_of([&] {
          for (std::size_t worker = 0; worker < size; ++worker) {
            const std::size_t inner = world.add_call(pool);
            EXPECT_TRUE(world.block(worker, Need::all, {inner}));
            world.start(world.add_worker(pool), inner);
          }
        });
      },
      4);
}

TEST(DetectionCost, OfAPipelineIsLinear) {
  expect_linear(
      [](std::size_t size) {
        Chain chain(size);
        return steps_of([&] {
          for (std::size_t i = chain.waits(); i > 0; --i) chain.block(i - 1);
        });
      },
      4);
}

TEST(DetectionCost, OfAChainThatGrowsAtItsEndIsLinear) {
  expect_linear(
      [](std::size_t size) {
        Chain chain(size);
        return steps_of([&] {
          for (std::size_t i = 0; i < chain.waits(); ++i) chain.block(i);
        });
      },
      4);
}

TEST(DetectionCost, OfAChainInRandomOrderIsNearLinear) {
  expect_near_linear(
      [](std::size_t size) {
        Chain chain(size);
        std::vector<std::size_t> order(size);
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::shuffle(order, std::mt19937(7));
        return steps_of([&] {
          for (const std::size_t i : order) chain.block(i);
        });
      },
      4);
}

TEST(DetectionCost, OfManyWaitsForTheEndOfAChainIsLinear) {
  expect_linear(
      [](std::size_t size) {
        World world;
        const std::size_t pool = world.add_pool(2 * size + 2);
        for (std::size_t i = 0; i <= 2 * size; ++i) (void)world.add_running(pool);
        return steps_of([&] {
          for (std::size_t i = size; i > 0; --i) EXPECT_TRUE(world.block(i - 1, Need::all, {i}));
          for (std::size_t i = size + 1; i <= 2 * size; ++i) EXPECT_TRUE(world.block(i, Need::all, {0}));
        });
      },
      8);
}

TEST(DetectionCost, OfAWaitForManyIsLinear) {
  for (const Need need : {Need::all, Need::first, Need::first_exception}) {
    expect_linear(
        [need](std::size_t size) {
          World world;
          const std::size_t pool = world.add_pool(size + 2);
          std::vector<std::size_t> calls;
          for (std::size_t i = 0; i <= size; ++i) calls.push_back(world.add_running(pool));
          const std::size_t promise = world.add_call(World::nobody);
          const std::size_t all = world.add_worker(pool);
          return steps_of([&] {
            for (std::size_t i = 0; i <= size; ++i) EXPECT_TRUE(world.block(i, Need::all, {promise}));
            EXPECT_TRUE(world.block(all, need, calls));
          });
        },
        8);
  }
}

TEST(DetectionCost, OfATreeWhoseLeavesBlockFirstIsNearLinear) {
  for (const Need need : {Need::all, Need::first}) {
    expect_near_linear(
        [need](std::size_t size) {
          World world;
          const std::size_t pool = world.add_pool(2 * size + 2);
          const std::size_t promise = world.add_call(World::nobody);
          for (std::size_t i = 0; i <= 2 * size; ++i) (void)world.add_running(pool);
          return steps_of([&] {
            // Worker i runs call i + 1.
            for (std::size_t i = size + 1; i <= 2 * size + 1; ++i) EXPECT_TRUE(world.block(i - 1, need, {promise}));
            for (std::size_t i = size; i > 0; --i) EXPECT_TRUE(world.block(i - 1, need, {2 * i, 2 * i + 1}));
          });
        },
        8);
  }
}

TEST(DetectionCost, OfARingIsLinear) {
  for (const bool forward : {false, true}) {
    expect_linear(
        [forward](std::size_t size) {
          World world;
          const std::size_t pool = world.add_pool(size);
          for (std::size_t i = 0; i < size; ++i) (void)world.add_running(pool);
          const auto block = [&](std::size_t i) { return world.block(i, Need::all, {(i + 1) % size}); };
          return steps_of([&] {
            for (std::size_t i = 0; i + 1 < size; ++i) EXPECT_TRUE(block(forward ? i : size - 2 - i));
            EXPECT_FALSE(block(size - 1)) << "the ring is closed";
          });
        },
        12);
  }
}

TEST(DetectionCost, OfAFullPoolThatWaitsForAnotherIsLinear) {
  expect_linear(
      [](std::size_t size) {
        World world;
        const std::size_t full = world.add_pool(size);
        const std::size_t other = world.add_pool(size);
        const std::size_t slow = world.add_running(other);
        for (std::size_t i = 0; i < size; ++i) (void)world.add_running(full);
        const std::size_t pending = world.add_call(full);
        return steps_of([&] {
          for (std::size_t i = 1; i <= size; ++i) EXPECT_TRUE(world.block(i, Need::all, {slow}));
          for (std::size_t i = 1; i < size; ++i)
            EXPECT_TRUE(world.block(world.add_worker(other), Need::all, {pending}));
        });
      },
      16);
}

TEST(DetectionCost, OfTheFirstExceptionIsLinear) {
  for (const bool oldest_first : {false, true}) {
    expect_linear(
        [oldest_first](std::size_t size) {
          World world;
          const std::size_t pool = world.add_pool(2);
          const std::size_t worker = world.add_worker(pool);
          std::vector<std::size_t> promises;
          for (std::size_t i = 0; i < size; ++i) promises.push_back(world.add_call(World::nobody));
          return steps_of([&] {
            FakeWait& wait = world.prepare(worker, Need::first_exception, promises);
            EXPECT_TRUE(world.look(worker, wait));
            for (std::size_t i = 0; i + 1 < size; ++i) {
              world.finish(promises[oldest_first ? i : size - 1 - i], State::returned);
              EXPECT_TRUE(!wait.waiter.hope()->outcome()->done() || world.look(worker, wait));
            }
          });
        },
        4);
  }
}

}  // namespace
}  // namespace concurrent::futures::detail
