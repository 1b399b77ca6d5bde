// The pool of processes, with its children.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <child_process.hpp>
#include <chrono>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/detail/process/fork_server.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <concurrent/futures/promise.hpp>
#include <concurrent/futures/thread_pool_executor.hpp>
#include <concurrent/futures/wait.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <process_testing.hpp>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

// --- What the children run ------------------------------------------------------------------------

std::string greet(const std::string& name) { return "hello " + name; }
std::size_t length(const std::vector<char>& bytes) { return bytes.size(); }
std::vector<char> as_many(std::size_t size) { return std::vector<char>(size, 'x'); }
std::vector<char> same(std::vector<char> bytes) { return bytes; }
std::vector<std::uint16_t> repeated(const std::string& text, std::vector<std::uint16_t> numbers) {
  const std::vector<std::uint16_t> once = numbers;
  for (std::size_t i = 1; i < text.size(); ++i) numbers.insert(numbers.end(), once.begin(), once.end());
  return numbers;
}
void fail(const std::string& text) { throw std::invalid_argument(text); }
void throw_number() { throw 42; }
void leave_orderly() { std::exit(0); }
void end_thread() { pthread_exit(nullptr); }
void close_all() { close_range(3, ~0U, 0); }
void close_all_and_stay() {
  close_all();
  sleep_for_ever();
}

// Waits until a file is there: a gate of which both processes know.
int wait_at(const std::string& gate) {
  while (!fs::exists(gate)) std::this_thread::sleep_for(1ms);
  return getpid();
}
int mark_and_wait_at(const std::string& gate, const std::string& marks) {
  std::ofstream(marks, std::ios::app) << "arrived\n";
  return wait_at(gate);
}
int ignore_terminate_and_wait_at(const std::string& gate, const std::string& marks) {
  signal(SIGTERM, SIG_IGN);
  return mark_and_wait_at(gate, marks);
}
std::string name_of_process() {
  std::string name;
  std::getline(std::ifstream("/proc/self/comm"), name);
  return name;
}
void mark(const std::string& file, const std::string& line) { std::ofstream(file, std::ios::app) << line << '\n'; }

int loaded = 0;
void load(int value) { loaded += value; }
int what_was_loaded() { return loaded; }
void fail_to_load() { throw std::runtime_error("no data"); }

struct Scale {
  double factor = 1;
  double operator()(double value) const { return factor * value; }

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(factor);
  }
};

struct Point {
  int x = 0;
  int y = 0;
  [[nodiscard]] int sum() const { return x + y; }
  static Point mirrored(Point point) { return {point.y, point.x}; }

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(x, y);
  }
};

struct NotEncodable {
  int value = 0;
  template <typename Archive>
  void save(Archive&) const {
    throw std::domain_error("this has no encoding");
  }
  template <typename Archive>
  void load(Archive&) {}
};
int value_of(const NotEncodable& given) { return given.value; }
NotEncodable not_encodable() { return {}; }

struct NotDecodable {
  int value = 0;
  template <typename Archive>
  void save(Archive& archive) const {
    archive(value);
  }
  template <typename Archive>
  void load(Archive&) {
    throw std::domain_error("this cannot be decoded");
  }
};
int value_of_other(const NotDecodable& given) { return given.value; }
int value_of_large(const NotDecodable&, const std::vector<char>&) { return 1; }
NotDecodable not_decodable() { return {}; }

// --- Helpers --------------------------------------------------------------------------------------

void open(const std::string& gate) { std::ofstream file(gate); }

std::vector<std::string> lines_of(const std::string& file) {
  std::ifstream stream(file);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class ProcessPoolOf : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(ProcessPoolOf);

class ReplacingPoolOf : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_REPLACING_METHOD(ReplacingPoolOf);

// --- Calls ----------------------------------------------------------------------------------------

TEST_P(ProcessPoolOf, RunsCallsInOtherProcesses) {
  ProcessPoolExecutor pool(options(2));
  EXPECT_EQ(pool.submit(twice, 21).result(), 42);
  EXPECT_NE(pool.submit(process_id).result(), getpid());
}

TEST_P(ProcessPoolOf, HasChildrenWithTheNameOfTheProgram) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_EQ(pool.submit(name_of_process).result(), name_of_process());
}

