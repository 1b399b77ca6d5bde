// Where libFuzzer comes in.

#include <target.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  touchstone::fuzz::try_input(std::as_bytes(std::span(data, size)));
  return 0;
}
