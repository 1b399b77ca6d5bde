// Descriptors: what another process's file descriptor is, and who else on the machine holds it.
//
// A wait on a descriptor can be ended by whoever holds it or its other end. It is closed, as far as a
// proof goes, when all of them are in the set of processes that the proof is about.

#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace touchstone::supervisor {

enum class DescriptorKind { pipe, unix_socket, event, timer, process, signals, other };

struct Descriptor {
  int number = -1;
  DescriptorKind kind = DescriptorKind::other;
  std::string name;               // "pipe:[123]", "eventfd 7", "/dev/tty": for messages, and to compare
  std::vector<std::string> ends;  // what must be held inside only: the names of both ends of a socket pair
  std::string objection;          // why waiting on it proves nothing whoever holds it, or empty
};

/// Looks at a descriptor of another process. `members` are the processes of the set that are alive.
[[nodiscard]] Descriptor look_at_descriptor(pid_t process, int number, const std::set<pid_t>& members);

/// Whether reading from or writing to a socket of another process gives up after a time.
/// True also where the system does not tell.
[[nodiscard]] bool may_time_out(pid_t process, int socket);

/// The descriptors that an epoll instance of another process watches. False where they cannot be told.
[[nodiscard]] bool watched_descriptors(pid_t process, int epoll, std::vector<int>& watched);

/// Whether a process has an io_uring, through which the kernel acts on its behalf later on.
[[nodiscard]] bool has_ring(pid_t process);

/// Whether a process has asked the kernel for asynchronous reads or writes.
[[nodiscard]] bool has_asynchronous_io(pid_t process);

/// Finds who holds the named ends outside of `inside`: from end to a description of the holder.
///
/// The supervisor counts as outside only for the descriptors of its own that it reads or writes, `in_use`.
/// Processes of other users cannot be looked into. They can hold an end only if it came from outside,
/// that is, if the supervisor holds it as well: then they are taken to hold it.
[[nodiscard]] std::map<std::string, std::string> outside_holders(const std::set<std::string>& ends,
                                                                 const std::set<pid_t>& inside, pid_t supervisor,
                                                                 const std::set<int>& in_use);

}  // namespace touchstone::supervisor
