// The ledger's memory, and how it is written without ordering the writers.

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <src/ledger.hpp>
#include <system_error>
#include <touchstone/detail/in_call.hpp>
#include <utility>

namespace touchstone {

namespace {

constexpr std::size_t capacity = 1024;
constexpr std::size_t words_per_text = 16;
constexpr std::size_t words_per_name = 8;
constexpr std::size_t calls_at_a_time = 64;
constexpr std::size_t stacks_kept = 64;
constexpr std::size_t frames_kept = 32;

std::int64_t monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

pid_t this_thread() { return static_cast<pid_t>(syscall(SYS_gettid)); }

// A text is kept in words that are atomic one by one: a reader in another process may look at it while it is being
// written over, and must get a wrong text at worst.
template <std::size_t words>
using SharedText = std::array<std::atomic<std::uint64_t>, words>;

template <std::size_t words>
void store_text(SharedText<words>& shared, std::string_view text) {
  text = text.substr(0, words * sizeof(std::uint64_t) - 1);
  for (std::size_t word = 0; word * sizeof(std::uint64_t) <= text.size(); ++word) {
    std::uint64_t packed = 0;
    const std::string_view part = text.substr(word * sizeof(packed), sizeof(packed));
    std::memcpy(&packed, part.data(), part.size());
    shared[word].store(packed, std::memory_order_relaxed);
  }
}

template <std::size_t words>
std::string load_text(const SharedText<words>& shared) {
  std::array<std::uint64_t, words + 1> copy{};
  for (std::size_t word = 0; word < words; ++word) copy[word] = shared[word].load(std::memory_order_relaxed);
  return reinterpret_cast<const char*>(copy.data());
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

struct Ledger::Memory {
  struct Slot {
    std::atomic<std::uint64_t> ready;  // sequence + 1, or 0 while it is written
    std::atomic<std::int64_t> time;
    std::atomic<pid_t> thread;
    SharedText<words_per_text> text;
  };

  struct Call {
    std::atomic<pid_t> thread;  // 0: free
    std::atomic<std::uint64_t> sequence;
    std::atomic<std::uint64_t> object;
    SharedText<words_per_name> name;
  };

  struct Stack {
    std::atomic<pid_t> thread;  // set last; 0: none yet
    std::array<std::atomic<std::uint64_t>, frames_kept> frames;
  };

  std::atomic<std::uint64_t> next;
  std::atomic<std::int64_t> last_time;
  std::atomic<pid_t> helper_thread;
  std::atomic<std::uint64_t> tasks_made, tasks_started, tasks_ended;
  std::array<Slot, capacity> slots;
  std::array<Call, calls_at_a_time> calls;
  std::array<std::atomic<std::uint64_t>, calls_at_a_time> settled;  // the last objects that a wait for has ended
  std::atomic<std::uint64_t> call_count, settled_count;
  std::array<Stack, stacks_kept> stacks;
  std::atomic<std::uint32_t> stack_count;
};

Ledger::Ledger() : descriptor_(memfd_create("touchstone-ledger", MFD_CLOEXEC)) {
  if (descriptor_ < 0) fail("memfd_create for the record of events");
  if (ftruncate(descriptor_, sizeof(Memory)) != 0) fail("ftruncate of the record of events");
  map();
}

Ledger::Ledger(int descriptor) : descriptor_(descriptor) {
  fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
  map();
}

Ledger::~Ledger() {
  munmap(memory_, sizeof(Memory));
  close(descriptor_);
}

void Ledger::map() {
  static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free);
  void* const address = mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0);
  if (address == MAP_FAILED) fail("mmap of the record of events");
  // New pages are zero, which is what an empty ledger consists of, so that nothing is constructed here:
  // that would wipe out what another process has written.
  memory_ = static_cast<Memory*>(address);
}

void Ledger::clear() {
  const std::uint64_t used = std::min<std::uint64_t>(size(), capacity);
  for (std::uint64_t index = 0; index < used; ++index) memory_->slots[index].ready = 0;
  memory_->next = 0;
  memory_->last_time = 0;
  memory_->helper_thread = 0;
  memory_->tasks_made = 0;
  memory_->tasks_started = 0;
  memory_->tasks_ended = 0;
  for (Memory::Call& call : memory_->calls) call.thread = 0;
  for (auto& object : memory_->settled) object = 0;
  for (Memory::Stack& stack : memory_->stacks) stack.thread = 0;
  memory_->stack_count = 0;
}

void Ledger::write(std::string_view text) {
  const std::uint64_t sequence = memory_->next.fetch_add(1, std::memory_order_relaxed);
  Memory::Slot& slot = memory_->slots[sequence % capacity];
  const std::int64_t now = monotonic_now();
  slot.ready.store(0, std::memory_order_relaxed);
  slot.time.store(now, std::memory_order_relaxed);
  slot.thread.store(this_thread(), std::memory_order_relaxed);
  store_text(slot.text, text);
  // Release, for the supervisor's acquire in last(): it must see the text of a slot that is ready.
  slot.ready.store(sequence + 1, std::memory_order_release);
  memory_->last_time.store(now, std::memory_order_relaxed);
}

void Ledger::set_helper_thread(pid_t thread) { memory_->helper_thread = thread; }

pid_t Ledger::helper_thread() const { return memory_->helper_thread; }

// Relaxed: these are sums for a report; nothing is read on the strength of them.
void Ledger::count_task_made() { memory_->tasks_made.fetch_add(1, std::memory_order_relaxed); }
void Ledger::count_task_started() { memory_->tasks_started.fetch_add(1, std::memory_order_relaxed); }
void Ledger::count_task_ended() { memory_->tasks_ended.fetch_add(1, std::memory_order_relaxed); }

// Relaxed, all of it: a supervisor reads it when the threads sleep for good, and a test's threads must not be ordered.
int Ledger::begin_call(std::string_view name, std::uint64_t object) {
  const pid_t thread = this_thread();
  for (std::size_t slot = 0; slot < calls_at_a_time; ++slot) {
    Memory::Call& call = memory_->calls[slot];
    pid_t nobody = 0;
    if (call.thread.load(std::memory_order_relaxed) != 0) continue;
    if (!call.thread.compare_exchange_strong(nobody, thread, std::memory_order_relaxed)) continue;
    call.sequence.store(memory_->call_count.fetch_add(1, std::memory_order_relaxed), std::memory_order_relaxed);
    call.object.store(object, std::memory_order_relaxed);
    store_text(call.name, name);
    return static_cast<int>(slot);
  }
  return -1;
}

void Ledger::end_call(int slot) {
  if (slot < 0) return;
  Memory::Call& call = memory_->calls[static_cast<std::size_t>(slot)];
  if (const std::uint64_t object = call.object.load(std::memory_order_relaxed); object != 0) {
    const std::uint64_t place = memory_->settled_count.fetch_add(1, std::memory_order_relaxed);
    memory_->settled[place % calls_at_a_time].store(object, std::memory_order_relaxed);
  }
  call.thread.store(0, std::memory_order_relaxed);
}

std::vector<CallInProgress> Ledger::calls() const {
  std::map<std::uint64_t, CallInProgress> calls;
  for (const Memory::Call& call : memory_->calls) {
    const pid_t thread = call.thread.load(std::memory_order_relaxed);
    const std::uint64_t object = call.object.load(std::memory_order_relaxed);
    if (thread == 0) continue;
    const bool settled = object != 0 && std::any_of(memory_->settled.begin(), memory_->settled.end(),
                                                    [object](const auto& other) { return other == object; });
    calls.emplace(call.sequence.load(std::memory_order_relaxed), CallInProgress{thread, load_text(call.name), settled});
  }
  std::vector<CallInProgress> in_order;
  for (auto& [sequence, call] : calls) in_order.push_back(std::move(call));
  return in_order;
}

void Ledger::add_stack(const void* const* frames, int count) {
  const std::uint32_t place = memory_->stack_count.fetch_add(1, std::memory_order_relaxed);
  if (place >= stacks_kept) return;
  Memory::Stack& stack = memory_->stacks[place];
  for (std::size_t frame = 0; frame < frames_kept; ++frame) {
    const bool is_there = frame < static_cast<std::size_t>(count);
    stack.frames[frame].store(is_there ? reinterpret_cast<std::uintptr_t>(frames[frame]) : 0,
                              std::memory_order_relaxed);
  }
  // Release, for the acquire in stacks(): whoever sees the thread sees its frames.
  stack.thread.store(this_thread(), std::memory_order_release);
}

std::vector<ThreadStack> Ledger::stacks() const {
  std::vector<ThreadStack> stacks;
  for (const Memory::Stack& stack : memory_->stacks) {
    // Acquire, for the release in add_stack().
    ThreadStack copy{stack.thread.load(std::memory_order_acquire), {}};
    if (copy.thread == 0) continue;
    for (const auto& frame : stack.frames) {
      if (frame != 0) copy.frames.push_back(frame.load(std::memory_order_relaxed));
    }
    stacks.push_back(std::move(copy));
  }
  return stacks;
}

std::uint64_t Ledger::size() const { return memory_->next.load(std::memory_order_relaxed); }

std::int64_t Ledger::last_time() const { return memory_->last_time.load(std::memory_order_relaxed); }

std::vector<LedgerEvent> Ledger::last(std::size_t count) const {
  const std::uint64_t end = size();
  const std::uint64_t wanted = std::min<std::uint64_t>({count, capacity, end});
  std::vector<LedgerEvent> events;
  for (std::uint64_t sequence = end - wanted; sequence < end; ++sequence) {
    const Memory::Slot& slot = memory_->slots[sequence % capacity];
    // Acquire, for the release in write().
    if (slot.ready.load(std::memory_order_acquire) != sequence + 1) continue;
    events.push_back({sequence, slot.time.load(std::memory_order_relaxed), slot.thread.load(std::memory_order_relaxed),
                      load_text(slot.text)});
  }
  return events;
}

TaskCounts Ledger::tasks() const {
  return {memory_->tasks_made.load(std::memory_order_relaxed), memory_->tasks_started.load(std::memory_order_relaxed),
          memory_->tasks_ended.load(std::memory_order_relaxed)};
}

namespace {
Ledger* ledger_of_this_process = nullptr;  // set before the test starts its first thread
}

Ledger* current_ledger() { return ledger_of_this_process; }

void set_current_ledger(Ledger* ledger) { ledger_of_this_process = ledger; }

namespace detail {

std::uint64_t next_object() {
  static std::atomic<std::uint64_t> last = 0;
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

InCall::InCall(std::string_view name, std::uint64_t object)
    : slot_(ledger_of_this_process != nullptr ? ledger_of_this_process->begin_call(name, object) : -1) {}

InCall::~InCall() {
  if (slot_ >= 0) ledger_of_this_process->end_call(slot_);
}

}  // namespace detail

void record_event(std::string_view text) {
  if (ledger_of_this_process != nullptr) ledger_of_this_process->write(text);
}

}  // namespace touchstone
