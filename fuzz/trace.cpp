#include <algorithm>
#include <cstring>
#include <map>
#include <random.hpp>
#include <trace.hpp>
#include <utility>

namespace touchstone::fuzz {
namespace {

// What a table shows of a schedule that did not end.
constexpr std::size_t first_rows = 300;
constexpr std::size_t last_rows = 300;

/// What kind of thing an action is done to.
const char* kind_of_object(Action action) {
  switch (action) {
    case Action::load:
    case Action::store:
    case Action::exchange:
    case Action::compare_exchange:
    case Action::failed_compare_exchange:
    case Action::modify:
      return "atomic";
    case Action::lock:
    case Action::unlock:
      return "mutex";
    case Action::wait:
    case Action::wait_until:
    case Action::wake_up:
    case Action::spurious_wake_up:
    case Action::time_out:
    case Action::notify_one:
    case Action::notify_all:
      return "condition";
    case Action::send:
    case Action::receive:
    case Action::end_sending:
    case Action::close:
      return "channel";
    case Action::poll:
    case Action::wake_poller:
      return "poller";
    default:
      return "";
  }
}

bool is_of_thread(Action action) {
  switch (action) {
    case Action::start_thread:
    case Action::join:
    case Action::detach:
    case Action::start_process:
    case Action::signal:
    case Action::reap:
      return true;
    default:
      return false;
  }
}

/// Numbers objects in the order in which they appear.
class Names {
 public:
  std::string of(const Event& event) {
    const std::string kind = kind_of_object(event.action);
    if (kind.empty()) return "";
    std::map<const void*, std::size_t>& numbers = numbers_[kind];
    return kind + " " + std::to_string(numbers.try_emplace(event.object, numbers.size() + 1).first->second);
  }

 private:
  std::map<std::string, std::map<const void*, std::size_t>> numbers_;
};

std::string text_of(const Event& event, Names& names, const std::vector<std::string>& threads) {
  if (event.action == Action::note) return static_cast<const char*>(event.object);
  std::string text = action_name(event.action);
  if (const std::string name = names.of(event); !name.empty()) text += " " + name;
  if (!event.has_value) return text;
  if (!is_of_thread(event.action)) return text + " = " + std::to_string(event.value);
  return text + " " + (event.value < threads.size() ? threads[event.value] : std::to_string(event.value));
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.resize(width, ' ');
  return text;
}

}  // namespace

const char* action_name(Action action) {
  switch (action) {
    case Action::load:
      return "load";
    case Action::store:
      return "store";
    case Action::exchange:
      return "exchange";
    case Action::compare_exchange:
      return "compare-exchange";
    case Action::failed_compare_exchange:
      return "failed compare-exchange";
    case Action::modify:
      return "modify";
    case Action::lock:
      return "lock";
    case Action::unlock:
      return "unlock";
    case Action::wait:
      return "wait";
    case Action::wait_until:
      return "timed wait";
    case Action::wake_up:
      return "woken by";
    case Action::spurious_wake_up:
      return "woken by nobody from";
    case Action::time_out:
      return "time is up for";
    case Action::notify_one:
      return "notify one";
    case Action::notify_all:
      return "notify all";
    case Action::look:
      return "look again";
    case Action::start_thread:
      return "start";
    case Action::join:
      return "join";
    case Action::detach:
      return "detach";
    case Action::finish:
      return "end";
    case Action::send:
      return "send into";
    case Action::receive:
      return "receive from";
    case Action::end_sending:
      return "end sending into";
    case Action::close:
      return "close";
    case Action::poll:
      return "ask";
    case Action::wake_poller:
      return "wake";
    case Action::start_process:
      return "start process";
    case Action::signal:
      return "signal to";
    case Action::reap:
      return "reap";
    case Action::end_process:
      return "end process";
    case Action::die:
      return "is killed";
    case Action::lack:
      return "lack what it needs";
    case Action::note:
      return "note";
  }
  return "?";
}

std::string to_string(const Place& place) {
  if (place.file == nullptr) return "";
  const char* const slash = std::strrchr(place.file, '/');
  return std::string(slash == nullptr ? place.file : slash + 1) + ":" + std::to_string(place.line);
}

std::uint64_t Trace::fingerprint() const {
  std::uint64_t print = 0;
  for (const Event& event : events_) {
    const auto object = event.action == Action::note ? 0 : reinterpret_cast<std::uintptr_t>(event.object);
    const std::uint64_t what = (static_cast<std::uint64_t>(event.action) << 8) | event.thread;
    print = scattered(print ^ object) + what + event.value * 0x9E3779B97F4A7C15U;
  }
  return print;
}

std::string Trace::table(const std::vector<std::string>& thread_names) const {
  Names names;
  std::vector<std::string> cells;
  std::vector<std::size_t> widths;
  for (const std::string& name : thread_names) widths.push_back(name.size());
  for (const Event& event : events_) {
    cells.push_back(text_of(event, names, thread_names));
    std::size_t& width = widths[event.thread];
    width = std::max(width, cells.back().size());
  }
  std::string table = padded("", 6);
  for (std::size_t i = 0; i < thread_names.size(); ++i) table += "  " + padded(thread_names[i], widths[i]);
  table += "  where\n";
  for (std::size_t row = 0; row < events_.size(); ++row) {
    if (row == first_rows && events_.size() > first_rows + last_rows) {
      row = events_.size() - last_rows;
      table += "   ...  " + std::to_string(row - first_rows) + " rows\n";
    }
    const std::string number = std::to_string(row + 1);
    table += std::string(6 - std::min<std::size_t>(6, number.size()), ' ') + number;
    for (std::size_t i = 0; i < thread_names.size(); ++i) {
      table += "  " + padded(i == events_[row].thread ? cells[row] : "", widths[i]);
    }
    table += "  " + to_string(events_[row].place);
    table.erase(table.find_last_not_of(' ') + 1);
    table += '\n';
  }
  return table;
}

}  // namespace touchstone::fuzz
