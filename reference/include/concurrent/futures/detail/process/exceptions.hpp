// How exceptions travel: those whose type is registered as what they are, all others as RemoteError (PPE-030, PPE-039).

#pragma once

#include <concurrent/futures/detail/bytes.hpp>
#include <concurrent/futures/detail/process/archive.hpp>
#include <concurrent/futures/detail/process/containers.hpp>
#include <concurrent/futures/errors.hpp>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// As which type an exception arrives that was thrown as T: it is a T, and tells by a RemoteError that is nested in it
/// where it comes from.
template <typename T>
class Arrived final : public T, public std::nested_exception {
 public:
  Arrived() = default;
  explicit Arrived(T&& value) : T(std::move(value)) {}
};

/// Whether it arrives so. Not where std::exception is a virtual base: that is constructed by the type derived last,
/// which cannot know how.
template <typename T>
constexpr bool arrives_derived() {
  if constexpr (!std::is_class_v<T> || std::is_final_v<T> || std::is_base_of_v<std::nested_exception, T>) {
    return false;
  } else if constexpr (std::is_base_of_v<std::exception, T>) {
    return requires(std::exception & base) { static_cast<T&>(base); };
  } else {
    return true;
  }
}

/// A type of exceptions that can travel. For objects of static storage.
class ExceptionType {
 public:
  ExceptionType(const std::type_info& type, const std::type_info& arrived);
  ExceptionType(const ExceptionType&) = delete;
  ExceptionType& operator=(const ExceptionType&) = delete;

  [[nodiscard]] const char* name() const { return type_.name(); }

  /// What is in it. The type is right.
  virtual void encode(const std::exception_ptr& exception, Encoder& out) const = 0;
  /// Rebuilds it. While `remote` is being handled.
  [[nodiscard]] virtual std::exception_ptr decode(Decoder& in) const = 0;

 protected:
  /// Registers it, and takes it out again. Not in the constructor, when nobody could use it yet.
  void enlist();
  void strike() noexcept;
  ~ExceptionType() = default;

 private:
  friend class ExceptionTypes;
  const std::type_info& type_;
  const std::type_info& arrived_;
  ExceptionType* next_ = nullptr;
};

/// Appends an exception. `where` tells where it was thrown. Never throws: where something does not work, less is told.
void encode_exception(const std::exception_ptr& exception, std::string_view where, Bytes& out) noexcept;

/// Rebuilds it. Where that fails, it is a RemoteError.
[[nodiscard]] std::exception_ptr decode_exception(std::span<const std::byte> in) noexcept;

/// Throws `value`, with the exception that is being handled nested in it if it can be, and catches that.
template <typename T>
[[nodiscard]] std::exception_ptr arrived(T&& value) {
  if constexpr (arrives_derived<T>()) {
    return std::make_exception_ptr(Arrived<T>(std::forward<T>(value)));
  } else {
    return std::make_exception_ptr(std::forward<T>(value));
  }
}

template <typename T>
[[nodiscard]] const std::type_info& arrived_type() {
  if constexpr (arrives_derived<T>()) {
    return typeid(Arrived<T>);
  } else {
    return typeid(T);
  }
}

/// Calls `use` with what was thrown.
template <typename T, typename Use>
void use_exception(const std::exception_ptr& exception, Use use) {
  try {
    std::rethrow_exception(exception);
  } catch (const T& error) {
    use(error);
  }
}

/// Of which the text is all there is.
template <typename T>
class TextException final : public ExceptionType {
 public:
  TextException() : ExceptionType(typeid(T), arrived_type<T>()) { enlist(); }
  ~TextException() { strike(); }

  void encode(const std::exception_ptr& exception, Encoder& out) const override {
    use_exception<T>(exception, [&out](const T& error) { out(std::string(error.what())); });
  }
  [[nodiscard]] std::exception_ptr decode(Decoder& in) const override {
    std::string text;
    in(text);
    return arrived(T(text));
  }
};

/// Of which the type is all there is.
template <typename T>
class PlainException final : public ExceptionType {
 public:
  PlainException() : ExceptionType(typeid(T), arrived_type<T>()) { enlist(); }
  ~PlainException() { strike(); }
  void encode(const std::exception_ptr&, Encoder&) const override {}
  [[nodiscard]] std::exception_ptr decode(Decoder&) const override { return arrived(T()); }
};

/// Which is serialized as other values are.
template <typename T>
class ValueException final : public ExceptionType {
 public:
  ValueException() : ExceptionType(typeid(T), arrived_type<T>()) { enlist(); }
  ~ValueException() { strike(); }
  void encode(const std::exception_ptr& exception, Encoder& out) const override {
    use_exception<T>(exception, [&out](const T& error) { out(error); });
  }
  [[nodiscard]] std::exception_ptr decode(Decoder& in) const override {
    if constexpr (arrives_derived<T>()) {
      Arrived<T> error;  // moved there, it would lose what is in virtual bases
      in(static_cast<T&>(error));
      return std::make_exception_ptr(std::move(error));
    } else {
      T error{};
      in(error);
      return std::make_exception_ptr(std::move(error));
    }
  }
};

}  // namespace detail
CONCURRENT_FUTURES_END
