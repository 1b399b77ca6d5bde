#include <algorithm>
#include <concurrent/futures/detail/process/frame.hpp>
#include <cstring>

CONCURRENT_FUTURES_BEGIN
namespace detail {

std::span<std::byte> FrameReader::room() {
  if (begin_ == end_) begin_ = end_ = 0;
  const std::size_t needed = std::max(wanted_, usual);
  if (buffer_.size() > 4 * usual && begin_ == end_ && needed <= usual) buffer_ = {};  // a large one is over
  if (begin_ + needed > buffer_.size() || end_ == buffer_.size()) {
    if (begin_ != 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= std::exchange(begin_, 0);
    }
    if (needed > buffer_.size()) (void)buffer_.grow(needed - buffer_.size());
  }
  return {buffer_.data() + end_, buffer_.size() - end_};
}

std::optional<FrameReader::Message> FrameReader::next() {
  const std::size_t arrived = end_ - begin_;
  wanted_ = sizeof(Frame);
  if (arrived < sizeof(Frame) || damaged_) return std::nullopt;
  Message message;
  std::memcpy(&message.frame, buffer_.data() + begin_, sizeof(Frame));
  if (!message.frame.is_valid() || message.frame.size > SIZE_MAX / 4) {
    damaged_ = true;
    return std::nullopt;
  }
  wanted_ = sizeof(Frame) + message.frame.size;
  if (arrived < wanted_) return std::nullopt;
  message.body = {buffer_.data() + begin_ + sizeof(Frame), message.frame.size};
  begin_ += wanted_;
  wanted_ = sizeof(Frame);
  return message;
}

}  // namespace detail
CONCURRENT_FUTURES_END
