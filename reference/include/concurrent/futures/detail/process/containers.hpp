// How containers are sent. Those that cereal would resize before it has read anything grow here as their elements
// arrive; the other types of the standard library are as cereal has them.

#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cereal/types/array.hpp>
#include <cereal/types/chrono.hpp>
#include <cereal/types/common.hpp>
#include <cereal/types/complex.hpp>
#include <cereal/types/memory.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/queue.hpp>
#include <cereal/types/stack.hpp>
#include <cereal/types/tuple.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/variant.hpp>
#include <concepts>
#include <concurrent/futures/detail/parcel.hpp>
#include <concurrent/futures/detail/process/archive.hpp>
#include <concurrent/futures/detail/traveller.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <forward_list>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// What can be copied as it is in memory: numbers, characters, enumerators. Not bool, of which not every byte is one.
template <typename T>
struct IsPlain : std::is_arithmetic<T> {};
template <typename T>
requires std::is_enum_v<T>
struct IsPlain<T> : IsPlain<std::underlying_type_t<T>> {
};
template <>
struct IsPlain<bool> : std::false_type {};
template <typename T>
concept Plain = IsPlain<T>::value;

template <typename Container>
void put_elements(Encoder& out, const Container& elements) {
  out(cereal::make_size_tag(static_cast<cereal::size_type>(std::distance(elements.begin(), elements.end()))));
  for (const auto& element : elements) out(element);
}

/// What a node takes beside its element, at most: colour and pointers of a tree, or a link, a hash and a place in a
/// table that has grown to it from smaller ones.
template <typename Container>
constexpr std::size_t size_of_node() {
  constexpr std::size_t pointers = requires { typename Container::hasher; }
  ? 8 : 5;
  return pointers * sizeof(void*) + sizeof(typename Container::value_type);
}

/// Calls `add` for each element, which must read it. What an element takes of memory is charged before.
template <typename Container, typename Add>
void get_elements(Decoder& in, Add add) {
  for (std::size_t left = in.get_count(0); left > 0; --left) {
    in.charge(size_of_node<Container>());
    add();
  }
}

// --- Contiguous ---------------------------------------------------------------------------------

/// What lies in memory as it is sent, behind the number of its elements.
template <typename T>
inline constexpr bool is_block = false;
template <Plain T, typename Allocator>
inline constexpr bool is_block<std::vector<T, Allocator>> = true;
template <typename C, typename Traits, typename Allocator>
inline constexpr bool is_block<std::basic_string<C, Traits, Allocator>> = true;

/// What can be received without any code of the user's.
template <typename T>
inline constexpr bool is_usual_block = false;
template <typename T>
requires is_block<T>
inline constexpr bool is_usual_block<T> =
    std::same_as<typename T::allocator_type, std::allocator<typename T::value_type>>;

template <typename Block>
void put_block(Encoder& out, const Block& block) {
  out(cereal::make_size_tag(static_cast<cereal::size_type>(block.size())));
  out.put(block.data(), block.size() * sizeof(typename Block::value_type));
}

/// To be called before much memory is written for the first time.
void expect_use_of(std::span<std::byte> memory) noexcept;

/// Empties the block, which then has room for so many elements.
template <typename Block>
void reserve_block(Block& block, std::size_t count) {
  // Below that, the memory is more likely to be some that was used before.
  constexpr std::size_t large = std::size_t{4} * 1024 * 1024;
  block.clear();
  block.reserve(count);
  const std::size_t bytes = count * sizeof(typename Block::value_type);
  if (bytes >= large) expect_use_of({reinterpret_cast<std::byte*>(block.data()), bytes});
}

/// Blocks grow in steps that stay in the processor's cache: what resize() has filled with zeroes, and what overwrites
/// them, goes to memory together. Returns where the new elements are.
template <typename Block>
[[nodiscard]] std::span<std::byte> grow_block(Block& block, std::size_t count) {
  constexpr std::size_t step = std::size_t{256} * 1024 / sizeof(typename Block::value_type);
  const std::size_t before = block.size();
  block.resize(std::min(count, before + step));
  return std::as_writable_bytes(std::span(block).subspan(before));
}

template <typename Block>
void get_block(Decoder& in, Block& block) {
  const std::size_t count = in.get_count(sizeof(typename Block::value_type));
  reserve_block(block, count);
  while (block.size() < count) {
    const std::span<std::byte> place = grow_block(block, count);
    in.get(place.data(), place.size());
  }
}

/// A block that is received.
template <typename Block>
class BlockLanding final : public Landing {
 public:
  explicit BlockLanding(std::size_t count) : count_(count) { reserve_block(block_, count); }

  std::span<std::byte> room() override {
    if (room_.empty()) room_ = grow_block(block_, count_);
    return room_;
  }
  void arrived(std::size_t bytes) override { room_ = room_.subspan(bytes); }

