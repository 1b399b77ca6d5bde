// Traveller: what a pool of processes needs of a call that can travel. portable.hpp makes such calls.

#pragma once

#include <concurrent/futures/detail/parcel.hpp>
#include <cstddef>
#include <span>

CONCURRENT_FUTURES_BEGIN
namespace detail {

struct CodePlace;

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

  /// What encode() wrote, until it is handed out. For who started or cancels the call.
  Parcel encoded;

 protected:
  ~Traveller() = default;
};

}  // namespace detail
CONCURRENT_FUTURES_END
