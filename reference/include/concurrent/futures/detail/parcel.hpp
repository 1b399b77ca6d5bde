// Parcel: what is sent to another process.

#pragma once

#include <concurrent/futures/detail/bytes.hpp>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Bytes, and behind them perhaps a large value, which is sent from where it lies: to copy so much costs more than all
/// else, most of all into memory that was never used before.
class Parcel {
 public:
  /// A value of so many bytes is worth a block of memory of its own.
  static constexpr std::size_t large = std::size_t{64} * 1024;

  [[nodiscard]] Bytes& bytes() { return bytes_; }
  [[nodiscard]] std::span<const std::byte> view() const { return bytes_.view(); }
  [[nodiscard]] std::span<const std::byte> tail() const { return tail_; }
  [[nodiscard]] std::size_t size() const { return bytes_.size() + tail_.size(); }

  /// Takes over a string or vector, whose elements go behind all else. Throws std::bad_alloc.
  template <typename Block>
  void keep(Block&& block) {
    static_assert(!std::is_reference_v<Block>, "what is kept is moved here");
    auto kept = std::make_unique<KeptBlock<Block>>(std::forward<Block>(block));
    tail_ = std::as_bytes(std::span(kept->block));
    kept_ = std::move(kept);
  }

  /// Forgets what is in it; keeps the memory of the bytes if it is not more than that.
  void clear(std::size_t largest_kept) {
    kept_.reset();
    tail_ = {};
    bytes_.clear();
    if (bytes_.capacity() > largest_kept) bytes_ = {};
  }

 private:
  struct Kept {
    Kept() = default;
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    virtual ~Kept() = default;
  };
  template <typename Block>
  struct KeptBlock final : Kept {
    explicit KeptBlock(Block&& given) : block(std::move(given)) {}
    const Block block;
  };

  Bytes bytes_;
  std::unique_ptr<const Kept> kept_;
  std::span<const std::byte> tail_;
};

}  // namespace detail
CONCURRENT_FUTURES_END