  [[nodiscard]] Block take() && noexcept { return std::move(block_); }

 private:
  const std::size_t count_;
  Block block_;
  std::span<std::byte> room_;
};

/// For a block, as Traveller::land().
template <typename Block>
[[nodiscard]] std::unique_ptr<Landing> land_block(std::span<const std::byte> begin, std::size_t size) {
  std::uint64_t count = 0;
  if (size < sizeof count) return nullptr;
  Decoder(begin).get(&count, sizeof count);
  const std::size_t bytes = size - sizeof count;
  if (count != bytes / sizeof(typename Block::value_type) || bytes % sizeof(typename Block::value_type) != 0)
    return nullptr;  // it is damaged: to be found out when it is decoded
  return std::make_unique<BlockLanding<Block>>(count);
}

/// The last value of a parcel. It is the parcel's then.
template <typename T>
void put_last(Parcel& parcel, T&& value) {
  Encoder encoder(parcel.bytes());
  if constexpr (is_block<T>) {
    if (value.size() * sizeof(typename T::value_type) >= Parcel::large) {
      encoder(cereal::make_size_tag(static_cast<cereal::size_type>(value.size())));
      return parcel.keep(std::forward<T>(value));
    }
  }
  encoder(static_cast<const T&>(value));
}

template <Plain T, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::vector<T, Allocator>& vector) {
  put_block(out, vector);
}
template <Plain T, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::vector<T, Allocator>& vector) {
  get_block(in, vector);
}

template <typename T, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::vector<T, Allocator>& vector) {
  put_elements(out, vector);
}
template <typename T, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::vector<T, Allocator>& vector) {
  vector.clear();
  for (std::size_t left = in.get_count(0); left > 0; --left) {
    if (vector.size() == vector.capacity()) {
      const std::size_t capacity = std::min(vector.size() + left, 2 * vector.size() + 4);
      in.charge((capacity - vector.capacity()) * sizeof(T));  // the smaller memory is given back
      vector.reserve(capacity);
    }
    in(vector.emplace_back());
  }
}

template <typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::vector<bool, Allocator>& vector) {
  out(cereal::make_size_tag(static_cast<cereal::size_type>(vector.size())));
  for (const bool element : vector) out(element);
}
template <typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::vector<bool, Allocator>& vector) {
  vector.assign(in.get_count(1), false);
  for (std::size_t i = 0; i < vector.size(); ++i) {
    bool element = false;
    in(element);
    vector[i] = element;
  }
}

template <typename C, typename Traits, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::basic_string<C, Traits, Allocator>& text) {
  put_block(out, text);
}
template <typename C, typename Traits, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::basic_string<C, Traits, Allocator>& text) {
  get_block(in, text);
}

// Of which cereal would write and read a byte that it does not have.
template <typename T>
void CEREAL_SAVE_FUNCTION_NAME(Encoder&, const std::array<T, 0>&) {}
template <typename T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder&, std::array<T, 0>&) {}

// --- Of nodes -----------------------------------------------------------------------------------

template <typename T, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::deque<T, Allocator>& elements) {
  put_elements(out, elements);
}
template <typename T, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::deque<T, Allocator>& elements) {
  elements.clear();
  get_elements<std::deque<T, Allocator>>(in, [&] { in(elements.emplace_back()); });
}

template <typename T, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::list<T, Allocator>& elements) {
  put_elements(out, elements);
}
template <typename T, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::list<T, Allocator>& elements) {
  elements.clear();
  get_elements<std::list<T, Allocator>>(in, [&] { in(elements.emplace_back()); });
}

template <typename T, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::forward_list<T, Allocator>& elements) {
  put_elements(out, elements);
}
template <typename T, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::forward_list<T, Allocator>& elements) {
  elements.clear();
  auto last = elements.before_begin();
  get_elements<std::forward_list<T, Allocator>>(in, [&] { in(*(last = elements.emplace_after(last))); });
}

// Where what was sent in order goes without a search: behind all others in a tree, beside the last one in a table of
// hashes, where libc++ would pass by all equal ones to find the end of them.
template <typename Container>
typename Container::iterator place_of_next(Container& container, typename Container::iterator last) {
  if constexpr (requires { typename Container::key_compare; }) {
    return container.end();
  } else {
    return last;
  }
}

template <typename Set>
void get_set(Decoder& in, Set& set) {
  set.clear();
  auto last = set.end();
  get_elements<Set>(in, [&] {
    typename Set::key_type key;
    in(key);
    last = set.emplace_hint(place_of_next(set, last), std::move(key));  // in a tree, equal ones stay in their order
  });
}
template <typename Map>
void get_map(Decoder& in, Map& map) {
  map.clear();
  auto last = map.end();
  get_elements<Map>(in, [&] {
    typename Map::key_type key;
    typename Map::mapped_type value;
    in(key, value);
    last = map.emplace_hint(place_of_next(map, last), std::move(key), std::move(value));
  });
}
template <typename Map>
void put_map(Encoder& out, const Map& map) {
  out(cereal::make_size_tag(static_cast<cereal::size_type>(map.size())));
  for (const auto& [key, value] : map) out(key, value);
}

