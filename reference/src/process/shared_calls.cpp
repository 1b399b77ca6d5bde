#include <concurrent/futures/detail/process/shared_calls.hpp>
#include <cstring>
#include <memory>
#include <new>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

constexpr std::size_t page = 4096;

constexpr std::size_t whole_pages(std::size_t bytes) { return (bytes + page - 1) / page * page; }

using Number = sync::Atomic<std::uint32_t>;

}  // namespace

struct SharedCalls::Writable {
  alignas(64) sync::Atomic<std::uint64_t> taken{0};
};

struct SharedCalls::ReadOnly {
  alignas(64) sync::Atomic<std::uint64_t> handed_out{0};
};

struct SharedCalls::Place {
  std::uint64_t number;
  std::uint64_t size;
  CodePlace code;
  std::byte arguments[4 * page - sizeof(std::uint64_t) * 2 - sizeof(CodePlace)];  // NOLINT(*-avoid-c-arrays)
};

SharedCalls::SharedCalls(std::size_t children)
    : children_(children),
      places_(children + most_ahead),
      writable_(whole_pages(sizeof(Writable) + children * sizeof(Number))),
      ring_at_(writable_ + sizeof(ReadOnly)),
      places_at_(whole_pages(ring_at_ + places_ * sizeof(Number))) {
  static_assert(sizeof(Place) == 4 * page);
  memory_ = os::SharedMemory(places_at_ + places_ * sizeof(Place));
  std::construct_at(&writable());
  std::construct_at(&read_only());
  for (Number& each : sleeping()) std::construct_at(&each);
  for (Number& each : ring()) std::construct_at(&each);
}

SharedCalls::SharedCalls(const os::Descriptor& memory, std::size_t children)
    : children_(children),
      places_(children + most_ahead),
      writable_(whole_pages(sizeof(Writable) + children * sizeof(Number))),
      ring_at_(writable_ + sizeof(ReadOnly)),
      places_at_(whole_pages(ring_at_ + places_ * sizeof(Number))),
      memory_(memory, places_at_ + places_ * sizeof(Place), writable_) {}

bool SharedCalls::fits(std::size_t size) { return size <= sizeof(Place::arguments); }

void SharedCalls::put(std::size_t index, std::uint64_t number, const CodePlace& code,
                      std::span<const std::byte> arguments, std::size_t left_out) {
  Place& where = place(index);
  where.number = number;
  where.size = arguments.size() + left_out;
  where.code = code;
  if (fits(where.size) && !arguments.empty()) std::memcpy(&where.arguments, arguments.data(), arguments.size());
}

void SharedCalls::hand_out(std::size_t index) {
  const std::uint64_t number = read_only().handed_out.load();
  ring()[number % places_].store(static_cast<std::uint32_t>(index));
  read_only().handed_out.store(number + 1);
}

// Where a child takes one meanwhile, its exchange fails, or came first.
void SharedCalls::take_back() { writable().taken.store(read_only().handed_out.load()); }

// A child says that it sleeps before it looks into the ring for the last time; who hands out looks for sleepers after
// that. So one of them sees the other.
bool SharedCalls::claim_sleeper(std::size_t child) {
  Number& asleep = sleeping()[child];
  return asleep.load() != 0 && asleep.exchange(0) != 0;
}

std::optional<std::uint32_t> SharedCalls::take() {
  std::uint64_t next = writable().taken.load();
  for (;;) {
    // What lies in the ring at `next` is overwritten only after that call has ended, so after it was taken: then the
    // exchange fails.
    if (next >= read_only().handed_out.load()) return std::nullopt;
    const std::uint32_t index = ring()[next % places_].load();
    if (writable().taken.compare_exchange_weak(next, next + 1)) return index;
  }
}

bool SharedCalls::empty() const { return writable().taken.load() >= read_only().handed_out.load(); }

SharedCalls::Call SharedCalls::at(std::uint32_t index) const {
  const Place& where = place(index);
  Call call{where.number, where.code, where.size, {}};
  if (fits(where.size)) call.arguments = {std::begin(where.arguments), where.size};
  return call;
}

void SharedCalls::fall_asleep(std::size_t child) { sleeping()[child].store(1); }
void SharedCalls::wake_up(std::size_t child) { sleeping()[child].store(0); }

SharedCalls::Writable& SharedCalls::writable() const {
  return *std::launder(reinterpret_cast<Writable*>(memory_.data()));
}

SharedCalls::ReadOnly& SharedCalls::read_only() const {
  return *std::launder(reinterpret_cast<ReadOnly*>(memory_.data() + writable_));
}

std::span<Number> SharedCalls::sleeping() const {
  return {std::launder(reinterpret_cast<Number*>(memory_.data() + sizeof(Writable))), children_};
}

std::span<Number> SharedCalls::ring() const {
  return {std::launder(reinterpret_cast<Number*>(memory_.data() + ring_at_)), places_};
}

SharedCalls::Place& SharedCalls::place(std::size_t index) const {
  return *std::launder(reinterpret_cast<Place*>(memory_.data() + places_at_ + index * sizeof(Place)));
}

}  // namespace detail
CONCURRENT_FUTURES_END
