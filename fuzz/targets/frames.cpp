// Frames: a stream that comes in pieces, and may be no stream of frames at all.

#include <algorithm>
#include <concurrent/futures/detail/process/frame.hpp>
#include <optional>
#include <target.hpp>

namespace touchstone::fuzz {
namespace {

using concurrent::futures::detail::Frame;
using concurrent::futures::detail::FrameReader;

/// The same, by the simplest means: what comes out of the whole stream at once.
std::optional<std::span<const std::byte>> next_body(std::span<const std::byte>& stream) {
  if (stream.size() < sizeof(Frame)) return std::nullopt;
  Frame frame;
  std::memcpy(&frame, stream.data(), sizeof frame);
  if (!frame.is_valid() || stream.size() - sizeof frame < frame.size) return std::nullopt;
  const auto body = stream.subspan(sizeof frame, frame.size);
  stream = stream.subspan(sizeof frame + frame.size);
  return body;
}

// As FrameReader::room() says.
constexpr std::size_t believed = std::size_t{16} << 20;
constexpr std::size_t times = 4;

}  // namespace

// Frames as they begin, too, and the caller takes the rest of each body from the stream itself.
void try_input(std::span<const std::byte> input) {
  Choices choices(input);
  const auto first = choices.next<std::uint16_t>();
  const std::size_t piece = 1 + first % 8192;
  const bool takes_beginnings = first >= 32768;
  std::span<const std::byte> stream = choices.rest();
  std::span<const std::byte> expected = stream;
  std::size_t arrived = 0;
  FrameReader reader;
  while (!stream.empty()) {
    const auto room = reader.room();
    require(!room.empty(), "there is no room for what arrives");
    require(room.size() <= believed + times * arrived, "a length is believed before the bytes are there");
    const std::size_t size = std::min({piece, room.size(), stream.size()});
    std::memcpy(room.data(), stream.data(), size);
    if (size < room.size()) room.back() = std::byte{0};  // it is all there
    reader.arrived(size);
    arrived += size;
    stream = stream.subspan(size);
    while (const auto message = reader.next()) {
      const auto body = next_body(expected);
      require(body.has_value(), "a frame comes out that was not sent");
      require(std::ranges::equal(*body, message->body), "a body comes out changed");
    }
    if (!takes_beginnings) continue;
    std::size_t missing = 0;
    const auto message = reader.next_begun(missing);
    if (!message) continue;
    require(missing != 0 && message->body.size() + missing == message->frame.size, "a part of a body got lost");
    const auto body = next_body(expected);
    if (!body) return;  // it never comes to its end
    require(std::ranges::equal(body->first(message->body.size()), message->body), "a body begins otherwise");
    require(missing <= stream.size(), "a body comes out twice");
    stream = stream.subspan(missing);
    arrived += missing;
  }
  require(!next_body(expected), "a frame does not come out");
}

std::vector<Data> seeds() {
  std::vector<Data> all;
  for (const std::size_t piece : {1U, 31U, 32U, 33U, 8191U, 32768U + 31U, 32768U + 1000U}) {
    Data seed;
    add(seed, static_cast<std::uint16_t>(piece));
    for (const std::size_t size : {0U, 1U, 40U, 3000U, 0U, 7U}) {
      Frame frame{.kind = Frame::Kind::value, .place = 3, .number = all.size() + 1};
      frame.size = size;
      add(seed, frame.bytes());
      seed.resize(seed.size() + size, std::byte{'x'});
    }
    all.push_back(std::move(seed));
  }
  return all;
}

}  // namespace touchstone::fuzz