TEST_P(ProcessPoolOf, TakesWhateverCanTravel) {
  ProcessPoolExecutor pool(options(2));
  Executor& any = pool;
  EXPECT_EQ(pool.submit([](int number) { return number + 1; }, 1).result(), 2);
  EXPECT_EQ(pool.submit(greet, "you").result(), "hello you");
  EXPECT_EQ(pool.submit(greet, std::string_view("you")).result(), "hello you");
  EXPECT_EQ(pool.submit(Scale{0.5}, 3.0).result(), 1.5);
  EXPECT_EQ(pool.submit(Point::mirrored, Point{1, 2}).result().x, 2);
  EXPECT_EQ(pool.submit(portable<&Point::sum>(), Point{1, 2}).result(), 3);
  EXPECT_EQ(any.submit(portable<&twice>(), 4).result(), 8);
  EXPECT_EQ(any.submit(portable<&twice>(4)).result(), 8);
  EXPECT_EQ(any.submit(portable(twice, 4)).result(), 8);
  EXPECT_EQ(any.submit(portable([](int one, int two) { return one - two; }, 7), 3).result(), 4);
  EXPECT_EQ(any.submit(portable<[](int number) { return -number; }>(), 3).result(), -3);
}

TEST(Portable, RunsOnThreadsAsWell) {
  ThreadPoolExecutor pool(2);
  Executor& any = pool;
  EXPECT_EQ(any.submit(portable<&twice>(), 4).result(), 8);
  EXPECT_EQ(any.submit(portable(Scale{0.5}, 3.0)).result(), 1.5);
  int sum = 0;
  for (const int each : any.map(portable<&twice>(), {1, 2, 3}, {.chunksize = 2})) sum += each;
  EXPECT_EQ(sum, 12);
}

TEST_P(ProcessPoolOf, RefusesWhatCannotTravelThroughItsFuture) {
  ProcessPoolExecutor pool(options(1));
  Executor& any = pool;
  EXPECT_THROW((void)any.submit([captured = 7] { return captured; }).result(), TransportError);
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
}

TEST_P(ProcessPoolOf, DeliversExceptions) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_EQ(error_of(pool.submit(fail, "bad")), "bad");
  EXPECT_THROW((void)pool.submit(fail, "bad").result(), std::invalid_argument);
  EXPECT_THROW((void)pool.submit(throw_number).result(), RemoteError);
  const std::string text = error_of(pool.submit(portable<&throw_number>()));
  EXPECT_NE(text.find("::throw_number in process "), std::string::npos) << text;
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
}

TEST_P(ProcessPoolOf, FailsOnlyTheCallWhoseDataCannotTravel) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_EQ(error_of(pool.submit(value_of, NotEncodable{})), "this has no encoding");
  EXPECT_EQ(error_of(pool.submit(not_encodable)), "this has no encoding");
  EXPECT_EQ(error_of(pool.submit(value_of_other, NotDecodable{})), "this cannot be decoded");
  EXPECT_EQ(error_of(pool.submit(not_decodable)), "this cannot be decoded");
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
}

TEST_P(ProcessPoolOf, CarriesLargeValuesUnchanged) {
  ProcessPoolExecutor pool(options(2));
  std::vector<std::uint16_t> numbers(700'001);
  std::iota(numbers.begin(), numbers.end(), std::uint16_t{0});
  std::vector<Future<std::vector<std::uint16_t>>> futures;
  for (int i = 0; i < 5; ++i) futures.push_back(pool.submit(repeated, "xx", numbers));
  const std::vector<std::uint16_t> expected = repeated("xx", numbers);
  for (const auto& future : futures) EXPECT_TRUE(future.result() == expected);
}

// What nobody has read of its arguments must not be taken for the next message.
TEST_P(ProcessPoolOf, GoesOnAfterLargeArgumentsThatCannotBeDecoded) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_EQ(error_of(pool.submit(value_of_large, NotDecodable{}, std::vector<char>(1 << 20))),
            "this cannot be decoded");
  EXPECT_EQ(pool.submit(length, std::vector<char>(2 << 20)).result(), 2U << 20);
}

