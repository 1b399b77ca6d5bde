// Counts blocks by standing before the functions of the C library that give them out. Where nobody counts, that costs
// the look at one flag, for all executors alike.

#include <atomic>
#include <cstddef>
#include <touchstone/bench/allocations.hpp>

namespace {

constinit std::atomic<bool> counting = false;
constinit std::atomic<std::int64_t> blocks = 0;

}  // namespace

namespace touchstone::bench {

CountedAllocations::CountedAllocations() {
  blocks = 0;
  counting = true;
}
CountedAllocations::~CountedAllocations() { counting = false; }
std::int64_t CountedAllocations::count() const { return blocks; }

}  // namespace touchstone::bench

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// Relaxed: a count, which is read by the thread that has allocated.
static void count_block() {
  if (counting.load(std::memory_order_relaxed)) blocks.fetch_add(1, std::memory_order_relaxed);
}

extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) {
  count_block();
  return __libc_malloc(size);
}
void* calloc(std::size_t number, std::size_t size) {
  count_block();
  return __libc_calloc(number, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  count_block();
  return __libc_memalign(alignment, size);
}

}  // extern "C"

#endif
