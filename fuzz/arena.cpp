#include <sys/mman.h>

#include <algorithm>
#include <arena.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <sanitizers.hpp>
#include <utility>

namespace touchstone::fuzz {
namespace {

// Between the heap and the stacks in every address space of 48 bits, where AddressSanitizer has neither shadow nor
// heap. ThreadSanitizer knows fewer places.
#ifdef TOUCHSTONE_TSAN
constexpr std::uintptr_t wanted_address = 0x004000000000;
#else
constexpr std::uintptr_t wanted_address = 0x300000000000;
#endif

constexpr std::uint16_t in_use = 0x5553;
constexpr std::uint16_t released = 0x4652;

// What fills fresh and released memory, so that whoever reads it does not find what was expected by chance.
constexpr int fresh_byte = 0xCD;
constexpr int released_byte = 0xDD;

constexpr std::size_t rounded_up(std::size_t size, std::size_t step) { return (size + step - 1) / step * step; }

}  // namespace

Arena& Arena::instance() {
  static Arena arena;
  return arena;
}

Arena::Arena() {
  void* const memory = mmap(reinterpret_cast<void*>(wanted_address), capacity, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory != reinterpret_cast<void*>(wanted_address)) {
    std::fprintf(stderr, "the explorer needs %zu bytes at address %#jx, so that schedules can be replayed: %s\n",
                 capacity, static_cast<std::uintmax_t>(wanted_address), std::strerror(errno));
    std::exit(3);
  }
  memory_ = static_cast<std::byte*>(memory);
  forbid_access(memory_, capacity);
}

void Arena::begin(bool reuse) {
  forbid_access(memory_, used_);
  used_ = 0;
  blocks_ = 0;
  owner_ = 0;
  blocks_of_ = {};
  forgotten_ = {};
  reuse_ = reuse;
  released_twice_ = false;
  for (Header*& first : released_) first = nullptr;
}

void* Arena::allocate(std::size_t size, std::size_t alignment) {
  const std::size_t granules = rounded_up(size == 0 ? 1 : size, granule) / granule;
  Header* header = nullptr;
  if (granules <= size_classes && alignment <= granule && released_[granules] != nullptr) {
    header = released_[granules];
    permit_access(header, sizeof(Header));
    released_[granules] = header->next;
  } else {
    const std::size_t start = rounded_up(used_ + sizeof(Header), alignment < granule ? granule : alignment);
    if (start + granules * granule > capacity) throw std::bad_alloc();
    used_ = start + granules * granule;
    header = header_of(memory_ + start);
    permit_access(header, sizeof(Header));
    header->size = static_cast<std::uint32_t>(granules * granule);
  }
  header->state = in_use;
  header->owner = owner_;
  forbid_access(header, sizeof(Header));
  void* const block = header + 1;
  permit_access(block, size);
  observed(block);
  std::memset(block, fresh_byte, size);
  ++blocks_;
  ++blocks_of_[owner_];
  return block;
}

void Arena::release(void* pointer) {
  Header* const header = header_of(pointer);
  permit_access(header, sizeof(Header));
  if (header->state != in_use) {
    released_twice_ = true;
    forbid_access(header, sizeof(Header));
    return;
  }
  header->state = released;
  const std::size_t granules = header->size / granule;
  permit_access(pointer, header->size);
  std::memset(pointer, released_byte, header->size);
  published(pointer);
  forbid_access(pointer, header->size);
  if (reuse_ && granules <= size_classes) {
    header->next = released_[granules];
    released_[granules] = header;
  }
  if (!forgotten_[header->owner]) {
    --blocks_;
    --blocks_of_[header->owner];
  }
  forbid_access(header, sizeof(Header));
}

void Arena::forget(std::uint16_t owner) {
  forgotten_[owner] = true;
  blocks_ -= std::exchange(blocks_of_[owner], 0);
}

void* Arena::resize(void* pointer, std::size_t size) {
  void* const moved = allocate(size, 1);
  if (pointer == nullptr) return moved;
  Header* const header = header_of(pointer);
  permit_access(header, sizeof(Header));
  const std::size_t before = header->size;
  forbid_access(header, sizeof(Header));
  permit_access(pointer, before);  // the end of the last granule, too
  std::memcpy(moved, pointer, std::min<std::size_t>(before, size));
  release(pointer);
  return moved;
}

}  // namespace touchstone::fuzz

namespace {

using touchstone::fuzz::Arena;

void* allocate(std::size_t size, std::size_t alignment) {
  if (Arena& arena = Arena::instance(); arena.enabled()) return arena.allocate(size, alignment);
  void* const memory = alignment <= alignof(std::max_align_t)
                           ? std::malloc(size == 0 ? 1 : size)
                           : std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* allocate_or_null(std::size_t size) noexcept {
  try {
    return allocate(size, 1);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void release(void* memory) noexcept {
  if (Arena& arena = Arena::instance(); arena.owns(memory)) {
    arena.release(memory);
  } else {
    std::free(memory);
  }
}

}  // namespace

// What the linker calls instead of realloc and free (--wrap), and how it calls the real ones: the names are its own.
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void* __real_realloc(void* memory, std::size_t size);
void __real_free(void* memory);

void* __wrap_realloc(void* memory, std::size_t size) {
  Arena& arena = Arena::instance();
  const bool is_here = memory == nullptr ? arena.enabled() : arena.owns(memory);
  if (!is_here) return __real_realloc(memory, size);
  try {
    return arena.resize(memory, size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

void __wrap_free(void* memory) {
  if (Arena& arena = Arena::instance(); arena.owns(memory)) {
    arena.release(memory);
  } else {
    __real_free(memory);
  }
}
}
// NOLINTEND(bugprone-reserved-identifier)

void* operator new(std::size_t size) { return allocate(size, 1); }
void* operator new[](std::size_t size) { return allocate(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return allocate_or_null(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return allocate_or_null(size); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
