// Encoder and Decoder: values as bytes, and back, for types that serialize as cereal has it: by serialize(), or by
// save() and load().
//
// Both ends are processes of one machine and one program, so numbers are as they are in memory. But what arrives was
// written by a process that may have been damaged, and is not trusted:
//
// * A length is held against what is left before anything is allocated for it.
// * What decoding allocates is charged to a budget, `allowance + factor` times the size of the data: an element of one
//   byte here may be one of thousands there. More than that is refused, however honest it is. Not charged is what is as
//   large in memory as it is here, and what a default constructor allocates.
// * Values are nested no deeper than `deepest`; so the stack suffices, also to destroy them.
// * A bool is 0 or 1, the alternative of a variant one that it has.
//
// cereal would believe the length. So here are overloads for the containers that it resizes before it reads. What needs
// tables, such as pointers that share, polymorphic types and versions of types, is refused by the compiler.

#pragma once

#include <algorithm>
#include <cereal/cereal.hpp>
#include <cereal/types/base_class.hpp>
#include <concepts>
#include <concurrent/futures/detail/bytes.hpp>
#include <concurrent/futures/errors.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <type_traits>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// How deep values may be nested. Each level of the user's is up to four: a node, its pointer, and what cereal wraps.
inline constexpr int deepest = 512;

class Encoder : public cereal::OutputArchive<Encoder, cereal::AllowEmptyClassElision> {
 public:
  explicit Encoder(Bytes& out) : OutputArchive(this), out_(out) {}

  void put(const void* data, std::size_t size) { out_.append(data, size); }

  void enter() {
    if (++depth_ > deepest) throw TransportError("a value is nested too deep to be sent");
  }
  void leave() { --depth_; }

 private:
  Bytes& out_;
  int depth_ = 0;
};

/// The rest of the data, which has not arrived yet.
class Inflow {
 public:
  Inflow() = default;
  Inflow(const Inflow&) = delete;
  Inflow& operator=(const Inflow&) = delete;

  [[nodiscard]] std::size_t left() const { return left_; }

  /// Waits for the next of it; valid until the next call. Only while something is left.
  [[nodiscard]] virtual std::span<const std::byte> next() = 0;

  /// Waits for so many bytes, which are left.
  virtual void read(std::span<std::byte> into) = 0;

 protected:
  ~Inflow() = default;
  std::size_t left_ = 0;
};

/// Throws TransportError for whatever is not as it should be. After that it must not be used any more.
class Decoder : public cereal::InputArchive<Decoder, cereal::AllowEmptyClassElision> {
 public:
  static constexpr std::size_t allowance = std::size_t{1} << 20;  // bytes
  static constexpr std::size_t factor = 128;  // for elements that take one byte here, and there a string or a node

  /// `rest` follows what is there.
  explicit Decoder(std::span<const std::byte> in, Inflow* rest = nullptr)
      : InputArchive(this), here_(in), rest_(rest), budget_(allowance + factor * left()) {}

  void get(void* data, std::size_t size) {
    if (size > here_.size()) return get_from_rest(static_cast<std::byte*>(data), size);
    if (size != 0) std::memcpy(data, here_.data(), size);
    here_ = here_.subspan(size);
  }

  /// A number of elements, each of which takes at least so many bytes.
  [[nodiscard]] std::size_t get_count(std::size_t smallest) {
    std::uint64_t count = 0;
    get(&count, sizeof count);
    if (smallest != 0 && count > left() / smallest) throw TransportError("a length is longer than the data");
    return count;
  }

  /// To be called before so many bytes are allocated, or before elements are made that take none of the data.
  void charge(std::size_t bytes) {
    if (bytes > budget_) {
      throw TransportError(
          "a value would take more than " + std::to_string(factor) +
          " times as much memory as its data, as where most of many elements are empty: send only those "
          "that are not, with their places");
    }
    budget_ -= bytes;
  }

  void enter(std::size_t size) {
    if (++depth_ > deepest) throw TransportError("a value is nested too deep");
    charge(size);
  }
  void leave() { --depth_; }

  [[nodiscard]] std::size_t left() const { return here_.size() + (rest_ == nullptr ? 0 : rest_->left()); }

 private:
  // What is large goes to its place at once, without a stop in between.
  static constexpr std::size_t large = std::size_t{64} * 1024;

  void get_from_rest(std::byte* data, std::size_t size) {
    if (size > left()) throw TransportError("the data of a value end too early");
    while (size > here_.size()) {
      if (!here_.empty()) std::memcpy(data, here_.data(), here_.size());
      data += here_.size();
      size -= here_.size();
      here_ = {};
      if (size >= large) return rest_->read({data, size});
      here_ = rest_->next();
    }
    get(data, size);
  }