TEST_P(ProcessPoolOf, SeesArgumentsAsTheyWereAtSubmit) {
  ProcessPoolExecutor pool(options(1));
  std::vector<char> bytes(10);
  const auto future = pool.submit(length, bytes);
  bytes.resize(20);
  EXPECT_EQ(future.result(), 10U);
}

TEST_P(ProcessPoolOf, MovesMuchBothWaysAtOnce) {
  ProcessPoolExecutor pool(options(2));
  const std::vector<char> bytes(1 << 20, 'a');
  std::vector<Future<std::vector<char>>> futures;
  for (int i = 0; i < 50; ++i) futures.push_back(pool.submit(same, bytes));
  for (auto& each : futures) EXPECT_EQ(each.result(), bytes);
  EXPECT_EQ(pool.submit(length, std::vector<char>(100 << 20)).result(), 100U << 20);
  EXPECT_EQ(pool.submit(as_many, std::size_t{100} << 20).result().size(), 100U << 20);
}

TEST_P(ProcessPoolOf, StartsCallsInOrder) {
  const TemporaryFolder folder;
  ProcessPoolExecutor pool(options(2));
  for (int i = 0; i < 100; ++i) (void)pool.submit(twice, i).result();  // so that calls are handed out in advance
  const auto held = pool.submit(wait_at, folder.file("gate"));
  std::vector<std::string> expected;
  std::vector<Future<void>> futures;
  for (int i = 0; i < 200; ++i) {
    expected.push_back(std::to_string(i));
    futures.push_back(pool.submit(mark, folder.file("marks"), expected.back()));
  }
  for (const auto& each : futures) each.result();
  open(folder.file("gate"));
  EXPECT_NO_THROW((void)held.result());
  EXPECT_EQ(lines_of(folder.file("marks")), expected);
}

TEST_P(ProcessPoolOf, CancelsWhatHasNotStarted) {
  const TemporaryFolder folder;
  {
    ProcessPoolExecutor pool(options(1));
    const auto held = pool.submit(wait_at, folder.file("gate"));
    const auto cancelled = pool.submit(mark, folder.file("marks"), "cancelled");
    const auto kept = pool.submit(mark, folder.file("marks"), "kept");
    EXPECT_TRUE(cancelled.cancel());
    open(folder.file("gate"));
    EXPECT_NO_THROW((void)held.result());
    EXPECT_FALSE(held.cancel());
    EXPECT_NO_THROW(kept.result());
    EXPECT_THROW(cancelled.result(), CancelledError);
  }
  EXPECT_EQ(lines_of(folder.file("marks")), std::vector<std::string>{"kept"});
}

TEST_P(ProcessPoolOf, RunsCallbacksHere) {
  ProcessPoolExecutor pool(options(1));
  const auto future = pool.submit(process_id);
  Promise<int> seen;
  future.add_done_callback([&](const auto&) { seen.set_result(getpid()); });
  EXPECT_EQ(seen.future().result(), getpid());
}

// --- Map ------------------------------------------------------------------------------------------

TEST_P(ProcessPoolOf, MapsInOrderWhateverTheChunksize) {
  ProcessPoolExecutor pool(options(2));
  std::vector<int> inputs(103);
  std::iota(inputs.begin(), inputs.end(), 0);
  std::vector<int> expected;
  for (const int each : inputs) expected.push_back(2 * each);
  for (const std::ptrdiff_t chunksize : {1, 2, 10, 103, 1000}) {
    for (const Count buffersize : {Count(), Count(1), Count(3)}) {
      std::vector<int> results;
      for (const int each : pool.map({.chunksize = chunksize, .buffersize = buffersize}, twice, inputs)) {
        results.push_back(each);
      }
      EXPECT_EQ(results, expected) << "with chunksize " << chunksize;
    }
  }
  EXPECT_THROW((void)pool.map({.chunksize = 0}, twice, inputs), std::invalid_argument);
}

