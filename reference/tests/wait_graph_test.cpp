// The detector against the definition: random worlds, in each of which it must refuse exactly what can never end.
//
// The definition is evaluated as it is written (detail/deadlock.hpp): a fixed point over all workers, as slow as it
// likes.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <child_process.hpp>
#include <random>
#include <set>
#include <wait_graph_world.hpp>

namespace concurrent::futures::detail {
namespace {

/// Which workers can go on.
class Definition {
 public:
  explicit Definition(const World& world) : world_(world), can_go_on_(world.workers.size(), false) {
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t worker = 0; worker < can_go_on_.size(); ++worker) {
        if (can_go_on_[worker] || !evaluate(worker)) continue;
        can_go_on_[worker] = changed = true;
      }
    }
  }

  [[nodiscard]] bool can_go_on(std::size_t worker) const { return can_go_on_[worker]; }
  [[nodiscard]] std::set<std::size_t> stuck() const {
    std::set<std::size_t> result;
    for (std::size_t worker = 0; worker < can_go_on_.size(); ++worker) {
      if (!can_go_on_[worker]) result.insert(worker);
    }
    return result;
  }

 private:
  [[nodiscard]] bool evaluate(std::size_t worker) const {
    const FakeWait* const wait = world_.workers[worker].wait.get();
    if (wait == nullptr || wait->refused || wait->awake) return true;
    const auto finishes = [this](std::size_t call) { return can_finish(call); };
    switch (wait->need) {
      case Need::end:
        return can_end(wait->end_of, worker);
      case Need::all:
        return std::ranges::all_of(wait->awaited, finishes);
      case Need::first:
        return std::ranges::any_of(wait->awaited, finishes);
      default:
        return std::ranges::all_of(wait->awaited, [this](std::size_t call) { return is_done(state(call)); }) ||
               std::ranges::any_of(wait->awaited, [this](std::size_t call) {
                 return is_done(state(call)) ? state(call) == State::threw : can_finish(call);
               });
    }
  }

  [[nodiscard]] State state(std::size_t call) const { return world_.calls[call].outcome->state(); }

  [[nodiscard]] bool can_finish(std::size_t call) const {
    const World::Call& it = world_.calls[call];
    if (state(call) == State::running) return it.runner == World::nobody || can_go_on_[it.runner];
    if (state(call) != State::pending || it.pool == World::nobody) return true;
    std::size_t stuck = 0;
    for (std::size_t worker = 0; worker < can_go_on_.size(); ++worker) {
      if (world_.workers[worker].pool == it.pool && !can_go_on_[worker]) ++stuck;
    }
    return stuck < world_.pools[it.pool]->attainable();
  }

  [[nodiscard]] bool can_end(std::size_t pool, std::size_t waiting) const {
    for (std::size_t worker = 0; worker < can_go_on_.size(); ++worker) {
      const World::Member& member = world_.workers[worker];
      if (can_go_on_[worker] || (member.cancels == pool && worker == waiting)) continue;
      if (member.pool == pool || member.cancels == pool) return false;
    }
    return true;
  }

  const World& world_;
  std::vector<bool> can_go_on_;
};

/// Does something random in a world, again and again, and holds it against the definition.
class RandomLife {
 public:
  explicit RandomLife(unsigned seed) : random_(seed) {
    const std::size_t pools = 1 + choose(3);
    for (std::size_t pool = 0; pool < pools; ++pool) {
      const std::size_t limit = 1 + choose(4);
      world_.add_pool(limit);
      for (std::size_t worker = choose(limit + 1); worker > 0; --worker) world_.add_worker(pool);
    }
    const std::size_t calls = 1 + choose(8);
    for (std::size_t call = 0; call < calls; ++call) world_.add_call(choose(8) == 0 ? World::nobody : choose(pools));
    for (std::size_t worker = 0; worker < world_.workers.size(); ++worker) {
      if (choose(12) == 0) begin_to_cancel(worker);
    }
  }

  void go_on(std::size_t steps) {
    for (; steps > 0 && !testing::Test::HasFailure(); --steps) {
      switch (choose(8)) {
        case 0:
          start();
          break;
        case 1:
          finish();
          break;
        case 2:
          unblock();
          break;
        case 3:
          lose_threads();
          break;
        default:
          block();
      }
      EXPECT_TRUE(std::ranges::includes(lost_, Definition(world_).stuck())) << "nobody was told of a knot";
    }
  }

