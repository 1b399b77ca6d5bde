// Processes: how they are made, ended and told of, and what a child is when it begins.

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <concurrent/futures/detail/native_os.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

CONCURRENT_FUTURES_BEGIN
namespace os {
namespace {

// posix_spawn and pthread functions return what others put into errno.
void check_error(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

void flush_standard_streams() {
  std::cout.flush();
  std::clog.flush();
  std::wcout.flush();
  std::wclog.flush();
  std::fflush(nullptr);
}

}  // namespace

std::pair<Descriptor, Descriptor> LifeLine::make_pair() {
  std::array<int, 2> ends{};
  checked(pipe2(ends.data(), O_CLOEXEC), "no pipe can be had");
  return {Descriptor(ends[1]), Descriptor(ends[0])};
}

// The kernel sends a signal for what happens to a descriptor, which may be any signal, to a process, which may be the
// one that asks. Nobody ever writes into the pipe, so all that can happen is that its last writer is gone.
void LifeLine::hold(const Descriptor& end_of_child) {
  const int end = end_of_child.number();
  checked(fcntl(end, F_SETOWN, getpid()), "the end of the parent cannot be watched");
  checked(fcntl(end, F_SETSIG, SIGKILL), "the end of the parent cannot be watched");
  checked(fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_ASYNC), "the end of the parent cannot be watched");
  pollfd gone{end, 0, 0};
  if (poll(&gone, 1, 0) > 0) _exit(0);
}

std::string to_string(const Ending& ending) {
  if (ending.error == Ending::has_threads) {
    return "could not be forked, because main has started other threads before it came to freeze_support()";
  }
  if (ending.error != 0) return "could not be forked: " + std::generic_category().message(ending.error);
  if (!ending.known) return "ended, nobody knows how: the program ignores SIGCHLD, or waits for any child";
  if (ending.exited) return "exited with status " + std::to_string(ending.number);
  const char* const name = sigabbrev_np(ending.number);
  return "was ended by signal " + std::to_string(ending.number) +
         (name != nullptr ? std::string(" (SIG") + name + ")" : "");
}

Descriptor descriptor_of_process(int pid) {
  const auto number = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  return number < 0 ? Descriptor() : Descriptor(number);
}

ChildProcess::ChildProcess(int pid) : pid_(pid), descriptor_(descriptor_of_process(pid)) {}

// Nobody else gets the number of a child before it is reaped. That may have been done by the program, by a wait for any
// child; and who was forked by a server is no child of this process.
bool ChildProcess::send(Signal signal) const noexcept {
  const int number = signal == Signal::kill ? SIGKILL : SIGTERM;
  // A sandbox may know no such call.
  if (descriptor_ &&
      (syscall(SYS_pidfd_send_signal, descriptor_.number(), number, nullptr, 0) == 0 || errno == ESRCH)) {
    return true;
  }
  siginfo_t info{};
  return pid_ > 0 && waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         ::kill(pid_, number) == 0;
}

// Where the program has become the parent of what a server left behind, that is to be reaped as well.
Ending ChildProcess::reap() noexcept {
  wait_for_last_news();
  if (told_) return *told_;
  siginfo_t info{};
  int result = 0;
  do {
    result = descriptor_
                 ? waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(descriptor_.number()), &info, WEXITED)
                 : waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
  } while (result != 0 && errno == EINTR);
  if (result != 0) return {};  // the program ignores SIGCHLD, or waits for any child
  return {true, info.si_code == CLD_EXITED, info.si_status};
}

namespace {

// Where a spawned process has what it is given. Descriptors below are the standard ones.
enum Place : int { place_of_socket = 3, place_of_memory = 4, place_of_life_line = 5, first_other = 6 };

constexpr const char* variable = "CONCURRENT_FUTURES_CHILD";

bool is_run_by_valgrind() {
  const char* const preloaded = std::getenv("LD_PRELOAD");
  return preloaded != nullptr && std::strstr(preloaded, "/vgpreload_") != nullptr;
}

class SpawnActions {
 public:
  SpawnActions() { check_error(posix_spawn_file_actions_init(&actions_), "a process cannot be prepared"); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }

