// Exceptions as bytes and back.

#include <gtest/gtest.h>

#include <concurrent/futures/log.hpp>
#include <concurrent/futures/portable.hpp>
#include <filesystem>
#include <future>
#include <regex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

namespace concurrent::futures {

struct TravellingError : std::runtime_error {
  TravellingError() : std::runtime_error("travelling") {}
  explicit TravellingError(int its_code) : std::runtime_error("travelling"), code(its_code) {}
  int code = 0;

  template <typename Archive>
  void serialize(Archive& archive) {
    archive(code);
  }
};

struct TextError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct UnknownError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct FinalError final : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What is in a virtual base is constructed by whatever type is derived last.
struct Numbered {
  int number = 0;
};
struct VirtualError : virtual Numbered, virtual std::exception {
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};
struct HalfVirtualError : virtual Numbered, std::exception {
  template <typename Archive>
  void serialize(Archive& archive) {
    archive(number);
  }
};

struct StubbornError : std::exception {
  template <typename Archive>
  void save(Archive&) const {
    throw std::runtime_error("not today");
  }
  template <typename Archive>
  void load(Archive&) {}
};

struct SilentError : std::exception {
  const char* what() const noexcept override { return nullptr; }
};

namespace {

const auto travelling_error_travels = exception_travels<TravellingError>();
const auto text_error_travels = exception_travels<TextError>();
const auto final_error_travels = exception_travels<FinalError>();
const auto virtual_error_travels = exception_travels<VirtualError>();
const auto half_virtual_error_travels = exception_travels<HalfVirtualError>();
const auto stubborn_error_travels = exception_travels<StubbornError>();

template <typename T>
std::exception_ptr arrival_of(const T& thrown) {
  detail::Bytes bytes;
  detail::encode_exception(std::make_exception_ptr(thrown), "thrown by a test", bytes);
  return detail::decode_exception(bytes.view());
}

/// Calls `check` with what arrives as a T.
template <typename T, typename Check>
void expect_arrival(const T& thrown, Check check) {
  try {
    std::rethrow_exception(arrival_of(thrown));
  } catch (const T& arrived) {
    check(arrived);
  } catch (...) {
    ADD_FAILURE() << "arrived as something else: " << describe(std::current_exception());
  }
}

template <typename T>
void expect_same_text(const T& thrown) {
  expect_arrival(thrown, [&](const T& arrived) { EXPECT_STREQ(arrived.what(), thrown.what()); });
}

TEST(TravellingException, OfTheStandardLibraryIsWhatItWas) {
  expect_same_text(std::logic_error("a"));
  expect_same_text(std::domain_error("b"));
  expect_same_text(std::invalid_argument("c"));
  expect_same_text(std::length_error("d"));
  expect_same_text(std::out_of_range("e"));
  expect_same_text(std::runtime_error("f"));
  expect_same_text(std::range_error("g"));
  expect_same_text(std::overflow_error("h"));
  expect_same_text(std::underflow_error("i"));
  expect_same_text(std::exception());
  expect_same_text(std::bad_alloc());
  expect_same_text(std::bad_cast());
  expect_same_text(std::bad_function_call());
  expect_same_text(std::bad_optional_access());
  expect_same_text(std::future_error(std::future_errc::broken_promise));
  expect_same_text(std::regex_error(std::regex_constants::error_brace));
  expect_same_text(std::ios_base::failure("j"));
}

TEST(TravellingException, KeepsItsCodeAndPaths) {
  const std::system_error plain(std::make_error_code(std::errc::permission_denied));
  const std::system_error with_text(std::error_code(ENOENT, std::system_category()), "no such thing");
  for (const std::system_error& thrown : {plain, with_text}) {
    expect_arrival(thrown, [&](const std::system_error& arrived) {
      EXPECT_EQ(arrived.code(), thrown.code());
      EXPECT_STREQ(arrived.what(), thrown.what());
    });
  }
  const std::filesystem::filesystem_error thrown("cannot", "/one", "/two", std::make_error_code(std::errc::io_error));
  expect_arrival(thrown, [&](const std::filesystem::filesystem_error& arrived) {
    EXPECT_EQ(arrived.path1(), "/one");
    EXPECT_EQ(arrived.path2(), "/two");
    EXPECT_STREQ(arrived.what(), thrown.what());
  });
}

TEST(TravellingException, OfThisLibraryIsWhatItWas) {
  expect_same_text(CancelledError());
  expect_same_text(TimeoutError());
  expect_same_text(InvalidStateError("a"));
  expect_same_text(ShutdownError());
  expect_same_text(DeadlockError("b"));
  expect_same_text(BrokenThreadPool("c"));
  expect_same_text(BrokenProcessPool("d"));
  expect_same_text(TransportError("e"));
  expect_arrival(RemoteError("T", "f"), [](const RemoteError& arrived) { EXPECT_EQ(arrived.type_name(), "T"); });
}

TEST(TravellingException, OfTheUserIsWhatItWasIfItIsNamed) {
  expect_arrival(TravellingError(7), [](const TravellingError& arrived) { EXPECT_EQ(arrived.code, 7); });
  expect_same_text(TextError("my text"));
  expect_same_text(FinalError("the end"));
}

TEST(TravellingException, KeepsWhatIsInItsVirtualBases) {
  VirtualError thrown;
  thrown.number = 7;
  expect_arrival(thrown, [](const VirtualError& arrived) { EXPECT_EQ(arrived.number, 7); });
  HalfVirtualError other;
  other.number = 8;
  expect_arrival(other, [](const HalfVirtualError& arrived) { EXPECT_EQ(arrived.number, 8); });
}

class CategoryOfTheProgram final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "weather"; }
  [[nodiscard]] std::string message(int) const override { return "it rains"; }
};

