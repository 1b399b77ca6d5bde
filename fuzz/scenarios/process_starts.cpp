// How children begin: initializers, programs that do not serve, and what there may be too little of.

#include <limits>
#include <memory>
#include <process_calls.hpp>
#include <scenario.hpp>
#include <stdexcept>
#include <vector>

namespace touchstone::fuzz {
namespace {

using End = ProcessCall::End;

void fail_to_initialize() { throw std::runtime_error("of the initializer"); }
void die_in_initializer() { Machine::current().here().end({true, 0}, Action::end_process, Place::here()); }

void process_initializer() {
  Machine machine({.deaths = static_cast<int>(choose(2))});
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool({.max_workers = 2,
                              .start_method = choose(2) == 1 ? StartMethod::fork : StartMethod::spawn,
                              .initializer = portable<&initialize>(7)});
    for (ProcessCall& call : calls) call.submit(pool);
  }
  for (std::size_t i = 0; i < done.calls_of.size(); ++i) {
    check(done.initialized[i].load() <= 1, "a child is initialized once");
    if (done.calls_of[i].load() > 0) check(done.initialized[i].load() == 1, "before its first call");
  }
  for (const ProcessCall& call : calls) {
    check(machine.deaths() > 0 || call.end() == End::returned, "a pool breaks only when a child dies");
  }
}

void process_initializer_fails() {
  Machine machine;
  const bool throws = choose(2) == 1;
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  bool is_cancelled = false;
  {
    ProcessPoolExecutor pool({.max_workers = 2,
                              .initializer = throws ? portable<&fail_to_initialize>()
                                                    : ProcessInitializer(portable<&die_in_initializer>())});
    sync::Thread client([&] {
      calls[1].submit(pool);
      if (calls[1].is_accepted() && choose(2) == 1) is_cancelled = calls[1].cancel();
    });
    calls[0].submit(pool);
    calls[2].submit(pool);
    if (choose(2) == 1) pool.shutdown({.cancel_futures = choose(2) == 1});
    client.join();
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) {
    check(call.runs() == 0, "no call runs in a child that is not initialized");
    check(call.ended({End::broken, End::cancelled, End::refused, End::refused_by_shutdown}),
          "it fails, or is cancelled");
  }
}

// A program that has not got the line in main.
void forget() {}
void make_a_pool() { const ProcessPoolExecutor pool(1); }
void never_come_there() { Machine::current().hang(); }

void process_program_does_not_serve() {
  constexpr std::array programs{&forget, &make_a_pool, &never_come_there};
  Machine machine({.are_late = true, .program = programs[choose(programs.size())]});
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool(2);
    for (ProcessCall& call : calls) call.submit(pool);
    if (choose(2) == 1) pool.shutdown({.wait = choose(2) == 1});
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) {
    check(call.runs() == 0 && call.ended({End::broken, End::refused}), "no call runs, and none waits for ever");
  }
}

void process_child_is_late() {
  Machine machine({.are_late = true});
  std::array calls{ProcessCall(0), ProcessCall(1)};
  {
    ProcessPoolExecutor pool(2);
    for (ProcessCall& call : calls) call.submit(pool);
  }
  for (const ProcessCall& call : calls) {
    check(call.ended({End::returned, End::broken, End::refused}), "a late child serves, or breaks its pool");
  }
}

// A pool goes on with what it has; where that is nothing, it is broken, and says so.
void process_shortage() {
  Machine machine({.shortages = 1 + static_cast<int>(choose(3))});
  sync::threads_left.store(choose(8) == 0 ? 0 : 1000);
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool({.max_workers = 2,
                              .start_method = choose(3) == 0 ? StartMethod::fork : StartMethod::spawn,
                              .max_tasks_per_child = {}});
    for (ProcessCall& call : calls) call.submit(pool);
    if (choose(2) == 1) pool.shutdown({.cancel_futures = choose(2) == 1});
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) {
    check(call.ended({End::returned, End::broken, End::refused, End::cancelled}), "every call ends");
  }
}

void process_shortage_while_children_retire() {
  Machine machine({.deaths = static_cast<int>(choose(2)), .shortages = 1 + static_cast<int>(choose(2))});
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool({.max_workers = 1 + static_cast<std::ptrdiff_t>(choose(2)), .max_tasks_per_child = 1});
    for (ProcessCall& call : calls) call.submit(pool);
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) {
    check(call.ended({End::returned, End::broken, End::refused}), "every call ends");
  }
}

// As under valgrind: a child is known by its number, and its end by the end of its channel.
void process_without_process_descriptors() {
  Machine machine({.deaths = static_cast<int>(choose(2)), .has_process_descriptors = false});
  std::array calls{ProcessCall(0), ProcessCall(1), ProcessCall(2)};
  {
    ProcessPoolExecutor pool({.max_workers = 2, .max_tasks_per_child = 1 + static_cast<int>(choose(2))});
    for (ProcessCall& call : calls) call.submit(pool);
    if (choose(4) == 0) pool.kill_workers();
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  for (const ProcessCall& call : calls) {
    check(call.ended({End::returned, End::broken, End::cancelled, End::refused}), "every call ends");
  }
}

}  // namespace

std::vector<Scenario> process_start_scenarios() {
  return {
      {"process_initializer", "children are initialized while calls arrive", process_initializer},
      {"process_initializer_fails", "an initializer throws, or ends its process", process_initializer_fails},
      {"process_program_does_not_serve", "the program ends, makes a pool or hangs instead of serving",
       process_program_does_not_serve},
      {"process_child_is_late", "a child comes to freeze_support() too late", process_child_is_late},
      {"process_shortage", "there are too few descriptors, processes or threads, or too little memory",
       process_shortage},
      {"process_shortage_while_children_retire", "there is too little of something while children are replaced",
       process_shortage_while_children_retire},
      {"process_without_process_descriptors", "the system has no descriptors of processes",
       process_without_process_descriptors},
  };
}

}  // namespace touchstone::fuzz
