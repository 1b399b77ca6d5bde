#include <sys/wait.h>
#include <unistd.h>

#include <child_process.hpp>

void end_well() {
  execlp("true", "true", nullptr);
  _exit(1);
}

int status_of(int child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

bool ends_well_in_child(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(1);
  }
  return status_of(child) == 0;
}
