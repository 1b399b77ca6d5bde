// The arena's memory, how a worker finds it, and waiting in it.

#include <fcntl.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <src/arena.hpp>
#include <src/ledger.hpp>
#include <stdexcept>
#include <string>
#include <system_error>

namespace touchstone {

namespace {

constexpr const char* variable = "TOUCHSTONE_ARENA";

// Of which only those pages exist that were used: enough for millions of gates.
constexpr std::size_t size_of_memory = std::size_t{1} << (sizeof(void*) == 8 ? 30 : 27);

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

int open_descriptor_of(int process, int descriptor) {
  const std::string path = "/proc/" + std::to_string(process) + "/fd/" + std::to_string(descriptor);
  const int opened = open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (opened < 0) fail(path + ", which the environment variable " + variable + " names, cannot be opened");
  return opened;
}

/// The arena of the test process that this is a worker of, or -1 if it is none.
int find_memory() {
  const char* const told = std::getenv(variable);
  if (told == nullptr) return -1;
  int process = -1;
  int memory = -1;
  int ledger = -1;
  if (std::sscanf(told, "%d %d %d", &process, &memory, &ledger) != 3) {
    throw std::runtime_error(std::string(variable) + "='" + told + "' is no PROCESS ARENA LEDGER; unset it");
  }
  if (current_ledger() == nullptr && ledger >= 0) set_current_ledger(new Ledger(open_descriptor_of(process, ledger)));
  return open_descriptor_of(process, memory);
}

int make_memory() {
  const int memory = memfd_create("touchstone-arena", MFD_CLOEXEC);
  if (memory < 0) fail("memfd_create for gates and marks");
  if (ftruncate(memory, size_of_memory) != 0) fail("ftruncate of the memory for gates and marks");
  const int ledger = current_ledger() == nullptr ? -1 : current_ledger()->descriptor();
  const std::string told = std::to_string(getpid()) + " " + std::to_string(memory) + " " + std::to_string(ledger);
  setenv(variable, told.c_str(), 1);
  return memory;  // stays open, for workers to find
}

}  // namespace

Arena& Arena::of_this_process() {
  // Never destroyed: threads and processes that a subject leaves behind may still use it.
  static Arena* const arena = new Arena;
  return *arena;
}

bool Arena::is_told() { return std::getenv(variable) != nullptr; }

Arena::Arena() {
  static_assert(std::atomic<Place>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);
  const int found = find_memory();
  const int memory = found >= 0 ? found : make_memory();
  void* const address = mmap(nullptr, size_of_memory, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, memory, 0);
  if (address == MAP_FAILED) fail("mmap of the memory for gates and marks");
  memory_ = static_cast<std::byte*>(address);
  if (found >= 0) close(found);
}

Place Arena::allocate(std::size_t size) {
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  // The first place is left to the head.
  const Place place = head().used.fetch_add(rounded, std::memory_order_relaxed) + alignment;
  if (place + rounded > size_of_memory) throw std::length_error("the test has used up the memory for gates and marks");
  return place;
}

void* Arena::address(Place place, std::size_t size) const {
  if (place < alignment || place % alignment != 0 || place + size > size_of_memory) {
    throw std::out_of_range("there is no gate, mark or task at the place " + std::to_string(place));
  }
  return memory_ + place;
}

// Not std::atomic's own wait: that is for the threads of one process.
void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT, value, nullptr, nullptr, 0);
}

void wake_all(const std::atomic<std::uint32_t>& word) {
  syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace touchstone
