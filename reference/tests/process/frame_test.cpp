// Frames that arrive in pieces, and streams that are none.

#include <gtest/gtest.h>

#include <algorithm>
#include <concurrent/futures/detail/process/frame.hpp>
#include <cstring>
#include <string>
#include <vector>

namespace concurrent::futures::detail {
namespace {

std::vector<std::byte> framed(std::uint64_t number, const std::string& body) {
  Frame frame{.kind = Frame::Kind::value, .number = number};
  frame.size = body.size();
  std::vector<std::byte> bytes(sizeof frame + body.size());
  std::memcpy(bytes.data(), &frame, sizeof frame);
  std::memcpy(bytes.data() + sizeof frame, body.data(), body.size());
  return bytes;
}

// The bodies that come out when the stream arrives in pieces of at most that size.
std::vector<std::string> read(FrameReader& reader, std::span<const std::byte> stream, std::size_t piece) {
  std::vector<std::string> bodies;
  while (!stream.empty()) {
    const auto room = reader.room();
    const std::size_t size = std::min({piece, room.size(), stream.size()});
    std::memcpy(room.data(), stream.data(), size);
    reader.arrived(size);
    stream = stream.subspan(size);
    while (const auto message = reader.next()) {
      bodies.emplace_back(reinterpret_cast<const char*>(message->body.data()), message->body.size());
    }
  }
  return bodies;
}

TEST(FrameReader, TakesFramesOutOfPieces) {
  std::vector<std::byte> stream;
  std::vector<std::string> expected;
  for (const std::size_t size : {0U, 1U, 31U, 32U, 33U, 5000U, 65536U, 200000U, 0U, 7U}) {
    expected.emplace_back(size, static_cast<char>('a' + expected.size()));
    const auto bytes = framed(expected.size(), expected.back());
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
  for (const std::size_t piece : {1U, 7U, 32U, 1000U, 65536U, 1000000U}) {
    FrameReader reader;
    EXPECT_EQ(read(reader, stream, piece), expected) << "in pieces of " << piece;
    EXPECT_FALSE(reader.is_damaged());
  }
}

TEST(FrameReader, LeavesTheRestOfAFrameThatHasBegunToOthers) {
  const auto stream = framed(1, "hello");
  FrameReader reader;
  std::size_t missing = 0;
  const auto arrive = [&reader](std::span<const std::byte> bytes) {
    std::memcpy(reader.room().data(), bytes.data(), bytes.size());
    reader.arrived(bytes.size());
  };
  arrive(std::span(stream).first(sizeof(Frame) - 1));
  EXPECT_FALSE(reader.next_begun(missing));
  arrive(std::span(stream).subspan(sizeof(Frame) - 1, 3));
  const auto begun = reader.next_begun(missing);
  ASSERT_TRUE(begun);
  EXPECT_EQ(begun->frame.size, 5U);
  EXPECT_EQ(begun->body.size(), 2U);
  EXPECT_EQ(missing, 3U);
  EXPECT_EQ(read(reader, framed(2, "next"), 7), std::vector<std::string>{"next"});
}

TEST(FrameReader, GivesBackTheMemoryOfALargeFrame) {
  FrameReader reader;
  (void)read(reader, framed(1, std::string(10'000'000, 'x')), 65536);
  EXPECT_LT(reader.room().size(), 1'000'000U);
}

TEST(FrameReader, NoticesWhatIsNoFrame) {
  auto stream = framed(1, "fine");
  stream[0] ^= std::byte{1};
  FrameReader reader;
  EXPECT_TRUE(read(reader, stream, 1000).empty());
  EXPECT_TRUE(reader.is_damaged());
}

TEST(FrameReader, AllocatesNothingForALengthThatCannotBe) {
  Frame frame{.kind = Frame::Kind::value};
  frame.size = ~std::uint64_t{0};
  FrameReader reader;
  EXPECT_TRUE(read(reader, frame.bytes(), 1000).empty());
  EXPECT_TRUE(reader.is_damaged());
}

// Of a length that may be, but is damaged: what was sent is a few bytes.
TEST(FrameReader, TakesNoMemoryForWhatHasNotArrived) {
  Frame frame{.kind = Frame::Kind::value};
  frame.size = std::uint64_t{1} << 50;
  FrameReader reader;
  EXPECT_TRUE(read(reader, frame.bytes(), 1000).empty());
  EXPECT_LE(reader.room().size(), std::size_t{16} << 20);
  EXPECT_FALSE(reader.is_damaged()) << "who knows what is yet to come";
}

}  // namespace
}  // namespace concurrent::futures::detail
