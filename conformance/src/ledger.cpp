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
#include <src/ledger.hpp>
#include <system_error>

namespace touchstone {

namespace {

constexpr std::size_t capacity = 1024;
constexpr std::size_t words_per_text = 16;

std::int64_t monotonic_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

// The text is kept in words that are atomic one by one: a reader in another process may look at a
// slot while it is being written over, and must get a wrong text at worst.
struct Ledger::Memory {
  struct Slot {
    std::atomic<std::uint64_t> ready;  // sequence + 1, or 0 while it is written
    std::atomic<std::int64_t> time;
    std::atomic<pid_t> thread;
    std::array<std::atomic<std::uint64_t>, words_per_text> text;
  };

  std::atomic<std::uint64_t> next;
  std::atomic<std::int64_t> last_time;
  std::atomic<pid_t> helper_thread;
  std::atomic<std::uint64_t> tasks_made, tasks_started, tasks_ended;
  std::array<Slot, capacity> slots;
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
}

void Ledger::write(std::string_view text) {
  const std::uint64_t sequence = memory_->next.fetch_add(1, std::memory_order_relaxed);
  Memory::Slot& slot = memory_->slots[sequence % capacity];
  const std::int64_t now = monotonic_now();
  slot.ready.store(0, std::memory_order_relaxed);
  slot.time.store(now, std::memory_order_relaxed);
  slot.thread.store(static_cast<pid_t>(syscall(SYS_gettid)), std::memory_order_relaxed);
  text = text.substr(0, words_per_text * sizeof(std::uint64_t) - 1);
  for (std::size_t word = 0; word * sizeof(std::uint64_t) <= text.size(); ++word) {
    std::uint64_t packed = 0;
    const std::string_view part = text.substr(word * sizeof(packed), sizeof(packed));
    std::memcpy(&packed, part.data(), part.size());
    slot.text[word].store(packed, std::memory_order_relaxed);
  }
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
    std::array<std::uint64_t, words_per_text + 1> words{};
    for (std::size_t word = 0; word < words_per_text; ++word) {
      words[word] = slot.text[word].load(std::memory_order_relaxed);
    }
    events.push_back({sequence, slot.time.load(std::memory_order_relaxed), slot.thread.load(std::memory_order_relaxed),
                      reinterpret_cast<const char*>(words.data())});
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

void record_event(std::string_view text) {
  if (ledger_of_this_process != nullptr) ledger_of_this_process->write(text);
}

}  // namespace touchstone
