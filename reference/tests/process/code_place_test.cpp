// Functions that are found again by module and offset, and what is refused.

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <concurrent/futures/detail/process/code_place.hpp>
#include <concurrent/futures/errors.hpp>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string>

namespace concurrent::futures::detail {
namespace {

int twice(int number) { return 2 * number; }
int thrice(int number) { return 3 * number; }

void do_nothing(std::span<const std::byte> in, Inflow* rest, Parcel& out) { (void)in, (void)rest, (void)out; }
void do_nothing_later(std::span<const std::byte> in, Inflow* rest, Parcel& out) { do_nothing(in, rest, out); }

constinit EntryPoint callable(&do_nothing, "nothing");
const EntryPoint::Listed callable_is_listed(callable);

const void* address_of(auto* function) { return reinterpret_cast<const void*>(function); }

TEST(CodePlace, IsFoundAgain) {
  EXPECT_EQ(code_at(place_of(address_of(&thrice))), address_of(&thrice));
  EXPECT_NE(place_of(address_of(&twice)), place_of(address_of(&thrice)));
  EXPECT_EQ(place_of(address_of(&twice)).module, place_of(address_of(&thrice)).module);
}

TEST(CodePlace, IsOfTheModuleThatHasIt) {
  const void* const exit_of_libc = dlsym(RTLD_NEXT, "exit");
  EXPECT_NE(place_of(exit_of_libc).module, place_of(address_of(&twice)).module);
  EXPECT_EQ(code_at(place_of(exit_of_libc)), exit_of_libc);
}

TEST(CodePlace, IsOfCodeOnly) {
  static int data = 7;
  EXPECT_THROW((void)place_of(&data), TransportError);
  void* const made_while_running = mmap(nullptr, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_THROW((void)place_of(made_while_running), TransportError);
  munmap(made_while_running, 4096);
  CodePlace place = place_of(address_of(&twice));
  place.offset = std::uint64_t{1} << 40;
  EXPECT_THROW((void)code_at(place), TransportError);
  place.offset = 0;
  EXPECT_THROW((void)code_at(place), TransportError) << "the head of the file";
}

TEST(CodePlace, IsNotLookedForInAnotherBuild) {
  CodePlace place = place_of(address_of(&twice));
  place.module.bytes[0] ^= std::byte{1};
  EXPECT_THROW((void)code_at(place), TransportError);
}

TEST(EntryPoint, IsWhatSaysSo) {
  EXPECT_EQ(&EntryPoint::at(place_of(address_of(&do_nothing))), &callable);
  EXPECT_THROW((void)EntryPoint::at(place_of(address_of(&thrice))), TransportError);
  CodePlace inside = callable.place();
  ++inside.offset;
  EXPECT_THROW((void)EntryPoint::at(inside), TransportError);
  {
    EntryPoint for_now(&do_nothing_later, "nothing");
    const EntryPoint::Listed listed(for_now);
    EXPECT_EQ(&EntryPoint::at(place_of(address_of(&do_nothing_later))), &for_now);
  }
  EXPECT_THROW((void)EntryPoint::at(place_of(address_of(&do_nothing_later))), TransportError);
}

TEST(EntryPoint, IsFoundByWhoeverIsToldItsPlaceHoweverEarly) {
  constexpr auto trampoline = [](std::span<const std::byte>, Inflow*, Parcel&) {};
  static constinit EntryPoint early(+trampoline, "nothing");
  EXPECT_THROW((void)EntryPoint::at(place_of(address_of(+trampoline))), TransportError);
  const CodePlace place = early.place();
  EXPECT_EQ(place, place_of(address_of(+trampoline)));
  EXPECT_EQ(&EntryPoint::at(place), &early);
  const EntryPoint::Listed not_twice(early);
  EXPECT_EQ(&EntryPoint::at(place), &early);
}

TEST(EntryPoint, TellsAFunctionThatIsNoneFromAModuleThatIsNotThere) {
  const auto text_of = [](const CodePlace& place) -> std::string {
    try {
      return std::string(EntryPoint::at(place).name());
    } catch (const TransportError& error) {
      return error.what();
    }
  };
  CodePlace elsewhere = callable.place();
  elsewhere.module.bytes.fill(std::byte{7});
  EXPECT_NE(text_of(elsewhere).find("load it in the initializer of the pool"), std::string::npos);
  EXPECT_NE(text_of(place_of(address_of(&thrice))).find("no function that may be called"), std::string::npos);
}

}  // namespace
}  // namespace concurrent::futures::detail
