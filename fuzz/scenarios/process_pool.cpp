// A pool of processes in which nobody dies: each accepted call runs once or is cancelled, in order.

#include <memory>
#include <process_calls.hpp>
#include <scenario.hpp>
#include <vector>

namespace touchstone::fuzz {
namespace {

using End = ProcessCall::End;

ShutdownOptions some_shutdown() { return {.wait = choose(2) == 1, .cancel_futures = choose(2) == 1}; }

StartMethod some_start_method() { return choose(2) == 1 ? StartMethod::fork : StartMethod::spawn; }

void process_submit_against_shutdown() {
  Machine machine;
  const ShutdownOptions options = some_shutdown();
  const bool cancels = choose(2) == 1;
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool(2);
    calls[0].submit(pool);
    sync::Thread client([&] {
      calls[1].submit(pool);
      if (cancels && calls[1].is_accepted()) (void)calls[1].cancel();
      calls[2].submit(pool);
    });
    pool.shutdown(options);
    if (options.wait) check(!machine.has_children(), "no child is left when shutdown has waited");
    client.join();
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) {
    check(call.ended({End::returned, End::cancelled, End::refused_by_shutdown}), "a pool does not break by itself");
    check(cancels || options.cancel_futures || call.end() != End::cancelled, "nothing is cancelled by itself");
  }
}

void process_cancelled_shutdown() {
  Machine machine;
  std::array calls{ProcessCall(0), ProcessCall(1)};
  {
    ProcessPoolExecutor pool(1);
    for (ProcessCall& call : calls) call.submit(pool);
    pool.shutdown({.cancel_futures = true});
    check(!machine.has_children(), "no child is left when shutdown has waited");
  }
  for (const ProcessCall& call : calls)
    check(call.ended({End::returned, End::cancelled}), "a call runs, or never does");
}

void process_start_order() {
  Machine machine;
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool({.max_workers = 1, .start_method = some_start_method()});
    for (ProcessCall& call : calls) call.submit(pool);
  }
  for (int i = 0; i < 3; ++i) {
    const ProcessCall& call = calls[static_cast<std::size_t>(i)];
    check(call.ended({End::returned}) && call.place() == i + 1, "calls start in the order of their submission");
  }
}

// The first one holds a child until the others have begun.
void process_start_order_beside_a_long_call() {
  Machine machine;
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2), ProcessCall(3)};
  {
    ProcessPoolExecutor pool(2);
    calls[0].submit(pool, &count_and_wait, 4);
    for (int i = 1; i < 4; ++i) calls[static_cast<std::size_t>(i)].submit(pool);
  }
  for (int i = 1; i < 4; ++i) {
    const ProcessCall& call = calls[static_cast<std::size_t>(i)];
    check(call.ended({End::returned}), "nothing lies behind a long call");
    if (i > 1) check(call.place() > calls[static_cast<std::size_t>(i - 1)].place(), "they start in their order");
  }
  check(calls[0].ended({End::returned}), "the long call returns");
}

// A child that answers quickly is handed more than it can do at once.
void process_calls_ahead() {
  Machine machine;
  std::vector<ProcessCall> calls;
  for (int i = 0; i < 12; ++i) calls.emplace_back(i);
  const bool cancels = choose(2) == 1;
  {
    ProcessPoolExecutor pool({.max_workers = 1 + static_cast<std::ptrdiff_t>(choose(2))});
    for (ProcessCall& call : calls) call.submit(pool);
    if (cancels) (void)calls[11].cancel();
    if (choose(2) == 1) pool.shutdown({.cancel_futures = choose(2) == 1});
  }
  for (const ProcessCall& call : calls) check(call.ended({End::returned, End::cancelled}), "each call ends once");
}

