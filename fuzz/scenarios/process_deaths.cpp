// Children of a pool die, or are told to: every call ends, once, and nothing is left behind.

#include <memory>
#include <process_calls.hpp>
#include <scenario.hpp>
#include <vector>

namespace touchstone::fuzz {
namespace {

using End = ProcessCall::End;

/// Of a pool of which children may have died by themselves.
void check_ends(Machine& machine, std::span<const ProcessCall> calls) {
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) {
    check(call.ended({End::returned, End::broken, End::refused}), "a call returns, or fails with its pool");
    check(machine.deaths() > 0 || call.end() == End::returned, "a pool breaks only when a child dies");
  }
}

/// Who has seen that a pool is broken is told so again.
void check_stays_broken(ProcessPoolExecutor& pool) {
  try {
    (void)pool.submit(&count, 15);
    check(false, "a broken pool accepts nothing");
  } catch (const BrokenProcessPool&) {
  }
}

void process_death() {
  Machine machine({.deaths = 1 + static_cast<int>(choose(2))});
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool(
        {.max_workers = 2, .start_method = choose(4) == 0 ? StartMethod::fork : StartMethod::spawn});
    for (ProcessCall& call : calls) call.submit(pool);
    if (choose(2) == 1) {
      for (const ProcessCall& call : calls) {
        if (call.is_accepted() && call.end_of_wait() == End::broken) check_stays_broken(pool);
      }
    }
  }
  check_ends(machine, calls);
}

void process_death_against_shutdown() {
  Machine machine({.deaths = 1});
  const ShutdownOptions options{.wait = choose(2) == 1, .cancel_futures = choose(2) == 1};
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool(1 + static_cast<int>(choose(2)));
    calls[0].submit(pool);
    sync::Thread client([&] {
      calls[1].submit(pool);
      if (calls[1].is_accepted() && choose(2) == 1) (void)calls[1].cancel();
      calls[2].submit(pool);
    });
    pool.shutdown(options);
    if (options.wait) check(!machine.has_children(), "no child is left when shutdown has waited");
    client.join();
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) check(machine.deaths() > 0 || call.end() != End::broken, "none died");
}

// One call out of three is fatal.
void process_call_kills_its_child() {
  Machine machine;
  constexpr std::array fatal{&count_and_die, &count_and_exit, &count_and_end_thread};
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  const std::size_t which = choose(calls.size());
  {
    ProcessPoolExecutor pool(
        {.max_workers = 1 + static_cast<std::ptrdiff_t>(choose(2)), .start_method = StartMethod::spawn});
    for (std::size_t i = 0; i < calls.size(); ++i) calls[i].submit(pool, i == which ? fatal[choose(3)] : &count);
    if (choose(2) == 1 && calls[which].is_accepted()) {
      check(calls[which].end_of_wait() == End::broken, "the call that ends its child fails");
      check_stays_broken(pool);
    }
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) {
    check(call.ended({End::returned, End::broken, End::refused}), "a call returns, or fails with its pool");
  }
  if (calls[which].is_accepted()) check(calls[which].end() == End::broken, "the call that ends its child fails");
}

// One child hangs, and does not end when it is asked to; another one dies.
void process_hangs_in_a_broken_pool() {
  Machine machine({.are_late = true});
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool(2);
    calls[0].submit(pool, &count_and_hang);
    calls[1].submit(pool, &count_and_die);
    calls[2].submit(pool);
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  check(calls[0].ended({End::broken}), "what runs when its pool breaks fails");
  check(calls[1].ended({End::broken, End::refused}), "and so does what broke it");
  check(calls[2].ended({End::broken, End::returned, End::refused}), "the third is done before, or fails");
}

void process_stop() {
  Machine machine({.deaths = static_cast<int>(choose(2))});
  const bool kills = choose(2) == 1;
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  bool was_stopped = false;
  {
    ProcessPoolExecutor pool(1 + static_cast<int>(choose(2)));
    calls[0].submit(pool);
    sync::Thread client([&] {
      calls[1].submit(pool);
      calls[2].submit(pool);
      if (choose(2) == 1) pool.shutdown({.wait = choose(2) == 1});
    });
    if (choose(2) == 1 && calls[0].is_accepted()) (void)calls[0].end_of_wait();
    kills ? pool.kill_workers() : pool.terminate_workers();
    was_stopped = true;
    ProcessCall late(3);
    check(!late.submit(pool), "who has stopped a pool can submit nothing");
    client.join();
  }
  check(was_stopped && !machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) (void)call.end();
}

void process_stop_while_calls_hang() {
  Machine machine;
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool(1 + static_cast<int>(choose(2)));
    for (ProcessCall& call : calls) call.submit(pool, &count_and_hang);
    if (choose(2) == 1) wait_until_begun(1);
    pool.kill_workers();
    if (choose(2) == 1) pool.kill_workers();
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) {
    check(call.ended({End::broken, End::cancelled}), "what runs fails, what has not started is cancelled");
    if (call.runs() > 0) check(call.end() == End::broken, "what runs fails");
  }
}

