// Starts a program below a stand-in for the supervisor, and looks for proofs.

#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <climits>
#include <new>
#include <supervisor/processes/cleanup.hpp>
#include <supervisor/tests/proof/nursery.hpp>
#include <supervisor/tests/proof/program_tools.hpp>
#include <thread>

namespace touchstone::supervisor {

namespace {

struct Shared {
  std::atomic<std::uint32_t> word = 0;
  std::atomic<std::int64_t> last_step = 0;
  std::atomic<pid_t> program = 0;
};

[[noreturn]] void run_keeper(const Program& program, const Outside& outside, Shared& shared) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  adopt_orphans();
  const pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    // The end that the watcher writes to is its own.
    close(outside.write_end);
    program.run(outside);
    _exit(0);
  }
  shared.program = child;
  // Takes notice of the program only: what falls to it as an orphan stays as it is.
  waitpid(child, nullptr, 0);
  for (;;) pause();
}

}  // namespace

Nursery::Nursery(const Program& program) : pipe_(make_pipe()) {
  memory_ = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  auto* const shared = new (memory_) Shared;
  outside_ = {pipe_.read_end.get(), pipe_.write_end.get(), &shared->word, &shared->last_step};
  keeper_ = fork();
  if (keeper_ == 0) run_keeper(program, outside_, *shared);
  while (shared->program == 0) std::this_thread::yield();
  program_ = shared->program;
}

Nursery::~Nursery() {
  kill(keeper_, SIGKILL);
  kill_descendants();
  munmap(memory_, sizeof(Shared));
}

void Nursery::interfere() {
  *outside_.word = 1;
  syscall(SYS_futex, outside_.word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
  // As often as there may be processes that read.
  const std::vector<char> bytes(4096, 'x');
  fcntl(outside_.write_end, F_SETFL, O_NONBLOCK);
  [[maybe_unused]] const ssize_t length = write(outside_.write_end, bytes.data(), bytes.size());
}

Polls poll_until_end(const Program& program) {
  Nursery nursery(program);
  HangProver prover(nursery.keeper());
  Polls polls;
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    const Finding finding = prover.look(nursery.program());
    if (finding.proof == Proof::gone) return polls;
    ++polls.all;
    if (finding.proof == Proof::running) ++polls.running;
    if (finding.proof == Proof::open) {
      ++polls.open;
      for (const ThreadFinding& thread : finding.threads) polls.objections.insert(thread.objection);
      polls.objections.insert(finding.objections.begin(), finding.objections.end());
    }
    if (finding.proof == Proof::hung) {
      ++polls.hung;
      polls.proof = finding;
      return polls;
    }
    if (std::chrono::steady_clock::now() - start > 2 * life) nursery.interfere();
  }
}

Proving prove(const Program& program, std::chrono::milliseconds patience) {
  Nursery nursery(program);
  HangProver prover(nursery.keeper());
  Proving proving;
  for (const auto end = std::chrono::steady_clock::now() + patience; std::chrono::steady_clock::now() < end;) {
    const std::int64_t start = monotonic_now();
    proving.finding = prover.look(nursery.program());
    if (proving.finding.proof == Proof::hung) {
      const std::int64_t now = monotonic_now();
      proving.milliseconds = static_cast<double>(now - nursery.last_step()) * 1e-6;
      proving.cost_milliseconds = static_cast<double>(now - start) * 1e-6;
      return proving;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  proving.finding = prover.explain();
  return proving;
}

}  // namespace touchstone::supervisor
