#include <fcntl.h>

#include <array>
#include <cerrno>
#include <command_line/streams.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>

namespace touchstone::tool {

namespace {

int first_error = 0;  // of those that stdout had

void note_error() {
  if (first_error == 0) first_error = errno == 0 ? EIO : errno;
}

}  // namespace

void prepare_streams() {
  // The new descriptor is always the lowest that is free. Whoever uses such a stream gets an error, as before.
  constexpr std::array useless = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int stream = 0; stream < 3; ++stream) {
    if (fcntl(stream, F_GETFD) < 0) static_cast<void>(open("/dev/null", useless[static_cast<std::size_t>(stream)]));
  }
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);  // a file that has grown beyond the limit of this process
}

void write_result(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) note_error();
}

void write_remark(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::error_code flush_results() {
  errno = 0;
  // CLI11 prints its help by the C++ stream.
  if (!std::cout.flush() || std::fflush(stdout) != 0 || std::ferror(stdout) != 0) note_error();
  return {first_error, std::generic_category()};
}

}  // namespace touchstone::tool
