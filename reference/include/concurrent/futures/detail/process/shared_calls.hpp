// SharedCalls: the calls that a pool has handed out to its children, in memory that all of them see.
//
// Each lies at a place until its outcome has come. In which order they are to be begun says a ring of places: the
// parent appends, and whichever child is free takes the next one, with one compare-and-swap. So calls start in the
// order in which they were submitted, though some were handed out before there was a child for them; nothing lies
// behind a call that takes long; and no call can be begun twice. There is no lock that a child could hold when it dies.
//
// What children may write lies apart from all else, which they can only read: a call of the user's that writes where it
// must not cannot change the calls of others. Arguments that are too large for a place are sent to the child that has
// taken the call, when it asks for them.

#pragma once

#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/detail/process/code_place.hpp>
#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Thread safety: one thread at a time in the parent, and any number of children.
/// Memory order: sequentially consistent; what lies at a place is visible to who takes it.
class SharedCalls {
 public:
  /// How many calls may be handed out beyond one for each child.
  static constexpr std::size_t most_ahead = 64;

  struct Call {
    std::uint64_t number = 0;
    CodePlace code;
    std::uint64_t size = 0;                // of the arguments
    std::span<const std::byte> arguments;  // empty where they are to be fetched

    [[nodiscard]] bool is_to_be_fetched() const { return arguments.size() < size; }
  };

  SharedCalls() = default;
  /// In the parent.
  explicit SharedCalls(std::size_t children);
  /// In a child.
  SharedCalls(const os::Descriptor& memory, std::size_t children);

  [[nodiscard]] const os::Descriptor& descriptor() const { return memory_.descriptor(); }

  // In the parent.

  /// How many calls can lie in here.
  [[nodiscard]] std::size_t places() const { return places_; }

  /// Whether arguments of that size lie at a place; else they are to be fetched.
  [[nodiscard]] static bool fits(std::size_t size);

  /// Writes a call to a free place. Only when hand_out() is called can it be taken. If its arguments do not fit, it
  /// does not matter which of them are given, but for their size, and that of what is left out.
  void put(std::size_t place, std::uint64_t number, const CodePlace& code, std::span<const std::byte> arguments,
           std::size_t left_out = 0);
  void hand_out(std::size_t place);

  /// No child takes any more of what was handed out.
  void take_back();

  /// Whether this child is asleep, and nobody has woken it so far.
  [[nodiscard]] bool claim_sleeper(std::size_t child);

  // In a child.

  /// The place of the oldest call that nobody has taken. It is the caller's now.
  [[nodiscard]] std::optional<std::uint32_t> take();
  [[nodiscard]] bool empty() const;
  [[nodiscard]] Call at(std::uint32_t place) const;

  /// To be called before the last look into the ring, and when that child is awake again.
  void fall_asleep(std::size_t child);
  void wake_up(std::size_t child);

 private:
  struct Writable;
  struct ReadOnly;
  struct Place;

  [[nodiscard]] Writable& writable() const;
  [[nodiscard]] ReadOnly& read_only() const;
  [[nodiscard]] std::span<sync::Atomic<std::uint32_t>> sleeping() const;
  [[nodiscard]] std::span<sync::Atomic<std::uint32_t>> ring() const;
  [[nodiscard]] Place& place(std::size_t index) const;

  std::size_t children_ = 0;
  std::size_t places_ = 0;
  std::size_t writable_ = 0;  // bytes
  std::size_t ring_at_ = 0;
  std::size_t places_at_ = 0;
  os::SharedMemory memory_;
};

}  // namespace detail
CONCURRENT_FUTURES_END
