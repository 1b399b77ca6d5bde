// Traveller: what a pool of processes needs of a call that can travel. portable.hpp makes such calls.

#pragma once

#include <concurrent/futures/detail/parcel.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

CONCURRENT_FUTURES_BEGIN
namespace detail {

struct CodePlace;

/// Where a large result is received, as it is delivered then.
class Landing {
 public:
  Landing() = default;
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  virtual ~Landing() = default;

  /// Where to put what arrives next; empty only when all is there.
  [[nodiscard]] virtual std::span<std::byte> room() = 0;
  virtual void arrived(std::size_t bytes) = 0;
};

/// A call, seen from the process that submitted it. Thread safety: one thread at a time.
class Traveller {
 public:
  Traveller() = default;
  Traveller(const Traveller&) = delete;
  Traveller& operator=(const Traveller&) = delete;

  /// What runs the call in another process. Throws TransportError where no other process has it.
  [[nodiscard]] virtual const CodePlace& place() const = 0;

  /// Encodes callable and arguments, and lets go of them. Throws whatever their types throw; then nothing has changed
  /// but `encoded`. Before the call is pushed into a queue.
  virtual void encode() = 0;

  /// Stores what the call returned in the other process. Throws whatever its type throws; then nothing is stored.
  /// After start(), before publish().
  virtual void store_encoded_value(std::span<const std::byte> in) = 0;

  /// Bytes of a result that tell whether it has a place.
  static constexpr std::size_t needed_to_land = sizeof(std::uint64_t);

  /// A place for a result of that size, which begins so; null for one that is to be decoded when all of it is there.
  /// Runs no code of the user's. Throws where there is not enough memory.
  [[nodiscard]] virtual std::unique_ptr<Landing> land(std::span<const std::byte> /*begin*/, std::size_t /*size*/) {
    return nullptr;
  }

  /// As store_encoded_value, with what has arrived at the place that land() gave.
  virtual void store_landed(Landing& /*landing*/) noexcept {}

  /// What encode() wrote, until it is handed out. For who started or cancels the call.
  Parcel encoded;

 protected:
  ~Traveller() = default;
};

}  // namespace detail
CONCURRENT_FUTURES_END
