// W12. Nothing is to be done, for two seconds: does the pool sleep? With a pool that has run calls, and with one of
// which one worker is in a call that waits. A laptop's battery, and a neighbour in the same cloud, pay for what it does
// instead.

#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <touchstone/bench/tasks.hpp>
#include <touchstone/bench/workload.hpp>

namespace touchstone::bench {

enum class Work { none, long_call };

/// The figure is processor time in nanoseconds a second; `switches` counts how often a thread of the pool went to
/// sleep.
template <typename A>
class Idle final : public Workload {
 public:
  Idle(Work work, int workers, const Sizes& sizes) : work_(work), time_(sizes.idle), client_(workers, 1) {
    warm_up(client_);
  }

  std::chrono::nanoseconds run() override {
    Gate gate;
    std::optional<typename Client<A>::Handle> held;
    if (work_ == Work::long_call) {
      held.emplace(client_.submit(gate.task()));
      gate.wait_until_reached();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // what spins a while may do so
    const Activity before = activity_of_others();
    std::this_thread::sleep_for(time_);
    const Activity after = activity_of_others();
    seconds_ += std::chrono::duration<double>(time_).count();
    activity_.nanoseconds += after.nanoseconds - before.nanoseconds;
    activity_.switches += after.switches - before.switches;
    gate.open();
    if (held) client_.result(*held);
    return time_;
  }

  void report(Counters& counters) const override {
    counters["median"] = activity_.nanoseconds / seconds_;
    counters["switches"] = activity_.switches / seconds_;
  }

 private:
  /// What the system has counted: processor time, and how often threads went to sleep by themselves.
  struct Activity {
    double nanoseconds = 0;
    double switches = 0;
  };

  /// Of all threads of this process but the one that asks.
  static Activity activity_of_others() {
    const std::string own = std::to_string(syscall(SYS_gettid));
    Activity activity;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
      if (thread.path().filename() == own) continue;
      double nanoseconds = 0;
      if (std::ifstream(thread.path() / "schedstat") >> nanoseconds) activity.nanoseconds += nanoseconds;
      std::ifstream status(thread.path() / "status");
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with("voluntary_ctxt_switches:"))
          activity.switches += std::stod(line.substr(line.find(':') + 1));
      }
    }
    return activity;
  }

  Work work_;
  std::chrono::milliseconds time_;
  Client<A> client_;
  Activity activity_;
  double seconds_ = 0;
};

}  // namespace touchstone::bench
