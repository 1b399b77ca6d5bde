// Arena: memory that the process of a test and the workers of its executor share.
//
// What a test must know of its tasks (how many stand at a gate, how often a mark was hit) lies here, so that it makes
// no difference whether they run on threads or in other processes. The process that runs the test makes the memory; a
// worker that was forked has it mapped already; one that runs a program anew finds it, and the record of events, by the
// variable TOUCHSTONE_ARENA of the environment: "PROCESS ARENA LEDGER", a process and descriptors of that process.
//
// The memory has no name and leaves no file. Nothing in it is given back before the test process ends: a worker may
// still use what the test has let go of.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <touchstone/gate.hpp>
#include <type_traits>

namespace touchstone {

/// Thread safety: all members may be called from any thread and any process, concurrently.
class Arena {
 public:
  /// The arena that this process belongs to; makes it, if there is none. To be called once while the process has a
  /// single thread, because it changes the environment. Throws std::system_error where the system refuses.
  static Arena& of_this_process();

  /// Whether this process was told of the arena of another one, or has told others of its own.
  [[nodiscard]] static bool is_told();

  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Gets zeroed memory for an object that zeros are a state of, and that needs no destructor.
  template <typename T>
  [[nodiscard]] Place make() {
    return allocate(sizeof(T));
  }

  /// See src/workers_in_main.hpp.
  [[nodiscard]] std::atomic<int>& workers_in_main() { return head().workers_in_main; }

  /// Throws std::out_of_range if the place is none of the arena's.
  template <typename T>
  [[nodiscard]] T& at(Place place) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= alignment);
    return *static_cast<T*>(address(place, sizeof(T)));
  }

 private:
  struct Head {
    std::atomic<Place> used;
    std::atomic<int> workers_in_main;
  };
  static constexpr std::size_t alignment = 64;  // so that what two threads use at a time lies apart
  static_assert(sizeof(Head) <= alignment);

  Arena();

  [[nodiscard]] Place allocate(std::size_t size);
  [[nodiscard]] void* address(Place place, std::size_t size) const;
  [[nodiscard]] Head& head() { return *reinterpret_cast<Head*>(memory_); }

  std::byte* memory_ = nullptr;
};

/// Blocks while the word has that value, until it is woken, without a limit. Words in the arena only.
void wait_while(const std::atomic<std::uint32_t>& word, std::uint32_t value);

/// Wakes all who wait for the word, in all processes.
void wake_all(const std::atomic<std::uint32_t>& word);

}  // namespace touchstone
