// Hazards of what travels: arguments, results, exceptions, and functions; process_hazards.md has the numbers.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <concurrent/futures/detail/process/frame.hpp>
#include <concurrent/futures/log.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <process_testing.hpp>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace concurrent::futures {

struct NamedError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct UnnamedError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct SilentException : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

// It can be sent, but not be rebuilt.
struct OneWayError : std::exception {
  template <typename Archive>
  void save(Archive&) const {}
  template <typename Archive>
  void load(Archive&) {
    throw 42;
  }
};

namespace {

const auto named_error_travels = exception_travels<NamedError>();
const auto one_way_error_travels = exception_travels<OneWayError>();

class Transport : public ForEachStartMethod {};
CONCURRENT_FUTURES_FOR_EACH_START_METHOD(Transport);

std::size_t length(const std::vector<char>& bytes) { return bytes.size(); }
std::vector<char> as_many(std::size_t size) { return std::vector<char>(size, 'x'); }

template <typename T>
void throw_text(const std::string& text) {
  throw T(text);
}
template <typename T>
void throw_it() {
  throw T();
}

// --- Exceptions -----------------------------------------------------------------------------------

TEST_P(Transport, OfAnExceptionFailsItsFutureOnly) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_THROW(pool.submit(throw_text<std::out_of_range>, "far").result(), std::out_of_range);
  EXPECT_THROW(pool.submit(throw_text<NamedError>, "mine").result(), NamedError);
  EXPECT_THROW(pool.submit(throw_text<UnnamedError>, "unknown").result(), RemoteError);
  EXPECT_THROW(pool.submit(throw_it<int>).result(), RemoteError);
  EXPECT_THROW(pool.submit(throw_it<SilentException>).result(), RemoteError);
  EXPECT_THROW(pool.submit(throw_it<OneWayError>).result(), RemoteError);
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
}

// --- Arguments that cannot be encoded -------------------------------------------------------------

struct Number {
  Number() { ++instances; }
  Number(const Number&) { ++instances; }
  Number& operator=(const Number&) = default;
  ~Number() { --instances; }
  static inline int instances = 0;

  template <typename Archive>
  void save(Archive&) const {
    throw 42;
  }
  template <typename Archive>
  void load(Archive&) {}
};
int take_number(const Number&) { return 1; }

TEST_P(Transport, OfWhatThrowsAnythingFailsItsFutureOnly) {
  ProcessPoolExecutor pool(options(1));
  const auto future = pool.submit(take_number, Number());
  EXPECT_THROW(
      try { (void)future.result(); } catch (int number) {
        EXPECT_EQ(number, 42);
        throw;
      },
      int);
  EXPECT_EQ(Number::instances, 0) << "the arguments are gone when the future is done";
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
}

struct EndsItsThread {
  template <typename Archive>
  void save(Archive&) const {
    pthread_exit(nullptr);
  }
  template <typename Archive>
  void load(Archive&) {}
};
int take_end(const EndsItsThread&) { return 1; }

TEST_P(Transport, OfWhatEndsTheThreadLeavesThePoolAsItWas) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
  std::thread([&] { (void)pool.submit(take_end, EndsItsThread()); }).join();
  EXPECT_EQ(pool.submit(twice, 2).result(), 4);
  pool.shutdown();
}

TEST_P(Transport, FailsACallbackThatThrowsAnythingAlone) {
  ProcessPoolExecutor pool(options(1));
  LogHandler before = set_log_handler([](const LogRecord&) {});
  const auto future = pool.submit(twice, 1);
  future.add_done_callback([](const auto&) { throw 42; });
  EXPECT_EQ(future.result(), 2);
  EXPECT_NO_THROW(future.add_done_callback([](const auto&) { throw 42; })) << "late";
  EXPECT_EQ(pool.submit(twice, 2).result(), 4);
  set_log_handler(before);
}

// --- What a child may not say ---------------------------------------------------------------------

using detail::Frame;

