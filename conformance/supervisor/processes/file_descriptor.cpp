// Pipes, and reading what there is in them.

#include <fcntl.h>

#include <array>
#include <cerrno>
#include <supervisor/processes/file_descriptor.hpp>
#include <system_error>

namespace touchstone::supervisor {

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe2");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

bool read_available(int descriptor, std::string& text) {
  std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t length = read(descriptor, buffer.data(), buffer.size());
    if (length == 0) return false;
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno == EAGAIN;
    text.append(buffer.data(), static_cast<std::size_t>(length));
  }
}

}  // namespace touchstone::supervisor
