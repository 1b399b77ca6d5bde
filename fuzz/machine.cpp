#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <machine.hpp>
#include <sanitizers.hpp>

namespace touchstone::fuzz {
namespace {

// Behind the arena.
#ifdef TOUCHSTONE_TSAN
constexpr std::uintptr_t wanted_address = 0x004010000000;
#else
constexpr std::uintptr_t wanted_address = 0x300010000000;
#endif
constexpr std::size_t slot_size = std::size_t{4} << 20;
constexpr std::size_t slots = 16;

std::byte* reserve_slots() {
  void* const memory = mmap(reinterpret_cast<void*>(wanted_address), slots * slot_size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory == reinterpret_cast<void*>(wanted_address)) return static_cast<std::byte*>(memory);
  std::fprintf(stderr, "the explorer needs %zu bytes at address %#jx, so that schedules can be replayed: %s\n",
               slots * slot_size, static_cast<std::uintmax_t>(wanted_address), std::strerror(errno));
  std::exit(3);
}

std::byte* memory_of_slot(std::size_t slot) {
  static std::byte* const all = reserve_slots();
  return all + slot * slot_size;
}

// Small ones, so that much has to be sent in pieces.
constexpr std::array<std::size_t, 3> channel_capacities = {48, 400, 65536};

// About as many operations as a child of a small scenario has, and as many of a pool that can lack something.
constexpr std::size_t longest_life = 160;
constexpr std::size_t latest_shortage = 24;
constexpr std::size_t no_shortage = SIZE_MAX;

Scheduler& scheduler() { return *Scheduler::active(); }

}  // namespace

// --- Files ----------------------------------------------------------------------------------------

ChannelEnd::~ChannelEnd() {
  if (other == nullptr) return;
  other->other = nullptr;
  other->is_at_end = true;
  scheduler().wake_all(other);
}

LifeLineEnd::~LifeLineEnd() {
  *is_open = false;
  Machine& machine = Machine::current();
  for (const auto& process : machine.processes_) {
    if (process->life_line_ == is_open) machine.send_signal(*process, SIGKILL);
  }
}

Memory::Memory(std::size_t its_size)
    : data([&] {
        Machine& machine = Machine::current();
        const auto slot = static_cast<std::size_t>(std::countr_one(machine.memories_));
        if (slot >= slots || its_size > slot_size) scheduler().fail("more shared memory than the machine has");
        machine.memories_ |= 1U << slot;
        std::byte* const memory = memory_of_slot(slot);
        madvise(memory, slot_size, MADV_DONTNEED);
        return memory;
      }()),
      size(its_size) {}

Memory::~Memory() {
  const auto slot = static_cast<std::size_t>(data - memory_of_slot(0)) / slot_size;
  Machine::current().memories_ &= ~(1U << slot);
}

bool ProcessFile::is_readable() const { return process->has_ended(); }

bool PollerFile::Watched::is_ready() const {
  const auto watched_file = file.lock();
  return watched_file != nullptr && (watched_file->is_readable() || (sending && watched_file->is_writable()));
}

PollerFile::PollerFile() { Machine::current().pollers_.push_back(this); }
PollerFile::~PollerFile() { std::erase(Machine::current().pollers_, this); }

bool PollerFile::is_readable() const { return is_woken || std::ranges::any_of(watched, &Watched::is_ready); }

// --- How a process ends ---------------------------------------------------------------------------

void SimulatedProcess::goes_on() {
  if (state_ != State::running) return;
  // A signal takes its time.
  if (signal_ != 0 && scheduler().choose(2) == 0) end({false, signal_}, Action::die, {});
  if (operations_left_ != immortal && operations_left_-- == 0) end({false, SIGSEGV}, Action::die, {});
}

void SimulatedProcess::will_wait() {
  if (state_ == State::running && signal_ != 0) end({false, signal_}, Action::die, {});
}

void SimulatedProcess::end(End how, Action action, Place place) {
  state_ = State::ending;
  if (!how.exited) ++machine_.deaths_;
  scheduler().record(action, this, place);
  {
    const OwnedBy kernel(0);
    life_line_.reset();
    descriptors_.clear();
    machine_.changed();
  }
  // Others may see that its channels are closed before they can see its end.
  scheduler().reach(Action::finish, this, true, place);
  end_ = how;
  state_ = State::ended;
  is_reaped_ = machine_.troubles_.others_reap;
  machine_.changed();
  scheduler().wake_all(this);
  Arena::instance().forget(number_);
  scheduler().end_strand();
}

// --- Machine --------------------------------------------------------------------------------------

Machine::Machine(const Troubles& troubles)
    : troubles_(troubles),
      channel_capacity_(troubles.channel_capacity != 0 ? troubles.channel_capacity
                                                       : channel_capacities[choose(channel_capacities.size())]),
      until_shortage_(troubles.shortages > 0 && choose(4) != 0 ? choose(latest_shortage) : no_shortage),
      program_(*this, 0, SimulatedProcess::immortal) {
  current_ = this;
  epoch_ = Scheduler::epoch();
}

Machine::~Machine() {
  join_all();
  check(!has_children(), "no process is left behind, not even one that has ended");
  check(std::ranges::none_of(program_.descriptors_, [](const auto& file) { return file != nullptr; }),
        "no descriptor is left open");
  current_ = nullptr;
}

Machine& Machine::current() {
  if (current_ == nullptr || epoch_ != Scheduler::epoch()) scheduler().fail("this scenario has no Machine");
  return *current_;
}

SimulatedProcess& Machine::here() {
  Mortal* const mortal = scheduler().current().mortal();
  return mortal != nullptr ? static_cast<SimulatedProcess&>(*mortal) : program_;
}

bool Machine::lacks(Place place) {
  if (until_shortage_ == no_shortage) return false;
  if (until_shortage_-- > 0) return false;
  until_shortage_ = --troubles_.shortages > 0 ? choose(latest_shortage) : no_shortage;
  scheduler().record(Action::lack, nullptr, place);
  return true;
}

int Machine::open(std::shared_ptr<File> file) {
  const OwnedBy kernel(0);
  auto& descriptors = here().descriptors_;
  descriptors.resize(std::max<std::size_t>(descriptors.size(), first_descriptor));
  const auto free = std::find(descriptors.begin() + first_descriptor, descriptors.end(), nullptr);
  const auto number = free - descriptors.begin();
  if (free == descriptors.end()) {
    descriptors.push_back(std::move(file));
  } else {
    *free = std::move(file);
  }
  return static_cast<int>(number);
}

const std::shared_ptr<File>& Machine::file(int descriptor) {
  const auto& descriptors = here().descriptors_;
  const auto number = static_cast<std::size_t>(descriptor);
  if (number >= descriptors.size() || !descriptors[number]) scheduler().fail("a descriptor was used that is not open");
  return descriptors[number];
}

void Machine::close(int descriptor) {
  const OwnedBy kernel(0);
  if (!file(descriptor)) return;
  here().descriptors_[static_cast<std::size_t>(descriptor)].reset();
  changed();
}

void Machine::changed() {
  for (PollerFile* const poller : pollers_) {
    if (poller->is_readable()) scheduler().notify(poller, true);
  }
}

SimulatedProcess& Machine::make_process(std::span<const Given> files, std::string announcement) {
  const OwnedBy kernel(0);
  const auto number = static_cast<std::uint16_t>(processes_.size() + 1);
  if (number == Arena::max_owners) scheduler().fail("more processes than the machine can run");
  processes_.push_back(std::make_unique<SimulatedProcess>(*this, number, operations_to_live()));
  SimulatedProcess& process = *processes_.back();
  process.announcement_ = std::move(announcement);
  for (const auto& [descriptor, file] : files) {
    const auto place = static_cast<std::size_t>(descriptor);
    process.descriptors_.resize(std::max(process.descriptors_.size(), place + 1));
    process.descriptors_[place] = file;
  }
  return process;
}

std::uint64_t Machine::operations_to_live() {
  if (troubles_.deaths == 0 || choose(2) == 0) return SimulatedProcess::immortal;
  --troubles_.deaths;
  return choose(longest_life);
}

void Machine::start(SimulatedProcess& process, std::unique_ptr<Body> body) {
  process.strand_ = &scheduler().start(std::move(body), &process);
}

SimulatedProcess* Machine::process(int id) {
  const auto found = std::ranges::find(processes_, id, &SimulatedProcess::id);
  return found != processes_.end() && !(*found)->is_reaped_ ? found->get() : nullptr;
}

void Machine::send_signal(SimulatedProcess& process, int signal) {
  if (process.state_ != SimulatedProcess::State::running) return;
  if (signal == SIGTERM && process.ignores_termination_) return;
  if (process.signal_ != SIGKILL) process.signal_ = signal;
  scheduler().interrupt(*process.strand_);
}

void Machine::hold(const HeldLine& line) {
  here().life_line_ = line.is_open;
  if (!*line.is_open) send_signal(here(), SIGKILL);
}

std::optional<End> Machine::reap(SimulatedProcess& process) {
  while (!process.has_ended()) scheduler().block(&process);
  if (std::exchange(process.is_reaped_, true)) return std::nullopt;
  return process.end_;
}

bool Machine::has_children() const {
  return std::ranges::any_of(processes_, [](const auto& process) { return !process->is_reaped_; });
}

void Machine::hang(Place place) {
  scheduler().reach(Action::wait, this, false, place);
  for (;;) scheduler().block(this);
}

void Machine::join_all(Place place) { scheduler().join_all(place); }

void* Machine::variable(const void* key) {
  for (const auto& [each, value] : here().variables_) {
    if (each == key) return value;
  }
  return nullptr;
}

void Machine::set_variable(const void* key, void* value) {
  const OwnedBy kernel(0);
  here().variables_.emplace_back(key, value);
}

}  // namespace touchstone::fuzz