int say(std::vector<char> bytes) {
  bytes.resize(100'000);
  while (send(socket_of_child(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0) {
  }
  sleep_for_ever();
}

std::vector<char> bytes_of(const Frame& frame) {
  const auto* const first = reinterpret_cast<const char*>(&frame);
  return {first, first + sizeof frame};
}

TEST_P(Transport, OfWhatNoChildSaysBreaksThePool) {
  using Kind = Frame::Kind;
  const std::vector<std::vector<char>> sayings{
      std::vector<char>(100, 'x'),
      bytes_of({.magic = 0, .kind = Kind::value}),
      bytes_of({.kind = static_cast<Kind>(999)}),
      bytes_of({.kind = Kind::hello}),
      bytes_of({.kind = Kind::value, .place = 1'000'000, .number = 1}),
      bytes_of({.kind = Kind::value, .place = 0, .number = 1'000'000}),
      bytes_of({.kind = Kind::fetch, .place = 1'000'000, .number = 1}),
      bytes_of({.kind = Kind::value, .size = ~std::uint64_t{0}}),
  };
  for (const auto& each : sayings) {
    ProcessPoolExecutor pool(options(1));
    const std::string error = error_of(pool.submit(say, each));
    EXPECT_TRUE(error.ends_with("sent what no child sends")) << error;
    pool.shutdown();
    EXPECT_FALSE(has_child());
  }
}

// --- Functions ------------------------------------------------------------------------------------

// A module that is loaded while this object lives.
class Plugin {
 public:
  Plugin() : handle_(dlopen(PROCESS_TESTS_PLUGIN, RTLD_NOW)) {}
  ~Plugin() { dlclose(handle_); }
  Plugin(const Plugin&) = delete;
  Plugin& operator=(const Plugin&) = delete;
  using Function = int (*)(int);
  [[nodiscard]] Function thrice() const { return reinterpret_cast<Function>(dlsym(handle_, "thrice")); }

 private:
  void* const handle_;
};

void load_plugin() { (void)dlopen(PROCESS_TESTS_PLUGIN, RTLD_NOW); }

TEST_P(Transport, OfAFunctionFailsWhereItsModuleIsNotLoaded) {
  const Plugin plugin;
  ProcessPoolExecutor pool(options(1));
  const auto future = pool.submit(plugin.thrice(), 2);
  if (GetParam() == StartMethod::fork) {
    EXPECT_EQ(future.result(), 6) << "it was loaded before";
  } else {
    EXPECT_THROW((void)future.result(), TransportError);
    EXPECT_NE(error_of(future).find("is not loaded here"), std::string::npos);
  }
  EXPECT_EQ(pool.submit(twice, 2).result(), 4);
}

TEST_P(Transport, OfAFunctionFindsTheModuleThatTheChildHasLoaded) {
  const Plugin plugin;
  ProcessPoolOptions loading = options(1);
  loading.initializer = load_plugin;
  ProcessPoolExecutor pool(std::move(loading));
  EXPECT_EQ(pool.submit(plugin.thrice(), 2).result(), 6);
}

// --- Memory ---------------------------------------------------------------------------------------

constexpr std::size_t mebibyte = std::size_t{1} << 20;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_can_be_measured = false;  // sanitizers keep what was freed
#else
constexpr bool memory_can_be_measured = true;
#endif

struct Memory {
  Memory() {
    std::ifstream file("/proc/self/statm");
    file >> all >> resident;
    for (std::size_t* const each : {&all, &resident}) *each *= static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  }
  std::size_t all = 0;  // bytes
  std::size_t resident = 0;
};
std::size_t resident_bytes() { return Memory().resident; }

TEST_P(Transport, KeepsNothingOfALargeCall) {
  if (!memory_can_be_measured) GTEST_SKIP() << "sanitizers keep what was freed";
  ProcessPoolExecutor pool(options(1));
  (void)pool.submit(length, std::vector<char>(mebibyte)).result();
  const std::size_t before = resident_bytes();
  const std::size_t of_child_before = pool.submit(resident_bytes).result();
  EXPECT_EQ(pool.submit(length, std::vector<char>(64 * mebibyte)).result(), 64 * mebibyte);
  EXPECT_EQ(pool.submit(as_many, 64 * mebibyte).result().size(), 64 * mebibyte);
  EXPECT_LT(pool.submit(resident_bytes).result(), of_child_before + 8 * mebibyte);
  EXPECT_LT(resident_bytes(), before + 8 * mebibyte);
}

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

// What makes large calls slow is memory that is touched for the first time, so each copy.
TEST_P(Transport, CopiesALargeCallNoMoreThanItMust) {
  if (!memory_can_be_measured) GTEST_SKIP() << "sanitizers touch memory of their own";
  constexpr std::size_t size = 32 * mebibyte;
  const double pages = static_cast<double>(size) / static_cast<double>(sysconf(_SC_PAGESIZE));
  ProcessPoolExecutor pool(options(1));
  (void)pool.submit(length, std::vector<char>(mebibyte)).result();
  const long of_child_before = pool.submit(page_faults).result();
  std::vector<char> bytes(size);
  const long before = page_faults();
  (void)pool.submit(length, std::move(bytes)).result();
  EXPECT_LT(static_cast<double>(page_faults() - before), 1.2 * pages) << "encoded";
  EXPECT_LT(static_cast<double>(pool.submit(page_faults).result() - of_child_before), 2.2 * pages)
      << "received and decoded";
}

// Whoever accesses memory that was cut off is ended by SIGBUS.
TEST_P(Transport, MemoryCannotBeCutOff) {
  ProcessPoolExecutor pool(options(1));
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
  int found = 0;
  for (int number = 0; number < 1000; ++number) {
    std::error_code gone;
    const auto link = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(number), gone);
    if (!link.string().starts_with("/memfd:concurrent_futures")) continue;
    ++found;
    EXPECT_EQ(ftruncate(number, 0), -1) << "what the pool shares with its children was cut off";
  }
  EXPECT_EQ(found, 1);
  EXPECT_EQ(pool.submit(twice, 2).result(), 4);
}

// From now on, this process gets only so much more memory.
void limit_memory(std::size_t more) {
  const rlim_t limit = Memory().all + more;
  const rlimit both{limit, limit};
  setrlimit(RLIMIT_AS, &both);
}

TEST_P(Transport, OfWhatTheParentHasNoMemoryForBreaksThePool) {
  if (!memory_can_be_measured) GTEST_SKIP() << "sanitizers need much more";
  Program program([&] {
    ProcessPoolExecutor pool(options(1));
    (void)pool.submit(length, std::vector<char>(mebibyte)).result();
    limit_memory(16 * mebibyte);
    const std::string error = error_of(pool.submit(as_many, 64 * mebibyte));
    if (error.ends_with("sent more than there is memory for")) return 0;
    std::fprintf(stderr, "%s\n", error.c_str());
    return 1;
  });
  EXPECT_EQ(program.wait(), 0);
}

TEST_P(Transport, OfWhatAChildHasNoMemoryForFailsWithoutHanging) {
  if (!memory_can_be_measured) GTEST_SKIP() << "sanitizers need much more";
  ProcessPoolExecutor pool(options(1));
  pool.submit(limit_memory, 16 * mebibyte).result();
  EXPECT_THROW((void)pool.submit(as_many, 64 * mebibyte).result(), std::bad_alloc);
  EXPECT_EQ(pool.submit(twice, 1).result(), 2);
  EXPECT_THROW((void)pool.submit(length, std::vector<char>(64 * mebibyte)).result(), std::exception);
}

// By hand: it takes some 20 GiB of memory.
TEST_P(Transport, TakesWhatHasMoreBytesThan32BitsCount) {
  if (std::getenv("PROCESS_TESTS_HUGE") == nullptr) GTEST_SKIP() << "PROCESS_TESTS_HUGE is not set";
  ProcessPoolExecutor pool(options(1));
  for (const std::size_t size : {2150 * mebibyte, 4200 * mebibyte}) {
    EXPECT_EQ(pool.submit(length, std::vector<char>(size)).result(), size);
    EXPECT_EQ(pool.submit(as_many, size).result().size(), size);
  }
}

}  // namespace
}  // namespace concurrent::futures
