// Bytes: a buffer that grows. What is new in it has no value yet, and a large one grows without being copied.

#pragma once

#include <algorithm>
#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// Thread safety: as for standard containers.
class Bytes {
 public:
  Bytes() = default;
  explicit Bytes(std::span<const std::byte> copied) { append(copied.data(), copied.size()); }
  Bytes(Bytes&& other) noexcept { swap(other); }
  Bytes& operator=(Bytes&& other) noexcept {
    Bytes(std::move(other)).swap(*this);
    return *this;
  }
  ~Bytes() { std::free(data_); }

  [[nodiscard]] std::byte* data() { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::span<const std::byte> view() const { return {data_, size_}; }

  void append(const void* data, std::size_t size) {
    if (size != 0) std::memcpy(grow(size), data, size);  // the address of nothing may be null
  }

  /// Appends so many bytes, and returns where they are. Throws std::bad_alloc.
  [[nodiscard]] std::byte* grow(std::size_t size) {
    if (size > capacity_ - size_) reserve(std::max(size_ + size, 2 * capacity_));
    return data_ + std::exchange(size_, size_ + size);
  }

  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    auto* const moved = static_cast<std::byte*>(std::realloc(data_, capacity));
    if (moved == nullptr) throw std::bad_alloc();
    data_ = moved;
    capacity_ = capacity;
  }

  /// Forgets what is in it, and keeps the memory.
  void clear() { size_ = 0; }

  /// Forgets what is behind the first `size` bytes.
  void shrink(std::size_t size) { size_ = size; }

 private:
  void swap(Bytes& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace detail
CONCURRENT_FUTURES_END
