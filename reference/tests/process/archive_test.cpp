// Values as bytes and back, also where a user includes headers of cereal that would read them in another way, and what
// is made of bytes that no encoder has written.

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <bitset>
#include <cereal/types/deque.hpp>
#include <cereal/types/list.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/unordered_map.hpp>
#include <cereal/types/vector.hpp>
#include <chrono>
#include <complex>
#include <concurrent/futures/detail/process/containers.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <functional>
#include <limits>
#include <list>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <span>
#include <stack>
#include <string>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace concurrent::futures {
namespace {

using detail::Bytes;
using detail::Decoder;
using detail::Encoder;

template <typename T>
Bytes encoded(const T& value) {
  Bytes bytes;
  Encoder encoder(bytes);
  encoder(value);
  return bytes;
}

/// Throws what decoding does, and where not all was read.
template <typename T>
T decoded(std::span<const std::byte> bytes) {
  T value{};
  Decoder decoder(bytes);
  decoder(value);
  if (decoder.left() != 0) throw TransportError("there is more");
  return value;
}

template <typename T>
void expect_to_travel(const T& value) {
  const Bytes bytes = encoded(value);
  EXPECT_EQ(decoded<T>(bytes.view()), value);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THROW((void)decoded<T>(bytes.view().first(size)), TransportError) << "cut after " << size << " bytes";
  }
}

enum class Colour : std::uint8_t { red, green };

struct Point {
  double x = 0;
  double y = 0;
  bool operator==(const Point&) const = default;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(x, y);
  }
};

struct Nothing {
  bool operator==(const Nothing&) const = default;
};

/// By save and load, outside of the class.
struct Name {
  std::string text;
  bool operator==(const Name&) const = default;
};
template <typename Archive>
void save(Archive& archive, const Name& name) {
  archive(name.text);
}
template <typename Archive>
void load(Archive& archive, Name& name) {
  archive(name.text);
}

TEST(Archive, CarriesNumbersAndTexts) {
  expect_to_travel(7);
  expect_to_travel(std::numeric_limits<std::uint64_t>::max());
  expect_to_travel(-0.5L);
  expect_to_travel(true);
  expect_to_travel('x');
  expect_to_travel(Colour::green);
  expect_to_travel(std::byte{7});
  expect_to_travel(std::string("a zero \0 byte", 13));
  expect_to_travel(std::u32string(U"\u20ac"));
  expect_to_travel(std::complex<float>(1, 2));
  expect_to_travel(std::chrono::milliseconds(7));
  expect_to_travel(std::chrono::system_clock::time_point(std::chrono::seconds(7)));
  expect_to_travel(std::filesystem::path("/a/b"));
}

TEST(Archive, CarriesContainers) {
  expect_to_travel(std::vector{1.5, 2.5});
  expect_to_travel(std::vector{true, false, true});
  expect_to_travel(std::vector{std::byte{1}, std::byte{2}});
  expect_to_travel(std::vector{Colour::red, Colour::green});
  expect_to_travel(std::vector<std::string>{"a", "", "c"});
  expect_to_travel(std::vector{std::vector{1}, std::vector{2, 3}});
  expect_to_travel(std::array{1, 2, 3});
  expect_to_travel(std::array{true, false});
  expect_to_travel(std::array<int, 0>());
  expect_to_travel(std::bitset<5>(19));
  expect_to_travel(std::bitset<100>().set(7).set(99));
  expect_to_travel(std::deque<std::string>{"a", "b"});
  expect_to_travel(std::list{1, 2});
  expect_to_travel(std::forward_list<std::string>{"a", "b"});
  expect_to_travel(std::set{3, 1, 2});
  expect_to_travel(std::multiset{1, 1});
  expect_to_travel(std::map<std::string, int>{{"a", 1}, {"b", 2}});
  expect_to_travel(std::multimap<int, int>{{1, 1}, {1, 2}});
  expect_to_travel(std::unordered_set<std::string>{"a", "b"});
  expect_to_travel(std::unordered_multiset<int>{1, 1});
  expect_to_travel(std::unordered_map<int, std::string>{{1, "a"}, {2, "b"}});
  expect_to_travel(std::unordered_multimap<int, int>{{1, 1}, {1, 2}});
}

