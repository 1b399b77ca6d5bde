// Frame: what parent and child say to each other. A head of fixed size, and behind it a body, which only the two ends
// of a call understand: so whose it is, is known even where the body cannot be read (PPE-029).

#pragma once

#include <concurrent/futures/detail/bytes.hpp>
#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

struct Frame {
  enum class Kind : std::uint16_t {
    // From the parent.
    hello,      // the first one; body: Hello
    look,       // there are calls to be taken
    arguments,  // of the call at `place`, which asked for them

    // From a child.
    loaded,           // the library is there; main has not come to freeze_support() yet
    announced,        // main has come to freeze_support()
    unannounced,      // a pool was made before freeze_support(); the child ends
    ready,            // it is initialized
    not_initialized,  // body: what the initializer threw; the child ends
    fetch,            // the arguments of the call at `place` are to be sent
    value,            // the call at `place` returned; body: what
    exception,        // it threw; body: what
  };
  static constexpr std::uint32_t signature = 0x31534643;  // "CFS1": protocol and its version

  std::uint32_t magic = signature;
  Kind kind{};
  std::uint16_t retires = 0;       // 1: the child takes no further call
  std::uint32_t place = 0;         // in SharedCalls
  std::uint32_t microseconds = 0;  // how long the call took
  std::uint64_t number = 0;        // of the call
  std::uint64_t size = 0;          // of the body

  [[nodiscard]] bool is_valid() const { return magic == signature && kind <= Kind::exception; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span(this, 1)); }
};
static_assert(sizeof(Frame) == 32);

/// Takes frames out of a stream.
class FrameReader {
 public:
  /// Where to put what arrives next; never empty. No more memory than four times what has arrived, but for the first 16
  /// MiB. Throws std::bad_alloc.
  [[nodiscard]] std::span<std::byte> room();
  void arrived(std::size_t bytes) { end_ += bytes; }

  /// The next one that is complete. Its body is valid until room() is called.
  struct Message {
    Frame frame;
    std::span<const std::byte> body;
  };
  [[nodiscard]] std::optional<Message> next();

  /// The next one, as far as it has arrived, without taking it out. Only if its head is there.
  [[nodiscard]] std::optional<Message> begun();

  /// As next(), as soon as its head is there. What is `missing` of its body then is the caller's to receive.
  [[nodiscard]] std::optional<Message> next_begun(std::size_t& missing);

  /// Whether the stream is no stream of frames.
  [[nodiscard]] bool is_damaged() const { return damaged_; }

 private:
  [[nodiscard]] std::optional<Frame> head();

  static constexpr std::size_t usual = std::size_t{64} * 1024;
  static constexpr std::size_t believed = std::size_t{16} << 20;  // of a length, before any of that has arrived

  Bytes buffer_;
  std::size_t begin_ = 0;  // of what has arrived and was not taken
  std::size_t end_ = 0;
  std::size_t wanted_ = usual;  // from begin_, for the next frame to be complete
  bool damaged_ = false;
};

}  // namespace detail
CONCURRENT_FUTURES_END
