// Reads /proc without allocating more than it must: this runs a thousand times a second.

#include <dirent.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <supervisor/processes/proc.hpp>

namespace touchstone::supervisor {

namespace {

std::string process_folder(pid_t process) { return "/proc/" + std::to_string(process); }

std::string thread_folder(pid_t process, pid_t thread) {
  return process_folder(process) + "/task/" + std::to_string(thread);
}

/// Reads `202 0x7f.. 0x0 ... STACK CODE`; `running` and `-1 STACK CODE` mean that there is no call.
SystemCall parse_call(const std::string& text) {
  SystemCall call;
  const char* position = text.c_str();
  char* end = nullptr;
  call.number = std::strtol(position, &end, 10);
  if (end == position || call.number < 0) return {};
  for (std::uint64_t& argument : call.arguments) {
    position = end;
    argument = std::strtoull(position, &end, 16);
    if (end == position) return {};
  }
  call.stack = std::strtoull(end, nullptr, 16);
  call.known = true;
  return call;
}

std::vector<pid_t> parse_ids(const std::string& text) {
  std::vector<pid_t> ids;
  const char* position = text.c_str();
  for (char* end = nullptr;; position = end) {
    const long id = std::strtol(position, &end, 10);
    if (end == position) return ids;
    ids.push_back(static_cast<pid_t>(id));
  }
}

/// For kernels that do not list children: looks at the parent of every process.
std::vector<pid_t> children_by_search(pid_t parent) {
  std::vector<pid_t> children;
  for (const int id : numbers_in("/proc")) {
    const std::string stat = read_file(process_folder(id) + "/stat");
    const std::size_t end_of_name = stat.rfind(')');
    if (end_of_name == std::string::npos || end_of_name + 4 > stat.size()) continue;
    if (std::atoi(stat.c_str() + end_of_name + 4) == parent) children.push_back(id);
  }
  return children;
}

}  // namespace

std::string read_file(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  std::array<char, 4096> buffer;
  std::string content;
  ssize_t length;
  while ((length = read(descriptor, buffer.data(), buffer.size())) > 0) {
    content.append(buffer.data(), static_cast<std::size_t>(length));
  }
  close(descriptor);
  return content;
}

std::string read_link(const std::string& path) {
  std::array<char, PATH_MAX> buffer;
  const ssize_t length = readlink(path.c_str(), buffer.data(), buffer.size());
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

bool read_memory(pid_t process, std::uint64_t address, void* target, std::size_t size) {
  const iovec local{target, size};
  const iovec remote{reinterpret_cast<void*>(address), size};  // NOLINT(performance-no-int-to-ptr): of another process
  return process_vm_readv(process, &local, 1, &remote, 1, 0) == static_cast<ssize_t>(size);
}

std::optional<std::uint64_t> find_number(std::string_view text, std::string_view name, int base) {
  std::size_t position = text.find(name);
  if (position == std::string_view::npos) return {};
  position = text.find_first_not_of(" \t", position + name.size());
  if (position == std::string_view::npos) return {};
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data() + position, text.data() + text.size(), number, base);
  if (error != std::errc()) return {};
  return number;
}

std::vector<int> numbers_in(const std::string& folder) {
  std::vector<int> numbers;
  DIR* const directory = opendir(folder.c_str());
  if (directory == nullptr) return numbers;
  while (const dirent* const entry = readdir(directory)) {
    if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9') numbers.push_back(std::atoi(entry->d_name));
  }
  closedir(directory);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

std::vector<pid_t> children_of(pid_t process) {
  static const bool listed = access("/proc/thread-self/children", R_OK) == 0;
  if (!listed) return children_by_search(process);
  std::vector<pid_t> children;
  for (const int thread : numbers_in(process_folder(process) + "/task")) {
    const std::vector<pid_t> more = parse_ids(read_file(thread_folder(process, thread) + "/children"));
    children.insert(children.end(), more.begin(), more.end());
  }
  return children;
}

ThreadReading read_thread(pid_t process, pid_t thread) {
  const std::string folder = thread_folder(process, thread);
  ThreadReading reading;
  reading.process = process;
  reading.thread = thread;
  reading.call = parse_call(read_file(folder + "/syscall"));
  const std::string status = read_file(folder + "/status");
  if (status.empty()) return reading;
  reading.name = status.substr(0, status.find('\n'));
  reading.name.erase(0, std::min(reading.name.size(), sizeof("Name:\t") - 1));
  if (const std::size_t state = status.find("\nState:\t"); state != std::string::npos) {
    reading.state = status[state + sizeof("\nState:\t") - 1];
  }
  const auto number = [&status](std::string_view name, int base) {
    return find_number(status, name, base).value_or(0);
  };
  reading.voluntary_switches = number("\nvoluntary_ctxt_switches:", 10);
  reading.involuntary_switches = number("\nnonvoluntary_ctxt_switches:", 10);
  reading.pending_signals = (number("\nSigPnd:", 16) | number("\nShdPnd:", 16)) & ~number("\nSigBlk:", 16);
  reading.caught_signals = number("\nSigCgt:", 16);
  reading.traced = number("\nTracerPid:", 10) != 0;
  return reading;
}

char read_state(pid_t process, pid_t thread) {
  const std::string stat = read_file(thread_folder(process, thread) + "/stat");
  const std::size_t end_of_name = stat.rfind(')');
  return end_of_name == std::string::npos || end_of_name + 2 >= stat.size() ? '?' : stat[end_of_name + 2];
}

std::uint64_t processor_time(pid_t process) {
  std::uint64_t sum = 0;
  for (const int thread : numbers_in(process_folder(process) + "/task")) {
    const std::string schedule = read_file(thread_folder(process, thread) + "/schedstat");
    sum += std::strtoull(schedule.c_str(), nullptr, 10);
  }
  return sum;
}

std::string wait_channel(pid_t process, pid_t thread) {
  std::string channel = read_file(thread_folder(process, thread) + "/wchan");
  return channel == "0" ? std::string() : channel;
}

}  // namespace touchstone::supervisor
