// The two processes that watch each other.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <supervisor/child/child.hpp>
#include <supervisor/guard.hpp>
#include <supervisor/processes/cleanup.hpp>
#include <supervisor/processes/file_descriptor.hpp>
#include <supervisor/session.hpp>
#include <system_error>
#include <utility>

namespace touchstone::supervisor {

namespace {

constexpr int harness_error = 3;

sigset_t signals_of_interest() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) sigaddset(&signals, signal);
  return signals;
}

/// Waits for the supervisor, passes signals on to it, and cleans up behind it. Returns its exit code.
/// Who asks a second time does not want to wait for the supervisor any more.
int stand_by(pid_t supervisor) {
  const sigset_t signals = signals_of_interest();
  int status = 0;
  bool asked = false;
  for (;;) {
    const int signal = sigwaitinfo(&signals, nullptr);
    if (signal > 0 && signal != SIGCHLD) {
      const int gentle = signal == SIGQUIT ? SIGTERM : signal;
      kill(supervisor, std::exchange(asked, true) ? SIGKILL : gentle);
    }
    const pid_t reaped = waitpid(supervisor, &status, WNOHANG);
    if (reaped == supervisor || (reaped < 0 && errno == ECHILD)) break;
  }
  kill_descendants();
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  if (asked) return exit_interrupted;
  if (WTERMSIG(status) == SIGPIPE) {
    std::fputs("touchstone: whoever read the output does not read on; what ran was ended\n", stderr);
    return harness_error;
  }
  std::fprintf(stderr, "touchstone: the supervising process was ended by signal %d; what ran was killed\n",
               WTERMSIG(status));
  return harness_error;
}

}  // namespace

void run_guarded(const std::function<int(int lifeline)>& work) {
  adopt_orphans();
  Pipe lifeline = make_pipe();
  const sigset_t signals = signals_of_interest();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  // An ignored SIGCHLD, which a parent may hand down, would take the children's exit codes away.
  signal(SIGCHLD, SIG_DFL);
  std::fflush(nullptr);
  const pid_t supervisor = fork();
  if (supervisor < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (supervisor > 0) {
    lifeline.read_end.reset();
    _exit(stand_by(supervisor));
  }
  setpgid(0, 0);
  adopt_orphans();
  // The other signals stay blocked until the supervisor is ready to be told by them.
  sigset_t not_for_supervisor;
  sigemptyset(&not_for_supervisor);
  sigaddset(&not_for_supervisor, SIGCHLD);
  sigaddset(&not_for_supervisor, SIGQUIT);
  sigprocmask(SIG_UNBLOCK, &not_for_supervisor, nullptr);
  lifeline.write_end.reset();
  // Objects of the subject's that live as long as the program are the guard's: here they lack their threads.
  end_process(work(lifeline.read_end.get()));
}

}  // namespace touchstone::supervisor
