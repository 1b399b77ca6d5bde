#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <processes/process_tree.hpp>
#include <processes/processes.hpp>
#include <sstream>
#include <stdexcept>

namespace touchstone::tool {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kept_error_text = 8192;
constexpr std::size_t longest_line = 8U << 20;
// How long a child may take to clean up after itself before it is killed.
constexpr std::chrono::seconds grace(3);

void close_and_forget(int& descriptor) {
  if (descriptor >= 0) close(descriptor);
  descriptor = -1;
}

struct Pipe {
  int read = -1, write = -1;
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe: out of file descriptors?");
    read = ends[0];
    write = ends[1];
  }
};

void make_nonblocking(int descriptor) { fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK); }

/// What whoever started us has told us to ignore stays ignored, as nohup does with SIGHUP.
bool is_ignored(int signal) {
  struct sigaction action = {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t handled_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(signal)) sigaddset(&signals, signal);
  }
  return signals;
}

/// Undoes, in a child, what this process changed for itself. Only async-signal-safe calls.
void restore_signals() {
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

std::string Ending::to_string() const {
  if (!not_started.empty()) return fmt::format("could not be started: {}", not_started);
  if (silent) return "printed nothing for too long and was ended";
  if (stopped) return "was stopped";
  if (signal) return fmt::format("was killed by signal {} ({})", *signal, strsignal(*signal));
  return fmt::format("exited with code {}", exit_code.value_or(-1));
}

struct Processes::Child {
  Command command;
  pid_t pid = -1;
  int in = -1, out = -1, error = -1, runner = -1;
  std::size_t fed = 0;
  std::string line;
  Ending ending;
  bool exited = false;
  bool killed = false;
  Clock::time_point start = Clock::now();
  Clock::time_point last_sign = start;
  std::optional<Clock::time_point> kill_at;

  ~Child() {
    for (int* descriptor : {&in, &out, &error, &runner}) close_and_forget(*descriptor);
  }

  void end_gently() {
    close_and_forget(runner);
    close_and_forget(in);
    // Without a runner pipe there is nothing that tells it to end.
    if (!command.runner_pipe && !exited && pid > 0) kill(pid, SIGTERM);
    if (!kill_at) kill_at = Clock::now() + grace;
  }
};

Processes::Processes() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // ignored, as a parent may hand it down, it would take the exit codes away
  const sigset_t signals = handled_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  signals_ = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals_ < 0) throw std::runtime_error("cannot make a signalfd");
  prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Processes::~Processes() {
  try {
    if (!children_.empty()) stop_all();
    kill_companions();
    kill_strays();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "touchstone: while ending processes: %s\n", error.what());
  }
  read_signals();  // those that came meanwhile have been heeded, and must not end us when they are let through
  close_and_forget(signals_);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
  const sigset_t signals = handled_signals();
  sigprocmask(SIG_UNBLOCK, &signals, nullptr);
}

void Processes::start(Command command) {
  children_.push_back(std::make_unique<Child>());
  Child& child = *children_.back();
  child.command = std::move(command);
  if (!spawn(child)) child.exited = true;
}

bool Processes::spawn(Child& child) {
  Pipe in, out, error, runner, failure;
  std::vector<std::string> words = child.command.arguments;
  words.insert(words.begin(), child.command.program);
  if (child.command.runner_pipe) {
    words.insert(words.end(), {"--runner-pipe", std::to_string(runner.read)});
  }
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t parent = getpid();

  child.pid = fork();
  if (child.pid == 0) {
    setpgid(0, 0);  // Ctrl-C at the terminal reaches us only; we pass it on by closing the runner pipe.
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // not SIGKILL: a subject's supervisor must clean up behind itself
    if (getppid() != parent) _exit(127);
    restore_signals();
    dup2(in.read, STDIN_FILENO);
    dup2(out.write, STDOUT_FILENO);
    dup2(error.write, STDERR_FILENO);
    if (!child.command.directory.empty() && chdir(child.command.directory.c_str()) != 0) _exit(127);
    if (child.command.runner_pipe) fcntl(runner.read, F_SETFD, 0);
    if (child.command.cpu) {
      cpu_set_t cpus;
      CPU_ZERO(&cpus);
      CPU_SET(static_cast<std::size_t>(*child.command.cpu), &cpus);
      sched_setaffinity(0, sizeof(cpus), &cpus);
    }
    execv(argv[0], argv.data());
    const int why = errno;
    [[maybe_unused]] const auto written = write(failure.write, &why, sizeof(why));
    _exit(127);
  }
  const int fork_error = errno;
  for (int* descriptor : {&in.read, &out.write, &error.write, &runner.read, &failure.write})
    close_and_forget(*descriptor);
  child.in = in.write;
  child.out = out.read;
  child.error = error.read;
  child.runner = runner.write;
  for (const int descriptor : {child.in, child.out, child.error}) make_nonblocking(descriptor);
  int why = child.pid < 0 ? fork_error : 0;
  // Ends with end-of-file when exec succeeds, since the descriptor closes itself.
  if (child.pid > 0 && read(failure.read, &why, sizeof(why)) != sizeof(why)) why = 0;
  close_and_forget(failure.read);
  if (why == 0) return true;
  if (child.pid > 0) waitpid(child.pid, nullptr, 0);
  child.pid = -1;
  child.ending.not_started = std::strerror(why);
  return false;
}

void Processes::start_companion(const std::function<void()>& body) {
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) {
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(127);
    restore_signals();
    body();
    _exit(0);
  }
  if (pid > 0) companions_.insert(pid);
}

void Processes::kill_companions() {
  for (const pid_t pid : companions_) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  companions_.clear();
}

