// Workers that are ended inside of a call, and threads that are not to be had: no call is lost, and no worker.

#include <concurrent/futures.hpp>
#include <optional>
#include <scenario.hpp>
#include <scheduler.hpp>
#include <system_error>

namespace touchstone::fuzz {
namespace {

using namespace concurrent::futures;

[[noreturn]] void end_thread() { throw sync::ForcedUnwinding(); }

void ended_by_a_call() {
  sync::Atomic<int> runs{0};
  std::optional<Future<void>> ended[2], others[2];
  const bool twice = choose(2) == 1;
  const ShutdownOptions options{.wait = choose(2) == 1, .cancel_futures = choose(2) == 1};
  {
    ThreadPoolExecutor pool({.max_workers = static_cast<std::ptrdiff_t>(1 + choose(2)), .thread_name_prefix = "pool"});
    sync::Thread client([&] {
      others[0] = pool.submit([&] { (void)runs.fetch_add(1); });
      if (twice) ended[1] = pool.submit(end_thread);
    });
    ended[0] = pool.submit(end_thread);
    others[1] = pool.submit([&] { (void)runs.fetch_add(1); });
    client.join();
    pool.shutdown(options);
  }
  int returned = 0;
  for (const auto& future : others) {
    check(future->done(), "what was accepted is done at the end");
    if (!future->cancelled()) ++returned, check(future->exception() == nullptr, "other calls return");
  }
  check(runs.load() == returned, "a call runs once, or is cancelled and never runs");
  for (const auto& future : ended) {
    if (!future) continue;
    check(future->done(), "a call that has ended its thread is done");
    if (!future->cancelled()) check(future->exception() != nullptr, "a call that has ended its thread has failed");
  }
}

void goes_on_with_all_workers() {
  ThreadPoolExecutor pool({.max_workers = 2, .thread_name_prefix = "pool"});
  (void)pool.submit(end_thread).exception();
  if (choose(2) == 1) (void)pool.submit(end_thread);
  Promise<void> one, other;
  const auto first = pool.submit([&] {
    one.set_result();
    other.future().result();
  });
  const auto second = pool.submit([&] {
    other.set_result();
    one.future().result();
  });
  first.result();
  second.result();
}

void cancelled_between_calls() {
  sync::cancelled.store(static_cast<int>(1 + choose(2)));
  sync::Atomic<int> runs{0};
  std::optional<Future<void>> futures[3];
  {
    ThreadPoolExecutor pool({.max_workers = static_cast<std::ptrdiff_t>(1 + choose(2)), .thread_name_prefix = "pool"});
    sync::Thread client([&] { futures[2] = pool.submit([&] { (void)runs.fetch_add(1); }); });
    futures[0] = pool.submit([&] { (void)runs.fetch_add(1); });
    if (choose(2) == 1) futures[0]->result();
    futures[1] = pool.submit([&] { (void)runs.fetch_add(1); });
    if (choose(2) == 1) futures[1]->result();
    client.join();
  }
  for (const auto& future : futures) check(future->exception() == nullptr, "a worker is cancelled, and no call");
  check(runs.load() == 3, "every call runs once");
}

void no_further_thread() {
  // One is the client's.
  sync::threads_left.store(static_cast<int>(1 + choose(3)));
  sync::Atomic<int> runs{0};
  int accepted = 0;
  {
    ThreadPoolExecutor pool({.max_workers = 2, .thread_name_prefix = "pool"});
    const auto submit = [&] {
      try {
        (void)pool.submit([&] { (void)runs.fetch_add(1); });
        return 1;
      } catch (const std::system_error&) {
        return 0;
      }
    };
    int of_client = 0;
    sync::Thread client([&] { of_client = submit() + submit(); });
    accepted = submit() + submit();
    client.join();
    accepted += of_client;
  }
  check(runs.load() == accepted, "what is accepted runs, and what is refused does not");
  check(log_records() <= 1, "that no thread can be had is said once");
}

void no_thread_for_a_lost_one() {
  sync::Atomic<int> runs{0};
  std::optional<Future<void>> queued[2];
  {
    ThreadPoolExecutor pool({.max_workers = 2, .thread_name_prefix = "pool"});
    sync::threads_left.store(static_cast<int>(1 + choose(2)));
    const auto ended = pool.submit(end_thread);
    for (auto& future : queued) {
      try {
        future = pool.submit([&] { (void)runs.fetch_add(1); });
      } catch (const std::system_error&) {
        note("no thread for the call");
      }
    }
    check(ended.exception() != nullptr, "the call that has ended its thread has failed");
  }
  int returned = 0;
  for (const auto& future : queued) {
    if (!future) continue;
    check(future->done(), "nobody waits for ever for a thread that cannot be had");
    if (future->exception() == nullptr) ++returned;
  }
  check(runs.load() == returned, "what has failed did not run");
}

}  // namespace

std::vector<Scenario> thread_scenarios() {
  return {
      {"ended_by_a_call", "calls that end their threads, while another thread submits and the pool is shut down",
       ended_by_a_call},
      {"goes_on_with_all_workers", "two calls that need each other after others have ended their threads",
       goes_on_with_all_workers},
      {"cancelled_between_calls", "workers that are idle, or about to be, are cancelled while two threads submit",
       cancelled_between_calls},
      {"no_further_thread", "two threads submit, and no thread or not all of them can be had", no_further_thread},
      {"no_thread_for_a_lost_one", "the last worker is ended, and no other can be had", no_thread_for_a_lost_one},
  };
}

}  // namespace touchstone::fuzz