TEST_P(ProcessPoolOf, FailsAWholeChunk) {
  ProcessPoolExecutor pool(options(1));
  const auto odd_fails = [](int number) {
    if (number == 3) throw std::out_of_range("three");
    return number;
  };
  auto results = pool.map(odd_fails, {0, 1, 2, 3, 4}, {.chunksize = 2});
  EXPECT_EQ(results.next(), 0);
  EXPECT_EQ(results.next(), 1);
  EXPECT_THROW((void)results.next(), std::out_of_range);
  EXPECT_EQ(results.next(), std::nullopt);
}

TEST_P(ProcessPoolOf, FailsOnlyTheChunkThatCannotBeEncoded) {
  ProcessPoolExecutor pool(options(1));
  const std::vector<Point> points(4);
  auto results = pool.map({.chunksize = 2}, portable<&Point::sum>(), points);
  EXPECT_EQ(results.next(), 0);
  const std::vector<NotEncodable> inputs(4);
  EXPECT_EQ(error_of([&] { (void)pool.map({.chunksize = 2}, value_of, inputs).next(); }), "this has no encoding");
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
}

TEST_P(ProcessPoolOf, GivesUpAMapAtItsDeadline) {
  const TemporaryFolder folder;
  ProcessPoolExecutor pool(options(1));
  const std::vector<std::string> gates{folder.file("gate"), folder.file("gate")};
  auto results = pool.map({.timeout = 50ms}, wait_at, gates);
  EXPECT_THROW((void)results.next(), TimeoutError);
  open(folder.file("gate"));
}

TEST_P(ProcessPoolOf, MapsNothingToNothingToo) {
  ProcessPoolExecutor pool(options(1));
  std::size_t count = 0;
  for ([[maybe_unused]] const auto nothing : pool.map(load, {1, 2, 3, 4}, {.chunksize = 3})) ++count;
  EXPECT_EQ(count, 4U);
  for ([[maybe_unused]] const auto each : pool.map(twice, std::vector<int>())) ADD_FAILURE();
  pool.shutdown();
  EXPECT_THROW((void)pool.map(twice, std::vector<int>()), ShutdownError);
  EXPECT_THROW((void)pool.map({.buffersize = 1}, twice, std::vector<int>()), ShutdownError);
}

// --- Children -------------------------------------------------------------------------------------

TEST_P(ProcessPoolOf, StartsNoChildBeforeTheFirstSubmit) {
  ProcessPoolExecutor pool(options(2));
  EXPECT_FALSE(has_child());
}

TEST_P(ReplacingPoolOf, StartsNoChildWhileOneIsIdle) {
  ProcessPoolExecutor pool(options(4));
  std::set<int> processes;
  for (int i = 0; i < 20; ++i) processes.insert(pool.submit(process_id).result());
  EXPECT_EQ(processes.size(), 1U);
}

TEST_P(ProcessPoolOf, HasAllItsChildrenWhileThereIsABacklog) {
  const TemporaryFolder folder;
  ProcessPoolExecutor pool(options(3));
  std::vector<Future<int>> futures;
  for (int i = 0; i < 3; ++i) {
    futures.push_back(pool.submit(mark_and_wait_at, folder.file("gate"), folder.file("marks")));
  }
  while (lines_of(folder.file("marks")).size() < 3) std::this_thread::sleep_for(1ms);
  open(folder.file("gate"));
  std::set<int> processes;
  for (const auto& each : futures) processes.insert(each.result());
  EXPECT_EQ(processes.size(), 3U);
}

TEST_P(ReplacingPoolOf, RetiresAChildAfterItsTasks) {
  ProcessPoolExecutor pool({.max_workers = 2, .start_method = GetParam(), .max_tasks_per_child = 3});
  std::vector<Future<int>> futures;
  for (int i = 0; i < 20; ++i) futures.push_back(pool.submit(process_id));
  std::map<int, int> calls;
  for (const auto& each : futures) ++calls[each.result()];
  EXPECT_GE(calls.size(), 7U);
  for (const auto& [process, count] : calls) EXPECT_LE(count, 3);
}

TEST_P(ReplacingPoolOf, CompletesItsBacklogAlthoughChildrenRetire) {
  ProcessPoolExecutor pool({.max_workers = 2, .start_method = GetParam(), .max_tasks_per_child = 1});
  std::vector<Future<int>> futures;
  for (int i = 0; i < 12; ++i) futures.push_back(pool.submit(twice, i));
  pool.shutdown();
  for (int i = 0; i < 12; ++i) EXPECT_EQ(futures[static_cast<std::size_t>(i)].result(), 2 * i);
}

