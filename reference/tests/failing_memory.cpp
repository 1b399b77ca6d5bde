#include <cstdlib>
#include <failing_memory.hpp>
#include <limits>
#include <new>

namespace {

constexpr std::size_t plenty = std::numeric_limits<std::size_t>::max();
thread_local std::size_t left = plenty;
thread_local bool has_failed = false;

}  // namespace

FailingMemory::FailingMemory(std::size_t allocations) {
  left = allocations;
  has_failed = false;
}
FailingMemory::~FailingMemory() { left = plenty; }
bool FailingMemory::failed() { return has_failed; }

void* operator new(std::size_t size) {
  if (left == 0) has_failed = true;
  if (left != plenty && left > 0) --left;
  void* const memory = left == 0 && has_failed ? nullptr : std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
