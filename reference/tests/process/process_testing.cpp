#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/detail/process/fork_server.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <process_testing.hpp>
#include <system_error>
#include <thread>

namespace concurrent::futures {
namespace {

namespace fs = std::filesystem;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

// Calls that wait, again after a signal.
template <typename F>
auto in_spite_of_signals(F f) {
  for (;;) {
    const auto result = f();
    if (result >= 0 || errno != EINTR) return result;
  }
}

std::ptrdiff_t count_entries(const char* folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

int status_from(int status) { return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status); }

}  // namespace

std::string_view name_of(StartMethod method) {
  switch (method) {
    case StartMethod::spawn:
      return "spawn";
    case StartMethod::forkserver:
      return "forkserver";
    default:
      return "fork";
  }
}

void ForEachStartMethod::SetUp() {
  while (GetParam() == StartMethod::fork && count_entries("/proc/self/task") > 1) std::this_thread::yield();
}

int times(int usually, int if_long) {
  if (std::getenv("PROCESS_TESTS_LONG") != nullptr) return if_long;
  return os::patience() == 1 ? usually : std::max(1, usually / 5);
}

int twice(int number) { return 2 * number; }
int process_id() { return getpid(); }
void kill_itself() { raise(SIGKILL); }
void leave(int status) { _exit(status); }
void sleep_for_ever() {
  for (;;) pause();
}

int socket_of_child() {
  struct stat about {};
  for (int number = 3; number < 1000; ++number) {
    if (fstat(number, &about) == 0 && S_ISSOCK(about.st_mode)) return number;
  }
  return -1;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = fs::temp_directory_path() / "process_tests.XXXXXX";
  if (mkdtemp(name.data()) == nullptr) checked(-1, "a temporary folder cannot be made");
  path_ = name;
}
TemporaryFolder::~TemporaryFolder() { fs::remove_all(path_); }

// A pipe that has a name: it can be opened for reading as soon as somebody has it open for writing.
Gate::Gate() { checked(mkfifo(path().c_str(), 0600), "a gate cannot be made"); }

void Gate::open() {
  if (descriptor_ < 0) descriptor_ = checked(::open(path().c_str(), O_RDWR | O_CLOEXEC), "a gate cannot be opened");
}

int wait_at(const std::string& gate) {
  close(checked(in_spite_of_signals([&] { return open(gate.c_str(), O_RDONLY | O_CLOEXEC); }), "there is no gate"));
  return getpid();
}

Bell::Bell() {
  checked(mkfifo(path().c_str(), 0600), "a bell cannot be made");
  descriptor_ = checked(open(path().c_str(), O_RDWR | O_CLOEXEC), "a bell cannot be heard");
}
Bell::~Bell() { close(descriptor_); }

int Bell::wait() {
  int pid = 0;
  (void)in_spite_of_signals([&] { return read(descriptor_, &pid, sizeof pid); });
  return pid;
}

bool Bell::is_rung() const {
  int bytes = 0;
  return ioctl(descriptor_, FIONREAD, &bytes) == 0 && bytes > 0;
}

void ring(const std::string& bell) {
  const int descriptor = checked(open(bell.c_str(), O_WRONLY | O_CLOEXEC), "there is no bell");
  const int pid = getpid();
  (void)in_spite_of_signals([&] { return write(descriptor, &pid, sizeof pid); });
  close(descriptor);
}

void refuse_to_end(const std::string& bell) {
  signal(SIGTERM, SIG_IGN);
  ring(bell);
  sleep_for_ever();
}

int ring_and_wait_at(const std::string& bell, const std::string& gate) {
  ring(bell);
  return wait_at(gate);
}

// What lies above the limit belongs to valgrind, if it is there.
std::size_t count_descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const auto is_ours = [&](const auto& entry) { return std::stoul(entry.path().filename()) < limit.rlim_cur; };
  return static_cast<std::size_t>(
      std::count_if(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator(), is_ours));
}

bool has_children(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  int child = 0;
  return static_cast<bool>(file >> child);
}

namespace {

// One whose memory is gone is about to end, and who has made it is about to notice.
bool has_lasting_children(int pid) {
  for (;;) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
    const std::vector<int> children{std::istream_iterator<int>(file), {}};
    if (children.empty()) return false;
    for (const int child : children) {
      std::ifstream command_line("/proc/" + std::to_string(child) + "/cmdline");
      if (command_line.get() != std::ifstream::traits_type::eof()) return true;
    }
    std::this_thread::yield();
  }
}

}  // namespace

bool has_child() {
  if (const int server = detail::ForkServer::process_id()) {
    if (has_lasting_children(server)) return true;
    detail::ForkServer::end_current();
  }
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

namespace {

void wait_for_state(int pid, char state) {
  const std::string about = "/proc/" + std::to_string(pid) + "/stat";
  for (;;) {
    std::ifstream file(about);
    std::string line;
    if (!std::getline(file, line)) return;  // it has ended
    if (line.find(std::string(") ") + state) != std::string::npos) return;
    std::this_thread::yield();
  }
}

}  // namespace

void wait_until_stopped(int pid) { wait_for_state(pid, 'T'); }
void wait_until_ended(int pid) { wait_for_state(pid, 'Z'); }

Program::Program(const std::function<int()>& main) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  detail::ForkServer::end_current();  // wait() waits for all children
  std::fflush(nullptr);
  pid_ = checked(fork(), "a program cannot be started");
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::exit(main());
}

Program::~Program() {
  if (pid_ == 0) return;
  kill(SIGKILL);
  (void)wait();
}

void Program::kill(int signal) const { ::kill(pid_, signal); }

int Program::wait() {
  int status_of_program = 0;
  for (;;) {
    int status = 0;
    const auto ended = static_cast<int>(in_spite_of_signals([&] { return waitpid(-1, &status, 0); }));
    if (ended < 0) break;
    if (ended == pid_) status_of_program = status_from(status);
  }
  pid_ = 0;
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  return status_of_program;
}

}  // namespace concurrent::futures