TEST(Archive, CarriesWhatIsMadeOfOthers) {
  expect_to_travel(std::pair{1, std::string("a")});
  expect_to_travel(std::tuple{1, std::string("a"), 2.5});
  expect_to_travel(std::optional<int>{});
  expect_to_travel(std::optional<std::string>{"a"});
  expect_to_travel(std::variant<int, std::string>{"a"});
  expect_to_travel(Point{1, 2});
  expect_to_travel(Name{"a"});
  expect_to_travel(std::vector{Point{1, 2}, Point{3, 4}});
  expect_to_travel(std::vector{Name{"a"}, Name{"b"}});
  expect_to_travel(std::stack<int>{{1, 2}});
  expect_to_travel(std::queue<std::string>{{"a", "b"}});
  EXPECT_EQ(decoded<std::vector<Nothing>>(encoded(std::vector<Nothing>(5)).view()).size(), 5U);
  EXPECT_EQ(*decoded<std::unique_ptr<int>>(encoded(std::make_unique<int>(7)).view()), 7);
  EXPECT_EQ(decoded<std::unique_ptr<int>>(encoded(std::unique_ptr<int>()).view()), nullptr);
}

// --- What no encoder has written ------------------------------------------------------------------

/// Eight bytes that say how many elements follow, and no elements.
std::array<std::byte, 8> only_a_length(std::uint64_t length) { return std::bit_cast<std::array<std::byte, 8>>(length); }

template <typename Container>
void expect_to_refuse_lengths() {
  for (const std::uint64_t length :
       {std::uint64_t{1}, std::uint64_t{1} << 32, std::uint64_t{1} << 61, ~std::uint64_t{0}}) {
    EXPECT_THROW((void)decoded<Container>(only_a_length(length)), TransportError) << length;
  }
}

TEST(Archive, BelievesNoLength) {
  expect_to_refuse_lengths<std::string>();
  expect_to_refuse_lengths<std::u32string>();
  expect_to_refuse_lengths<std::vector<double>>();
  expect_to_refuse_lengths<std::vector<bool>>();
  expect_to_refuse_lengths<std::vector<std::string>>();
  expect_to_refuse_lengths<std::vector<std::unique_ptr<int>>>();
  expect_to_refuse_lengths<std::deque<int>>();
  expect_to_refuse_lengths<std::list<int>>();
  expect_to_refuse_lengths<std::forward_list<int>>();
  expect_to_refuse_lengths<std::set<int>>();
  expect_to_refuse_lengths<std::map<int, int>>();
  expect_to_refuse_lengths<std::unordered_set<int>>();
  expect_to_refuse_lengths<std::unordered_map<int, int>>();
}

// Elements that take nothing of the data would never come to its end.
TEST(Archive, EndsAtManyElementsOfNothing) {
  EXPECT_THROW((void)decoded<std::vector<Nothing>>(only_a_length(std::uint64_t{1} << 60)), TransportError);
  EXPECT_THROW((void)decoded<std::list<Nothing>>(only_a_length(std::uint64_t{1} << 60)), TransportError);
  using Map = std::map<int, Nothing>;
  EXPECT_THROW((void)decoded<Map>(only_a_length(std::uint64_t{1} << 60)), TransportError);
}

struct Fat {
  std::optional<std::array<char, 65536>> content;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(content);
  }
};

TEST(Archive, TakesNoMoreMemoryThanIsAllowed) {
  EXPECT_EQ(decoded<std::vector<Fat>>(encoded(std::vector<Fat>(3)).view()).size(), 3U);
  const Bytes bytes = encoded(std::vector<Fat>(1000));
  EXPECT_LT(bytes.size(), 1100U);
  EXPECT_THROW((void)decoded<std::vector<Fat>>(bytes.view()), TransportError) << "64 MiB of one thousand bytes";
}

std::size_t allocated = 0;

template <typename T>
struct Counting {
  using value_type = T;
  Counting() = default;
  template <typename Other>
  explicit Counting(const Counting<Other>&) {}
  T* allocate(std::size_t count) {
    allocated += count * sizeof(T);
    return std::allocator<T>().allocate(count);
  }
  void deallocate(T* memory, std::size_t count) { std::allocator<T>().deallocate(memory, count); }
  bool operator==(const Counting&) const = default;
};