TEST_P(ProcessPoolOf, InitializesEachChildOnce) {
  ProcessPoolOptions initialized = options(1);
  initialized.initializer = portable<&load>(7);
  ProcessPoolExecutor pool(std::move(initialized));
  EXPECT_EQ(pool.submit(what_was_loaded).result(), 7);
  EXPECT_EQ(pool.submit(what_was_loaded).result(), 7);
}

TEST_P(ProcessPoolOf, IsBrokenByAnInitializerThatThrows) {
  ProcessPoolOptions initialized = options(1);
  initialized.initializer = fail_to_load;
  ProcessPoolExecutor pool(std::move(initialized));
  const std::string text = error_of([&] { return pool.submit(twice, 1); });  // by fork, submit may know it already
  EXPECT_TRUE(text.starts_with("BrokenProcessPool: the initializer of a child process threw: no data (")) << text;
  EXPECT_THROW((void)pool.submit(twice, 1), BrokenProcessPool);
}

TEST_P(ProcessPoolOf, IsBrokenByAnInitializerThatDies) {
  ProcessPoolOptions initialized = options(1);
  initialized.initializer = kill_itself;
  ProcessPoolExecutor pool(std::move(initialized));
  const std::string text = error_of([&] { return pool.submit(twice, 1); });
  EXPECT_TRUE(text.ends_with("was ended by signal 9 (SIGKILL) before it was ready")) << text;
}

TEST(ProcessPool, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW(ProcessPoolExecutor(0), std::invalid_argument);
  EXPECT_THROW(ProcessPoolExecutor pool(std::numeric_limits<std::ptrdiff_t>::max()), std::invalid_argument);
  EXPECT_THROW(ProcessPoolExecutor({.max_tasks_per_child = 0}), std::invalid_argument);
  EXPECT_THROW(ProcessPoolExecutor({.start_method = StartMethod::fork, .max_tasks_per_child = 1}),
               std::invalid_argument);
}

TEST(ProcessPool, RefusesToForkBesideOtherThreads) {
  ProcessPoolExecutor pool({.max_workers = 1, .start_method = StartMethod::fork});
  std::atomic<bool> over = false;
  std::jthread other([&] { over.wait(false); });
  EXPECT_THROW((void)pool.submit(twice, 1), Error);
  over = true;
  over.notify_all();
  other.join();
#if !defined(__SANITIZE_THREAD__)
  EXPECT_EQ(pool.submit(twice, 1).result(), 2) << "later it may";
#endif
}

#if !defined(__SANITIZE_THREAD__)
// As one that was joined is for a moment, the first thread of a program is for ever when it has ended before others.
TEST(ProcessPool, TakesNoThreadThatHasEndedForAnother) {
  Program program([]() -> int {
    std::thread([first = getpid()] {
      wait_until_ended(first);
      _exit(os::has_other_threads() ? 1 : 0);
    }).detach();
    syscall(SYS_exit, 0);  // of this thread only
    std::abort();
  });
  EXPECT_EQ(program.wait(), 0);
}
#endif

// --- Ends -----------------------------------------------------------------------------------------

void expect_broken_by(auto task, const ProcessPoolOptions& options, const std::string& how) {
  ProcessPoolExecutor pool(options);
  Gate gate;
  const auto held = pool.submit(wait_at, gate.path());
  const auto future = pool.submit(task);
  const auto pending = pool.submit(twice, 1);
  gate.open();
  const int child = held.result();
  const std::string text = "BrokenProcessPool: child process " + std::to_string(child) + " " + how;
  EXPECT_EQ(error_of(future), text);
  EXPECT_EQ(error_of(pending), text);
  EXPECT_NE(future.exception(), pending.exception()) << "each has its own";
  EXPECT_EQ(error_of([&] { (void)pool.submit(twice, 1); }), text);
}

