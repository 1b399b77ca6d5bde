// W13. The same as another workload, while other processes want each core for themselves: a machine that is shared.

#pragma once

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <touchstone/bench/workload.hpp>
#include <utility>
#include <vector>

namespace touchstone::bench {

/// Processes that do nothing but compute. They are forked off while there is one thread, and end with the one that made
/// them.
class Hogs {
 public:
  explicit Hogs(int count) {
    const pid_t parent = getpid();
    for (int i = 0; i < count; ++i) {
      const pid_t hog = fork();
      if (hog == 0) compute_for_ever(parent);
      if (hog > 0) processes_.push_back(hog);
    }
  }
  ~Hogs() {
    for (const pid_t hog : processes_) kill(hog, SIGKILL);
    for (const pid_t hog : processes_) waitpid(hog, nullptr, 0);
  }
  Hogs(const Hogs&) = delete;
  Hogs& operator=(const Hogs&) = delete;

 private:
  [[noreturn]] static void compute_for_ever(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);  // it has ended before
    volatile unsigned number = 0;
    for (;;) number = number + 1;
  }

  std::vector<pid_t> processes_;
};

class BesideHogs final : public Workload {
 public:
  using Make = std::function<std::unique_ptr<Workload>()>;

  BesideHogs(int hogs, const Make& make) : hogs_(hogs), workload_(make()) {}

  std::chrono::nanoseconds run() override { return workload_->run(); }
  [[nodiscard]] std::int64_t units() const override { return workload_->units(); }
  [[nodiscard]] std::int64_t calls() const override { return workload_->calls(); }
  void report(Counters& counters) const override { workload_->report(counters); }

 private:
  Hogs hogs_;
  std::unique_ptr<Workload> workload_;
};

}  // namespace touchstone::bench