// Elements of one byte, or of none, which a node each would multiply.
template <typename Container>
void expect_to_stay_within_budget(std::size_t bytes_of_element) {
  constexpr std::uint64_t count = 1'000'000;
  Bytes bytes(only_a_length(count));
  std::memset(bytes.grow(bytes_of_element * count), 0, bytes_of_element * count);
  allocated = 0;
  try {
    (void)decoded<Container>(bytes.view());
  } catch (const TransportError&) {
  }
  EXPECT_GT(allocated, 0U);
  EXPECT_LE(allocated, Decoder::allowance + Decoder::factor * bytes.size());
}

bool operator<(const Nothing&, const Nothing&) { return false; }

TEST(Archive, CountsNodesAsWell) {
  expect_to_stay_within_budget<std::list<Nothing, Counting<Nothing>>>(0);
  expect_to_stay_within_budget<std::forward_list<Nothing, Counting<Nothing>>>(0);
  expect_to_stay_within_budget<std::deque<Nothing, Counting<Nothing>>>(0);
  expect_to_stay_within_budget<std::vector<Nothing, Counting<Nothing>>>(0);
  expect_to_stay_within_budget<std::multiset<Nothing, std::less<>, Counting<Nothing>>>(0);
  expect_to_stay_within_budget<std::list<char, Counting<char>>>(1);
  expect_to_stay_within_budget<std::multiset<char, std::less<>, Counting<char>>>(1);
  using Map = std::multimap<char, Nothing, std::less<>, Counting<std::pair<const char, Nothing>>>;
  expect_to_stay_within_budget<Map>(1);
  using Hashed = std::unordered_multiset<char, std::hash<char>, std::equal_to<>, Counting<char>>;
  expect_to_stay_within_budget<Hashed>(1);
}

// What people really send, and a small part of which is in the data.
TEST(Archive, RefusesNoUsualValue) {
  constexpr std::size_t many = 100'000;
  EXPECT_EQ(
      decoded<std::vector<std::optional<std::string>>>(encoded(std::vector<std::optional<std::string>>(many)).view())
          .size(),
      many);
  EXPECT_EQ(decoded<std::vector<std::string>>(encoded(std::vector<std::string>(many)).view()).size(), many);
  EXPECT_EQ(decoded<std::vector<std::unique_ptr<int>>>(encoded(std::vector<std::unique_ptr<int>>(many)).view()).size(),
            many);
  EXPECT_EQ(decoded<std::list<bool>>(encoded(std::list<bool>(many)).view()).size(), many);
  const std::vector<char> zeros(many);
  const std::multiset<char> set(zeros.begin(), zeros.end());
  EXPECT_EQ(decoded<std::multiset<char>>(encoded(set).view()).size(), many);
  const std::unordered_multiset<char> hashed(zeros.begin(), zeros.end());
  EXPECT_EQ(decoded<std::unordered_multiset<char>>(encoded(hashed).view()).size(), many);
}

struct Node {
  std::unique_ptr<Node> next;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(next);
  }
};

Node chain(int length) {
  Node first;
  for (int i = 1; i < length; ++i) {
    auto node = std::make_unique<Node>();
    node->next = std::move(first.next);
    first.next = std::move(node);
  }
  return first;
}

