// Gates, marks and notes. Every wait is untimed, so that the supervisor can prove a hang in it.

#include <algorithm>
#include <array>
#include <cstring>
#include <src/arena.hpp>
#include <src/ledger.hpp>
#include <stdexcept>
#include <touchstone/detail/in_call.hpp>
#include <touchstone/gate.hpp>

namespace touchstone {

namespace {

/// What it is called, for the messages of other processes: its beginning, if it is long.
class SharedName {
 public:
  void set(const std::string& name) { std::memcpy(text_.data(), name.data(), std::min(name.size(), text_.size() - 1)); }
  [[nodiscard]] std::string text() const { return text_.data(); }

 private:
  std::array<char, 48> text_;
};

int value_of(const std::atomic<std::uint32_t>& count) { return static_cast<int>(count.load()); }

/// `what` says for what, and how many there are is added where one is not enough: so it is told of a test that hangs.
void await_count(const std::string& what, const std::atomic<std::uint32_t>& count, int wanted) {
  for (std::uint32_t seen = count.load(); static_cast<int>(seen) < wanted; seen = count.load()) {
    const std::string of_several =
        wanted > 1 ? " (" + std::to_string(seen) + " of " + std::to_string(wanted) + ")" : "";
    const detail::InCall call(what + of_several);
    wait_while(count, seen);
  }
}

}  // namespace

struct Gate::State {
  std::atomic<std::uint32_t> open;
  std::atomic<std::uint32_t> arrivals;
  SharedName name;
};

Gate::Gate(const std::string& name) : Gate(Arena::of_this_process().make<State>()) { state_.name.set(name); }

Gate::Gate(Place place) : place_(place), state_(Arena::of_this_process().at<State>(place)) {}

std::string Gate::name() const { return state_.name.text(); }

void Gate::pass() {
  const std::uint32_t arrived = state_.arrivals.fetch_add(1) + 1;
  record_event("arrived at gate " + name() + " (" + std::to_string(arrived) + ")");
  wake_all(state_.arrivals);
  if (state_.open.load() != 0) return;
  const detail::InCall call("gate \"" + name() + "\"");
  while (state_.open.load() == 0) wait_while(state_.open, 0);
  record_event("passed gate " + name());
}

void Gate::open() {
  if (state_.open.load() == 0) record_event("gate " + name() + " opened");
  state_.open.store(1);
  wake_all(state_.open);
}

void Gate::await_arrivals(int count) {
  const int there = arrivals();
  if (there < count) {
    record_event("awaiting " + std::to_string(count) + " at gate " + name() + ", there are " + std::to_string(there));
  }
  await_count("arrivals at gate \"" + name() + "\"", state_.arrivals, count);
}

int Gate::arrivals() const { return value_of(state_.arrivals); }

struct Mark::State {
  std::atomic<std::uint32_t> count;
  SharedName name;
};

Mark::Mark(const std::string& name) : Mark(Arena::of_this_process().make<State>()) { state_.name.set(name); }

Mark::Mark(Place place) : place_(place), state_(Arena::of_this_process().at<State>(place)) {}

std::string Mark::name() const { return state_.name.text(); }

int Mark::hit() {
  const std::uint32_t count = state_.count.fetch_add(1) + 1;
  record_event("mark " + name() + " hit (" + std::to_string(count) + ")");
  wake_all(state_.count);
  return static_cast<int>(count);
}

void Mark::await(int count) {
  const int there = this->count();
  if (there < count) {
    record_event("awaiting mark " + name() + " to be hit " + std::to_string(count) + " times, it was " +
                 std::to_string(there));
  }
  await_count("mark \"" + name() + "\"", state_.count, count);
}

int Mark::count() const { return value_of(state_.count); }

struct Notes::State {
  struct Note {
    std::atomic<std::int64_t> number;
    std::atomic<bool> complete;
  };
  std::atomic<std::uint32_t> begun;
  std::array<Note, 1000> notes;
};

Notes::Notes() : Notes(Arena::of_this_process().make<State>()) {}

Notes::Notes(Place place) : place_(place), state_(Arena::of_this_process().at<State>(place)) {}

void Notes::add(std::int64_t number) {
  const std::uint32_t index = state_.begun.fetch_add(1);
  if (index >= state_.notes.size()) throw std::length_error("there is no room for more notes");
  state_.notes[index].number.store(number);
  state_.notes[index].complete.store(true);
}

std::vector<std::int64_t> Notes::numbers() const {
  std::vector<std::int64_t> numbers;
  for (const State::Note& note : state_.notes) {
    if (!note.complete.load()) break;
    numbers.push_back(note.number.load());
  }
  return numbers;
}

}  // namespace touchstone
