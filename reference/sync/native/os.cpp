#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
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

CONCURRENT_FUTURES_BEGIN
namespace os {
namespace {

// posix_spawn and pthread functions return what others put into errno.
void check_error(int error, const char* what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

Transfer result_of(ssize_t bytes, bool nothing_is_the_end) {
  if (bytes > 0) return {static_cast<std::size_t>(bytes), false};
  if (bytes == 0) return {0, nothing_is_the_end};
  return {0, errno != EAGAIN && errno != EWOULDBLOCK};
}

}  // namespace

// --- Descriptors ----------------------------------------------------------------------------------

namespace {

// Which descriptors are to be closed in a child, a bit each. What lies above is inherited.
class OwnDescriptors {
 public:
  void add(int number) {
    if (auto* const word = word_of(number)) word->fetch_or(bit_of(number));
  }
  /// Returns whether it was one.
  bool remove(int number) {
    auto* const word = word_of(number);
    return word == nullptr || (word->fetch_and(~bit_of(number)) & bit_of(number)) != 0;
  }
  void close_all() {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      std::uint64_t bits = words_[i].exchange(0);
      for (; bits != 0; bits &= bits - 1)
        ::close(static_cast<int>(64 * i + static_cast<std::size_t>(std::countr_zero(bits))));
    }
  }

 private:
  static std::uint64_t bit_of(int number) { return std::uint64_t{1} << (number % 64); }
  std::atomic<std::uint64_t>* word_of(int number) {
    const auto word = static_cast<std::size_t>(number) / 64;
    return word < words_.size() ? &words_[word] : nullptr;
  }

  std::array<std::atomic<std::uint64_t>, 1024> words_{};
};

constinit OwnDescriptors own_descriptors;
const sync::AtFork own_descriptors_in_child([] {}, [] {}, [] { own_descriptors.close_all(); });

// Where the program has closed the standard ones, a new one gets their numbers: and then what the program prints. So it
// is moved, if there is another number left.
int above_standard_ones(int number) {
  if (number < 0 || number > STDERR_FILENO) return number;
  const int moved = fcntl(number, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (moved < 0) return number;
  ::close(number);
  return moved;
}

}  // namespace

Descriptor::Descriptor(int number) : number_(above_standard_ones(number)) { own_descriptors.add(number_); }

void Descriptor::close() noexcept {
  if (number_ < 0) return;
  const int number = std::exchange(number_, -1);
  if (own_descriptors.remove(number)) ::close(number);
}

Descriptor Descriptor::duplicate() const {
  return Descriptor(checked(fcntl(number_, F_DUPFD_CLOEXEC, 3), "no descriptor is left"));
}

std::pair<Socket, Socket> Socket::make_pair() {
  std::array<int, 2> ends{};
  checked(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "no channel to another process can be had");
  // Where so much is not allowed, it is as much as is. A large value needs fewer turns of both ends then.
  constexpr int room = 4 << 20;
  for (const int end : ends) setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  return {Socket(Descriptor(ends[0])), Socket(Descriptor(ends[1]))};
}

Transfer Socket::send(std::span<const std::byte> first, std::span<const std::byte> second, Blocking blocking) {
  Transfer sent;
  const std::size_t size = first.size() + second.size();
  while (sent.bytes < size) {
    const std::size_t of_first = std::min(sent.bytes, first.size());
    const auto rest = first.subspan(of_first);
    const auto rest_of_second = second.subspan(sent.bytes - of_first);
    std::array<iovec, 2> pieces{{{const_cast<std::byte*>(rest.data()), rest.size()},
                                 {const_cast<std::byte*>(rest_of_second.data()), rest_of_second.size()}}};
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    const int flags = MSG_NOSIGNAL | (blocking == Blocking::no ? MSG_DONTWAIT : 0);
    const ssize_t bytes = sendmsg(descriptor_.number(), &message, flags);
    if (bytes < 0 && errno == EINTR) continue;
    const Transfer step = result_of(bytes, false);
    sent.bytes += step.bytes;
    sent.closed = step.closed;
    if (step.bytes == 0) break;
  }
  return sent;
}

Transfer Socket::receive(std::span<std::byte> into, Blocking blocking) {
  for (;;) {
    const ssize_t bytes =
        recv(descriptor_.number(), into.data(), into.size(), blocking == Blocking::no ? MSG_DONTWAIT : 0);
    if (bytes < 0 && errno == EINTR) continue;
    return result_of(bytes, true);
  }
}

void Socket::end_sending() noexcept { shutdown(descriptor_.number(), SHUT_WR); }

// --- Memory ---------------------------------------------------------------------------------------

namespace {

// Where a file may not be so large, the kernel also sends a signal, which would end the program.
int truncate(int file, std::size_t size) {
  sigset_t too_large;
  sigset_t before;
  sigemptyset(&too_large);
  sigaddset(&too_large, SIGXFSZ);
  pthread_sigmask(SIG_BLOCK, &too_large, &before);
  const int result = ftruncate(file, static_cast<off_t>(size));
  const int error = errno;
  constexpr timespec at_once{};
  if (result != 0 && error == EFBIG) sigtimedwait(&too_large, nullptr, &at_once);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return result;
}

void flush_standard_streams() {
  std::cout.flush();
  std::clog.flush();
  std::wcout.flush();
  std::wclog.flush();
  std::fflush(nullptr);
}

}  // namespace

SharedMemory::SharedMemory(std::size_t size) : size_(size) {
  // It has no name that could be left behind.
  descriptor_ = Descriptor(
      checked(memfd_create("concurrent_futures", MFD_CLOEXEC | MFD_ALLOW_SEALING), "no shared memory can be had"));
  const int number = descriptor_.number();
  checked(truncate(number, size), "not enough shared memory can be had");
  // Or else a call that cuts off what is not its own would end the parent, by SIGBUS.
  checked(fcntl(number, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), "shared memory cannot be sealed");
  void* const data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_.number(), 0);
  if (data == MAP_FAILED) fail("shared memory cannot be mapped");
  data_ = static_cast<std::byte*>(data);
}

SharedMemory::SharedMemory(const Descriptor& descriptor, std::size_t size, std::size_t writable) : size_(size) {
  void* const data = mmap(nullptr, size, PROT_READ, MAP_SHARED, descriptor.number(), 0);
  if (data == MAP_FAILED) fail("shared memory cannot be mapped");
  data_ = static_cast<std::byte*>(data);
  checked(mprotect(data, writable, PROT_READ | PROT_WRITE), "shared memory cannot be made writable");
}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) munmap(data_, size_);
}

