// Starts children by fork or by execution, and is what they run.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <src/stack_request.hpp>
#include <src/test_record.hpp>
#include <supervisor/child/build.hpp>
#include <supervisor/child/child.hpp>
#include <supervisor/processes/proc.hpp>
#include <system_error>

// Only there in builds with coverage or leak detection, which must speak before the process ends at once.
extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming): their names
[[gnu::weak]] void __gcov_dump();
[[gnu::weak]] int __lsan_do_recoverable_leak_check();
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
}

namespace touchstone::supervisor {

namespace {

constexpr int exit_code_of_no_run = 3;
constexpr int exit_code_of_leaks = 23;  // LeakSanitizer's own

/// Writes all of it; the supervisor reads at the same time.
void send(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t length = write(descriptor, text.data(), text.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return;  // the supervisor is gone, and this process will be in a moment
    text.remove_prefix(static_cast<std::size_t>(length));
  }
}

/// Runs the job, sends the report, and ends the process.
[[noreturn]] void run_job(const Job& job, MakeSubject make_subject, int reports) {
  set_time_scale(job.time_scale);
  answer_stack_requests();
  if (job.test == nullptr) {
    send(reports, encode(describe_subject(make_subject)));
    end_process(0);
  }
  TestReport report;
  const std::unique_ptr<Subject> subject = make_subject_safely(make_subject, report.error);
  const Listeners listening{[reports](const Failure& failure) { send(reports, encode_early(failure)); },
                            [reports](const TestReport& body) { send(reports, encode_body(body)); }};
  if (subject != nullptr) report = run_test(*job.test, *subject, job.seed, Chatter::none, listening);
  send(reports, encode(report));
  if (!report.error.empty()) end_process(exit_code_of_no_run);
  const bool passed = report.failures.empty();
  if (passed && __lsan_do_recoverable_leak_check != nullptr && __lsan_do_recoverable_leak_check() != 0) {
    end_process(exit_code_of_leaks);
  }
  end_process(0);
}

/// Who starts a supervisor may ignore signals, as nohup does, and shells do for what runs in the background. A test,
/// and the processes that it makes, are not to inherit that.
void heed_signals() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN) signal(number, SIG_DFL);
  }
}

/// Makes the process independent of the supervisor's terminal, signals and group; bound to its life.
void settle(pid_t supervisor, int output) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != supervisor) _exit(exit_code_of_no_run);  // it died before the line above
  setpgid(0, 0);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  close(nothing);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  heed_signals();
  const rlimit no_core{0, 0};  // a crash is reported, and leaves no file behind
  setrlimit(RLIMIT_CORE, &no_core);
}

/// The command line of an executed child, made before the fork: nothing may be allocated after it.
class CommandLine {
 public:
  CommandLine(const Job& job, const ChildSetting& setting, int reports, int ledger)
      : words_{setting.program,
               "--child",
               job.test == nullptr ? std::string() : std::string(job.test->name),
               "--child-reports",
               std::to_string(reports),
               "--child-ledger",
               std::to_string(ledger),
               "--seed",
               std::to_string(job.seed),
               "--time-scale",
               std::to_string(job.time_scale)} {
    for (std::string& word : words_) pointers_.push_back(word.data());
    pointers_.push_back(nullptr);
  }
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;

  [[noreturn]] void execute(int reports, int ledger) {
    fcntl(reports, F_SETFD, 0);
    fcntl(ledger, F_SETFD, 0);
    execv("/proc/self/exe", pointers_.data());
    _exit(exit_code_of_no_run);
  }

 private:
  std::vector<std::string> words_;
  std::vector<char*> pointers_;
};

/// The helper thread of ThreadSanitizer, which starts it before anything else; or 0 where it cannot be told from
/// a thread that a library has started before main.
pid_t find_helper_thread() {
  if (sanitizer() != "thread") return 0;
  std::vector<int> threads = numbers_in("/proc/self/task");
  std::erase(threads, getpid());
  if (threads.size() != 1) return 0;
  // It keeps the signals of the program away from itself.
  constexpr std::uint64_t usual_signals = 0x7fffffff & ~(1U << (SIGKILL - 1)) & ~(1U << (SIGSTOP - 1));
  const std::string status = read_file("/proc/self/task/" + std::to_string(threads.front()) + "/status");
  const std::uint64_t blocked = find_number(status, "\nSigBlk:", 16).value_or(0);
  return (blocked & usual_signals) == usual_signals ? threads.front() : 0;
}

[[noreturn]] void run_forked_child(const Job& job, const ChildSetting& setting, int reports) {
  for (const int descriptor : setting.not_for_children) close(descriptor);
  set_current_ledger(setting.ledger);
  run_job(job, setting.make_subject, reports);
}

}  // namespace

ChildProcess start_child(const Job& job, const ChildSetting& setting, Start start) {
  Pipe reports = make_pipe();
  Pipe output = make_pipe();
  CommandLine command(job, setting, reports.write_end.get(), setting.ledger->descriptor());
  const pid_t supervisor = getpid();
  std::fflush(nullptr);  // or the child would print it again
  const pid_t process = fork();
  if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (process == 0) {
    settle(supervisor, output.write_end.get());
    if (start == Start::execute) command.execute(reports.write_end.get(), setting.ledger->descriptor());
    reports.read_end.reset();
    output.read_end.reset();
    output.write_end.reset();
    run_forked_child(job, setting, reports.write_end.get());
  }
  fcntl(reports.read_end.get(), F_SETFL, O_NONBLOCK);
  fcntl(output.read_end.get(), F_SETFL, O_NONBLOCK);
  ChildProcess child{process, std::move(reports.read_end), std::move(output.read_end), FileDescriptor()};
#ifdef SYS_pidfd_open
  child.handle = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, process, 0)));
#endif
  return child;
}

void run_executed_child(const ExecutedChild& child, const std::string& program, MakeSubject make_subject) {
  prctl(PR_SET_NAME, program.substr(program.rfind('/') + 1).c_str());
  fcntl(child.reports, F_SETFD, FD_CLOEXEC);
  Job job{nullptr, child.seed, child.time_scale};
  if (!child.test.empty()) {
    job.test = find_test(child.test);
    if (job.test == nullptr) _exit(exit_code_of_no_run);
  }
  // Never destroyed: threads that the subject leaves behind may write to it to the end.
  set_current_ledger(new Ledger(child.ledger));
  current_ledger()->set_helper_thread(find_helper_thread());
  run_job(job, make_subject, child.reports);
}

void end_process(int code) {
  std::fflush(nullptr);
  if (__gcov_dump != nullptr) __gcov_dump();
  _exit(code);
}

bool has_other_threads() { return numbers_in("/proc/self/task").size() > 1; }

const TestCase* find_test(std::string_view name) {
  const std::vector<TestCase>& tests = all_tests();
  const auto found =
      std::find_if(tests.begin(), tests.end(), [name](const TestCase& test) { return test.name == name; });
  return found == tests.end() ? nullptr : &*found;
}

}  // namespace touchstone::supervisor
