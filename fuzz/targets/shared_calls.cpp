// SharedCalls: a parent and an honest child, while another child writes whatever it likes to what children may write.
//
// That may start calls twice or never, which the parent finds out by their numbers. But nobody may look beyond the
// memory, and what the honest child takes is always a call as the parent has put it somewhere.

#include <sys/mman.h>

#include <array>
#include <concurrent/futures/detail/process/shared_calls.hpp>
#include <target.hpp>

namespace touchstone::fuzz {
namespace {

using concurrent::futures::detail::CodePlace;
using concurrent::futures::detail::SharedCalls;

constexpr std::size_t children = 3;
constexpr std::size_t writable_bytes = 4096;  // what a child may write: a page, for so few children

/// The memory of the child that writes.
class WritableMemory {
 public:
  explicit WritableMemory(const SharedCalls& calls)
      : data_(mmap(nullptr, writable_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, calls.descriptor().number(), 0)) {
    require(data_ != MAP_FAILED, "the memory cannot be mapped");
  }
  WritableMemory(const WritableMemory&) = delete;
  WritableMemory& operator=(const WritableMemory&) = delete;
  ~WritableMemory() { munmap(data_, writable_bytes); }

  // Mostly where something lies: the number of the call to be taken next, and who sleeps.
  void write(std::size_t place, std::span<const std::byte> bytes) {
    place %= writable_bytes - bytes.size();
    std::memcpy(static_cast<std::byte*>(data_) + place, bytes.data(), bytes.size());
  }

 private:
  void* data_;
};

/// Arguments that tell which call they are of.
Data arguments_of(std::uint64_t number) {
  Data arguments(number % 3 == 0 ? 20000 : number % 50);
  for (std::byte& each : arguments) each = static_cast<std::byte>(number);
  return arguments;
}

class Parent {
 public:
  void hand_out() {
    const std::size_t place = (number_ + 1) % calls.places();
    if (at_place_[place] != 0) return;
    at_place_[place] = ++number_;
    CodePlace code;
    code.offset = number_;
    calls.put(place, number_, code, arguments_of(number_));
    calls.hand_out(place);
  }

  /// A child says that it has done that call. If it has not got it, it would break the pool.
  void done(std::size_t place, std::uint64_t number) {
    if (at_place_[place] == number) at_place_[place] = 0;
  }

  [[nodiscard]] std::uint64_t latest() const { return number_; }

  SharedCalls calls{children};

 private:
  std::uint64_t number_ = 0;
  std::vector<std::uint64_t> at_place_ = std::vector<std::uint64_t>(calls.places());  // 0: it is free
};

void take(SharedCalls& child, Parent& parent) {
  const auto place = child.take();
  if (!place) return;
  require(*place < child.places(), "there is no such place");
  const SharedCalls::Call call = child.at(*place);
  require(call.number <= parent.latest(), "there is no such call");
  require(call.number % child.places() == *place || call.number == 0, "the call is not what was put there");
  require(call.code.offset == call.number, "the call has the code of another one");
  if (call.number == 0) return;  // nothing was put there so far
  parent.done(*place, call.number);
  const Data arguments = arguments_of(call.number);
  require(call.size == arguments.size(), "the call has not as many bytes of arguments as it should");
  if (call.is_to_be_fetched()) return;
  require(std::ranges::equal(call.arguments, arguments), "the call has the arguments of another one");
}

}  // namespace

void try_input(std::span<const std::byte> input) {
  Choices choices(input);
  Parent parent;
  SharedCalls child(parent.calls.descriptor(), children);
  WritableMemory memory(parent.calls);
  while (!choices.is_over()) {
    switch (choices.below(6)) {
      case 0:
        parent.hand_out();
        break;
      case 1:
        take(child, parent);
        break;
      case 2:
        (void)parent.calls.claim_sleeper(choices.below(children));
        break;
      case 3:
        child.fall_asleep(choices.below(children));
        break;
      case 4:
        child.wake_up(choices.below(children));
        break;
      default: {
        const std::size_t place = choices.below(2) == 0 ? std::size_t{0} : choices.next<std::uint16_t>();
        memory.write(place, choices.take(choices.below(17)));
      }
    }
  }
  for (std::size_t i = 0; i < 2 * parent.calls.places() && !child.empty(); ++i) take(child, parent);
}

std::vector<Data> seeds() {
  const auto data_of = [](std::initializer_list<int> numbers) {
    Data data;
    for (const int number : numbers) add(data, static_cast<std::uint8_t>(number));
    return data;
  };
  // Some calls come and go; a child sleeps and is woken; one writes that all was taken, or nothing.
  return {data_of({0, 0, 0, 1, 1, 0, 1, 1}), data_of({3, 1, 0, 2, 1, 4, 1, 1}),
          data_of({0, 0, 5, 0, 8, 255, 255, 255, 255, 255, 255, 255, 255, 1, 0, 1}),
          data_of({0, 0, 1, 1, 0, 5, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1})};
}

}  // namespace touchstone::fuzz