template <typename Key, typename Compare, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::set<Key, Compare, Allocator>& set) {
  put_elements(out, set);
}
template <typename Key, typename Compare, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::set<Key, Compare, Allocator>& set) {
  get_set(in, set);
}

template <typename Key, typename Compare, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::multiset<Key, Compare, Allocator>& set) {
  put_elements(out, set);
}
template <typename Key, typename Compare, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::multiset<Key, Compare, Allocator>& set) {
  get_set(in, set);
}

template <typename Key, typename Hash, typename Equal, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::unordered_set<Key, Hash, Equal, Allocator>& set) {
  put_elements(out, set);
}
template <typename Key, typename Hash, typename Equal, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::unordered_set<Key, Hash, Equal, Allocator>& set) {
  get_set(in, set);
}

template <typename Key, typename Hash, typename Equal, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::unordered_multiset<Key, Hash, Equal, Allocator>& set) {
  put_elements(out, set);
}
template <typename Key, typename Hash, typename Equal, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::unordered_multiset<Key, Hash, Equal, Allocator>& set) {
  get_set(in, set);
}

template <typename Key, typename T, typename Compare, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::map<Key, T, Compare, Allocator>& map) {
  put_map(out, map);
}
template <typename Key, typename T, typename Compare, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::map<Key, T, Compare, Allocator>& map) {
  get_map(in, map);
}

template <typename Key, typename T, typename Compare, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::multimap<Key, T, Compare, Allocator>& map) {
  put_map(out, map);
}
template <typename Key, typename T, typename Compare, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::multimap<Key, T, Compare, Allocator>& map) {
  get_map(in, map);
}

template <typename Key, typename T, typename Hash, typename Equal, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::unordered_map<Key, T, Hash, Equal, Allocator>& map) {
  put_map(out, map);
}
template <typename Key, typename T, typename Hash, typename Equal, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::unordered_map<Key, T, Hash, Equal, Allocator>& map) {
  get_map(in, map);
}

template <typename Key, typename T, typename Hash, typename Equal, typename Allocator>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::unordered_multimap<Key, T, Hash, Equal, Allocator>& map) {
  put_map(out, map);
}
template <typename Key, typename T, typename Hash, typename Equal, typename Allocator>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::unordered_multimap<Key, T, Hash, Equal, Allocator>& map) {
  get_map(in, map);
}

// --- Where cereal would throw something else ------------------------------------------------------

template <std::size_t size>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::bitset<size>& bits) {
  for (std::size_t begin = 0; begin < size; begin += 8) {
    std::uint8_t byte = 0;
    for (std::size_t i = begin; i < size && i < begin + 8; ++i) byte = static_cast<std::uint8_t>(2 * byte + bits[i]);
    out(byte);
  }
}
template <std::size_t size>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::bitset<size>& bits) {
  for (std::size_t begin = 0; begin < size; begin += 8) {
    std::uint8_t byte = 0;
    in(byte);
    for (std::size_t i = std::min(size, begin + 8); i > begin; byte /= 2) bits[--i] = byte % 2 != 0;
  }
}

template <std::size_t... indices, typename... Ts>
void get_alternative(Decoder& in, std::variant<Ts...>& variant, std::size_t index, std::index_sequence<indices...>) {
  const auto get = [&](auto tried) {
    if (index == tried) in(variant.template emplace<tried>());
    return index == tried;
  };
  if (!(get(std::integral_constant<std::size_t, indices>()) || ...))
    throw TransportError("a variant has no such alternative");
}
template <typename... Ts>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::variant<Ts...>& variant) {
  std::int32_t index = 0;  // as cereal writes it
  in(index);
  get_alternative(in, variant, static_cast<std::size_t>(index), std::index_sequence_for<Ts...>());
}

// --- What cereal does not have, or must not ------------------------------------------------------

inline void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const std::filesystem::path& path) { out(path.native()); }
inline void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, std::filesystem::path& path) {
  std::filesystem::path::string_type text;
  in(text);
  in.charge(text.size() * sizeof(path));  // every second byte may begin another part, with room for as many
  path = std::move(text);
}

template <typename T>
void CEREAL_SAVE_FUNCTION_NAME(Encoder&, const std::shared_ptr<T>&) = delete;
template <typename T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder&, std::shared_ptr<T>&) = delete;
template <typename T>
void CEREAL_SAVE_FUNCTION_NAME(Encoder&, const std::weak_ptr<T>&) = delete;
template <typename T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder&, std::weak_ptr<T>&) = delete;

}  // namespace detail
CONCURRENT_FUTURES_END
