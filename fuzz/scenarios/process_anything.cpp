// Whatever a pool of processes can meet, in one scenario: what the others do not think of together.

#include <memory>
#include <process_calls.hpp>
#include <scenario.hpp>
#include <vector>

namespace touchstone::fuzz {
namespace {

using End = ProcessCall::End;

ProcessPoolOptions some_options() {
  ProcessPoolOptions options{.max_workers = 1 + static_cast<std::ptrdiff_t>(choose(2))};
  if (choose(4) == 0) options.start_method = StartMethod::fork;
  if (choose(3) == 0) options.initializer = portable<&initialize>(7);
  if (options.start_method == StartMethod::spawn && choose(3) == 0) {
    options.max_tasks_per_child = 1 + static_cast<std::ptrdiff_t>(choose(2));
  }
  return options;
}

ShutdownOptions some_shutdown() { return {.wait = choose(2) == 1, .cancel_futures = choose(2) == 1}; }

/// Uses a pool, as one of several threads.
class Client {
 public:
  Client(ProcessPoolExecutor& pool, int first_call) : pool_(pool), next_(first_call) { calls_.reserve(4); }

  void act() {
    switch (choose(10)) {
      case 0:
        if (!calls_.empty() && calls_.back().is_accepted()) (void)calls_.back().cancel();
        break;
      case 1:
        if (!calls_.empty() && calls_.back().is_accepted()) (void)calls_.back().end_of_wait();
        break;
      case 2:
        pool_.shutdown(some_shutdown());
        break;
      case 3:
        has_broken_ = true;
        choose(2) == 1 ? pool_.kill_workers() : pool_.terminate_workers();
        break;
      case 4:
        has_broken_ = true;
        submit(some_fatal());
        break;
      case 5:
        submit(&count);
        if (calls_.back().is_accepted()) calls_.back().future().add_done_callback([this](const auto&) { react(); });
        break;
      case 6:
        map();
        break;
      default:
        submit(&count);
    }
  }

  void submit(int (*function)(int)) {
    calls_.emplace_back(next_++);
    (void)calls_.back().submit(pool_, function);
  }

  [[nodiscard]] const std::vector<ProcessCall>& calls() const { return calls_; }

  /// Whether it has done what may break the pool.
  [[nodiscard]] bool has_broken() const { return has_broken_; }

 private:
  static int (*some_fatal())(int) {
    constexpr std::array fatal{&count_and_die, &count_and_exit, &count_and_end_thread};
    return fatal[choose(fatal.size())];
  }

  // What a callback does.
  void react() {
    switch (choose(4)) {
      case 0:
        has_broken_ = true;
        pool_.kill_workers();
        break;
      case 1:
        pool_.shutdown({.wait = false, .cancel_futures = choose(2) == 1});
        break;
      default:
        break;
    }
  }

  void map() {
    MapOptions options;
    options.chunksize = 1 + static_cast<std::ptrdiff_t>(choose(2));
    try {
      auto results = pool_.map(options, portable<&same>(), std::vector<int>{1, 2, 3});
      for (int number = 1; number < 4 && choose(3) != 0; ++number) check(results.next() == number, "in order");
    } catch (const ShutdownError&) {
    } catch (const BrokenProcessPool&) {
    } catch (const CancelledError&) {
    }
  }
  static int same(int number) { return number; }

  ProcessPoolExecutor& pool_;
  int next_;
  bool has_broken_ = false;
  std::vector<ProcessCall> calls_;
};

void process_anything() {
  Machine machine({.deaths = static_cast<int>(choose(3)),
                   .shortages = static_cast<int>(choose(3)),
                   .are_late = choose(4) == 0,
                   .others_reap = choose(4) == 0,
                   .has_process_descriptors = choose(4) != 0});
  const Troubles& troubles = machine.troubles();
  bool may_break = troubles.shortages > 0 || troubles.are_late;
  std::vector<ProcessCall> calls;
  {
    ProcessPoolExecutor pool(some_options());
    Client one(pool, 0);
    Client other(pool, 8);
    one.submit(&count);  // before there are other threads, which fork would not allow
    sync::Thread thread([&other] {
      for (int i = 0; i < 3; ++i) other.act();
    });
    for (int i = 0; i < 3; ++i) one.act();
    thread.join();
    if (choose(2) == 1) {
      pool.shutdown();
      check(!machine.has_children(), "no child is left when shutdown has waited");
    }
    for (const Client* client : {&one, &other}) {
      for (const ProcessCall& call : client->calls()) calls.push_back(call);
    }
    // Callbacks use the pool, and their clients.
    for (const ProcessCall& call : calls) {
      if (call.is_accepted()) (void)call.end_of_wait();
    }
    pool.shutdown();
    may_break = may_break || one.has_broken() || other.has_broken();
  }
  check(!machine.has_children(), "no child is left when the pool is gone");
  may_break = may_break || machine.deaths() > 0;
  for (const ProcessCall& call : calls) check(call.end() != End::broken || may_break, "no pool breaks by itself");
}

}  // namespace

std::vector<Scenario> process_anything_scenarios() {
  return {
      {"process_anything", "calls, deaths, shortages, shutdowns and callbacks in any combination", process_anything}};
}

}  // namespace touchstone::fuzz
