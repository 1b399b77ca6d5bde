// Arena: where everything lives that a schedule allocates.
//
// Addresses decide things: the library picks the lock of an outcome by its address. So that a schedule is the same
// each time, in each process, its memory lies at a fixed address and begins empty. This also makes
// leaks, double frees and uses after free visible, with and without AddressSanitizer.
//
// The program's operator new and delete are replaced by ones that ask here first; so are its realloc and free, by the
// linker, as far as they are called by what is linked into it.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace touchstone::fuzz {

class Arena {
 public:
  /// The arena of the program.
  [[nodiscard]] static Arena& instance();

  /// Forgets all blocks. With `reuse`, a freed block is the next one of its size to be handed out, so that a
  /// new object appears where an old one was; without it, an address is used once.
  void begin(bool reuse);

  /// Whether allocations come from here now.
  [[nodiscard]] bool enabled() const { return enabled_; }
  void enable(bool enabled) { enabled_ = enabled; }

  [[nodiscard]] void* allocate(std::size_t size, std::size_t alignment);
  [[nodiscard]] bool owns(const void* pointer) const {
    return reinterpret_cast<std::uintptr_t>(pointer) - reinterpret_cast<std::uintptr_t>(memory_) < capacity;
  }
  void release(void* pointer);

  /// How many blocks were allocated and not released.
  [[nodiscard]] std::size_t blocks() const { return blocks_; }
  [[nodiscard]] bool released_twice() const { return released_twice_; }

  /// To whom belongs what is allocated from now on: the program itself, 0, or a process that it has started, a number
  /// below max_owners. All that an owner has left is forgotten when it ends: it counts as released.
  void set_owner(std::uint16_t owner) { owner_ = owner; }
  [[nodiscard]] std::uint16_t owner() const { return owner_; }
  void forget(std::uint16_t owner);
  static constexpr std::size_t max_owners = 64;

  /// The block with the same contents, and another size, perhaps elsewhere.
  [[nodiscard]] void* resize(void* pointer, std::size_t size);

  /// The same number for the same block in each process.
  [[nodiscard]] std::uint64_t offset(const void* pointer) const {
    return reinterpret_cast<std::uintptr_t>(pointer) - reinterpret_cast<std::uintptr_t>(memory_);
  }

 private:
  struct Header {
    std::uint32_t size;  // of the block, without the header
    std::uint16_t state;
    std::uint16_t owner;
    Header* next;  // of the same size, while released
  };
  static constexpr std::size_t capacity = std::size_t{64} << 20;
  static constexpr std::size_t granule = 16;
  static constexpr std::size_t size_classes = 64;  // blocks of up to 64 granules are reused

  Arena();
  [[nodiscard]] static Header* header_of(void* block) { return static_cast<Header*>(block) - 1; }

  std::byte* memory_ = nullptr;
  std::size_t used_ = 0;
  std::size_t blocks_ = 0;
  std::uint16_t owner_ = 0;
  std::array<std::size_t, max_owners> blocks_of_ = {};  // by owner
  std::array<bool, max_owners> forgotten_ = {};
  bool enabled_ = false;
  bool reuse_ = false;
  bool released_twice_ = false;
  Header* released_[size_classes + 1] = {};
};

/// While it lives, what is allocated belongs to another owner.
class OwnedBy {
 public:
  explicit OwnedBy(std::uint16_t owner) : before_(Arena::instance().owner()) { Arena::instance().set_owner(owner); }
  ~OwnedBy() { Arena::instance().set_owner(before_); }
  OwnedBy(const OwnedBy&) = delete;
  OwnedBy& operator=(const OwnedBy&) = delete;

 private:
  const std::uint16_t before_;
};

/// While it lives, allocations come from the ordinary heap: for what must outlive the schedule.
class OutsideArena {
 public:
  OutsideArena() : enabled_(Arena::instance().enabled()) { Arena::instance().enable(false); }
  ~OutsideArena() { Arena::instance().enable(enabled_); }
  OutsideArena(const OutsideArena&) = delete;
  OutsideArena& operator=(const OutsideArena&) = delete;

 private:
  const bool enabled_;
};

}  // namespace touchstone::fuzz
