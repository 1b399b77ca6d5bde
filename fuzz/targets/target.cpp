// What all targets have in common.

#include <cstdio>
#include <cstdlib>
#include <new>
#include <target.hpp>

namespace touchstone::fuzz {
namespace {

thread_local std::size_t allocated = 0;

void* counted(void* memory, std::size_t size) {
  if (memory == nullptr) throw std::bad_alloc();
  allocated += size;
  return memory;
}

}  // namespace

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "found: %s\n", what);
  std::abort();
}

std::size_t allocated_bytes() { return allocated; }

}  // namespace touchstone::fuzz

// Where memory is asked for that cannot be had, that is an exception, as it is without it.
extern "C" const char* __asan_default_options();  // NOLINT(bugprone-reserved-identifier)
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }

void* operator new(std::size_t size) { return touchstone::fuzz::counted(std::malloc(size), size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto unit = static_cast<std::size_t>(alignment);
  return touchstone::fuzz::counted(std::aligned_alloc(unit, (size + unit - 1) / unit * unit), size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
