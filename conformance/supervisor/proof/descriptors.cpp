// Descriptors as /proc shows them, and the search of the machine for their holders.

#include <dirent.h>
#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <supervisor/processes/proc.hpp>
#include <supervisor/proof/descriptors.hpp>
#include <supervisor/proof/unix_peer.hpp>

namespace touchstone::supervisor {

namespace {

constexpr std::string_view event_link = "anon_inode:[eventfd]";
constexpr std::string_view event_prefix = "eventfd ";

std::string descriptor_path(pid_t process, const char* folder, int number) {
  return "/proc/" + std::to_string(process) + "/" + folder + "/" + std::to_string(number);
}

/// The name by which holders of the same thing are found. Anonymous inodes share one link text, so that an
/// eventfd is named by the number that the kernel gives each.
std::string name_of(pid_t process, int number) {
  std::string link = read_link(descriptor_path(process, "fd", number));
  if (link == event_link) {
    const auto id = find_number(read_file(descriptor_path(process, "fdinfo", number)), "\neventfd-id:");
    if (id) return std::string(event_prefix) + std::to_string(*id);
  }
  return link;
}

/// The inode in `socket:[123]`.
std::uint64_t inode_of(const std::string& name) {
  return std::strtoull(name.c_str() + name.find('[') + 1, nullptr, 10);
}

void describe_socket(Descriptor& descriptor) {
  const UnixPeer peer = find_unix_peer(inode_of(descriptor.name));
  if (peer.connected) {
    descriptor.kind = DescriptorKind::unix_socket;
    descriptor.ends = {descriptor.name, "socket:[" + std::to_string(peer.inode) + "]"};
  } else {
    descriptor.objection = "is a socket whose other end cannot be told";
  }
}

void describe_timer(Descriptor& descriptor, const std::string& information) {
  descriptor.kind = DescriptorKind::timer;
  if (information.find("it_value: (0, 0)") == std::string::npos) descriptor.objection = "is a timer that is set";
}

void describe_process(Descriptor& descriptor, const std::string& information, const std::set<pid_t>& members) {
  descriptor.kind = DescriptorKind::process;
  const std::uint64_t id = find_number(information, "\nPid:").value_or(0);
  if (!members.contains(static_cast<pid_t>(id))) descriptor.objection = "stands for a process outside of the test";
}

/// That a child has ended is a matter of the test; every other signal may come from anywhere.
void describe_signals(Descriptor& descriptor, const std::string& information) {
  descriptor.kind = DescriptorKind::signals;
  constexpr std::string_view title = "\nsigmask:";
  const std::size_t place = information.find(title);
  const std::uint64_t mask =
      place == std::string::npos ? 0 : std::strtoull(information.c_str() + place + title.size(), nullptr, 16);
  constexpr std::uint64_t ends_of_children = std::uint64_t{1} << (SIGCHLD - 1);
  if (mask != ends_of_children) descriptor.objection = "takes signals that may come from outside of the test";
}

}  // namespace

Descriptor look_at_descriptor(pid_t process, int number, const std::set<pid_t>& members) {
  Descriptor descriptor;
  descriptor.number = number;
  descriptor.name = name_of(process, number);
  const std::string& name = descriptor.name;
  if (name.starts_with("pipe:[")) {
    descriptor.kind = DescriptorKind::pipe;
    descriptor.ends = {name};
  } else if (name.starts_with(event_prefix)) {
    descriptor.kind = DescriptorKind::event;
    descriptor.ends = {name};
    if (has_asynchronous_io(process)) descriptor.objection = "may be signalled by asynchronous input or output";
  } else if (name.starts_with("socket:[")) {
    describe_socket(descriptor);
  } else if (name == "anon_inode:[timerfd]") {
    describe_timer(descriptor, read_file(descriptor_path(process, "fdinfo", number)));
  } else if (name == "anon_inode:[pidfd]" || name.starts_with("pidfd:")) {
    describe_process(descriptor, "\n" + read_file(descriptor_path(process, "fdinfo", number)), members);
  } else if (name == "anon_inode:[signalfd]") {
    describe_signals(descriptor, read_file(descriptor_path(process, "fdinfo", number)));
  } else {
    descriptor.objection = name.empty() ? "cannot be looked at" : "is something that may act by itself";
  }
  return descriptor;
}

bool may_time_out(pid_t process, int socket) {
#if defined(SYS_pidfd_open) && defined(SYS_pidfd_getfd)
  const int handle = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  if (handle < 0) return true;
  const int copy = static_cast<int>(syscall(SYS_pidfd_getfd, handle, socket, 0));
  close(handle);
  if (copy < 0) return true;
  bool limited = false;
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    timeval limit{};
    socklen_t size = sizeof limit;
    limited |= getsockopt(copy, SOL_SOCKET, option, &limit, &size) != 0 || limit.tv_sec != 0 || limit.tv_usec != 0;
  }
  close(copy);
  return limited;
#else
  static_cast<void>(process);
  static_cast<void>(socket);
  return true;
#endif
}

