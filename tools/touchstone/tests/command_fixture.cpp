#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <processes/process_tree.hpp>
#include <tests/command_fixture.hpp>
#include <thread>

namespace touchstone::tool {

Touchstone::Touchstone() {
  // Whoever is left without a parent becomes a child of this process, and is seen.
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  spec_ = write_specification(folder_);
}

Touchstone::~Touchstone() { prctl(PR_SET_CHILD_SUBREAPER, 0); }

pid_t Touchstone::start_program(std::vector<std::string> words) {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  output_ = ends[0];
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    if (in_child_) in_child_();
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  return pid;
}

pid_t Touchstone::start(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), TOUCHSTONE_COMMAND);
  return start_program(std::move(arguments));
}

int Touchstone::finish(pid_t pid) {
  std::array<char, 4096> buffer{};
  for (ssize_t count = 0; (count = read(output_, buffer.data(), buffer.size())) > 0;) {
    printed_.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(output_);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int Touchstone::run(std::vector<std::string> arguments) {
  printed_.clear();
  arguments.insert(arguments.end(), {"--spec", spec_.string()});
  return finish(start(std::move(arguments)));
}

void Touchstone::await_grandchild(pid_t command) {
  for (;;) {
    for (const pid_t subject : children_of(command)) {
      if (!children_of(subject).empty()) return;
    }
    std::this_thread::yield();
  }
}

void Touchstone::await_no_children() {
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  EXPECT_TRUE(children_of(getpid()).empty());
}

void be_ordinary_user() {
  // For others than root both fail, and change nothing.
  prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
  prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
}

}  // namespace touchstone::tool