// --- Processes ------------------------------------------------------------------------------------

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
  for (const int number : kept) (void)own_descriptors.remove(number);
  // In the child until reset_signals(): no handler of the program runs there.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  const int error = errno;
  if (pid != 0) pthread_sigmask(SIG_SETMASK, &before, nullptr);
  for (const int number : kept) own_descriptors.add(number);
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

void expect_use_of(std::span<std::byte> memory) noexcept {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  const std::uintptr_t first = (begin + page - 1) / page * page, end = (begin + memory.size()) / page * page;
  if (first < end) (void)madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

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

// --- Poller ---------------------------------------------------------------------------------------

namespace {
constexpr std::uint64_t wake_up_token = ~std::uint64_t{0};
}

Poller::Poller()
    : poll_(checked(epoll_create1(EPOLL_CLOEXEC), "no events can be had")),
      wake_up_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "no events can be had")) {
  add(wake_up_, wake_up_token);
}

void Poller::add(const Descriptor& descriptor, std::uint64_t token) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = token;
  checked(epoll_ctl(poll_.number(), EPOLL_CTL_ADD, descriptor.number(), &event), "no further events can be had");
}

void Poller::set_sending(const Descriptor& descriptor, std::uint64_t token, bool sending) {
  epoll_event event{};
  event.events = sending ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = token;
  checked(epoll_ctl(poll_.number(), EPOLL_CTL_MOD, descriptor.number(), &event), "no further events can be had");
}

void Poller::remove(const Descriptor& descriptor) noexcept {
  epoll_ctl(poll_.number(), EPOLL_CTL_DEL, descriptor.number(), nullptr);
}

std::span<const std::uint64_t> Poller::wait(const std::optional<sync::Clock::time_point>& deadline) {
  std::array<epoll_event, 64> events;
  int timeout = -1;
  if (deadline) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - sync::Clock::now()).count();
    timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, INT_MAX));
  }
  const int count = epoll_wait(poll_.number(), events.data(), events.size(), timeout);
  if (count < 0 && errno != EINTR) fail("events cannot be waited for");
  tokens_.clear();
  for (int i = 0; i < count; ++i) {
    const std::uint64_t token = events[static_cast<std::size_t>(i)].data.u64;
    if (token != wake_up_token) {
      tokens_.push_back(token);
      continue;
    }
    std::uint64_t times = 0;
    (void)!read(wake_up_.number(), &times, sizeof times);
  }
  return tokens_;
}

void Poller::wake() noexcept {
  const std::uint64_t once = 1;
  (void)!write(wake_up_.number(), &once, sizeof once);
}

}  // namespace os
CONCURRENT_FUTURES_END