bool watched_descriptors(pid_t process, int epoll, std::vector<int>& watched) {
  const std::string information = read_file(descriptor_path(process, "fdinfo", epoll));
  if (information.find("flags:") == std::string::npos) return false;
  for (std::size_t line = information.find("tfd:"); line != std::string::npos; line = information.find("tfd:", line)) {
    line += sizeof("tfd:") - 1;
    const int number = std::atoi(information.c_str() + line);
    // The number is the one by which the file was added; it may stand for another file by now.
    kcmp_epoll_slot slot{static_cast<__u32>(epoll), static_cast<__u32>(number), 0};
    const long order = syscall(SYS_kcmp, process, process, KCMP_EPOLL_TFD, number, &slot);
    if (order > 0 || (order < 0 && errno != ENOSYS && errno != EOPNOTSUPP)) return false;
    watched.push_back(number);
  }
  return true;
}

bool has_ring(pid_t process) {
  for (const int number : numbers_in("/proc/" + std::to_string(process) + "/fd")) {
    if (read_link(descriptor_path(process, "fd", number)) == "anon_inode:[io_uring]") return true;
  }
  return false;
}

bool has_asynchronous_io(pid_t process) {
  return read_file("/proc/" + std::to_string(process) + "/maps").find("/[aio]") != std::string::npos;
}

namespace {

/// Calls `visit` with the number and the name of each descriptor of a process that may have one of the wanted
/// names. False where the process cannot be looked into.
///
/// This is most of the cost of a proof, and so works relative to the open folder, and looks closer only where
/// the wanted names make it necessary.
template <typename Visit>
bool visit_descriptors(pid_t process, bool events_wanted, Visit visit) {
  DIR* const folder = opendir(("/proc/" + std::to_string(process) + "/fd").c_str());
  if (folder == nullptr) return errno != EACCES && errno != EPERM;
  while (const dirent* const entry = readdir(folder)) {
    char link[64];
    const ssize_t length = readlinkat(dirfd(folder), entry->d_name, link, sizeof link);
    if (length <= 0) continue;
    const int number = std::atoi(entry->d_name);
    const std::string_view name(link, static_cast<std::size_t>(length));
    if (name != event_link) {
      visit(number, std::string(name));
    } else if (events_wanted) {
      visit(number, name_of(process, number));
    }
  }
  closedir(folder);
  return true;
}

}  // namespace

std::map<std::string, std::string> outside_holders(const std::set<std::string>& ends, const std::set<pid_t>& inside,
                                                   pid_t supervisor, const std::set<int>& in_use) {
  const bool events_wanted =
      std::any_of(ends.begin(), ends.end(), [](const std::string& end) { return end.starts_with(event_prefix); });
  std::map<std::string, std::string> holders;
  std::set<std::string> held_by_supervisor;
  std::vector<pid_t> closed;
  for (const int process : numbers_in("/proc")) {
    if (inside.contains(process) && process != supervisor) continue;
    const bool open = visit_descriptors(process, events_wanted, [&](int number, const std::string& name) {
      if (!ends.contains(name)) return;
      if (process != supervisor) {
        holders.emplace(name, "process " + std::to_string(process));
      } else if (in_use.contains(number)) {
        holders.emplace(name, "the supervisor, which still uses it");
      } else {
        held_by_supervisor.insert(name);
      }
    });
    if (!open) closed.push_back(process);
  }
  if (closed.empty()) return holders;
  for (const std::string& end : held_by_supervisor) {
    holders.emplace(end, "maybe by process " + std::to_string(closed.front()) + ", which cannot be looked into");
  }
  return holders;
}

}  // namespace touchstone::supervisor
