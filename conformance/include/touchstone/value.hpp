// Value: what tasks take and return, in a form that any subject can carry.

#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace touchstone {

/// A value that does not come through to another process, nor back from it: what its encoding or its decoding does
/// instead. In the process that made it nothing happens.
struct Trap {
  enum class When : std::uint8_t { encoded, decoded };
  enum class Does : std::uint8_t { throws_error, throws_number, kills };

  When when = When::encoded;
  Does does = Does::throws_error;
  int number = 0;  // which is thrown, or told in the error; or the signal that this process sends itself

  /// Does it.
  void spring() const;

  /// How many have sprung in this process.
  [[nodiscard]] static int sprung();

  friend bool operator==(const Trap&, const Trap&) = default;
};

/// Nothing, a number, a text, (closures only) a shared object, or a trap.
///
/// The first three can be written down, so that a subject in another process or language can carry
/// them. The object exists for the questions that only one address space can ask: is it the very
/// same object, and when was it let go?
class Value {
 public:
  using Object = std::shared_ptr<void>;

  Value() = default;
  Value(std::int64_t number) : content_(number) {}
  Value(int number) : content_(std::int64_t{number}) {}
  Value(std::string text) : content_(std::move(text)) {}
  Value(const char* text) : content_(std::string(text)) {}
  Value(Object object) : content_(std::move(object)) {}
  Value(Trap trap) : content_(trap) {}

  [[nodiscard]] bool empty() const { return std::holds_alternative<std::monostate>(content_); }

  /// The number, the text or the object; throws std::logic_error, which says what it is, where it is another kind.
  [[nodiscard]] std::int64_t number() const { return content<std::int64_t>("a number"); }
  [[nodiscard]] const std::string& text() const { return content<std::string>("a text"); }
  [[nodiscard]] const Object& object() const { return content<Object>("an object"); }

  /// The number, the text or the trap; null where it is another kind.
  [[nodiscard]] const std::int64_t* if_number() const { return std::get_if<std::int64_t>(&content_); }
  [[nodiscard]] const std::string* if_text() const { return std::get_if<std::string>(&content_); }
  [[nodiscard]] const Trap* if_trap() const { return std::get_if<Trap>(&content_); }

  /// For messages: `nothing`, `42`, `"text"`, `object`, `trap`.
  [[nodiscard]] std::string to_string() const;

  /// How it travels to another process and back: task.hpp tells the form.
  [[nodiscard]] std::string encode() const;
  [[nodiscard]] static Value decode(std::string_view text);

  template <typename Archive>
  void save(Archive& archive) const {
    archive(encode());
  }
  template <typename Archive>
  void load(Archive& archive) {
    std::string text;
    archive(text);
    *this = decode(text);
  }

  friend bool operator==(const Value&, const Value&) = default;

 private:
  template <typename T>
  [[nodiscard]] const T& content(const char* wanted) const {
    if (const T* const found = std::get_if<T>(&content_)) return *found;
    throw std::logic_error("the value is " + to_string() + ", where " + wanted + " was expected");
  }

  std::variant<std::monostate, std::int64_t, std::string, Object, Trap> content_;
};

/// How GoogleTest prints a Value.
void PrintTo(const Value& value, std::ostream* out);

}  // namespace touchstone