TEST(Archive, NestsValuesToADepth) {
  EXPECT_NE(decoded<Node>(encoded(chain(100)).view()).next, nullptr);
  EXPECT_THROW((void)encoded(chain(10'000)), TransportError);
  Bytes bytes;  // each one says that there is another
  for (int i = 0; i < 1'000'000; ++i) bytes.append("\1", 1);
  EXPECT_THROW((void)decoded<Node>(bytes.view()), TransportError);
}

TEST(Archive, TakesNoOtherByteForABool) {
  const std::array two{std::byte{2}};
  EXPECT_THROW((void)decoded<bool>(two), TransportError);
  EXPECT_THROW((void)(decoded<std::array<bool, 1>>(two)), TransportError);
  EXPECT_THROW((void)decoded<std::optional<int>>(two), TransportError);
  Bytes vector(only_a_length(1));
  vector.append(two.data(), 1);
  EXPECT_THROW((void)decoded<std::vector<bool>>(vector.view()), TransportError);
}

TEST(Archive, TakesNoOtherAlternativeOfAVariant) {
  for (const std::int32_t index : {2, -1, 1 << 30}) {
    EXPECT_THROW((void)(decoded<std::variant<int, char>>(encoded(index).view())), TransportError) << index;
  }
}

using Everything =
    std::tuple<std::vector<std::string>, std::map<std::string, std::optional<Point>>, std::variant<int, Name>,
               std::unordered_map<int, std::vector<bool>>, std::list<std::pair<Colour, std::deque<Name>>>, Node>;

Everything everything() {
  Everything all;
  std::get<0>(all) = {"a", "bc"};
  std::get<1>(all) = {{"a", Point{1, 2}}, {"b", std::nullopt}};
  std::get<2>(all) = Name{"a"};
  std::get<3>(all) = {{1, {true, false}}};
  std::get<4>(all) = {{Colour::red, {Name{"a"}, Name{"b"}}}};
  std::get<5>(all) = chain(3);
  return all;
}

/// Data that arrive in pieces of at most that size.
class Pieces final : public detail::Inflow {
 public:
  Pieces(std::span<const std::byte> data, std::size_t piece) : data_(data), piece_(piece) { left_ = data.size(); }

  std::span<const std::byte> next() override {
    const auto next = data_.first(std::min(piece_, data_.size()));
    data_ = data_.subspan(next.size());
    left_ = data_.size();
    return next;
  }
  void read(std::span<std::byte> into) override {
    ++large_reads;
    std::ranges::copy(data_.first(into.size()), into.begin());
    data_ = data_.subspan(into.size());
    left_ = data_.size();
  }

  int large_reads = 0;

 private:
  std::span<const std::byte> data_;
  const std::size_t piece_;
};

TEST(Archive, TakesWhatArrivesLater) {
  using Names = std::map<std::string, std::vector<Name>>;
  using Value = std::tuple<Names, std::vector<std::uint16_t>, std::string>;
  Value value{Names{{"a", {}}, {"b", {Name{"c"}, Name{"d"}}}}, std::vector<std::uint16_t>(500'000),
              std::string(300'000, 'x')};
  std::iota(std::get<1>(value).begin(), std::get<1>(value).end(), std::uint16_t{0});
  const Bytes bytes = encoded(value);
  for (const std::size_t there : {std::size_t{0}, std::size_t{5}, std::size_t{400'000}, bytes.size()}) {
    for (const std::size_t piece : {1U, 7U, 65'536U}) {
      Pieces rest(bytes.view().subspan(there), piece);
      Decoder decoder(bytes.view().first(there), &rest);
      Value arrived;
      decoder(arrived);
      EXPECT_EQ(arrived, value) << there << " bytes, then pieces of " << piece;
      EXPECT_EQ(decoder.left(), 0U);
      EXPECT_EQ(rest.large_reads > 0, there != bytes.size()) << "what is large goes to its place at once";
    }
  }
  Pieces cut(bytes.view().subspan(5, bytes.size() - 6), 7);
  Decoder decoder(bytes.view().first(5), &cut);
  Value arrived;
  EXPECT_THROW(decoder(arrived), TransportError);
}

// That it ends, with a value or an exception, is what the sanitizers and the limits of memory look at.
TEST(Archive, SurvivesDamage) {
  const Bytes original = encoded(everything());
  const unsigned seed = std::random_device()();
  std::minstd_rand random(seed);
  const auto below = [&random](std::size_t limit) { return random() % limit; };
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    Bytes bytes(original.view());
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
      std::byte& byte = bytes.data()[below(bytes.size())];
      byte = below(2) == 0 ? byte ^ static_cast<std::byte>(1U << below(8)) : static_cast<std::byte>(below(256));
    }
    if (below(4) == 0) bytes.shrink(below(bytes.size()));
    try {
      (void)decoded<Everything>(bytes.view());
    } catch (const std::exception&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 0) << "seed " << seed;
}

}  // namespace
}  // namespace concurrent::futures