// Nobody knows where that is in the other process; what it says is kept.
TEST(TravellingException, WithACodeOfTheProgramKeepsItsText) {
  const CategoryOfTheProgram category;
  try {
    std::rethrow_exception(arrival_of(std::system_error(1, category, "no picnic")));
    ADD_FAILURE() << "nothing has arrived";
  } catch (const RemoteError& arrived) {
    const std::string type(arrived.type_name());
    EXPECT_TRUE(type == "std::system_error" || type == "std::__1::system_error") << type;  // the latter in libc++
    EXPECT_EQ(arrived.what(), "no picnic: it rains (" + type + ", thrown by a test)");
  }
}

TEST(TravellingException, TellsWhereItWasThrown) {
  expect_arrival(std::runtime_error("a"), [](const std::runtime_error& arrived) {
    try {
      std::rethrow_if_nested(arrived);
      ADD_FAILURE() << "nothing is nested in it";
    } catch (const RemoteError& remote) {
      EXPECT_EQ(remote.type_name(), "std::runtime_error");
      EXPECT_STREQ(remote.what(), "thrown by a test");
    }
  });
}

TEST(TravellingException, ThatHasTravelledBeforeTravelsOn) {
  const std::exception_ptr once = arrival_of(std::out_of_range("far"));
  detail::Bytes bytes;
  detail::encode_exception(once, "thrown by another", bytes);
  EXPECT_THROW(std::rethrow_exception(detail::decode_exception(bytes.view())), std::out_of_range);
}

TEST(TravellingException, ThatNobodyKnowsIsARemoteError) {
  const auto expect = [](const std::exception_ptr& arrived, const std::string& type, const std::string& text) {
    try {
      std::rethrow_exception(arrived);
    } catch (const RemoteError& error) {
      EXPECT_EQ(error.type_name(), type);
      EXPECT_EQ(std::string(error.what()), text);
    }
  };
  expect(arrival_of(UnknownError("odd")), "concurrent::futures::UnknownError",
         "odd (concurrent::futures::UnknownError, thrown by a test)");
  expect(arrival_of(42), "int", "an exception of type int (int, thrown by a test)");
  expect(arrival_of(SilentError()), "concurrent::futures::SilentError",
         "an exception of type concurrent::futures::SilentError without a text (concurrent::futures::SilentError, "
         "thrown by a test)");
  expect(arrival_of(StubbornError()), "concurrent::futures::StubbornError",
         std::string(std::exception().what()) + " (concurrent::futures::StubbornError, thrown by a test)");
}

TEST(TravellingException, ThatIsDamagedIsAnErrorAllTheSame) {
  detail::Bytes bytes;
  detail::encode_exception(std::make_exception_ptr(TravellingError(7)), "thrown by a test", bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto arrived = detail::decode_exception(bytes.view().first(size));
    EXPECT_THROW(std::rethrow_exception(arrived), Error) << "cut after " << size;
  }
}

// To make it one would be undefined.
TEST(TravellingException, WithANumberThatIsNoErrorIsRefused) {
  detail::Bytes bytes;
  detail::encode_exception(std::make_exception_ptr(std::regex_error(std::regex_constants::error_brace)), "here", bytes);
  bytes.shrink(bytes.size() - sizeof(int));
  const int number = 1000;
  bytes.append(&number, sizeof number);
  EXPECT_THROW(std::rethrow_exception(detail::decode_exception(bytes.view())), RemoteError);
}

}  // namespace
}  // namespace concurrent::futures