void process_death_of_retiring_child() {
  Machine machine({.deaths = 1});
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool({.max_workers = 1 + static_cast<std::ptrdiff_t>(choose(2)), .max_tasks_per_child = 1});
    for (ProcessCall& call : calls) call.submit(pool);
  }
  check_ends(machine, calls);
}

// As where the program ignores SIGCHLD.
void process_ends_are_taken_by_others() {
  Machine machine({.deaths = static_cast<int>(choose(2)), .others_reap = true});
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool({.max_workers = 2, .max_tasks_per_child = 1 + static_cast<int>(choose(2))});
    for (ProcessCall& call : calls) call.submit(pool);
    if (choose(4) == 0) pool.kill_workers();
    if (machine.deaths() == 0 && choose(2) == 1) pool.shutdown();
  }
  for (const ProcessCall& call : calls) (void)call.end();
}

void process_death_before_callbacks() {
  Machine machine({.deaths = 1});
  std::array calls{ProcessCall(0), ProcessCall(1)};
  std::array<sync::Atomic<int>, 2> told;
  {
    auto pool = std::make_unique<ProcessPoolExecutor>(1 + static_cast<int>(choose(2)));
    ProcessPoolExecutor& executor = *pool;
    for (ProcessCall& call : calls) call.submit(executor);
    const bool destroys = choose(2) == 1;
    for (std::size_t i = 0; i < calls.size(); ++i) {
      if (!calls[i].is_accepted()) continue;
      calls[i].future().add_done_callback([&, i](const Future<int>& future) {
        (void)told[i].fetch_add(1);
        check(future.done(), "a callback is called when its future is done");
        if (i == 1 && destroys) pool.reset();
      });
    }
    for (const ProcessCall& call : calls) {
      if (call.is_accepted()) (void)call.end_of_wait();
    }
    if (!destroys) pool.reset();
    machine.join_all();
  }
  for (std::size_t i = 0; i < calls.size(); ++i) {
    check(told[i].load() == (calls[i].is_accepted() ? 1 : 0), "a callback is called once");
  }
  check_ends(machine, calls);
}

void process_death_with_calls_ahead() {
  Machine machine({.deaths = 1});
  std::vector<ProcessCall> calls;
  for (int i = 0; i < 12; ++i) calls.emplace_back(i);
  {
    ProcessPoolExecutor pool({.max_workers = 1 + static_cast<std::ptrdiff_t>(choose(2)),
                              .max_tasks_per_child = choose(2) == 1 ? Count(5) : Count()});
    for (ProcessCall& call : calls) call.submit(pool);
  }
  check_ends(machine, calls);
}

void process_death_with_large_values() {
  Machine machine({.deaths = 1, .channel_capacity = 16384});
  const std::vector<char> large = large_value();
  std::vector<Future<std::vector<char>>> futures;
  const bool kills = choose(2) == 1;
  {
    ProcessPoolExecutor pool(1 + static_cast<int>(choose(2)));
    try {
      for (int i = 0; i < 3; ++i) futures.push_back(pool.submit(portable<&turned>(), large));
    } catch (const BrokenProcessPool&) {
    }
    if (kills && choose(2) == 1) pool.kill_workers();
  }
  for (const auto& future : futures) {
    check(future.done(), "every accepted call is done at the end");
    if (future.cancelled()) continue;
    try {
      check(future.result() == turned(large), "a result arrives as a whole");
    } catch (const BrokenProcessPool&) {
      check(kills || machine.deaths() > 0, "a pool breaks only when a child dies");
    }
  }
}

}  // namespace

std::vector<Scenario> process_death_scenarios() {
  return {
      {"process_death", "children die at any operation", process_death},
      {"process_death_against_shutdown", "a child dies while its pool is shut down and calls are cancelled",
       process_death_against_shutdown},
      {"process_call_kills_its_child", "a call ends its process", process_call_kills_its_child},
      {"process_hangs_in_a_broken_pool", "a child dies beside one that does not end when it is asked to",
       process_hangs_in_a_broken_pool},
      {"process_stop", "workers are terminated or killed while somebody submits and shuts down", process_stop},
      {"process_stop_while_calls_hang", "workers are killed that would never end", process_stop_while_calls_hang},
      {"process_death_of_retiring_child", "children die that serve one call each", process_death_of_retiring_child},
      {"process_ends_are_taken_by_others", "somebody else has asked how children have ended",
       process_ends_are_taken_by_others},
      {"process_death_with_calls_ahead", "a child dies of a pool that hands out calls in advance",
       process_death_with_calls_ahead},
      {"process_death_with_large_values", "a child dies that has asked for its arguments",
       process_death_with_large_values},
      {"process_death_before_callbacks", "a child dies while callbacks run, one of which destroys the pool",
       process_death_before_callbacks},
  };
}

}  // namespace touchstone::fuzz
