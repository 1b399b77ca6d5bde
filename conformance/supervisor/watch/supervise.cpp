// The loop that waits for a child, looks for a proof of a hang, and knows the deadline.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <supervisor/processes/cleanup.hpp>
#include <supervisor/proof/activity.hpp>
#include <supervisor/proof/evidence.hpp>
#include <supervisor/proof/hang_class.hpp>
#include <supervisor/proof/hang_proof.hpp>
#include <supervisor/watch/supervise.hpp>
#include <touchstone/detail/in_call.hpp>
#include <utility>

namespace touchstone::supervisor {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t output_kept = 65536;

/// When to look for a proof: often at first, since most hangs begin early.
class Looks {
 public:
  [[nodiscard]] Clock::time_point next() const { return next_; }

  void done(Clock::time_point start) {
    constexpr auto shortest = std::chrono::milliseconds(1);
    constexpr auto longest = std::chrono::milliseconds(10);
    const Clock::time_point now = Clock::now();
    if (now - start > std::chrono::milliseconds(200)) {
      pause_ = std::min<Clock::duration>(pause_ + pause_ / 8, longest);
    } else {
      pause_ = shortest;
    }
    next_ = now + pause_;
  }

 private:
  Clock::time_point next_ = Clock::now();
  Clock::duration pause_ = std::chrono::milliseconds(1);
};

/// The watch over one child.
class Watch {
 public:
  Watch(ChildProcess child, const Ledger& ledger, const Patience& patience, Interruptions& interruptions)
      : child_(std::move(child)),
        ledger_(ledger),
        interruptions_(interruptions),
        prover_(getpid(), {getppid()}, {child_.reports.get(), child_.output.get()}),
        patience_(patience.deadline),
        deadline_(start_ + patience_),
        last_moving_(start_) {}

  Observation run() {
    while (!step()) {
    }
    result_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    finish();
    return std::move(result_);
  }

 private:
  /// Waits for the next thing to happen, and deals with it. Returns whether the watch is over.
  bool step() {
    const Clock::time_point planned = next_time();
    interruptions_.wait(
        {child_.handle.get(), reports_open_ ? child_.reports.get() : -1, output_open_ ? child_.output.get() : -1},
        planned - Clock::now());
    forgive_standstill(planned);
    read_pipes();
    if (interruptions_.any()) return end_as(Ending::interrupted);
    if (has_ended()) return true;
    const Clock::time_point now = Clock::now();
    if (now >= looks_.next() && look()) return true;
    if (!window_ && now >= window_start()) window_ = sample_activity(getpid(), ledger_);
    return now >= deadline_ && give_up();
  }

  /// On a machine that stood still, or had no time for this process, the child had none either.
  void forgive_standstill(Clock::time_point planned) {
    const Clock::duration late = Clock::now() - planned;
    if (late > std::chrono::milliseconds(100)) deadline_ += late;
  }

  [[nodiscard]] Clock::time_point window_start() const { return deadline_ - patience_ / 4; }

  [[nodiscard]] Clock::time_point next_time() const {
    Clock::time_point next = std::min(deadline_, looks_.next());
    if (!window_) next = std::min(next, window_start());
    return next;
  }

  void read_pipes() {
    if (reports_open_) reports_open_ = read_available(child_.reports.get(), reports_);
    if (output_open_) output_open_ = read_available(child_.output.get(), output_);
    if (output_.size() > 2 * output_kept) output_.erase(0, output_.size() - output_kept);
  }

  bool end_as(Ending ending) {
    result_.ending = ending;
    return true;
  }

  bool has_ended() {
    const pid_t reaped = waitpid(child_.process, &result_.status, WNOHANG);
    if (reaped == 0 || (reaped < 0 && errno == EINTR)) return false;
    read_pipes();
    const bool whole =
        WIFEXITED(result_.status) && WEXITSTATUS(result_.status) == 0 && !split_reports(reports_).end.empty();
    return end_as(whole ? Ending::reported : Ending::crashed);
  }

