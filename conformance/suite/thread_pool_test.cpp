// The workers of a thread pool: how many there are, when they are made, and what they are called.
//
// Method: workers are counted by the gates at which they stand, by what they tell of themselves while they
// run a task, and, where none may be made, by the threads that /proc lists.

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <pool_fixtures.hpp>
#include <set>
#include <topics.hpp>

namespace touchstone {
namespace {

// ------------------------------------------------------------------------------------- Numbers

const TestCase has_no_more_workers_than_allowed{
    .name = "ThreadPool.has_no_more_workers_than_allowed",
    .requirement = verifies("TPE-001"),
    .shows = "of six tasks two run on a pool of two, and no third",
    .needs = {"workers.threads", "queue.some"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const GatePointer gate = world.gate("inside each task");
      (void)submit_all(executor, held_at(gate), 6);
      gate->await_arrivals(2);
      EXPECT_TRUE(world.stays_quiet([&] { return gate->arrivals() > 2; })) << "a third task runs on a pool of two";
      world.witness(true, "two of six tasks stood at a gate, and four were queued");
    }};

/// Counts the threads that have run it and are still alive.
class Census {
 public:
  explicit Census(World& world) : came_(world.mark("a worker has come")), went_(world.mark("a worker has gone")) {}

  /// Called by a task.
  void take() const {
    static thread_local const Census* counted = nullptr;
    if (counted == this) return;
    counted = this;
    tell_when_this_thread_ends(went_);
    came_->hit();
  }

  [[nodiscard]] int alive() const { return came_->count() - went_->count(); }

 private:
  const MarkPointer came_, went_;
};

const TestCase has_no_more_workers_over_time{
    .name = "ThreadPool.has_no_more_workers_over_time",
    .requirement = verifies("TPE-001"),
    .shows = "no more than two workers of a pool of two are alive after any of 20 waves of tasks",
    .needs = {"closures", "workers.threads", "queue.unbounded"},
    .body = +[](World& world) {
      Executor& executor = world.make({.max_workers = 2});
      const auto census = std::make_shared<Census>(world);
      int most = 0;
      for (int wave = 0; wave < 20; ++wave) {
        const std::vector<FuturePointer> futures = submit_all(
            executor, [census] { census->take(); }, 20);
        for (const FuturePointer& future : futures) (void)future->result();
        most = std::max(most, census->alive());
      }
      EXPECT_LE(most, 2);
      world.witness(most > 0, "the workers were counted after each of 20 waves of tasks");
    }};

const TestCase chooses_its_own_size{
    .name = "ThreadPool.chooses_its_own_size",
    .requirement = verifies("TPE-002"),
    .shows = "without max_workers there are four more workers than processors, and at most 32",
    .body = +[](World& world) {
      cpu_set_t processors;
      ASSERT_EQ(sched_getaffinity(0, sizeof processors, &processors), 0);
      const int count = CPU_COUNT(&processors);
      EXPECT_EQ(world.make({.max_workers = std::nullopt}).max_workers(), std::min(32, count + 4));

      int last = CPU_SETSIZE - 1;
      while (!CPU_ISSET(last, &processors)) --last;
      CPU_CLR(last, &processors);
      if (count > 1) {
        ASSERT_EQ(sched_setaffinity(0, sizeof processors, &processors), 0);
        EXPECT_EQ(world.make({.max_workers = std::nullopt}).max_workers(), std::min(32, count - 1 + 4));
      }
      world.witness(
          true, "this process was allowed to run on " + std::to_string(count) + " processors, and then on one less");
    }};

const TestCase refuses_an_impossible_size{
    .name = "ThreadPool.refuses_an_impossible_size",
    .requirement = verifies("TPE-003"),
    .shows = "a max_workers of zero or less is refused with a message that says why",
    .body = +[](World& world) {
      for (const int max_workers : {0, -1, -1000}) {
        const std::optional<Refusal> refusal = refusal_of([&] { (void)world.make({.max_workers = max_workers}); });
        ASSERT_TRUE(refused_as(refusal, Fault::invalid_argument)) << "max_workers " << max_workers;
        EXPECT_NE(std::string(refusal->what()).find("must be greater than 0"), std::string::npos) << refusal->what();
      }
      world.witness(true, "the sizes were zero and negative");
    }};

/// The threads of this process. A thread of the test's own is alive meanwhile, so that whatever a runtime
/// starts beside the first thread is there already.
class Threads {
 public:
  explicit Threads(World& world) : release_(world.gate("a thread of the test's own")) {
    world.thread([release = release_] { release->pass(); });
    release_->await_arrivals(1);
  }

