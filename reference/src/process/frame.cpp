#include <algorithm>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/detail/process/containers.hpp>
#include <concurrent/futures/detail/process/frame.hpp>
#include <cstring>

CONCURRENT_FUTURES_BEGIN
namespace detail {

void expect_use_of(std::span<std::byte> memory) noexcept { os::expect_use_of(memory); }

std::span<std::byte> FrameReader::room() {
  if (begin_ == end_) begin_ = end_ = 0;
  // Whoever sends may be damaged: of a great length, only so much is believed as what has arrived makes likely.
  const std::size_t likely = std::max(believed, 4 * (end_ - begin_));
  const std::size_t needed = std::max(std::min(wanted_, likely), usual);
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

std::optional<Frame> FrameReader::head() {
  wanted_ = sizeof(Frame);
  if (end_ - begin_ < sizeof(Frame) || damaged_) return std::nullopt;
  Frame frame;
  std::memcpy(&frame, buffer_.data() + begin_, sizeof(Frame));
  damaged_ = !frame.is_valid() || frame.size > SIZE_MAX / 4;
  if (damaged_) return std::nullopt;
  return frame;
}

std::optional<FrameReader::Message> FrameReader::next() {
  const auto frame = head();
  if (!frame) return std::nullopt;
  wanted_ = sizeof(Frame) + frame->size;
  if (end_ - begin_ < wanted_) return std::nullopt;
  std::size_t missing = 0;
  return next_begun(missing);
}

std::optional<FrameReader::Message> FrameReader::begun() {
  const auto frame = head();
  if (!frame) return std::nullopt;
  wanted_ = sizeof(Frame) + frame->size;
  const std::size_t there = std::min<std::size_t>(end_ - begin_ - sizeof(Frame), frame->size);
  return Message{*frame, {buffer_.data() + begin_ + sizeof(Frame), there}};
}

std::optional<FrameReader::Message> FrameReader::next_begun(std::size_t& missing) {
  const auto message = begun();
  if (!message) return std::nullopt;
  missing = message->frame.size - message->body.size();
  begin_ += sizeof(Frame) + message->body.size();
  wanted_ = sizeof(Frame);
  return message;
}

}  // namespace detail
CONCURRENT_FUTURES_END