void Processes::wait(std::chrono::milliseconds limit) {
  std::vector<pollfd> watched = {{signals_, POLLIN, 0}};
  std::vector<Child*> owners = {nullptr};
  for (const auto& child : children_) {
    if (child->exited) limit = std::chrono::milliseconds(0);
    const auto watch = [&](int descriptor, short events) {
      if (descriptor < 0) return;
      watched.push_back({descriptor, events, 0});
      owners.push_back(child.get());
    };
    watch(child->out, POLLIN);
    watch(child->error, POLLIN);
    if (child->fed < child->command.input.size()) watch(child->in, POLLOUT);
    // The clocks of the children are looked at often enough that a short limit is kept.
    if (child->command.silence.count() > 0 || child->kill_at) limit = std::min(limit, std::chrono::milliseconds(100));
  }
  poll(watched.data(), watched.size(), static_cast<int>(limit.count()));
  read_signals();
  for (const auto& child : children_) {
    feed(*child);
    read_output(*child);
    read_errors(*child);
    reap(*child);
    check_clock(*child);
  }
  // A callback may start further children, so that the list may grow while we walk it.
  for (auto at = children_.begin(); at != children_.end();) {
    if (!(*at)->exited) {
      ++at;
      continue;
    }
    const std::unique_ptr<Child> child = std::move(*at);
    at = children_.erase(at);
    finish(*child);
  }
}

void Processes::read_signals() {
  signalfd_siginfo info{};
  while (read(signals_, &info, sizeof(info)) == sizeof(info)) {
    if (info.ssi_signo == SIGCHLD) continue;
    interrupted_ = true;
    ++interruptions_;
  }
}

void Processes::feed(Child& child) {
  const std::string& input = child.command.input;
  while (child.in >= 0 && child.fed < input.size()) {
    const ssize_t count = write(child.in, input.data() + child.fed, input.size() - child.fed);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count < 0) break;  // It does not want to read: then it need not.
    child.fed += static_cast<std::size_t>(count);
  }
  close_and_forget(child.in);
  child.fed = input.size();
}

void Processes::read_output(Child& child) {
  std::array<char, 65536> buffer{};
  ssize_t count = 0;
  while (child.out >= 0 && (count = read(child.out, buffer.data(), buffer.size())) > 0) {
    child.last_sign = Clock::now();
    child.line.append(buffer.data(), static_cast<std::size_t>(count));
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = child.line.find('\n', begin)) != std::string::npos; begin = end + 1) {
      if (child.command.on_line) child.command.on_line(child.line.substr(begin, end - begin));
    }
    child.line.erase(0, begin);
    if (child.line.size() > longest_line) child.line.resize(longest_line / 2);
  }
  if (count == 0 && child.out >= 0) close_and_forget(child.out);
}

void Processes::read_errors(Child& child) {
  std::array<char, 65536> buffer{};
  ssize_t count = 0;
  std::string& text = child.ending.error_text;
  while (child.error >= 0 && (count = read(child.error, buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > 2 * kept_error_text) text.erase(0, text.size() - kept_error_text);
  }
  if (count == 0 && child.error >= 0) close_and_forget(child.error);
}

void Processes::reap(Child& child) {
  int status = 0;
  if (child.exited || waitpid(child.pid, &status, WNOHANG) != child.pid) return;
  child.exited = true;
  if (WIFEXITED(status)) child.ending.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) child.ending.signal = WTERMSIG(status);
}

void Processes::finish(Child& child) {
  // What it printed before it ended is still in the pipes; others may hold their ends, so end-of-file may never come.
  read_output(child);
  read_errors(child);
  if (!child.line.empty() && child.command.on_line) child.command.on_line(child.line);
  close_and_forget(child.runner);
  kill_strays();
  child.ending.seconds = std::chrono::duration<double>(Clock::now() - child.start).count();
  std::string& text = child.ending.error_text;
  if (text.size() > kept_error_text) text.erase(0, text.size() - kept_error_text);
  if (child.command.on_end) child.command.on_end(child.ending);
}

void Processes::check_clock(Child& child) {
  const auto now = Clock::now();
  if (child.exited) return;
  if (child.command.silence.count() > 0 && !child.kill_at && now - child.last_sign > child.command.silence) {
    child.ending.silent = true;
    child.end_gently();
  }
  if (child.kill_at && now > *child.kill_at && !child.killed) {
    child.killed = true;
    kill(child.pid, SIGKILL);
  }
}

void Processes::kill_strays() {
  // Killing one makes its own children ours, so it is done again until there is none.
  for (;;) {
    bool found = false;
    for (const pid_t pid : children_of(getpid())) {
      const bool ours =
          companions_.contains(pid) || std::any_of(children_.begin(), children_.end(),
                                                   [&](const auto& child) { return child && child->pid == pid; });
      if (ours) continue;
      found = true;
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
    if (!found) return;
  }
}

void Processes::stop_all() {
  for (const auto& child : children_) {
    child->ending.stopped = true;
    child->end_gently();
  }
  const int before = interruptions_;
  while (!children_.empty()) {
    if (interruptions_ > before) {
      for (const auto& child : children_) child->kill_at = Clock::now();
    }
    wait(std::chrono::milliseconds(100));
  }
  kill_companions();
  kill_strays();
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  if (name.find('/') != std::string::npos || !path) return name;
  std::istringstream folders(path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = folder + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return name;
}

Printed run_program(Processes& processes, Command command) {
  Printed printed;
  bool ended = false;
  command.on_line = [&](const std::string& line) { printed.lines.push_back(line); };
  command.on_end = [&](const Ending& ending) {
    printed.ending = ending;
    ended = true;
  };
  processes.start(std::move(command));
  while (!ended) {
    processes.wait(std::chrono::seconds(1));
    if (processes.interrupted() && !ended) processes.stop_all();
  }
  return printed;
}

}  // namespace touchstone::tool
