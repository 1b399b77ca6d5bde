// Lists and reads all descendants of a process.

#include <algorithm>
#include <string>
#include <supervisor/processes/process_tree.hpp>
#include <utility>

namespace touchstone::supervisor {

namespace {

struct Listing {
  struct Entry {
    pid_t process;
    pid_t parent;
    std::vector<int> threads;
    friend bool operator==(const Entry&, const Entry&) = default;
  };
  std::vector<Entry> entries;
  friend bool operator==(const Listing&, const Listing&) = default;
};

void add_descendants(pid_t parent, pid_t left_out, Listing& listing) {
  for (const pid_t child : children_of(parent)) {
    std::vector<int> threads = numbers_in("/proc/" + std::to_string(child) + "/task");
    std::erase(threads, left_out);
    listing.entries.push_back({child, parent, std::move(threads)});
    add_descendants(child, left_out, listing);
  }
}

Listing list_descendants(pid_t ancestor, pid_t left_out) {
  Listing listing;
  add_descendants(ancestor, left_out, listing);
  return listing;
}

}  // namespace

bool ProcessReading::ended() const {
  return std::all_of(threads.begin(), threads.end(),
                     [](const ThreadReading& thread) { return thread.state == 'Z' || thread.state == 'X'; });
}

std::set<pid_t> Snapshot::ids() const {
  std::set<pid_t> result;
  for (const ProcessReading& process : processes) result.insert(process.process);
  return result;
}

std::size_t Snapshot::thread_count() const {
  std::size_t count = 0;
  for (const ProcessReading& process : processes) count += process.threads.size();
  return count;
}

const ThreadReading* Snapshot::find_thread(pid_t thread) const {
  for (const ProcessReading& process : processes) {
    for (const ThreadReading& each : process.threads) {
      if (each.thread == thread) return &each;
    }
  }
  return nullptr;
}

bool Snapshot::any_awake() const {
  for (const ProcessReading& process : processes) {
    for (const ThreadReading& thread : process.threads) {
      if (thread.state != 'S' && thread.state != 'Z') return true;
    }
  }
  return false;
}

bool Snapshot::any_alive() const {
  return std::any_of(processes.begin(), processes.end(), [](const ProcessReading& each) { return !each.ended(); });
}

std::vector<pid_t> descendants_of(pid_t ancestor) {
  std::vector<pid_t> result = children_of(ancestor);
  for (std::size_t index = 0; index < result.size(); ++index) {
    const std::vector<pid_t> more = children_of(result[index]);
    result.insert(result.end(), more.begin(), more.end());
  }
  return result;
}

Snapshot take_snapshot(pid_t ancestor, pid_t left_out) {
  const Listing before = list_descendants(ancestor, left_out);
  Snapshot snapshot;
  for (const Listing::Entry& entry : before.entries) {
    ProcessReading& process = snapshot.processes.emplace_back();
    process.process = entry.process;
    process.parent = entry.parent;
    for (const int thread : entry.threads) process.threads.push_back(read_thread(entry.process, thread));
  }
  // A thread that was started while others were being looked at could have gone unseen, and be the one
  // that wakes them.
  snapshot.steady = before == list_descendants(ancestor, left_out);
  return snapshot;
}

bool same_sleep(const Snapshot& one, const Snapshot& other) {
  if (!one.steady || !other.steady || one.processes.size() != other.processes.size()) return false;
  for (std::size_t index = 0; index < one.processes.size(); ++index) {
    const ProcessReading& left = one.processes[index];
    const ProcessReading& right = other.processes[index];
    if (left.process != right.process || left.threads.size() != right.threads.size()) return false;
    for (std::size_t position = 0; position < left.threads.size(); ++position) {
      if (!left.threads[position].same_sleep(right.threads[position])) return false;
    }
  }
  return true;
}

}  // namespace touchstone::supervisor
