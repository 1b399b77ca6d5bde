#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <command_line/output_file.hpp>
#include <system_error>

namespace touchstone::tool {

namespace fs = std::filesystem;

namespace {

constexpr mode_t for_all_who_may = 0666;  // less what the umask takes away

std::string in_words(int error) { return std::generic_category().message(error); }

/// Returns 0 or an error.
int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return EIO;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

/// Opens, writes and closes. Returns 0 or an error.
int write_to(const fs::path& file, int flags, std::string_view content) {
  const int descriptor = open(file.c_str(), O_WRONLY | O_CLOEXEC | flags, for_all_who_may);
  if (descriptor < 0) return errno;
  const int error = write_all(descriptor, content);
  // Some file systems tell only then that there is no room.
  const int last = close(descriptor) != 0 ? errno : 0;
  return error != 0 ? error : last;
}

/// A device or a pipe is written to, and nothing takes its place.
bool is_special(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  return fs::exists(status) && !fs::is_regular_file(status);
}

/// The file behind a symbolic link: that one is replaced, and the link stays.
fs::path target_of(const fs::path& file) {
  std::error_code error;
  const fs::path target = fs::weakly_canonical(file, error);
  return error ? file : target;
}

fs::path unfinished(const fs::path& target) {
  return target.parent_path() / fmt::format(".{}.{}.part", target.filename().string(), getpid());
}

/// Writes the other file, which then lies beside the target. Returns 0 or an error, after which it is gone.
int write_unfinished(const fs::path& target, std::string_view content) {
  const int error = write_to(unfinished(target), O_CREAT | O_TRUNC, content);
  if (error != 0) unlink(unfinished(target).c_str());
  return error;
}

}  // namespace

std::string why_not_writable(const fs::path& file) {
  if (file.empty()) return "its name is empty";
  std::error_code unknown;
  if (fs::is_directory(file, unknown)) return in_words(EISDIR);
  if (is_special(file)) return access(file.c_str(), W_OK) == 0 ? "" : in_words(errno);
  const fs::path target = target_of(file);
  if (const int error = write_unfinished(target, "?"); error != 0) return in_words(error);
  unlink(unfinished(target).c_str());
  return "";
}

std::string replace_file(const fs::path& file, std::string_view content) {
  if (is_special(file)) {
    const int error = write_to(file, 0, content);
    return error == 0 ? "" : in_words(error);
  }
  const fs::path target = target_of(file);
  int error = write_unfinished(target, content);
  if (error == 0 && rename(unfinished(target).c_str(), target.c_str()) != 0) {
    error = errno;
    unlink(unfinished(target).c_str());
  }
  return error == 0 ? "" : in_words(error);
}

LineFile::~LineFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

std::string LineFile::add(std::string line) {
  if (descriptor_ < 0) {
    const int emptied = start_ == Start::empty ? O_TRUNC : 0;
    descriptor_ = open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | emptied, for_all_who_may);
    if (descriptor_ < 0) return in_words(errno);
  }
  line += '\n';
  const off_t end = lseek(descriptor_, 0, SEEK_END);
  const int error = write_all(descriptor_, line);
  if (error == 0) {
    ++lines_;
    return "";
  }
  // A piece of a line would spoil the next one.
  if (end >= 0) static_cast<void>(ftruncate(descriptor_, end));
  return in_words(error);
}

}  // namespace touchstone::tool
