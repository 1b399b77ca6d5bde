// Asks gdb for the stacks of a process that hangs. Slow, and therefore only on demand.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <supervisor/processes/file_descriptor.hpp>
#include <supervisor/proof/evidence.hpp>
#include <supervisor/proof/frames.hpp>

namespace touchstone::supervisor {

namespace {

constexpr auto patience_with_gdb = std::chrono::seconds(20);

[[noreturn]] void execute_gdb(const char* process, int output) {
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execlp("gdb", "gdb", "-nx", "-batch", "-p", process, "-ex", "set pagination off", "-ex", "thread apply all bt 40",
         static_cast<char*>(nullptr));
  _exit(127);
}

/// All that gdb says of a process; empty where there is no gdb.
std::string ask_gdb(pid_t process) {
  Pipe output = make_pipe();
  const std::string id = std::to_string(process);
  const pid_t debugger = fork();
  if (debugger < 0) return {};
  if (debugger == 0) execute_gdb(id.c_str(), output.write_end.get());
  output.write_end.reset();
  fcntl(output.read_end.get(), F_SETFL, O_NONBLOCK);
  std::string text;
  const auto end = std::chrono::steady_clock::now() + patience_with_gdb;
  pollfd entry{output.read_end.get(), POLLIN, 0};
  while (read_available(output.read_end.get(), text) && std::chrono::steady_clock::now() < end) poll(&entry, 1, 100);
  kill(debugger, SIGKILL);
  int status = 0;
  waitpid(debugger, &status, 0);
  const bool missing = WIFEXITED(status) && WEXITSTATUS(status) == 127;
  return missing ? std::string() : text;
}

constexpr std::size_t frames_shown = 6;

/// Without the arguments of templates and of functions, which fill lines and tell nothing of the place.
std::string short_name(std::string function) {
  constexpr std::string_view unnamed = "(anonymous namespace)::";
  for (std::size_t at = 0; (at = function.find(unnamed)) != std::string::npos;) function.erase(at, unnamed.size());
  std::string name;
  int depth = 0;
  for (const char character : function) {
    if (character == '<' || character == '(') ++depth;
    if (depth == 0) name += character;
    if (character == '>' || character == ')') --depth;
  }
  return name.empty() || name == "operator" ? "a lambda" : name;
}

std::string describe_frames(const LocatedStack& stack) {
  std::string text = "  thread " + std::to_string(stack.thread) + "\n";
  for (std::size_t index = 0; index < std::min(stack.frames.size(), frames_shown); ++index) {
    text += "    " + stack.frames[index].place + " in " + short_name(stack.frames[index].function) + "\n";
  }
  return text;
}

}  // namespace

std::string describe_stacks(pid_t process, const Ledger& ledger) {
  const char* const wish = std::getenv("TOUCHSTONE_STACKS");
  if (wish != nullptr && std::string_view(wish) == "1") {
    const std::string text = ask_gdb(process);
    return text.empty() ? "stacks: gdb, which TOUCHSTONE_STACKS=1 asks for, is not installed\n" : "stacks:\n" + text;
  }
  std::string text;
  for (const LocatedStack& stack : locate_threads(process, ledger)) {
    if (!stack.frames.empty()) text += describe_frames(stack);
  }
  if (text.empty()) {
    return "stacks: no lines are known (compile with -g, install addr2line), or install gdb and set "
           "TOUCHSTONE_STACKS=1\n";
  }
  return "stacks, without the libraries' and the suite's frames (all: install gdb, set TOUCHSTONE_STACKS=1):\n" + text;
}

}  // namespace touchstone::supervisor