void process_max_tasks_per_child() {
  Machine machine;
  const auto tasks = static_cast<int>(1 + choose(2));
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2), ProcessCall(3)};
  {
    ProcessPoolExecutor pool({.max_workers = 1 + static_cast<std::ptrdiff_t>(choose(2)), .max_tasks_per_child = tasks});
    sync::Thread client([&] { calls[3].submit(pool); });
    for (int i = 0; i < 3; ++i) calls[static_cast<std::size_t>(i)].submit(pool);
    if (choose(2) == 1) check(calls[2].future().result() == 2, "children are replaced");
    client.join();
  }
  for (const ProcessCall& call : calls) check(call.ended({End::returned}), "children that retire break nothing");
  for (const auto& each : done.calls_of) check(each.load() <= tasks, "no child runs more calls than it may");
}

// Larger than what fits into memory that is shared, and than a channel.
void process_large_values() {
  Machine machine({.channel_capacity = 16384});
  const std::vector<char> large = large_value();
  const std::vector<char> small{'a', 'b'};
  {
    ProcessPoolExecutor pool(1);
    const auto first = pool.submit(portable<&turned>(), large);
    const auto second = pool.submit(portable<&turned>(), small);
    const auto third = pool.submit(portable<&turned>(), large);
    if (choose(2) == 1) check(second.result() == turned(small), "small ones pass as well");
    check(third.result() == turned(large), "a large result arrives as a whole");
    check(first.result() == turned(large), "and so does each other one");
  }
}

void process_pool_destroyed_by_a_callback() {
  Machine machine;
  std::array calls{ProcessCall(0), ProcessCall(1)};
  sync::Atomic<int> told{0};
  {
    auto pool = std::make_unique<ProcessPoolExecutor>(1 + static_cast<int>(choose(2)));
    ProcessPoolExecutor& executor = *pool;
    calls[0].submit(executor);
    calls[1].submit(executor);
    calls[choose(2)].future().add_done_callback([&told, owned = std::move(pool)](const Future<int>&) mutable {
      owned.reset();
      (void)told.fetch_add(1);
    });
    for (const ProcessCall& call : calls) (void)wait({call.future()});
  }
  machine.join_all();
  check(told.load() == 1, "a callback is called once");
  for (const ProcessCall& call : calls) check(call.ended({End::returned}), "what was accepted runs");
}

void process_callbacks_submit_and_shut_down() {
  Machine machine;
  std::array calls{ProcessCall(0), ProcessCall(1)};
  const bool shuts_down = choose(2) == 1;
  {
    ProcessPoolExecutor pool(1);
    calls[0].submit(pool);
    calls[0].future().add_done_callback([&](const Future<int>&) {
      if (shuts_down) pool.shutdown({.wait = false});
      check(calls[1].submit(pool) != shuts_down, "who has shut the pool down is refused, and nobody else");
    });
    (void)wait({calls[0].future()});
    if (shuts_down) pool.shutdown();
    if (!shuts_down) wait_until_begun(2);
  }
  check(calls[0].ended({End::returned}), "the first call returns");
  check(calls[1].ended({shuts_down ? End::refused_by_shutdown : End::returned}), "the second runs if it was accepted");
}

}  // namespace

std::vector<Scenario> process_pool_scenarios() {
  return {
      {"process_submit_against_shutdown", "a pool of processes is shut down while somebody submits and cancels",
       process_submit_against_shutdown},
      {"process_cancelled_shutdown", "a pool of processes is shut down before its children are there",
       process_cancelled_shutdown},
      {"process_start_order", "one child begins calls in the order of their submission", process_start_order},
      {"process_start_order_beside_a_long_call", "a long call holds one child of two",
       process_start_order_beside_a_long_call},
      {"process_calls_ahead", "calls are so short that more are handed out than there are children",
       process_calls_ahead},
      {"process_max_tasks_per_child", "children retire while calls arrive", process_max_tasks_per_child},
      {"process_large_values", "arguments are fetched, and results come in pieces", process_large_values},
      {"process_pool_destroyed_by_a_callback", "a done callback owns the pool", process_pool_destroyed_by_a_callback},
      {"process_callbacks_submit_and_shut_down", "a done callback uses the pool",
       process_callbacks_submit_and_shut_down},
  };
}

}  // namespace touchstone::fuzz
