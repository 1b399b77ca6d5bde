// FileDescriptor: owns one, and closes it.

#pragma once

#include <unistd.h>

#include <string>
#include <utility>

namespace touchstone::supervisor {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor() { reset(); }

  void reset() {
    if (number_ >= 0) close(std::exchange(number_, -1));
  }

  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool valid() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;
};

/// Makes a pipe that other programs do not inherit. Throws std::system_error.
[[nodiscard]] Pipe make_pipe();

/// Appends what can be read now. Returns false at end-of-file. The descriptor must not block.
bool read_available(int descriptor, std::string& text);

}  // namespace touchstone::supervisor
