#include <cxxabi.h>

#include <any>
#include <concurrent/futures/detail/caught.hpp>
#include <concurrent/futures/detail/process/exceptions.hpp>
#include <concurrent/futures/detail/result_kind.hpp>
#include <concurrent/futures/log.hpp>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <ios>
#include <memory>
#include <new>
#include <optional>
#include <regex>
#include <stdexcept>
#include <system_error>
#include <typeinfo>
#include <variant>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// All types that can travel.
class ExceptionTypes {
 public:
  static void add(ExceptionType& type) {
    const sync::Lock lock(mutex);
    type.next_ = std::exchange(first, &type);
  }
  static void remove(ExceptionType& type) {
    const sync::Lock lock(mutex);
    ExceptionType** each = &first;
    while (*each != nullptr && *each != &type) each = &(*each)->next_;
    if (*each != nullptr) *each = type.next_;
  }
  /// Null if it cannot travel as what it is.
  [[nodiscard]] static const ExceptionType* find(const std::type_info& thrown) {
    const sync::Lock lock(mutex);
    const ExceptionType* each = first;
    while (each != nullptr && each->type_ != thrown && each->arrived_ != thrown) each = each->next_;
    return each;
  }
  [[nodiscard]] static const ExceptionType* find(const std::string& name) {
    const sync::Lock lock(mutex);
    const ExceptionType* each = first;
    while (each != nullptr && name != each->name()) each = each->next_;
    return each;
  }

 private:
  static inline sync::Mutex mutex;
  static inline constinit ExceptionType* first CONCURRENT_FUTURES_GUARDED_BY(mutex) = nullptr;
  static inline const sync::AtFork mutex_in_child{[] { mutex.lock(); }, [] { mutex.unlock(); }, [] { mutex.unlock(); }};
};

ExceptionType::ExceptionType(const std::type_info& type, const std::type_info& arrived)
    : type_(type), arrived_(arrived) {}
void ExceptionType::enlist() { ExceptionTypes::add(*this); }
void ExceptionType::strike() noexcept { ExceptionTypes::remove(*this); }

namespace {

// --- Those of the standard library ----------------------------------------------------------------

/// The categories whose codes mean the same in every process.
const std::error_category* category_named(const std::string& name) {
  for (const std::error_category* each :
       {&std::generic_category(), &std::system_category(), &std::iostream_category(), &std::future_category()}) {
    if (name == each->name()) return each;
  }
  return nullptr;
}

void encode_code(const std::error_code& code, Encoder& out) {
  const std::string name = code.category().name();
  // It arrives as a RemoteError then, with its text.
  if (category_named(name) != &code.category()) throw TransportError("nobody else has the error category " + name);
  out(name, code.value());
}

std::error_code decode_code(Decoder& in) {
  std::string name;
  int value = 0;
  in(name, value);
  const std::error_category* const category = category_named(name);
  if (category == nullptr) throw TransportError("no error category is called " + name);
  return {value, *category};
}

/// The text that was given to its constructor, which appends that of the code.
std::string own_text(std::string text, const std::error_code& code) {
  const std::string appended = code.message();
  if (text == appended) return {};
  if (text.ends_with(": " + appended)) text.resize(text.size() - appended.size() - 2);
  return text;
}

template <typename T>
class CodeException final : public ExceptionType {
 public:
  CodeException() : ExceptionType(typeid(T), arrived_type<T>()) { enlist(); }
  ~CodeException() { strike(); }
  void encode(const std::exception_ptr& exception, Encoder& out) const override {
    use_exception<T>(exception, [&out](const T& error) {
      encode_code(error.code(), out);
      out(own_text(error.what(), error.code()));
    });
  }
  [[nodiscard]] std::exception_ptr decode(Decoder& in) const override {
    const std::error_code code = decode_code(in);
    std::string text;
    in(text);
    if constexpr (std::is_same_v<T, std::ios_base::failure>) {
      return arrived(T(text, code));
    } else {
      return arrived(text.empty() ? T(code) : T(code, text));
    }
  }
};

class FilesystemException final : public ExceptionType {
 public:
  FilesystemException() : ExceptionType(typeid(Error), arrived_type<Error>()) { enlist(); }
  ~FilesystemException() { strike(); }
  void encode(const std::exception_ptr& exception, Encoder& out) const override {
    use_exception<Error>(exception, [&out](const Error& error) {
      encode_code(error.code(), out);
      // That of the base class, without the paths, which the constructor appends again.
      out(own_text(error.std::system_error::what(), error.code()), error.path1(), error.path2());
    });
  }
  [[nodiscard]] std::exception_ptr decode(Decoder& in) const override {
    const std::error_code code = decode_code(in);
    std::string text;
    std::filesystem::path one;
    std::filesystem::path two;
    in(text, one, two);
    return arrived(Error(text, one, two, code));
  }