TEST_P(ProcessPoolOf, IsBrokenByAChildThatDies) {
  expect_broken_by(kill_itself, options(1), "was ended by signal 9 (SIGKILL)");
  expect_broken_by(portable<&leave>(3), options(1), "exited with status 3");
  expect_broken_by(portable<&leave>(0), options(1), "exited with status 0");
  expect_broken_by(leave_orderly, options(1), "exited with status 0");
}

TEST_P(ProcessPoolOf, IsBrokenByATaskThatEndsItsThread) {
  expect_broken_by(end_thread, options(1), "exited with status 70");
}

TEST_P(ProcessPoolOf, IsBrokenByAChildThatNobodyHearsAnyMore) {
  ProcessPoolExecutor pool(options(1));
  // It is killed as soon as that is noticed, or ends itself when it has something to say.
  EXPECT_THROW(pool.submit(close_all).result(), BrokenProcessPool);
  pool.shutdown();
  EXPECT_FALSE(has_child());
}

// And not that it was killed, for which one would look elsewhere.
TEST_P(ProcessPoolOf, TellsThatACallHasClosedTheChannel) {
  ProcessPoolExecutor pool(options(1));
  const std::string error = error_of(pool.submit(close_all_and_stay));
  EXPECT_NE(error.find(" has closed its channel to the pool"), std::string::npos) << error;
}

TEST_P(ProcessPoolOf, KeepsWhatWasDoneWhenItBreaks) {
  ProcessPoolExecutor pool(options(1));
  const auto done = pool.submit(twice, 1);
  EXPECT_EQ(done.result(), 2);
  (void)pool.submit(kill_itself).exception();
  EXPECT_EQ(done.result(), 2);
}

TEST_P(ProcessPoolOf, NoticesThatAnIdleChildDies) {
  ProcessPoolExecutor pool(options(1));
  kill(pool.submit(process_id).result(), SIGKILL);
  EXPECT_THROW(
      for (;;) {
        (void)pool.submit(twice, 1).result();
        std::this_thread::sleep_for(1ms);
      },
      BrokenProcessPool);
}

TEST_P(ProcessPoolOf, EndsItsChildrenWhenItIsToldTo) {
  for (const bool kills : {false, true}) {
    ProcessPoolExecutor pool(options(1));
    const auto running = pool.submit(sleep_for_ever);
    while (!running.running()) std::this_thread::sleep_for(1ms);
    const auto pending = pool.submit(twice, 1);
    kills ? pool.kill_workers() : pool.terminate_workers();
    EXPECT_TRUE(pending.cancelled());
    EXPECT_THROW(running.result(), BrokenProcessPool);
    EXPECT_THROW((void)pool.submit(twice, 1), ShutdownError);
    pool.terminate_workers();
    pool.shutdown();
    EXPECT_FALSE(has_child());
  }
}

TEST_P(ProcessPoolOf, BeginsNothingAfterItWasToldToEndItsChildren) {
  const TemporaryFolder folder;
  ProcessPoolExecutor pool(options(1));
  for (int i = 0; i < 100; ++i) (void)pool.submit(twice, i).result();  // so that calls are handed out in advance
  const auto deaf = pool.submit(ignore_terminate_and_wait_at, folder.file("gate"), folder.file("deaf"));
  while (lines_of(folder.file("deaf")).empty()) std::this_thread::sleep_for(1ms);
  std::vector<Future<void>> futures;
  for (int i = 0; i < 3; ++i) futures.push_back(pool.submit(mark, folder.file("marks"), "begun"));
  EXPECT_TRUE(futures.front().running()) << "it was handed out";
  pool.terminate_workers();
  for (const auto& each : futures) EXPECT_FALSE(error_of(each).empty());
  open(folder.file("gate"));
  pool.shutdown();
  EXPECT_EQ(lines_of(folder.file("marks")).size(), 0U);
}

TEST_P(ProcessPoolOf, StaysBrokenWhenItIsToldToEndItsChildren) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_THROW(pool.submit(kill_itself).result(), BrokenProcessPool);
  pool.terminate_workers();
  pool.kill_workers();
  EXPECT_THROW((void)pool.submit(twice, 1), BrokenProcessPool);
}