  /// Tries the proof. Returns whether it succeeded.
  bool look() {
    const Clock::time_point start = Clock::now();
    if (!split_reports(reports_).end.empty()) {  // the test is over, and the process about to end
      looks_.done(start_);
      return false;
    }
    prover_.leave_out(ledger_.helper_thread());
    Finding finding = prover_.look(child_.process);
    const Clock::time_point end = Clock::now();
    looks_.done(start_);
    if (finding.proof == Proof::running) last_moving_ = start;
    if (finding.proof != Proof::hung) return false;
    // The last thread went to sleep after it was last seen awake, and after it left its last event.
    const Clock::time_point last_event{std::chrono::nanoseconds(ledger_.last_time())};
    const std::chrono::duration<double, std::milli> delay = end - std::max(last_moving_, last_event);
    auto [name, reason, breaks] = classify_hang(finding, ledger_, child_.process);
    result_.hang = {std::move(name), true, std::move(reason), std::move(breaks), delay.count()};
    result_.evidence = describe_threads(finding, child_.process, ledger_.calls());
    return end_as(Ending::hung);
  }

  /// The deadline has passed. Returns whether that is the end: what still goes on gets the same time again, a
  /// few times, since the machine may be busy with other things.
  bool give_up() {
    const Activity now = sample_activity(getpid(), ledger_);
    const ActivityClass activity = classify_activity(*window_, now);
    constexpr int most_extensions = 3;
    if (activity.progress && extensions_++ < most_extensions) {
      deadline_ += patience_;
      window_.reset();
      return false;
    }
    result_.hang = {activity.name, false, activity.reason, "", std::nullopt};
    result_.evidence = describe_threads(prover_.explain(), child_.process, ledger_.calls());
    return end_as(Ending::hung);
  }

  void finish() {
    if (result_.ending == Ending::hung) result_.evidence += describe_stacks(child_.process, ledger_);
    result_.left_processes = !kill_descendants();
    read_pipes();
    const Clock::duration start = start_.time_since_epoch();
    result_.evidence += describe_events(ledger_, std::chrono::nanoseconds(start).count());
    result_.evidence += describe_output(output_);
    result_.reports = split_reports(reports_);
    const std::vector<CallInProgress> calls = ledger_.calls();
    const TaskCounts tasks = ledger_.tasks();
    const bool nothing_runs = tasks.started == tasks.ended || result_.ending == Ending::crashed;
    result_.in_destructor = nothing_runs && std::any_of(calls.begin(), calls.end(), [](const CallInProgress& call) {
                              return call.name == detail::executors_destructor;
                            });
    const std::vector<LedgerEvent> events = ledger_.last(3);
    result_.task_threw =
        std::any_of(events.begin(), events.end(), [](const LedgerEvent& event) { return event.text == a_task_throws; });
  }

  ChildProcess child_;
  const Ledger& ledger_;
  Interruptions& interruptions_;
  HangProver prover_;
  const Clock::duration patience_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point deadline_;
  Clock::time_point last_moving_;
  Looks looks_;
  std::optional<Activity> window_;  // the last quarter of the time, where nothing has been proved
  int extensions_ = 0;
  bool reports_open_ = true;
  bool output_open_ = true;
  std::string reports_;
  std::string output_;
  Observation result_;
};

/// The witnesses in the ledger, for a child that cannot tell them any more.
std::vector<Witness> witnesses_in(const Ledger& ledger) {
  constexpr std::string_view seen = "witness: ";
  constexpr std::string_view unseen = "no witness: ";
  std::vector<Witness> witnesses;
  for (const LedgerEvent& event : ledger.last(1024)) {
    if (event.text.starts_with(seen)) witnesses.push_back({true, event.text.substr(seen.size())});
    if (event.text.starts_with(unseen)) witnesses.push_back({false, event.text.substr(unseen.size())});
  }
  return witnesses;
}

}  // namespace

Observation observe(const Job& job, const ChildSetting& setting, Start start, const Patience& patience,
                    Interruptions& interruptions) {
  setting.ledger->clear();
  Observation result = Watch(start_child(job, setting, start), *setting.ledger, patience, interruptions).run();
  result.witnesses = witnesses_in(*setting.ledger);
  return result;
}

}  // namespace touchstone::supervisor
