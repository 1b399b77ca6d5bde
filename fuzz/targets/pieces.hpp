// Pieces: data that arrive while they are read, as the arguments of a call do that are too large for its place.

#pragma once

#include <algorithm>
#include <concurrent/futures/detail/process/archive.hpp>
#include <target.hpp>

namespace touchstone::fuzz {

class Pieces final : public concurrent::futures::detail::Inflow {
 public:
  /// In pieces of so many bytes, at most.
  Pieces(std::span<const std::byte> data, std::size_t piece) : data_(data), piece_(piece) { left_ = data.size(); }

  std::span<const std::byte> next() override {
    require(left_ != 0, "more is waited for than there is");
    return taken(std::min(piece_, left_));
  }
  void read(std::span<std::byte> into) override {
    require(into.size() <= left_, "more is read than there is");
    std::memcpy(into.data(), taken(into.size()).data(), into.size());
  }

 private:
  std::span<const std::byte> taken(std::size_t size) {
    left_ -= size;
    const auto piece = data_.first(size);
    data_ = data_.subspan(size);
    return piece;
  }

  std::span<const std::byte> data_;
  const std::size_t piece_;
};

}  // namespace touchstone::fuzz