TEST_P(ProcessPoolOf, LeavesNothingBehind) {
  EXPECT_EQ(ProcessPoolExecutor(options(1)).submit(twice, 1).result(), 2);  // a fork server stays
  const std::size_t before = count_descriptors();
  for (int i = 0; i < 10; ++i) {
    ProcessPoolExecutor pool(options(2));
    for (int call = 0; call < 4; ++call) (void)pool.submit(twice, call);
    if (i % 3 == 1) (void)pool.submit(kill_itself).exception();
    if (i % 3 == 2) pool.kill_workers();
  }
  EXPECT_EQ(count_descriptors(), before);
  EXPECT_FALSE(has_child());
}

TEST_P(ProcessPoolOf, RefusesAWaitOfItsOwnThread) {
  ProcessPoolExecutor pool(options(1));
  const auto future = pool.submit(twice, 1);
  Promise<std::string> result;
  Promise<std::string> shutdown;
  future.add_done_callback([&](const auto&) {
    result.set_result(error_of(pool.submit(twice, 2)));
    shutdown.set_result(error_of([&] { pool.shutdown(); }));
  });
  for (const Promise<std::string>* each : {&result, &shutdown}) {
    EXPECT_NE(each->future().result().find("would never end"), std::string::npos) << each->future().result();
  }
}

TEST_P(ProcessPoolOf, IsOutlivedByABufferedMap) {
  auto pool = std::make_unique<ProcessPoolExecutor>(options(1));
  auto results = pool->map(twice, {1, 2, 3, 4, 5}, {.chunksize = 2, .buffersize = 1});
  EXPECT_EQ(results.next(), 2);
  pool.reset();
  EXPECT_EQ(results.next(), 4);
  EXPECT_EQ(results.next(), 6);
  EXPECT_EQ(results.next(), 8);
  EXPECT_THROW((void)results.next(), ShutdownError);
  EXPECT_EQ(results.next(), std::nullopt);
}

TEST_P(ProcessPoolOf, CanBeDestroyedByACallback) {
  auto pool = std::make_unique<ProcessPoolExecutor>(options(1));
  const auto future = pool->submit(twice, 1);
  Promise<void> gone;
  future.add_done_callback([&](const auto&) {
    pool.reset();
    gone.set_result();
  });
  gone.future().result();
  EXPECT_EQ(future.result(), 2);
  while (has_child()) std::this_thread::sleep_for(1ms);
}

TEST_P(ProcessPoolOf, IsNotInheritedByAForkedChild) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
  EXPECT_TRUE(ends_well_in_child([&] {
    const std::string refused = error_of([&] { (void)pool.submit(twice, 1); });
    if (refused.find("belongs to the process that this one was forked from") != std::string::npos) end_well();
  }));
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
}

TEST_P(ProcessPoolOf, HasNothingOpenInAForeignChild) {
  detail::ForkServer::end_current();
  const std::size_t before = count_descriptors();
  ProcessPoolExecutor pool(options(2));
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
  EXPECT_GT(count_descriptors(), before);
  EXPECT_TRUE(ends_well_in_child([&] {
    if (count_descriptors() == before) end_well();
  }));
}

// But for the fork server, which stays for the next pool.
TEST_P(ProcessPoolOf, HasNothingOpenAfterItsShutdown) {
  if (GetParam() == StartMethod::forkserver) (void)ProcessPoolExecutor(options(1)).submit(twice, 1).result();
  const std::size_t before = count_descriptors();
  ProcessPoolExecutor pool(options(2));
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
  EXPECT_GT(count_descriptors(), before);
  pool.shutdown();
  EXPECT_EQ(count_descriptors(), before);
}

// What a child has open: the standard streams, its channel, its life line, and nothing of others.
int count_own_descriptors() { return static_cast<int>(count_descriptors()) - 1; }  // but for the one that it looks with

TEST_P(ProcessPoolOf, GivesItsChildrenNothingElse) {
  ProcessPoolExecutor other(options(2));
  ProcessPoolExecutor pool(options(2));
  EXPECT_EQ(pool.submit(count_own_descriptors).result(), 5);
  if (GetParam() != StartMethod::fork) {
    EXPECT_EQ(other.submit(count_own_descriptors).result(), 5);
  }
}

}  // namespace
}  // namespace concurrent::futures
