// Starts programs and reads their output.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <supervisor/tests/program_run.hpp>
#include <utility>

namespace touchstone::supervisor {

RunningProgram::RunningProgram(const std::vector<std::string>& words, const Environment& environment)
    : out_(make_pipe()), errors_(make_pipe()) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  process_ = fork();
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);  // where this program is killed, nobody destroys the object
    dup2(out_.write_end.get(), STDOUT_FILENO);
    dup2(errors_.write_end.get(), STDERR_FILENO);
    unsetenv("TOUCHSTONE_ARENA");  // it is no worker of a test
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    execv(pointers[0], pointers.data());
    _exit(127);
  }
  out_.write_end.reset();
  errors_.write_end.reset();
}

RunningProgram::~RunningProgram() {
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

ProgramResult RunningProgram::wait() {
  ProgramResult result;
  const std::pair<int, std::string*> streams[] = {{out_.read_end.get(), &result.out},
                                                  {errors_.read_end.get(), &result.errors}};
  bool open[] = {true, true};
  for (const auto& [descriptor, text] : streams) fcntl(descriptor, F_SETFL, O_NONBLOCK);
  while (open[0] || open[1]) {
    pollfd entries[] = {{open[0] ? streams[0].first : -1, POLLIN, 0}, {open[1] ? streams[1].first : -1, POLLIN, 0}};
    poll(entries, 2, -1);
    for (std::size_t index = 0; index < 2; ++index) {
      if (open[index]) open[index] = read_available(streams[index].first, *streams[index].second);
    }
  }
  int status = 0;
  waitpid(std::exchange(process_, -1), &status, 0);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

ProgramResult run_fake_subject(std::vector<std::string> options, const Environment& environment) {
  options.insert(options.begin(), TOUCHSTONE_FAKE_SUBJECT);
  return RunningProgram(options, environment).wait();
}

}  // namespace touchstone::supervisor