  std::span<const std::byte> here_;
  Inflow* rest_;
  std::size_t budget_;
  int depth_ = 0;
};

// --- What is refused ------------------------------------------------------------------------------
//
// An archive of cereal's keeps tables, of the places of virtual bases and of the types whose version it has written.
// But what is decoded later may be made at the same place, and the versions of a program stand in a table without a
// lock. What is deferred nobody would ever ask for.

template <typename T>
inline constexpr bool has_version = cereal::traits::has_member_versioned_serialize<T, Encoder>::value ||
                                    cereal::traits::has_member_versioned_save<T, Encoder>::value ||
                                    cereal::traits::has_non_member_versioned_serialize<T, Encoder>::value ||
                                    cereal::traits::has_non_member_versioned_save<T, Encoder>::value;
template <typename Base>
inline constexpr bool has_version<cereal::base_class<Base>> = has_version<Base>;

template <typename T>
inline constexpr bool is_virtual_base = false;
template <typename Base>
inline constexpr bool is_virtual_base<cereal::virtual_base_class<Base>> = true;

template <typename T>
inline constexpr bool is_deferred = false;
template <typename T>
inline constexpr bool is_deferred<cereal::DeferredData<T>> = true;

template <typename T>
inline constexpr bool is_polymorphic_pointer = false;
template <typename T, typename Deleter>
inline constexpr bool is_polymorphic_pointer<std::unique_ptr<T, Deleter>> = std::is_polymorphic_v<T>;

/// Makes the compiler say what to do instead, also about parts of values. To be asked by one of the two archives.
template <typename T>
constexpr void must_need_no_tables() {
  static_assert(!has_version<T>,
                "types with a version cannot travel, and need not: both processes run the same program");
  static_assert(!is_virtual_base<T>, "a virtual_base_class cannot travel: serialize it as a cereal::base_class");
  static_assert(!is_deferred<T>, "what is deferred would not travel: serialize it where it stands");
  static_assert(!is_polymorphic_pointer<T>,
                "a pointer to a polymorphic type cannot travel: send the object, or a std::variant of what it may be");
}

// --- What cereal calls for each value -----------------------------------------------------------

template <typename T>
void prologue(Encoder& out, const T&) {
  must_need_no_tables<T>();
  if constexpr (std::is_class_v<T>) out.enter();
}
template <typename T>
void epilogue(Encoder& out, const T&) {
  if constexpr (std::is_class_v<T>) out.leave();
}
template <typename T>
void prologue(Decoder& in, const T&) {
  if constexpr (std::is_class_v<T>) in.enter(sizeof(T));
}
template <typename T>
void epilogue(Decoder& in, const T&) {
  if constexpr (std::is_class_v<T>) in.leave();
}

template <typename T>
requires std::is_arithmetic_v<T>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const T& number) { out.put(&number, sizeof number); }

template <typename T>
requires std::is_arithmetic_v<T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, T& number) {
  if constexpr (std::same_as<T, bool>) {
    std::uint8_t byte = 0;
    in.get(&byte, 1);
    if (byte > 1) throw TransportError("a bool is neither true nor false");
    number = byte != 0;
  } else {
    in.get(&number, sizeof number);
  }
}

template <typename T>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const cereal::BinaryData<T>& data) {
  out.put(data.data, data.size);
}

template <typename T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, cereal::BinaryData<T>& data) {
  in.get(data.data, data.size);
  if constexpr (std::same_as<std::remove_pointer_t<T>, bool>) {
    const auto* const bytes = reinterpret_cast<const unsigned char*>(data.data);
    if (std::any_of(bytes, bytes + data.size, [](unsigned char byte) { return byte > 1; }))
      throw TransportError("a bool is neither true nor false");
  }
}

template <typename T>
void CEREAL_SERIALIZE_FUNCTION_NAME(Encoder& out, cereal::NameValuePair<T>& pair) {
  out(pair.value);
}
template <typename T>
void CEREAL_SERIALIZE_FUNCTION_NAME(Decoder& in, cereal::NameValuePair<T>& pair) {
  in(pair.value);
}

template <typename T>
void CEREAL_SAVE_FUNCTION_NAME(Encoder& out, const cereal::SizeTag<T>& tag) {
  const std::uint64_t count = tag.size;
  out.put(&count, sizeof count);
}
template <typename T>
void CEREAL_LOAD_FUNCTION_NAME(Decoder& in, cereal::SizeTag<T>& tag) {
  tag.size = in.get_count(0);
}

}  // namespace detail
CONCURRENT_FUTURES_END

CEREAL_SETUP_ARCHIVE_TRAITS(concurrent::futures::detail::Decoder, concurrent::futures::detail::Encoder)
