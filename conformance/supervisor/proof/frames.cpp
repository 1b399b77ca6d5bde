// Signals to the threads, their answers from the ledger, and addr2line for the lines.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <src/stack_request.hpp>
#include <sstream>
#include <supervisor/processes/file_descriptor.hpp>
#include <supervisor/processes/proc.hpp>
#include <supervisor/proof/frames.hpp>

namespace touchstone::supervisor {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto patience_with_threads = std::chrono::milliseconds(200);
constexpr auto patience_with_addr2line = std::chrono::seconds(10);

struct Module {
  std::uint64_t begin = 0, end = 0, base = 0;
  std::string path;
};

/// What is mapped from files, with the address at which each file begins.
std::vector<Module> modules_of(pid_t process) {
  std::istringstream lines(read_file("/proc/" + std::to_string(process) + "/maps"));
  std::vector<Module> modules;
  std::map<std::string, std::uint64_t> bases;
  for (std::string line; std::getline(lines, line);) {
    unsigned long long begin = 0, end = 0, offset = 0;
    int path_at = 0;
    if (std::sscanf(line.c_str(), "%llx-%llx %*s %llx %*s %*s %n", &begin, &end, &offset, &path_at) != 3) continue;
    const std::string path = line.substr(std::min(line.size(), static_cast<std::size_t>(path_at)));
    if (!path.starts_with('/')) continue;
    if (offset == 0) bases.emplace(path, begin);
    const auto base = bases.find(path);
    if (base != bases.end()) modules.push_back({begin, end, base->second, path});
  }
  return modules;
}

bool can_answer(pid_t process, int thread) {
  const std::string status =
      read_file("/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) + "/status");
  const std::uint64_t bit = std::uint64_t{1} << (stack_request_signal() - 1);
  return (find_number(status, "\nSigCgt:", 16).value_or(0) & bit) != 0 &&
         (find_number(status, "\nSigBlk:", 16).value_or(0) & bit) == 0;
}

std::vector<ThreadStack> ask_threads(pid_t process, const Ledger& ledger) {
  std::size_t asked = 0;
  for (const int thread : numbers_in("/proc/" + std::to_string(process) + "/task")) {
    if (!can_answer(process, thread)) continue;
    if (syscall(SYS_tgkill, process, thread, stack_request_signal()) == 0) ++asked;
  }
  const Clock::time_point end = Clock::now() + patience_with_threads;
  std::vector<ThreadStack> stacks = ledger.stacks();
  for (; stacks.size() < asked && Clock::now() < end; stacks = ledger.stacks()) usleep(500);
  return stacks;
}

[[noreturn]] void execute_addr2line(std::vector<std::string> words, int output) {
  dup2(output, STDOUT_FILENO);
  const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(nothing, STDERR_FILENO);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execvp(arguments.front(), arguments.data());
  _exit(127);
}

/// What addr2line prints of addresses in a file: for each "0x...", then a line for the function and each that it was
/// inlined into. Empty where it is missing, or takes too long.
std::string ask_addr2line(const std::string& file, const std::set<std::uint64_t>& addresses) {
  std::vector<std::string> words = {"addr2line", "-a", "-C", "-f", "-i", "-p", "-e", file};
  for (const std::uint64_t address : addresses) {
    char text[24];
    std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(address));
    words.emplace_back(text);
  }
  Pipe output = make_pipe();
  const pid_t helper = fork();
  if (helper < 0) return {};
  if (helper == 0) execute_addr2line(std::move(words), output.write_end.get());
  output.write_end.reset();
  fcntl(output.read_end.get(), F_SETFL, O_NONBLOCK);
  std::string text;
  const Clock::time_point end = Clock::now() + patience_with_addr2line;
  pollfd entry{output.read_end.get(), POLLIN, 0};
  while (read_available(output.read_end.get(), text) && Clock::now() < end) poll(&entry, 1, 100);
  kill(helper, SIGKILL);
  waitpid(helper, nullptr, 0);
  return text;
}

/// Where a user looks for a fault: not in the libraries under his code, and not in the suite over it. Libraries that
/// were not compiled with -g have no lines; those of the C library have paths of the place where it was built.
bool is_of_interest(const Frame& frame) {
  const std::string& place = frame.place;
  if (!place.starts_with('/') || place.ends_with(":?")) return false;
  if (frame.function.find("std::") < frame.function.find('(')) return false;
  const auto is_in = [&place](const char* folder) { return place.find(folder) != std::string::npos; };
  if (is_in("/supervisor/") && !is_in("/supervisor/tests/")) return false;
  constexpr std::array folders = {"/c++/", "/gtest/", "/touchstone/detail/", "/conformance/src/"};
  return std::none_of(folders.begin(), folders.end(), is_in);
}

/// "0x12: f(int) at /a/b.cpp:3 (discriminator 2)" and " (inlined by) g() at /a/c.cpp:4".
std::map<std::uint64_t, std::vector<Frame>> parse_frames(const std::string& text) {
  std::map<std::uint64_t, std::vector<Frame>> frames;
  std::istringstream lines(text);
  std::uint64_t address = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("0x") && colon != std::string::npos) {
      address = std::strtoull(line.c_str(), nullptr, 16);
      line.erase(0, colon + 2);
    } else if (const std::size_t inlined = line.find("(inlined by) "); inlined != std::string::npos) {
      line.erase(0, inlined + std::string("(inlined by) ").size());
    }
    const std::size_t at = line.rfind(" at ");
    if (at == std::string::npos) continue;
    std::string place = line.substr(at + 4);
    place = place.substr(0, place.find(" (discriminator"));
    const Frame frame{line.substr(0, at), std::filesystem::path(place).lexically_normal().string()};
    if (is_of_interest(frame)) frames[address].push_back(frame);
  }
  return frames;
}

}  // namespace

std::vector<LocatedStack> locate_threads(pid_t process, const Ledger& ledger) {
  const std::vector<Module> modules = modules_of(process);
  const std::vector<ThreadStack> stacks = ask_threads(process, ledger);
  const auto module_of = [&modules](std::uint64_t address) {
    return std::find_if(modules.begin(), modules.end(),
                        [address](const Module& module) { return module.begin <= address && address < module.end; });
  };
  // A frame holds where its call returns to; the call is the instruction before. addr2line takes a second for a large
  // program, and many tests may hang at the same place: so nothing is asked twice.
  static std::map<std::string, std::map<std::uint64_t, std::vector<Frame>>> known;
  std::map<std::string, std::set<std::uint64_t>> wanted;
  for (const ThreadStack& stack : stacks) {
    for (const std::uint64_t frame : stack.frames) {
      const auto module = module_of(frame);
      if (module == modules.end()) continue;
      const std::uint64_t address = frame - 1 - module->base;
      if (!known[module->path].contains(address)) wanted[module->path].insert(address);
    }
  }
  for (const auto& [file, addresses] : wanted) {
    for (const std::uint64_t address : addresses) known[file].try_emplace(address);
    for (auto& [address, frames] : parse_frames(ask_addr2line(file, addresses)))
      known[file][address] = std::move(frames);
  }
  std::vector<LocatedStack> located;
  for (const ThreadStack& stack : stacks) {
    LocatedStack& result = located.emplace_back(LocatedStack{stack.thread, {}});
    for (const std::uint64_t frame : stack.frames) {
      const auto module = module_of(frame);
      if (module == modules.end()) continue;
      const std::vector<Frame>& here = known[module->path][frame - 1 - module->base];
      result.frames.insert(result.frames.end(), here.begin(), here.end());
    }
  }
  return located;
}

}  // namespace touchstone::supervisor