  std::size_t refusals = 0, wakings = 0, losses = 0, dead_ends = 0, lost_for_ever = 0;

 private:
  std::size_t choose(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

  [[nodiscard]] bool is_free(std::size_t worker) const { return world_.workers[worker].wait == nullptr; }

  void begin_to_cancel(std::size_t worker) {
    const std::size_t pool = choose(world_.pools.size());
    const auto cancels = [&](const World::Member& other) { return other.cancels == pool; };
    if (pool != world_.workers[worker].pool && std::ranges::none_of(world_.workers, cancels)) {
      world_.cancel_calls(worker, pool);
    }
  }

  void start() {
    if (world_.workers.empty()) return;
    const std::size_t worker = choose(world_.workers.size());
    const std::size_t call = choose(world_.calls.size());
    World::Member& member = world_.workers[worker];
    if (!is_free(worker) || member.running != nullptr) return;
    if (world_.calls[call].pool != member.pool || world_.calls[call].outcome->state() != State::pending) return;
    world_.start(worker, call);
  }

  void finish() {
    const std::size_t call = choose(world_.calls.size());
    const World::Call& it = world_.calls[call];
    if (is_done(it.outcome->state()) || (it.runner != World::nobody && !is_free(it.runner))) return;
    if (it.runner == World::nobody && it.pool != World::nobody) {
      it.outcome->cancel();
    } else {
      world_.finish(call, choose(2) == 0 ? State::threw : State::returned);
    }
    wake();
  }

  // Whoever is woken looks again; the others must have no reason to.
  void wake() {
    for (World::Member& member : world_.workers) {
      FakeWait* const wait = member.wait.get();
      if (wait != nullptr && wait->need != Need::end && is_woken(*wait, Waiter::Woken::hope_is_lost))
        wait->awake = true;
    }
    for (std::size_t worker = 0; worker < world_.workers.size(); ++worker) {
      FakeWait* const wait = world_.workers[worker].wait.get();
      if (wait == nullptr || !wait->awake) continue;
      wait->awake = false;
      const bool expected = Definition(world_).can_go_on(worker);
      if (!expected) ++losses;
      EXPECT_EQ(world_.look(worker, *wait), expected) << "worker " << worker << " looks again";
    }
  }

  [[nodiscard]] static bool is_woken(FakeWait& wait, Waiter::Woken by) {
    return wait.waiter.sleep(sync::Clock::now()) == by;
  }

  void unblock() {
    if (world_.workers.empty()) return;
    const std::size_t worker = choose(world_.workers.size());
    FakeWait* const wait = world_.workers[worker].wait.get();
    if (wait == nullptr) return;
    if (wait->need == Need::end || wait->refused || is_woken(*wait, Waiter::Woken::satisfied)) {
      world_.workers[worker].wait.reset();
    }
  }

  void block() {
    if (world_.workers.empty()) return;
    const std::size_t worker = choose(world_.workers.size());
    if (!is_free(worker)) return;
    if (choose(6) == 0) return block_in_end(worker);
    std::vector<std::size_t> awaited;
    for (std::size_t call = 0; call < world_.calls.size(); ++call) {
      if (choose(3) == 0) awaited.push_back(call);
    }
    if (awaited.empty()) return;
    FakeWait& wait =
        world_.prepare(worker, std::array{Need::all, Need::first, Need::first_exception}[choose(3)], awaited);
    if (is_woken(wait, Waiter::Woken::satisfied)) return world_.workers[worker].wait.reset();
    if (wait.need == Need::all && choose(3) == 0) return insist(worker, wait);
    const bool expected = Definition(world_).can_go_on(worker);
    if (!expected) ++refusals;
    EXPECT_EQ(world_.look(worker, wait), expected) << "worker " << worker << " blocks";
  }

  void block_in_end(std::size_t worker) {
    const std::size_t pool = choose(world_.pools.size());
    if (pool == world_.workers[worker].pool) return;
    FakeWait& wait = world_.prepare(worker, Need::end, {}, pool);
    if (choose(2) == 0) return insist(worker, wait);
    const bool expected = Definition(world_).can_go_on(worker);
    EXPECT_EQ(world_.look(worker, wait), expected) << "worker " << worker << " shuts down a pool";
  }

  // As the destructor of a pool, which lets go where that is in vain, or of a task group, which waits all the same.
  void insist(std::size_t worker, FakeWait& wait) {
    wait.insists = true;
    const std::set<std::size_t> stuck = Definition(world_).stuck();
    const bool can_end = wait.blocked->insist();
    EXPECT_EQ(collect_refused(stuck) > 0 || !can_end, stuck.contains(worker)) << "worker " << worker << " insists";
    if (can_end) return;
    if (wait.need == Need::end) {
      ++dead_ends;
      world_.workers[worker].wait.reset();
    } else {
      ++lost_for_ever;
      note_the_lost();
      EXPECT_TRUE(lost_.contains(worker)) << "worker " << worker << " insists, and that is not in vain";
    }
  }

  void note_the_lost() {
    lost_ = Definition(world_).stuck();
    for (const std::size_t worker : lost_) EXPECT_FALSE(can_be_refused(worker)) << "nobody told worker " << worker;
  }

  [[nodiscard]] bool can_be_refused(std::size_t worker) const {
    const FakeWait* const wait = world_.workers[worker].wait.get();
    return wait != nullptr && wait->need != Need::end && !wait->insists;
  }

  void lose_threads() {
    const std::size_t pool = choose(world_.pools.size());
    const auto is_in_pool = [&](const World::Member& member) { return member.pool == pool; };
    const auto size = static_cast<std::size_t>(std::ranges::count_if(world_.workers, is_in_pool));
    if (size == 0) return;
    world_.pools[pool]->set_attainable(size);
    const std::set<std::size_t> stuck = Definition(world_).stuck();
    world_.pools[pool]->look_for_knots();
    EXPECT_EQ(collect_refused(stuck) > 0,
              std::ranges::any_of(stuck, [this](std::size_t worker) { return can_be_refused(worker); }))
        << "pool " << pool << " gets no more threads";
    note_the_lost();
  }

  // Those who were refused must have been stuck. Returns how many.
  std::size_t collect_refused(const std::set<std::size_t>& stuck) {
    std::size_t count = 0;
    for (std::size_t worker = 0; worker < world_.workers.size(); ++worker) {
      FakeWait* const wait = world_.workers[worker].wait.get();
      if (wait == nullptr || wait->need == Need::end || wait->refused) continue;
      if (!is_woken(*wait, Waiter::Woken::refused)) continue;
      EXPECT_TRUE(stuck.contains(worker)) << "worker " << worker << " was refused though it could go on";
      wait->refused = true;
      ++count;
    }
    wakings += count;
    return count;
  }

  std::mt19937 random_;
  World world_;
  std::set<std::size_t> lost_;  // those that can never go on, nor be refused, and the graph was told
};

// The newest worker of a pool comes first in a search: once it is the one that must be refused, once it is not.
TEST(WaitGraph, RefusesNoMoreThanADestructorNeeds) {
  const LogHandler before = set_log_handler([](const LogRecord&) {});
  for (const bool inner_first : {true, false}) {
    World world;
    const std::size_t doomed = world.add_pool(2);
    const std::size_t other = world.add_pool(1);
    const std::size_t inner = world.add_running(doomed);
    (void)world.add_running(doomed);
    const std::size_t destroyer = world.add_running(other);
    for (const bool is_inner : {inner_first, !inner_first}) {
      EXPECT_TRUE(world.block(is_inner ? 0 : 1, Need::all, {is_inner ? destroyer : inner}));
    }
    EXPECT_TRUE(world.prepare(2, Need::end, {}, doomed).blocked->insist());
    EXPECT_EQ(world.workers[0].wait->waiter.sleep(sync::Clock::now()), Waiter::Woken::refused);
    EXPECT_EQ(world.workers[1].wait->waiter.sleep(sync::Clock::now()), Waiter::Woken::time_is_up);
  }
  set_log_handler(before);
}

// As the destructors of task groups do, two workers wait for each other; two others began before, and one comes later.
TEST(WaitGraph, RefusesTheWaitsForDestructorsThatWaitForEver) {
  const LogHandler before = set_log_handler([](const LogRecord&) {});
  World world;
  const std::size_t pool = world.add_pool(5);
  const std::size_t one = world.add_running(pool);
  const std::size_t other = world.add_running(pool);
  const std::size_t earlier = world.add_running(pool);
  (void)world.add_running(pool);
  (void)world.add_running(pool);
  EXPECT_TRUE(world.block(2, Need::all, {one}));
  EXPECT_TRUE(world.block(3, Need::all, {earlier}));
  EXPECT_TRUE(world.prepare(0, Need::all, {other}).blocked->insist());
  EXPECT_FALSE(world.prepare(1, Need::all, {one}).blocked->insist());
  EXPECT_EQ(world.workers[2].wait->waiter.sleep(sync::Clock::now()), Waiter::Woken::refused) << "it began before";
  EXPECT_EQ(world.workers[3].wait->waiter.sleep(sync::Clock::now()), Waiter::Woken::time_is_up)
      << "it waits for one that was refused, and goes on";
  EXPECT_FALSE(world.block(4, Need::all, {other})) << "it comes later";
  EXPECT_FALSE(world.block(4, Need::first, {one, other})) << "it comes later";
  EXPECT_TRUE(world.block(4, Need::first, {one, earlier})) << "it comes later, and has a way out";
  set_log_handler(before);
}

// The only worker waits in a destructor for a call that a further one could have started.
TEST(WaitGraph, RefusesTheWaitsForADestructorThatLostItsThread) {
  const LogHandler before = set_log_handler([](const LogRecord&) {});
  World world;
  const std::size_t pool = world.add_pool(2);
  const std::size_t others = world.add_pool(2);
  const std::size_t call = world.add_running(pool);
  (void)world.add_running(others);
  (void)world.add_running(others);
  const std::size_t queued = world.add_call(pool);
  EXPECT_TRUE(world.prepare(0, Need::all, {queued}).blocked->insist());
  EXPECT_TRUE(world.block(1, Need::all, {call}));
  world.pools[pool]->set_attainable(1);
  world.pools[pool]->look_for_knots();
  EXPECT_EQ(world.workers[1].wait->waiter.sleep(sync::Clock::now()), Waiter::Woken::refused);
  EXPECT_FALSE(world.block(2, Need::all, {call})) << "it comes later";
  world.calls[queued].outcome->cancel();
  EXPECT_TRUE(world.block(2, Need::all, {call})) << "the destructor can go on";
  set_log_handler(before);
}

// In a forked child any thread that waits for what is left to the parent is in the graph.
TEST(WaitGraph, NamesNoThreadThatIsNoWorker) {
  std::string logged;
  const LogHandler before = set_log_handler([&logged](const LogRecord& record) { logged = record.message; });
  World world;
  const std::size_t pool = world.add_pool(1);
  (void)world.pools[pool]->home().settle();
  const std::size_t call = world.add_running(pool);
  EXPECT_TRUE(ends_well_in_child([&] {
    CountingWaiter waiter(1);
    WaiterLink link;
    link.attach(*world.calls[call].outcome, waiter, true);
    BlockedWorker blocked(WaitFor::all({&link, 1}), &waiter, nullptr);
    if (blocked.insist()) _exit(2);
    if (logged != "a destructor waits for ever for a call that waits for it: this wait would never end") _exit(3);
    end_well();
  }));
  set_log_handler(before);
}

TEST(WaitGraph, RefusesWhatTheDefinitionSaysInRandomWorlds) {
  const LogHandler before = set_log_handler([](const LogRecord&) {});
  std::size_t refusals = 0, wakings = 0, losses = 0, dead_ends = 0, lost_for_ever = 0;
  for (unsigned seed = 0; seed < 20'000 && !HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomLife life(seed);
    life.go_on(24);
    refusals += life.refusals;
    wakings += life.wakings;
    losses += life.losses;
    dead_ends += life.dead_ends;
    lost_for_ever += life.lost_for_ever;
  }
  set_log_handler(before);
  EXPECT_GT(refusals, 1000U);
  EXPECT_GT(wakings, 1000U);
  EXPECT_GT(losses, 100U);
  EXPECT_GT(dead_ends, 10U);
  EXPECT_GT(lost_for_ever, 1000U);
  RecordProperty("refusals", static_cast<int>(refusals));
  RecordProperty("wakings", static_cast<int>(wakings));
  RecordProperty("losses", static_cast<int>(losses));
  RecordProperty("dead_ends", static_cast<int>(dead_ends));
  RecordProperty("lost_for_ever", static_cast<int>(lost_for_ever));
}

}  // namespace
}  // namespace concurrent::futures::detail
