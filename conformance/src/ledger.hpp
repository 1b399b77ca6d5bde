// Ledger: the record of events of one test, kept in memory that the supervisor shares.
//
// What a test did last is most worth knowing when its process hangs or dies, and cannot be asked any
// more. So the events go into memory that outlives the process: the supervisor makes it, the process
// that runs the test writes, and the supervisor reads at any time.
//
// Writing must not order the threads of a test: no write acquires anything, so that no happens-before
// edge arises between two threads which both left a note, and races stay visible to ThreadSanitizer.

#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone {

struct LedgerEvent {
  std::uint64_t sequence = 0;
  std::int64_t time = 0;  // nanoseconds on the monotonic clock
  pid_t thread = 0;
  std::string text;
};

/// Counts of what happened to the tasks of a test.
struct TaskCounts {
  std::uint64_t made = 0;
  std::uint64_t started = 0;
  std::uint64_t ended = 0;
};

/// A thread inside a call of the subject's, or at a gate or mark.
struct CallInProgress {
  pid_t thread = 0;
  std::string name;      // "result()", "mark X"
  bool settled = false;  // another thread has come back from a call that waited for the same object
};

/// The place of a thread in its code: addresses, innermost first.
struct ThreadStack {
  pid_t thread = 0;
  std::vector<std::uint64_t> frames;
};

/// A view of the shared memory, in whichever process.
///
/// Thread safety: all members may be called from any thread and any process, concurrently.
class Ledger {
 public:
  /// Makes the memory. Throws std::system_error where the system refuses.
  Ledger();
  /// Maps the memory that another process made and left open under this descriptor.
  explicit Ledger(int descriptor);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// To be given to a process that executes another program. Closed on exec unless told otherwise.
  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// Forgets all events. Only while no process writes.
  void clear();

  void write(std::string_view text);
  /// Notes a thread that belongs to the build, not to the test: a sanitizer's helper.
  void set_helper_thread(pid_t thread);
  [[nodiscard]] pid_t helper_thread() const;  // 0: none is known

  void count_task_made();
  void count_task_started();
  void count_task_ended();

  /// Notes that a thread is in a call, until end_call() of what it returned: negative where there is no room. Where
  /// `object` is not 0, the end is that of a wait for it.
  [[nodiscard]] int begin_call(std::string_view name, std::uint64_t object);
  void end_call(int slot);
  /// Those that have not ended, oldest first.
  [[nodiscard]] std::vector<CallInProgress> calls() const;

  /// Notes where the calling thread is. May be called in a signal handler.
  void add_stack(const void* const* frames, int count);
  [[nodiscard]] std::vector<ThreadStack> stacks() const;

  /// How many events were ever written.
  [[nodiscard]] std::uint64_t size() const;
  /// When the last one was, or 0.
  [[nodiscard]] std::int64_t last_time() const;
  /// The last events, oldest first. One that is being written at this moment is left out.
  [[nodiscard]] std::vector<LedgerEvent> last(std::size_t count) const;
  [[nodiscard]] TaskCounts tasks() const;

 private:
  struct Memory;

  void map();

  int descriptor_ = -1;
  Memory* memory_ = nullptr;
};

/// The ledger that this process writes to, or null: nothing is recorded then.
[[nodiscard]] Ledger* current_ledger();
void set_current_ledger(Ledger* ledger);

/// The event of a task that an exception leaves: of a process that dies next, it tells why.
constexpr std::string_view a_task_throws = "a task throws";

/// Writes to the current ledger, if there is one.
void record_event(std::string_view text);

}  // namespace touchstone
