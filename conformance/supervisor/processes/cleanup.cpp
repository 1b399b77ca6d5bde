// Kills a process tree that may be growing while it is killed.

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <supervisor/processes/cleanup.hpp>
#include <supervisor/processes/process_tree.hpp>
#include <system_error>

namespace touchstone::supervisor {

namespace {

/// Takes notice of all children that have ended. Returns whether there are others.
bool reap() {
  pid_t reaped;
  while ((reaped = waitpid(-1, nullptr, WNOHANG | __WALL)) > 0 || (reaped < 0 && errno == EINTR)) {
  }
  return reaped == 0;
}

}  // namespace

void adopt_orphans() {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) throw std::system_error(errno, std::generic_category(), "prctl");
}

bool kill_descendants(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (reap()) {
    if (std::chrono::steady_clock::now() > end) return false;
    // Again and again: while they are killed one by one, the others may start more.
    for (const pid_t process : descendants_of(getpid())) kill(process, SIGKILL);
    poll(nullptr, 0, 1);
  }
  return true;
}

}  // namespace touchstone::supervisor