 private:
  using Error = std::filesystem::filesystem_error;
};

class FutureException final : public ExceptionType {
 public:
  FutureException() : ExceptionType(typeid(std::future_error), arrived_type<std::future_error>()) { enlist(); }
  ~FutureException() { strike(); }
  void encode(const std::exception_ptr& exception, Encoder& out) const override {
    use_exception<std::future_error>(exception, [&out](const std::future_error& error) { out(error.code().value()); });
  }
  [[nodiscard]] std::exception_ptr decode(Decoder& in) const override {
    int value = 0;
    in(value);
    return arrived(std::future_error(static_cast<std::future_errc>(value)));
  }
};

class RegexException final : public ExceptionType {
 public:
  RegexException() : ExceptionType(typeid(std::regex_error), arrived_type<std::regex_error>()) { enlist(); }
  ~RegexException() { strike(); }
  void encode(const std::exception_ptr& exception, Encoder& out) const override {
    use_exception<std::regex_error>(exception,
                                    [&out](const std::regex_error& error) { out(static_cast<int>(error.code())); });
  }
  [[nodiscard]] std::exception_ptr decode(Decoder& in) const override {
    int value = 0;
    in(value);
    return arrived(std::regex_error(code_of(value)));
  }

 private:
  // No other number may be made one of these.
  static std::regex_constants::error_type code_of(int value) {
    using namespace std::regex_constants;
    for (const error_type each :
         {error_collate, error_ctype, error_escape, error_backref, error_brack, error_paren, error_brace,
          error_badbrace, error_range, error_space, error_badrepeat, error_complexity, error_stack}) {
      if (static_cast<int>(each) == value) return each;
    }
    throw TransportError("regular expressions have no error " + std::to_string(value));
  }
};

class RemoteException final : public ExceptionType {
 public:
  RemoteException() : ExceptionType(typeid(RemoteError), arrived_type<RemoteError>()) { enlist(); }
  ~RemoteException() { strike(); }
  void encode(const std::exception_ptr& exception, Encoder& out) const override {
    use_exception<RemoteError>(exception,
                               [&out](const RemoteError& error) { out(error.type_name(), std::string(error.what())); });
  }
  [[nodiscard]] std::exception_ptr decode(Decoder& in) const override {
    std::string type_name;
    std::string text;
    in(type_name, text);
    return arrived(RemoteError(type_name, text));
  }
};

struct Standard {
  TextException<std::logic_error> logic_error;
  TextException<std::domain_error> domain_error;
  TextException<std::invalid_argument> invalid_argument;
  TextException<std::length_error> length_error;
  TextException<std::out_of_range> out_of_range;
  TextException<std::runtime_error> runtime_error;
  TextException<std::range_error> range_error;
  TextException<std::overflow_error> overflow_error;
  TextException<std::underflow_error> underflow_error;
  PlainException<std::exception> exception;
  PlainException<std::bad_exception> bad_exception;
  PlainException<std::bad_alloc> bad_alloc;
  PlainException<std::bad_array_new_length> bad_array_new_length;
  PlainException<std::bad_cast> bad_cast;
  PlainException<std::bad_any_cast> bad_any_cast;
  PlainException<std::bad_typeid> bad_typeid;
  PlainException<std::bad_function_call> bad_function_call;
  PlainException<std::bad_optional_access> bad_optional_access;
  PlainException<std::bad_variant_access> bad_variant_access;
  PlainException<std::bad_weak_ptr> bad_weak_ptr;
  CodeException<std::system_error> system_error;
  CodeException<std::ios_base::failure> ios_failure;
  FilesystemException filesystem_error;
  FutureException future_error;
  RegexException regex_error;
  TextException<Error> error;
  PlainException<CancelledError> cancelled_error;
  TextException<TimeoutError> timeout_error;
  TextException<InvalidStateError> invalid_state_error;
  PlainException<ShutdownError> shutdown_error;
  TextException<DeadlockError> deadlock_error;
  TextException<BrokenExecutor> broken_executor;
  TextException<BrokenThreadPool> broken_thread_pool;
  TextException<BrokenProcessPool> broken_process_pool;
  TextException<TransportError> transport_error;
  RemoteException remote_error;
};

// Never destroyed: a pool of static storage duration may need them to the very end.
union NeverDestroyed {
  NeverDestroyed() : types() {}
  ~NeverDestroyed() {}  // NOLINT(modernize-use-equals-default): which would be deleted
  Standard types;
};
const NeverDestroyed standard;

// --- As bytes -------------------------------------------------------------------------------------

// Null if C++ has no name for it.
const std::type_info* type_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (...) {
    return abi::__cxa_current_exception_type();
  }
}

