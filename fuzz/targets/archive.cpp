// The archive: every kind of type that can travel, read from bytes that may be no value of it.
//
// The first byte of an input chooses the type, the second whether all bytes are there at once. What can be read must
// come out the same when it is written and read again; nothing takes more memory than the budget of its bytes, and all
// that is wrong is a TransportError.

#include <algorithm>
#include <array>
#include <bitset>
#include <chrono>
#include <complex>
#include <concurrent/futures/detail/process/containers.hpp>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <pieces.hpp>
#include <queue>
#include <set>
#include <stack>
#include <string>
#include <target.hpp>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

namespace touchstone::fuzz {
namespace {

namespace futures = concurrent::futures;
using futures::detail::Bytes;
using futures::detail::Decoder;
using futures::detail::Encoder;

// --- Types of users -------------------------------------------------------------------------------

enum class Colour : std::uint8_t { red, green };

struct Point {
  double x = 0;
  double y = 0;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(x, y);
  }
};

struct Name {
  std::string text;
};
template <typename Archive>
void save(Archive& archive, const Name& name) {
  archive(name.text);
}
template <typename Archive>
void load(Archive& archive, Name& name) {
  archive(name.text);
}

struct Nothing {};
bool operator<(const Nothing&, const Nothing&) { return false; }

/// Much memory for one byte.
struct Fat {
  std::optional<std::array<char, 4096>> content;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(content);
  }
};

struct Node {
  std::uint8_t number = 0;
  std::unique_ptr<Node> next;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number, next);
  }
};

struct Tree {
  std::uint8_t number = 0;
  std::vector<Tree> branches;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number, branches);
  }
};

using Mixed = std::tuple<std::vector<std::string>, std::map<std::string, std::optional<Point>>,
                         std::variant<std::int32_t, Name>, std::list<std::pair<Colour, std::deque<Name>>>, Node,
                         std::vector<std::variant<std::monostate, std::bitset<12>, std::vector<bool>>>>;

// --- What is done with each -----------------------------------------------------------------------

/// Throws TransportError where that are no bytes of a T, all of them.
template <typename T>
void read(std::span<const std::byte> bytes, T& value, std::size_t piece = 0) {
  Pieces pieces(bytes, piece);
  Decoder decoder = piece == 0 ? Decoder(bytes) : Decoder({}, &pieces);
  decoder(value);
  if (decoder.left() != 0) throw futures::TransportError("there is more");
}

template <typename T>
Bytes written(const T& value) {
  Bytes bytes;
  Encoder encoder(bytes);
  encoder(value);
  return bytes;
}

/// Of those the order may change.
template <typename T>
concept Unordered = requires {
  typename T::hasher;
};

template <typename T>
bool are_same(const T& one, const T& other) {
  if constexpr (Unordered<T>) {
    return one == other;
  } else {
    const Bytes bytes = written(one);
    return std::ranges::equal(bytes.view(), written(other).view());
  }
}

template <typename T, bool has_deques>
void try_type(std::span<const std::byte> bytes, std::size_t piece) {
  T value{};
  const std::size_t before = allocated_bytes();
  bool is_value = true;
  try {
    read(bytes, value, piece);
  } catch (const futures::TransportError&) {
    is_value = false;  // anything else goes through to libFuzzer
  }
  // What vectors have given back is counted here as well, and the text of an error.
  std::size_t budget = 2 * (Decoder::allowance + Decoder::factor * bytes.size()) + 256;
  // A deque allocates this when it is made or moved, several times when it is in a vector that grows.
  if (has_deques) budget += 4 * 640 * (bytes.size() / 8);
  require(allocated_bytes() - before <= budget, "more memory was taken than the budget allows");
  if (!is_value) return;
  T again{};
  read(written(value).view(), again);
  require(are_same(value, again), "a value does not come out as it went in");
}

// --- Which types there are ------------------------------------------------------------------------

struct Type {
  void (*try_it)(std::span<const std::byte>, std::size_t piece);
  Bytes (*seed)();
};

template <typename T, auto make, bool has_deques = false>
constexpr Type type() {
  return {try_type<T, has_deques>, [] { return written<T>(make()); }};
}
template <typename T>
constexpr Type type() {
  return type<T, [] { return T{}; }>();
}

template <typename T>
T of_texts() {
  return {"a", "bc", "", "a text that is longer than others"};
}
template <typename T>
T of_numbers() {
  return {1, 2, 2, 3, 5, 8};
}
template <typename T>
T of_pairs() {
  return {{1, "a"}, {2, "b"}, {2, "c"}, {3, ""}};
}

Node chain() {
  Node first;
  for (int i = 0; i < 5; ++i) {
    auto node = std::make_unique<Node>();
    node->next = std::exchange(first.next, nullptr);
    first.next = std::move(node);
  }
  return first;
}

Tree tree() { return {1, {{2, {{3, {}}, {4, {}}}}, {5, {}}}}; }

std::vector<std::unique_ptr<std::int32_t>> pointers() {
  std::vector<std::unique_ptr<std::int32_t>> all(3);
  all[1] = std::make_unique<std::int32_t>(7);
  return all;
}