  void put(int from, int place) {
    check_error(posix_spawn_file_actions_adddup2(&actions_, from, place), "a process cannot be prepared");
  }
  void close_from(int place) {
    check_error(posix_spawn_file_actions_addclosefrom_np(&actions_, place), "a process cannot be prepared");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

class SpawnAttributes {
 public:
  SpawnAttributes() {
    check_error(posix_spawnattr_init(&attributes_), "a process cannot be prepared");
    // The interrupt from the terminal waits until reset_signals() ignores it.
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigset_t usual;
    sigfillset(&usual);
    sigdelset(&usual, SIGHUP);
    posix_spawnattr_setsigmask(&attributes_, &blocked);
    posix_spawnattr_setsigdefault(&attributes_, &usual);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  [[nodiscard]] const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

// Above all places, so that moving one there does not overwrite another.
Descriptor moved_up(const Descriptor& descriptor) {
  return Descriptor(checked(fcntl(descriptor.number(), F_DUPFD_CLOEXEC, int{first_other}), "no descriptor is left"));
}

}  // namespace

ChildProcess spawn(const ChildEnds& ends, const std::string& announcement) {
  const Descriptor socket = moved_up(ends.socket);
  // Else whoever opens a file first in that process would have it where it looks for memory.
  const Descriptor memory = moved_up(ends.memory ? ends.memory : ends.life_line);
  const Descriptor life_line = moved_up(ends.life_line);
  SpawnActions actions;
  actions.put(socket.number(), place_of_socket);
  actions.put(memory.number(), place_of_memory);
  actions.put(life_line.number(), place_of_life_line);
  actions.close_from(first_other);

  std::string setting = std::string(variable) + "=" + announcement;
  std::vector<char*> environment;
  for (char** each = environ; each != nullptr && *each != nullptr; ++each) environment.push_back(*each);
  environment.push_back(setting.data());
  environment.push_back(nullptr);
  std::array<char*, 2> arguments{program_invocation_name, nullptr};

  // Not by its name, behind which there may be another program by now. But valgrind's own program lies there.
  std::string program = "/proc/self/exe";
  if (is_run_by_valgrind()) program = std::filesystem::read_symlink(program);
  pid_t pid = 0;
  const SpawnAttributes attributes;
  check_error(posix_spawn(&pid, program.c_str(), actions.get(), attributes.get(), arguments.data(), environment.data()),
              ("a process cannot be started from " + program).c_str());
  return ChildProcess(pid);
}

namespace {
// What is left of an announcement. Not valid in other processes, which may find it in their environment.
std::string word_of_taking() { return "taken in process " + std::to_string(getpid()); }
}  // namespace

bool announcement_was_taken() {
  const char* const value = std::getenv(variable);
  return value != nullptr && value == word_of_taking();
}

void forget_announcement() { unsetenv(variable); }

std::string take_announcement() {
  const char* const value = std::getenv(variable);
  if (value == nullptr || std::string_view(value).starts_with("taken")) return {};
  std::string announcement = value;
  setenv(variable, word_of_taking().c_str(), 1);
  // It was started by another path than the program's own, of which the system shows the last part as its name.
  prctl(PR_SET_NAME, program_invocation_short_name);
  return announcement;
}

ChildEnds take_ends() {
  // Not for programs that the child starts.
  for (const int place : {place_of_socket, place_of_memory, place_of_life_line}) fcntl(place, F_SETFD, FD_CLOEXEC);
  return {Descriptor(place_of_socket), Descriptor(place_of_memory), Descriptor(place_of_life_line)};
}

int fork_with(std::span<int> kept) {
  flush_standard_streams();  // else the child would write what is in there once more
  for (const int number : kept) (void)disown(number);
  // In the child until reset_signals(): no handler of the program runs there.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  const int error = errno;
  if (pid != 0) pthread_sigmask(SIG_SETMASK, &before, nullptr);
  for (const int number : kept) own(number);
  if (pid == 0) {
    // What belongs to the program, too: the child lives longer than what its files are open for.
    std::ranges::sort(kept);
    unsigned from = 3;
    for (const int each : kept) {
      const auto number = static_cast<unsigned>(each);
      if (number > from) close_range(from, number - 1, 0);
      from = number + 1;
    }
    close_range(from, UINT_MAX, 0);
  }
  errno = error;
  return pid;
}

ChildProcess fork(ChildEnds& ends, void (*work)(ChildEnds)) {
  std::array kept{ends.socket.number(), ends.memory.number(), ends.life_line.number()};
  const int pid = checked(fork_with(kept), "a process cannot be forked");
  if (pid != 0) return ChildProcess(pid);
  work(std::move(ends));
  std::abort();  // it does not return
}

namespace {

// A thread that was joined is listed until the system has done with it; but it runs no code any more.
bool is_running(const std::filesystem::path& thread) {
  std::ifstream file(thread / "stat");
  std::string line;
  std::getline(file, line);
  const std::size_t end_of_name = line.rfind(')');
  unsigned flags = 0;
  if (end_of_name == std::string::npos ||
      std::sscanf(line.c_str() + end_of_name + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) != 1) {
    return false;  // it is gone meanwhile
  }
  constexpr unsigned is_exiting = 4;  // PF_EXITING of the kernel
  return (flags & is_exiting) == 0;
}

}  // namespace

bool ChildProcess::is_ending() const { return pid_ == 0 || !is_running("/proc/" + std::to_string(pid_)); }

bool has_other_threads() {
  std::error_code missing;  // without /proc nobody can tell
  const std::filesystem::directory_iterator threads("/proc/self/task", missing);
  return std::count_if(begin(threads), end(threads), [](const auto& each) { return is_running(each.path()); }) > 1;
}

void reset_signals() {
  constexpr std::array own{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGKILL, SIGSTOP};  // of who debugs it
  struct sigaction hang_up {};
  sigaction(SIGHUP, nullptr, &hang_up);
  for (int number = 1; number < NSIG; ++number) {
    const bool ignored = number == SIGINT || (number == SIGHUP && hang_up.sa_handler == SIG_IGN);
    if (std::ranges::find(own, number) == own.end()) std::signal(number, ignored ? SIG_IGN : SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
}

namespace {

// How long what a process has printed has to be taken, where other threads are in the way.
constexpr time_t seconds_to_flush = 1;

// Also one that has just ended. It needs no memory.
bool may_have_other_threads() {
  struct stat threads {};
  constexpr nlink_t without_any = 3;  // a folder has two links, and one more for each that is in it
  return stat("/proc/self/task", &threads) != 0 || threads.st_nlink > without_any;
}

// A thread that a call has left behind may hold a stream for ever: one that waits for input does.
void flush_beside_threads() {
  static sem_t is_flushed;
  sem_init(&is_flushed, 0, 0);
  const auto work = [](void*) -> void* {
    flush_standard_streams();
    sem_post(&is_flushed);
    return nullptr;
  };
  pthread_t thread{};
  if (pthread_create(&thread, nullptr, work, nullptr) != 0) return;
  pthread_detach(thread);
  timespec deadline{};
  clock_gettime(CLOCK_MONOTONIC, &deadline);
  deadline.tv_sec += seconds_to_flush * patience();
  while (sem_clockwait(&is_flushed, CLOCK_MONOTONIC, &deadline) != 0 && errno == EINTR) continue;
}

}  // namespace

void end_process(int status) {
  if (may_have_other_threads()) {
    flush_beside_threads();
  } else {
    flush_standard_streams();
  }
  _exit(status);
}

int process_id() { return getpid(); }

std::size_t usable_processors() {
  cpu_set_t usable;
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return std::max(1U, std::thread::hardware_concurrency());
  return static_cast<std::size_t>(CPU_COUNT(&usable));
}

int patience() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 10;
#else
  return is_run_by_valgrind() ? 20 : 1;
#endif
}

}  // namespace os
CONCURRENT_FUTURES_END
