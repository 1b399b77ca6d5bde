// A world of pools, workers and calls without threads: the graph of who waits for whom, built by hand.

#pragma once

#include <concurrent/futures.hpp>
#include <concurrent/futures/detail/call.hpp>
#include <concurrent/futures/detail/deadlock.hpp>
#include <concurrent/futures/detail/waiter.hpp>
#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace concurrent::futures::detail {

using Need = WaitFor::Need;

class FakeCall final : public OutcomeOf<void> {
 public:
  using OutcomeOf<void>::OutcomeOf;
  [[nodiscard]] State execute() override { std::terminate(); }
  void discard() noexcept override {}
};

/// What a worker waits for.
struct FakeWait {
  FakeWait(Need wanted, std::vector<std::size_t> calls, std::size_t pool)
      : need(wanted),
        awaited(std::move(calls)),
        end_of(pool),
        waiter(need == Need::first ? 1 : awaited.size(), need == Need::first_exception),
        links(std::make_unique<WaiterLink[]>(awaited.size())) {}
  ~FakeWait() {
    blocked.reset();
    for (std::size_t i = 0; i < awaited.size(); ++i) links[i].detach();
  }
  FakeWait(const FakeWait&) = delete;
  FakeWait& operator=(const FakeWait&) = delete;

  const Need need;
  const std::vector<std::size_t> awaited;
  const std::size_t end_of;
  CountingWaiter waiter;
  std::unique_ptr<WaiterLink[]> links;
  std::unique_ptr<BlockedWorker> blocked;
  bool insists = false;
  bool refused = false;
  bool awake = false;  // it has to look again
};

struct World {
  static constexpr std::size_t nobody = static_cast<std::size_t>(-1);

  struct Member {
    std::size_t pool;
    std::size_t runs = nobody;
    std::size_t cancels = nobody;  // the calls of this pool
    std::unique_ptr<Worker> worker;
    std::unique_ptr<Running> running;
    std::unique_ptr<FakeWait> wait;
  };
  struct Call {
    std::size_t pool;             // nobody: a promise
    std::size_t runner = nobody;  // a worker
    Outcome* outcome;
  };

  World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    for (std::size_t i = workers.size(); i > 0; --i) workers[i - 1].wait.reset();
    for (Member& member : workers) member.running.reset(), member.worker.reset();
    for (const Call& call : calls) call.outcome->release();
  }

  std::size_t add_pool(std::size_t limit) {
    pools.push_back(std::make_unique<Crew>(limit, true));
    return pools.size() - 1;
  }
  std::size_t add_worker(std::size_t pool) {
    workers.push_back({.pool = pool, .worker = {}, .running = {}, .wait = {}});
    workers.back().worker = make_worker(workers.size() - 1);
    return workers.size() - 1;
  }
  std::size_t add_call(std::size_t pool) {
    calls.push_back({.pool = pool, .outcome = new FakeCall(pool == nobody ? nullptr : pools[pool].get())});
    return calls.size() - 1;
  }

  /// The worker, which must be idle, runs the call, which must be pending.
  void start(std::size_t worker, std::size_t call) {
    (void)calls[call].outcome->start();
    calls[call].runner = workers[worker].runs = worker == nobody ? nobody : call;
    calls[call].runner = worker;
    workers[worker].worker.reset();
    workers[worker].worker = make_worker(worker);  // for it must be the current one
    workers[worker].running = std::make_unique<Running>(*calls[call].outcome);
  }
  void cancel_calls(std::size_t worker, std::size_t pool) {
    workers[worker].cancels = pool;
    workers[worker].worker.reset();
    workers[worker].worker = make_worker(worker);
    workers[worker].running = std::make_unique<Running>(*pools[pool]);
  }
  void finish(std::size_t call, State end) {
    const std::size_t runner = calls[call].runner;
    if (runner != nobody) workers[runner].running.reset(), workers[runner].runs = nobody;
    if (end == State::threw) calls[call].outcome->store_error(nullptr);
    calls[call].outcome->finish(end);
  }

  /// A worker that starts a new call of its pool; returns the call.
  std::size_t add_running(std::size_t pool) {
    const std::size_t worker = add_worker(pool);
    const std::size_t call = add_call(pool);
    start(worker, call);
    return call;
  }

  /// Makes the wait, which is in the graph only after a look.
  FakeWait& prepare(std::size_t worker, Need need, std::vector<std::size_t> awaited, std::size_t end_of = nobody) {
    auto wait = std::make_unique<FakeWait>(need, std::move(awaited), end_of);
    const std::span<WaiterLink> links(wait->links.get(), wait->awaited.size());
    for (std::size_t i = 0; i < links.size(); ++i) {
      links[i].attach(*calls[wait->awaited[i]].outcome, wait->waiter, true);
    }
    const bool ends = need == Need::end;
    wait->blocked = std::make_unique<BlockedWorker>(WaitFor{need, links, ends ? pools[end_of].get() : nullptr},
                                                    ends ? nullptr : &wait->waiter, workers[worker].worker.get());
    workers[worker].wait = std::move(wait);
    return *workers[worker].wait;
  }

  /// Returns false if that is refused; then it does not wait.
  bool block(std::size_t worker, Need need, std::vector<std::size_t> awaited, std::size_t end_of = nobody) {
    return look(worker, prepare(worker, need, std::move(awaited), end_of));
  }
  bool look(std::size_t worker, FakeWait& wait) {
    try {
      wait.awake = false;
      wait.blocked->look();
      return true;
    } catch (const DeadlockError&) {
      workers[worker].wait.reset();
      return false;
    }
  }

  std::vector<std::unique_ptr<Crew>> pools;
  std::vector<Member> workers;
  std::vector<Call> calls;

 private:
  [[nodiscard]] std::unique_ptr<Worker> make_worker(std::size_t number) const {
    return std::make_unique<Worker>(*pools[workers[number].pool], "worker_" + std::to_string(number));
  }
};

}  // namespace concurrent::futures::detail