Mixed mixed() {
  Mixed all;
  std::get<0>(all) = {"a", "bc"};
  std::get<1>(all) = {{"a", Point{1, 2}}, {"b", std::nullopt}};
  std::get<2>(all) = Name{"a"};
  std::get<3>(all).emplace_back(Colour::green, std::deque<Name>{{"a"}, {"b"}});
  std::get<4>(all) = chain();
  std::get<5>(all) = {std::monostate(), std::bitset<12>(77), std::vector<bool>{true, false}};
  return all;
}

template <typename T>
constexpr Type texts() {
  return type<T, of_texts<T>>();
}
template <typename T>
constexpr Type numbers() {
  return type<T, of_numbers<T>>();
}
template <typename T>
constexpr Type pairs() {
  return type<T, of_pairs<T>>();
}

constexpr std::array types{
    type<bool>(),
    type<char>(),
    type<std::int64_t>(),
    type<float>(),
    type<std::byte>(),
    type<Colour>(),
    type<std::complex<double>>(),
    type<std::chrono::nanoseconds>(),
    type<std::chrono::system_clock::time_point>(),
    type<Point>(),
    type<std::string, [] { return std::string("a text"); }>(),
    type<std::string, [] { return std::string(200000, 'x'); }>(),
    type<std::u16string, [] { return std::u16string(u"a text"); }>(),
    type<std::u32string, [] { return std::u32string(U"a text"); }>(),
    type<Name, [] { return Name{"a text"}; }>(),
    type<std::filesystem::path, [] { return std::filesystem::path("/a/b//c/"); }>(),
    numbers<std::vector<std::uint8_t>>(),
    numbers<std::vector<double>>(),
    type<std::vector<Colour>, [] { return std::vector<Colour>(3); }>(),
    type<std::vector<bool>,
         [] {
           return std::vector<bool>{true, false};
         }>(),
    texts<std::vector<std::string>>(),
    type<std::vector<std::vector<std::uint16_t>>,
         [] {
           return std::vector<std::vector<std::uint16_t>>{{1, 2}, {}};
         }>(),
    type<std::vector<std::optional<std::string>>, [] { return std::vector<std::optional<std::string>>(9); }>(),
    type<std::vector<std::unique_ptr<std::int32_t>>, pointers>(),
    type<std::vector<std::deque<std::uint8_t>>, [] { return std::vector<std::deque<std::uint8_t>>(5); }, true>(),
    type<std::vector<Nothing>, [] { return std::vector<Nothing>(9); }>(),
    type<std::vector<Fat>, [] { return std::vector<Fat>(9); }>(),
    numbers<std::deque<std::uint8_t>>(),
    texts<std::deque<std::string>>(),
    numbers<std::list<std::uint8_t>>(),
    texts<std::list<std::string>>(),
    type<std::list<Nothing>, [] { return std::list<Nothing>(9); }>(),
    numbers<std::forward_list<std::uint8_t>>(),
    numbers<std::set<std::uint8_t>>(),
    texts<std::set<std::string>>(),
    numbers<std::multiset<std::uint8_t>>(),
    type<std::multiset<Nothing>,
         [] {
           return std::multiset<Nothing>{{}, {}};
         }>(),
    pairs<std::map<std::uint8_t, std::string>>(),
    pairs<std::multimap<std::uint8_t, std::string>>(),
    numbers<std::unordered_set<std::uint8_t>>(),
    texts<std::unordered_set<std::string>>(),
    numbers<std::unordered_multiset<std::uint8_t>>(),
    pairs<std::unordered_map<std::uint8_t, std::string>>(),
    pairs<std::unordered_multimap<std::uint8_t, std::string>>(),
    type<std::array<std::int32_t, 3>>(),
    type<std::array<bool, 3>>(),
    type<std::array<std::string, 2>>(),
    type<std::bitset<5>>(),
    type<std::bitset<100>>(),
    type<std::optional<std::string>, [] { return std::optional<std::string>("a text"); }>(),
    type<std::pair<std::uint8_t, std::string>>(),
    type<std::tuple<bool, std::string, std::optional<std::uint8_t>>>(),
    type<std::variant<std::int32_t, std::string>, [] { return std::variant<std::int32_t, std::string>("a"); }>(),
    type<std::unique_ptr<std::string>, [] { return std::make_unique<std::string>("a text"); }>(),
    type<std::stack<std::uint8_t>,
         [] {
           return std::stack<std::uint8_t>({1, 2, 3});
         }>(),
    type<std::queue<std::string>,
         [] {
           return std::queue<std::string>({"a", "b"});
         }>(),
    type<std::priority_queue<std::uint8_t>>(),
    type<Node, chain>(),
    type<Tree, tree>(),
    type<Mixed, mixed, true>(),
};

}  // namespace

void try_input(std::span<const std::byte> input) {
  Choices choices(input);
  const Type& type = types[choices.below(types.size())];
  const std::size_t piece = choices.next();
  type.try_it(choices.rest(), piece);
}

std::vector<Data> seeds() {
  std::vector<Data> all;
  for (std::size_t i = 0; i < types.size(); ++i) {
    Data seed;
    add(seed, static_cast<std::uint8_t>(i));
    add(seed, static_cast<std::uint8_t>(i % 3 == 0 ? 0 : i));
    add(seed, types[i].seed().view());
    all.push_back(std::move(seed));
  }
  return all;
}

}  // namespace touchstone::fuzz