  [[nodiscard]] static std::ptrdiff_t count() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
  }

 private:
  GatePointer release_;
};

const TestCase makes_no_worker_at_construction{
    .name = "ThreadPool.makes_no_worker_at_construction",
    .requirement = verifies("TPE-005"),
    .shows = "the process has as many threads after the construction of a pool as before",
    .body = +[](World& world) {
      const Threads threads(world);
      const std::ptrdiff_t before = Threads::count();
      Executor& executor = world.make({.max_workers = 4});
      EXPECT_EQ(Threads::count(), before);
      const GatePointer gate = world.gate("a worker");
      (void)executor.submit(held_at(gate));
      gate->await_arrivals(1);
      world.witness(Threads::count() > before, "the threads of a pool are seen when it has some");
      gate->open();
    }};

const TestCase makes_at_most_one_worker_a_submit{.name = "ThreadPool.makes_at_most_one_worker_a_submit",
                                                 .requirement = verifies("TPE-005"),
                                                 .shows = "the process has at most one thread more after each submit",
                                                 .needs = {"workers.limit", "workers.threads"},
                                                 .body = +[](World& world) {
                                                   const Threads threads(world);
                                                   Executor& executor = world.make({.max_workers = 4});
                                                   const GatePointer gate = world.gate("every worker");
                                                   const std::ptrdiff_t before = Threads::count();
                                                   for (int call = 1; call <= 3; ++call) {
                                                     (void)executor.submit(held_at(gate));
                                                     EXPECT_LE(Threads::count(), before + call);
                                                   }
                                                   gate->await_arrivals(3);
                                                   world.witness(Threads::count() >= before + 3,
                                                                 "each of three tasks held a worker of its own");
                                                 }};

const TestCase uses_idle_workers_again{
    .name = "ThreadPool.uses_idle_workers_again",
    .requirement = verifies("TPE-006"),
    .shows = "the second task of a pool goes to the worker of the first, which has come to rest",
    .needs = {"closures", "future", "workers.threads"},
    .body = +[](World& world) {
      constexpr int rounds = 5;
      int idle = 0;
      int used = 0;
      int gone = 0;
      for (int round = 0; round < rounds; ++round) {
        Executor& executor = world.make({.max_workers = 4});
        const auto next_worker = [&] {
          return executor.submit([] { return Value(gettid()); })->result().value.number();
        };
        const std::int64_t first = next_worker();
        world.await([&] { return state_of(first) != ThreadState::awake; });
        world.let_settle();  // asleep is not yet at rest (TPE-007)
        if (state_of(first) == ThreadState::asleep) {
          ++idle;
          const bool same = next_worker() == first;
          used += same || state_of(first) == ThreadState::gone ? 1 : 0;
        } else {
          ++gone;
        }
        world.destroy(executor);
      }
      EXPECT_GE(used, idle - 1) << "tasks that went to the worker at rest, of " << idle;
      world.witness(idle > 0 || gone == rounds,
                    std::to_string(idle) + " tasks were submitted when the only worker had come to rest, and " +
                        std::to_string(gone) + " when it had ended");
    }};

const TestCase grows_to_its_full_size{.name = "ThreadPool.grows_to_its_full_size",
                                      .requirement = verifies("TPE-008"),
                                      .shows = "five tasks that wait for one another are all running on a pool of five",
                                      .needs = {"workers.threads", "queue.some"},
                                      .body = +[](World& world) {
                                        const HeldWorkers pool(world, 5);
                                        world.witness(pool.gate->arrivals() == 5,
                                                      "five workers stood at one gate together");
                                        pool.gate->open();
                                        for (const FuturePointer& future : pool.running)
                                          EXPECT_TRUE(gives(future->result(), 42));
                                      }};

// --------------------------------------------------------------------------------------- Names

/// The name of the calling thread.
std::string own_name() {
  char name[16] = {};
  pthread_getname_np(pthread_self(), name, sizeof name);
  return name;
}

/// The names of all workers of a pool, which has that many.
std::set<std::string> worker_names(World& world, const Configuration& configuration) {
  Executor& executor = world.make(configuration);
  const GatePointer gate = world.gate("every worker");
  const std::vector<FuturePointer> futures = submit_all(
      executor, [gate] { return gate->pass(), own_name(); }, *configuration.max_workers);
  gate->await_arrivals(*configuration.max_workers);
  gate->open();
  std::set<std::string> names;
  for (const FuturePointer& future : futures) names.insert(future->result().value.text());
  return names;
}

const TestCase names_its_workers_by_the_prefix{
    .name = "ThreadPool.names_its_workers_by_the_prefix",
    .requirement = verifies("TPE-010"),
    .shows = "with the prefix io the workers are called io_0, io_1 and io_2; a long prefix is cut, the number is not",
    .needs = {"closures", "future", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const std::set<std::string> names = worker_names(world, {.max_workers = 3, .thread_name_prefix = "io"});
      EXPECT_EQ(names, (std::set<std::string>{"io_0", "io_1", "io_2"}));
      std::set<std::string> ends;
      for (const std::string& name :
           worker_names(world, {.max_workers = 3, .thread_name_prefix = "more than 15 bytes"})) {
        ends.insert(name.substr(name.size() - std::min<std::size_t>(name.size(), 2)));
      }
      EXPECT_EQ(ends, (std::set<std::string>{"_0", "_1", "_2"})) << "the ends of the names with a long prefix";
      world.witness(!names.empty(), "three workers told their names while they stood at one gate together");
    }};

const TestCase leaves_no_zero_byte_in_a_name{
    .name = "ThreadPool.leaves_no_zero_byte_in_a_name",
    .requirement = verifies("TPE-010"),
    .shows = "with a zero byte in the prefix the names of two workers still end in _0 and _1",
    .needs = {"closures", "future", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      const std::set<std::string> names =
          worker_names(world, {.max_workers = 2, .thread_name_prefix = std::string("i\0o", 3)});
      std::set<std::string> ends;
      for (const std::string& name : names)
        ends.insert(name.substr(name.size() - std::min<std::size_t>(name.size(), 2)));
      EXPECT_EQ(ends, (std::set<std::string>{"_0", "_1"})) << "the ends of the names with a zero byte in the prefix";
      world.witness(!names.empty(), "two workers told their names while they stood at one gate together");
    }};

/// Whether the end of the text is one of a character, in a longer text that goes on behind it.
bool ends_with_a_character(const std::string& text, const std::string& longer) {
  if (!longer.starts_with(text)) return false;
  return text.size() == longer.size() || (static_cast<unsigned char>(longer[text.size()]) & 0xC0) != 0x80;
}

const TestCase cuts_the_prefix_between_characters{
    .name = "ThreadPool.cuts_the_prefix_between_characters",
    .requirement = verifies("TPE-036"),
    .shows = "prefixes of four-byte characters, each beginning at another place, are cut between characters",
    .needs = {"closures", "future", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      // Characters of four bytes that begin at each possible place: wherever names end, three of these are cut within
      // one.
      for (const char* const first : {"", "a", "ab", "abc"}) {
        std::string prefix = first;
        while (prefix.size() < 40) prefix += "\U0001f600";
        const std::set<std::string> names = worker_names(world, {.max_workers = 1, .thread_name_prefix = prefix});
        const std::string name = *names.begin();
        EXPECT_TRUE(ends_with_a_character(name.substr(0, name.rfind('_')), prefix)) << name << ", cut from " << prefix;
      }
      world.witness(true, "four workers told their names, which were made from prefixes of 40 bytes and more");
    }};

const TestCase gives_each_worker_a_name_of_its_own{
    .name = "ThreadPool.gives_each_worker_a_name_of_its_own",
    .requirement = verifies("TPE-011"),
    .shows = "the workers of two executors without a prefix have four names",
    .needs = {"closures", "future", "workers.limit", "workers.threads"},
    .body = +[](World& world) {
      std::set<std::string> names = worker_names(world, {.max_workers = 2});
      names.merge(worker_names(world, {.max_workers = 2}));
      EXPECT_EQ(names.size(), 4U) << "two executors without a prefix, of two workers each";
      world.witness(true, "two executors without a prefix were alive together, with two workers each");
    }};

}  // namespace

std::vector<TestCase> thread_pool_tests() {
  return {has_no_more_workers_than_allowed,
          has_no_more_workers_over_time,
          chooses_its_own_size,
          refuses_an_impossible_size,
          makes_no_worker_at_construction,
          makes_at_most_one_worker_a_submit,
          uses_idle_workers_again,
          grows_to_its_full_size,
          names_its_workers_by_the_prefix,
          leaves_no_zero_byte_in_a_name,
          cuts_the_prefix_between_characters,
          gives_each_worker_a_name_of_its_own};
}

}  // namespace touchstone