std::string text_of(const std::exception_ptr& exception) {
  std::string text;
  // What it has to say is code of the user's.
  const auto error = exception_of([&] { text = describe(exception); });
  return error ? "its text could not be had" : text;
}

void encode_known(const ExceptionType& type, const std::exception_ptr& exception, const std::string& type_name,
                  const std::string& where, Bytes& out) {
  Encoder archive(out);
  archive(std::string(type.name()), type_name, where);
  type.encode(exception, archive);
}

void encode_unknown(const std::exception_ptr& exception, const std::string& type_name, const std::string& where,
                    Bytes& out) {
  Encoder archive(out);
  archive(std::string(), type_name, text_of(exception) + " (" + type_name + ", " + where + ")");
}

}  // namespace

void encode_exception(const std::exception_ptr& exception, std::string_view where, Bytes& out) noexcept {
  const std::size_t begin = out.size();
  const auto failed = exception_of([&] {
    const std::type_info* const thrown = type_of(exception);
    const std::string type_name = thrown != nullptr ? demangle(thrown->name()) : "an exception of another language";
    const std::string place(where);
    const ExceptionType* const type = thrown != nullptr ? ExceptionTypes::find(*thrown) : nullptr;
    if (type != nullptr && !exception_of([&] { encode_known(*type, exception, type_name, place, out); })) return;
    out.shrink(begin);
    encode_unknown(exception, type_name, place, out);
  });
  if (failed) out.shrink(begin);  // nothing: that is decoded, too
}

std::exception_ptr decode_exception(std::span<const std::byte> in) noexcept {
  std::exception_ptr decoded;
  const auto failed = exception_of([&] {
    if (in.empty()) throw RemoteError("unknown", "a call in another process threw, and had no memory to say what");
    Decoder archive(in);
    std::string key;
    std::string type_name;
    std::string text;
    archive(key, type_name, text);
    if (key.empty()) throw RemoteError(type_name, text);
    const ExceptionType* const type = ExceptionTypes::find(key);
    if (type == nullptr) throw RemoteError(type_name, type_name + ", which is not registered here, " + text);
    try {
      throw RemoteError(type_name, text);
    } catch (const RemoteError&) {
      const auto undecoded = exception_of([&] { decoded = type->decode(archive); });
      if (undecoded) {
        throw RemoteError(type_name, type_name + ", " + text + ", which could not be rebuilt: " + text_of(undecoded));
      }
    }
  });
  return failed ? failed : decoded;
}

}  // namespace detail
CONCURRENT_FUTURES_END
