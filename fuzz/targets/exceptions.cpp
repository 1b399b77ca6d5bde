// Exceptions: what another process says that a call threw.

#include <concurrent/futures/detail/process/exceptions.hpp>
#include <concurrent/futures/log.hpp>
#include <concurrent/futures/portable.hpp>
#include <exception>
#include <filesystem>
#include <future>
#include <ios>
#include <regex>
#include <stdexcept>
#include <system_error>
#include <target.hpp>
#include <typeinfo>

namespace touchstone::fuzz {

struct PlaceError : std::runtime_error {
  PlaceError() : std::runtime_error("at a place") {}
  std::vector<std::string> names;
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(names);
  }
};

namespace {

namespace futures = concurrent::futures;
using futures::detail::Bytes;
using futures::detail::Decoder;

const auto place_error_travels = futures::exception_travels<PlaceError>();

/// What can be told of an exception without knowing what it may be.
struct Account {
  const std::type_info* type = nullptr;
  std::string text;
  bool has_code = false;
  bool operator==(const Account& other) const { return *type == *other.type && text == other.text; }
};

Account account_of(const std::exception_ptr& exception) {
  require(exception != nullptr, "nothing comes out, which is no exception");
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    return {&typeid(error), error.what(), dynamic_cast<const std::system_error*>(&error) != nullptr};
  } catch (...) {
    require(false, "what comes out is no std::exception");
    throw;
  }
}

Bytes encoded(const std::exception_ptr& exception) {
  Bytes bytes;
  futures::detail::encode_exception(exception, "thrown by a target", bytes);
  return bytes;
}

// The texts that tell of the failure are put together from those that came.
constexpr std::size_t copies = 16;
constexpr std::size_t own_texts = 16384;

}  // namespace

void try_input(std::span<const std::byte> input) {
  const std::size_t before = allocated_bytes();
  const std::exception_ptr exception = futures::detail::decode_exception(input);
  require(allocated_bytes() - before <=
              Decoder::allowance + Decoder::factor * input.size() + copies * input.size() + own_texts,
          "more memory was taken than the budget allows");
  const Account account = account_of(exception);
  if (*account.type == typeid(futures::RemoteError)) return;  // to which the place is added each time
  // What has arrived may be thrown on, to a next process, and from there to another one.
  const std::exception_ptr next = futures::detail::decode_exception(encoded(exception).view());
  const Account of_next = account_of(next);
  // What comes behind a zero, what() cannot tell: there the text of a code may have been, which is then added again.
  require(of_next.text == account.text || account.has_code, "the text of an exception does not come out as it went in");
  const Account of_last = account_of(futures::detail::decode_exception(encoded(next).view()));
  require(of_last == of_next, "an exception does not come out as it went in");
}

std::vector<Data> seeds() {
  std::vector<std::exception_ptr> exceptions;
  const auto keep = [&exceptions](const auto& error) { exceptions.push_back(std::make_exception_ptr(error)); };
  keep(std::runtime_error("a text"));
  keep(std::out_of_range(""));
  keep(std::bad_alloc());
  keep(std::system_error(std::make_error_code(std::errc::no_such_file_or_directory), "opening"));
  keep(std::system_error(2, std::generic_category()));
  keep(std::ios_base::failure("a stream"));
  keep(std::filesystem::filesystem_error("moving", "/a/b", "c", std::make_error_code(std::errc::permission_denied)));
  keep(std::future_error(std::future_errc::broken_promise));
  keep(std::regex_error(std::regex_constants::error_brack));
  keep(futures::RemoteError("a type", "a text"));
  keep(futures::CancelledError());
  keep(futures::BrokenProcessPool("it died"));
  keep(7);
  PlaceError error;
  error.names = {"a", "b"};
  keep(error);

  std::vector<Data> all;
  for (const auto& each : exceptions) {
    const Bytes bytes = encoded(each);
    all.emplace_back(bytes.view().begin(), bytes.view().end());
  }
  return all;
}

}  // namespace touchstone::fuzz
