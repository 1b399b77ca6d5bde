// Makes pools of processes, one after the other, uses each a little, and ends it in one of many ways; children are
// killed at any time. After each, nothing may be left of it: no process, zombie, thread, descriptor or file.
//
//     short_lived_pools [POOLS [METHODS [SEED]]]      short_lived_pools 10000 spawn,fork 7
//
// All that is chosen for a pool follows from SEED and its number; so what went wrong with pool 123 of seed 7 is tried
// again by `short_lived_pools 1 METHOD 130`.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <concurrent/futures/detail/process/fork_server.hpp>
#include <concurrent/futures/log.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <concurrent/futures/wait.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <process_testing.hpp>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace concurrent::futures {
namespace {

namespace fs = std::filesystem;

// --- What is left ---------------------------------------------------------------------------------

std::size_t count_entries(const char* folder) {
  return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

// Those of the fork server, but not itself: whom it had just made when it is killed, nobody knows of but the system,
// which gives it to this process.
std::vector<pid_t> children() {
  const int server = detail::ForkServer::process_id();
  std::vector<pid_t> found;
  std::error_code gone;
  const std::string process = server != 0 ? std::to_string(server) : "self";
  for (const auto& thread : fs::directory_iterator("/proc/" + process + "/task", gone)) {
    std::ifstream file(thread.path() / "children");
    for (pid_t each = 0; file >> each;) found.push_back(each);
  }
  return found;
}

std::set<std::string> names_in(const std::string& folder) {
  std::set<std::string> names;
  for (const auto& each : fs::directory_iterator(folder)) names.insert(each.path());
  return names;
}

// Other programs make files there, too; ours would have names of ours.
std::set<std::string> files_of_ours() {
  std::set<std::string> found;
  for (const char* const folder : {"/dev/shm", "/tmp"}) {
    for (const auto& each : names_in(folder)) {
      if (each.find("concurrent") != std::string::npos || each.find("future") != std::string::npos) found.insert(each);
    }
  }
  return found;
}

class Surroundings {
 public:
  /// What is there now that was not there when this object was made; empty if nothing.
  [[nodiscard]] std::string what_is_left() const {
    if (has_child()) return "a process, or a zombie";
    if (count_descriptors() > descriptors_) return "a descriptor";
    if (files_of_ours() != files_) return "a file in /dev/shm or /tmp";
    if (!names_in(folder_.file("")).empty()) return "a file in the folder for temporary files";
    // A thread that was joined counts until the system has done with it.
    for (int look = 0; look < 100'000; ++look) {
      if (count_entries("/proc/self/task") <= threads_) return "";
      std::this_thread::yield();
    }
    return "a thread";
  }
  void have_own_folder() const { setenv("TMPDIR", folder_.file("").c_str(), 1); }

 private:
  const TemporaryFolder folder_;
  const std::set<std::string> files_ = files_of_ours();
  const std::size_t descriptors_ = count_descriptors();
  const std::size_t threads_ = count_entries("/proc/self/task");
};

// --- One pool -------------------------------------------------------------------------------------

struct Totals {
  int pools = 0;
  int kills = 0;
  int returned = 0;
  int failed = 0;
  int cancelled = 0;
  int refused = 0;
};

void say_nothing(const LogRecord&) {}
void fail_to_load() {
  set_log_handler(say_nothing);
  throw std::runtime_error("no data");
}
std::size_t length(const std::string& text) { return text.size(); }

class ShortLife {
 public:
  ShortLife(unsigned seed, StartMethod method, Totals& totals)
      : random_(seed), method_(method), may_retire_(method != StartMethod::fork), totals_(totals) {}

  void live() {
    ++totals_.pools;
    ProcessPoolExecutor pool(options());
    const int calls = below(30);
    const int killed_after = below(3) == 0 ? below(calls + 1) : -1;
    try {
      for (int call = 0; call < calls; ++call) {
        if (call == killed_after) kill_one();
        submit(pool, call);
      }
      end(pool);
    } catch (const BrokenProcessPool&) {
      ++totals_.refused;
    }
    pool.shutdown();
    for (std::size_t i = 0; i < numbers_.size(); ++i) judge(numbers_[i], static_cast<int>(i));
  }

 private:
  [[nodiscard]] int below(int limit) { return std::uniform_int_distribution<int>(0, limit - 1)(random_); }

  ProcessPoolOptions options() {
    ProcessPoolOptions made{.max_workers = 1 + below(3), .start_method = method_};
    if (may_retire_ && below(4) == 0) made.max_tasks_per_child = 1 + below(5);
    if (below(10) == 0) {
      made.initializer = fail_to_load;
      may_break_ = true;
    }
    return made;
  }

  void submit(ProcessPoolExecutor& pool, int call) {
    if (below(60) == 0) {
      may_break_ = true;
      (void)pool.submit(kill_itself);
    }
    if (below(20) == 0) (void)pool.submit(length, std::string(200'000, 'x'));
    numbers_.push_back(pool.submit(twice, call));
    if (below(10) == 0) (void)numbers_.back().cancel();
    if (below(5) == 0) wait(numbers_);
  }

  // Any child, whatever it is doing.
  void kill_one() {
    const std::vector<pid_t> all = children();
    if (all.empty()) return;
    const pid_t chosen = all[static_cast<std::size_t>(below(static_cast<int>(all.size())))];
    const auto descriptor = static_cast<int>(syscall(SYS_pidfd_open, chosen, 0));
    // The number may be another process's by now; if it is still a child, the descriptor is that child's.
    const std::vector<pid_t> now = children();
    if (descriptor >= 0 && std::ranges::count(now, chosen) != 0) {
      syscall(SYS_pidfd_send_signal, descriptor, SIGKILL, nullptr, 0);
      ++totals_.kills;
      may_break_ = true;
    }
    close(descriptor);
  }

  void end(ProcessPoolExecutor& pool) {
    switch (below(6)) {
      case 0:
        return pool.shutdown({.cancel_futures = true});
      case 1:
        pool.shutdown({.wait = false});
        if (below(2) == 0) kill_one();
        return;
      case 2:
        may_break_ = true;
        return pool.kill_workers();
      case 3:
        may_break_ = true;
        return pool.terminate_workers();
      case 4:
        wait(numbers_);
        return;
      default:
        return;
    }
  }

  void judge(const Future<int>& future, int number) {
    if (!future.done()) throw std::logic_error("a call is not done after shutdown");
    if (future.cancelled()) {
      ++totals_.cancelled;
    } else if (future.exception()) {
      if (!may_break_) throw std::logic_error("a call failed, and nobody was killed: " + error_of(future));
      ++totals_.failed;
    } else {
      if (future.result() != 2 * number) throw std::logic_error("a call returned what is wrong");
      ++totals_.returned;
    }
  }

  std::minstd_rand random_;
  const StartMethod method_;
  const bool may_retire_;
  Totals& totals_;
  bool may_break_ = false;
  std::vector<Future<int>> numbers_;  // twice() of their place
};

// --- Many pools -----------------------------------------------------------------------------------

std::optional<unsigned> number_in(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::vector<StartMethod> methods_in(std::string_view text) {
  std::vector<StartMethod> found;
  while (!text.empty()) {
    const std::string_view name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    const auto named = std::ranges::find(start_methods, name, [](StartMethod method) { return name_of(method); });
    if (named == start_methods.end()) return {};
    found.push_back(*named);
  }
  return found;
}

int refuse(const std::string& why) {
  std::string names;
  for (const StartMethod each : start_methods) names += (names.empty() ? "" : ",") + std::string(name_of(each));
  std::fprintf(stderr,
               "%s\n\nUsage: short_lived_pools [POOLS [METHODS [SEED]]]\n\n"
               "  POOLS    how many (default: 200)\n"
               "  METHODS  which start methods, in turn (default: %s)\n"
               "  SEED     of the first pool; that of the next is one more (default: 1)\n",
               why.c_str(), names.c_str());
  return 64;
}

int run(int count, char** arguments) {
  const auto pools = number_in(count > 1 ? arguments[1] : "200");
  const auto methods = count > 2 ? methods_in(arguments[2]) : start_methods;
  const auto seed = number_in(count > 3 ? arguments[3] : "1");
  if (count > 4) return refuse("too many arguments");
  if (!pools) return refuse("POOLS is no number: " + std::string(arguments[1]));
  if (methods.empty()) return refuse("METHODS are not all known here: " + std::string(arguments[2]));
  if (!seed) return refuse("SEED is no number: " + std::string(arguments[3]));

  set_log_handler(say_nothing);
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // whoever loses its parent is a child of this process, and found
  Totals totals;
  std::thread([] {}).join();  // with the first one, ThreadSanitizer gets a thread of its own
  const Surroundings before;
  before.have_own_folder();
  std::printf("%u pools, seed %u\n", *pools, *seed);
  for (unsigned i = 0; i < *pools; ++i) {
    const StartMethod method = methods[i % methods.size()];
    std::string wrong = error_of([&] { ShortLife(*seed + i, method, totals).live(); });
    if (wrong == "nothing was thrown") {
      const std::string left = before.what_is_left();
      wrong = left.empty() ? "" : "left behind: " + left;
    }
    if (wrong.empty()) continue;
    std::printf("pool %u: %s\n  again: short_lived_pools 1 %s %u\n", i, wrong.c_str(), name_of(method).data(),
                *seed + i);
    return 1;
  }
  std::printf(
      "nothing is left of %d pools: %d children killed; %d calls returned, %d failed, %d cancelled; %d refused\n",
      totals.pools, totals.kills, totals.returned, totals.failed, totals.cancelled, totals.refused);
  return 0;
}

}  // namespace
}  // namespace concurrent::futures

int main(int count, char** arguments) {
  concurrent::futures::freeze_support(count, arguments);
  return concurrent::futures::run(count, arguments);
}
