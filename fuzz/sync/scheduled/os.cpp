#include <algorithm>
#include <array>
#include <cerrno>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <csignal>
#include <machine.hpp>
#include <memory>
#include <system_error>

CONCURRENT_FUTURES_BEGIN
namespace os {
namespace {

namespace fuzz = touchstone::fuzz;
using fuzz::Action;
using fuzz::ChannelEnd;
using fuzz::Machine;
using fuzz::OwnedBy;
using fuzz::PollerFile;
using fuzz::SimulatedProcess;

fuzz::Scheduler& scheduler() { return *fuzz::Scheduler::active(); }
Machine& machine() { return Machine::current(); }

/// The operation needs something that there may be none of.
void need(const char* what, int error, Place place) {
  if (machine().lacks(place)) throw std::system_error(error, std::generic_category(), what);
}

template <typename F>
F& file_of(const Descriptor& descriptor) {
  return static_cast<F&>(*machine().file(descriptor.number()));
}

template <typename F>
Descriptor open(std::shared_ptr<F> file) {
  return Descriptor(machine().open(std::move(file)));
}

}  // namespace

// --- Descriptors ----------------------------------------------------------------------------------

void Descriptor::close(Place place) noexcept {
  if (number_ < 0) return;
  const int number = std::exchange(number_, -1);
  scheduler().reach(Action::close, machine().file(number).get(), true, place);
  machine().close(number);
}

Descriptor Descriptor::duplicate(Place place) const {
  need("no descriptor is left", EMFILE, place);
  return Descriptor(machine().open(machine().file(number_)));
}

std::pair<Socket, Socket> Socket::make_pair(Place place) {
  need("no channel to another process can be had", EMFILE, place);
  const OwnedBy kernel(0);
  auto first = std::make_shared<ChannelEnd>();
  auto second = std::make_shared<ChannelEnd>();
  first->capacity = second->capacity = machine().channel_capacity();
  first->channel = second->channel = first.get();
  first->other = second.get();
  second->other = first.get();
  return {Socket(open(std::move(first))), Socket(open(std::move(second)))};
}

Transfer Socket::send(std::span<const std::byte> first, std::span<const std::byte> second, Blocking blocking,
                      Place place) {
  ChannelEnd& end = file_of<ChannelEnd>(descriptor_);
  Transfer sent;
  const std::size_t size = first.size() + second.size();
  scheduler().reach(Action::send, end.channel, true, place);
  while (sent.bytes < size) {
    if (end.other == nullptr || end.other->is_at_end) return {sent.bytes, true};
    for (const auto& [piece, before] : {std::pair{first, std::size_t{0}}, std::pair{second, first.size()}}) {
      const OwnedBy kernel(0);
      if (sent.bytes < before || sent.bytes - before >= piece.size()) continue;
      const auto rest = piece.subspan(sent.bytes - before);
      const auto part = rest.first(std::min(rest.size(), end.other->room()));
      end.other->arrived.insert(end.other->arrived.end(), part.begin(), part.end());
      sent.bytes += part.size();
    }
    scheduler().record_value(sent.bytes);
    scheduler().wake_all(end.other);
    machine().changed();
    if (sent.bytes == size || blocking == Blocking::no) break;
    scheduler().block(&end);
    scheduler().reach(Action::send, end.channel, true, place);
  }
  return sent;
}

Transfer Socket::receive(std::span<std::byte> into, Blocking blocking, Place place) {
  ChannelEnd& end = file_of<ChannelEnd>(descriptor_);
  scheduler().reach(Action::receive, end.channel, true, place);
  while (blocking == Blocking::yes && !end.is_readable()) scheduler().block(&end);
  const OwnedBy kernel(0);
  const std::size_t size = std::min(into.size(), end.arrived.size());
  std::copy_n(end.arrived.begin(), size, into.begin());
  end.arrived.erase(end.arrived.begin(), end.arrived.begin() + static_cast<std::ptrdiff_t>(size));
  scheduler().record_value(size);
  if (size != 0 && end.other != nullptr) scheduler().wake_all(end.other);
  machine().changed();
  return {size, size == 0 && end.is_readable()};
}

void Socket::end_sending(Place place) noexcept {
  ChannelEnd& end = file_of<ChannelEnd>(descriptor_);
  scheduler().reach(Action::end_sending, end.channel, true, place);
  if (end.other == nullptr) return;
  end.other->is_at_end = true;
  scheduler().wake_all(end.other);
  machine().changed();
}

// --- Memory ---------------------------------------------------------------------------------------

SharedMemory::SharedMemory(std::size_t size, Place place) : size_(size) {
  need("no shared memory can be had", ENOMEM, place);
  const OwnedBy kernel(0);
  auto memory = std::make_shared<fuzz::Memory>(size);
  data_ = memory->data;
  descriptor_ = open(std::move(memory));
}

SharedMemory::SharedMemory(const Descriptor& descriptor, std::size_t size, std::size_t, Place place)
    : data_(file_of<fuzz::Memory>(descriptor).data), size_(size) {
  need("shared memory cannot be mapped", ENOMEM, place);
}

// --- Processes ------------------------------------------------------------------------------------

std::pair<Descriptor, Descriptor> LifeLine::make_pair(Place place) {
  need("no pipe can be had", EMFILE, place);
  const OwnedBy kernel(0);
  auto of_parent = std::make_shared<fuzz::LifeLineEnd>();
  auto of_child = std::make_shared<fuzz::HeldLine>();
  of_child->is_open = of_parent->is_open;
  return {open(std::move(of_parent)), open(std::move(of_child))};
}

void LifeLine::hold(const Descriptor& end_of_child) { machine().hold(file_of<fuzz::HeldLine>(end_of_child)); }

std::string to_string(const Ending& ending) {
  if (!ending.known) return "ended, nobody knows how: the program ignores SIGCHLD, or waits for any child";
  return (ending.exited ? "exited with status " : "was ended by signal ") + std::to_string(ending.number);
}

ChildProcess::ChildProcess(int pid, Place place) : pid_(pid) {
  if (!machine().troubles().has_process_descriptors || machine().lacks(place)) return;
  const OwnedBy kernel(0);
  auto file = std::make_shared<fuzz::ProcessFile>();
  file->process = machine().process(pid);
  // Somebody else may have reaped it.
  if (file->process != nullptr) descriptor_ = open(std::move(file));
}

bool ChildProcess::send(Signal signal, Place place) const noexcept {
  if (pid_ == 0) return true;
  SimulatedProcess* const process =
      descriptor_ ? file_of<fuzz::ProcessFile>(descriptor_).process : machine().process(pid_);
  scheduler().reach(Action::signal, process, true, place);
  if (process != nullptr) scheduler().record_value(process->strand_number());
  if (!descriptor_ && machine().process(pid_) == nullptr && !machine().troubles().others_reap) {
    scheduler().fail("a signal is sent to a number that may be another process's by now");
  }
  if (process != nullptr) machine().send_signal(*process, signal == Signal::kill ? SIGKILL : SIGTERM);
  return true;
}

Ending ChildProcess::reap(Place place) const noexcept {
  SimulatedProcess* const process =
      descriptor_ ? file_of<fuzz::ProcessFile>(descriptor_).process : machine().process(pid_);
  scheduler().reach(Action::reap, process, true, place);
  if (process == nullptr) return {};
  scheduler().record_value(process->strand_number());
  const auto end = machine().reap(*process);
  if (!end) return {};
  return {true, end->exited, end->number};
}

void Variable::make_all() {
  for (const Variable* each = first_; each != nullptr; each = each->next_) {
    machine().set_variable(each, each->make());
  }
}

void* Variable::of_child() const {
  return fuzz::Scheduler::active() != nullptr && machine().is_child() ? machine().variable(this) : nullptr;
}

namespace {

/// Under which numbers a process has its ends.
struct Numbers {
  int socket;
  int memory;
  int life_line;

  [[nodiscard]] ChildEnds ends() const { return {Descriptor(socket), Descriptor(memory), Descriptor(life_line)}; }
};
constexpr Numbers of_spawned{3, 4, 5};

/// Runs on the strand of a process. All that it allocates belongs to that.
class Run final : public fuzz::Body {
 public:
  Run(SimulatedProcess& process, const Numbers& numbers, void (*work)(ChildEnds))
      : process_(process), numbers_(numbers), work_(work) {}

  void run() override {
    fuzz::Arena::instance().set_owner(process_.number());
    const std::string name = "child_" + std::to_string(process_.number());
    sync::set_thread_name(name.c_str());
    Variable::make_all();
    if (work_ != nullptr) {
      work_(numbers_.ends());
    } else if (machine().troubles().program != nullptr) {
      machine().troubles().program();
    } else {
      freeze_support(0, nullptr);
    }
    end_process(0);
  }

 private:
  SimulatedProcess& process_;
  const Numbers numbers_;
  void (*const work_)(ChildEnds);
};

ChildProcess start(const ChildEnds& ends, const Numbers& numbers, const std::string& announcement,
                   void (*work)(ChildEnds), Place place) {
  need("a process cannot be started", EAGAIN, place);
  scheduler().reach(Action::start_process, nullptr, true, place);
  const std::array<Machine::Given, 3> files{{{numbers.socket, machine().file(ends.socket.number())},
                                             {numbers.memory, machine().file(ends.memory.number())},
                                             {numbers.life_line, machine().file(ends.life_line.number())}}};
  SimulatedProcess& process = machine().make_process(files, announcement);
  {
    const OwnedBy itself(process.number());
    machine().start(process, std::make_unique<Run>(process, numbers, work));
  }
  scheduler().record_value(process.strand_number());
  return ChildProcess(process.id(), place);
}

}  // namespace

ChildProcess spawn(const ChildEnds& ends, const std::string& announcement, Place place) {
  return start(ends, of_spawned, announcement, nullptr, place);
}

std::string take_announcement() {
  return fuzz::Scheduler::active() != nullptr ? machine().take_announcement() : std::string();
}

ChildEnds take_ends() { return of_spawned.ends(); }

ChildProcess fork(ChildEnds& ends, void (*work)(ChildEnds), Place place) {
  return start(ends, {ends.socket.number(), ends.memory.number(), ends.life_line.number()}, {}, work, place);
}

bool has_other_threads() { return scheduler().immortals() > 1; }

void reset_signals(Place place) {
  scheduler().reach(Action::signal, nullptr, false, place);
  machine().ignore_termination(false);
}

ChildEnds serve_forks(Socket /*requests*/) { scheduler().fail("there are no fork servers here"); }

void limit_life(std::optional<std::chrono::milliseconds> /*limit*/) {}

void end_process(int status, Place place) {
  if (!machine().is_child()) scheduler().fail("the program itself was ended");
  machine().here().end({true, status}, Action::end_process, place);
}

int process_id() { return machine().here().id(); }

std::size_t usable_processors() { return 2; }
void expect_use_of(std::span<std::byte> /*memory*/) noexcept {}

int patience() { return 1; }

// --- Poller ---------------------------------------------------------------------------------------

Poller::Poller(Place place) {
  need("no events can be had", EMFILE, place);
  const OwnedBy kernel(0);
  poll_ = open(std::make_shared<PollerFile>());
}

void Poller::add(const Descriptor& descriptor, std::uint64_t token, Place place) {
  need("no further events can be had", ENOMEM, place);
  file_of<PollerFile>(poll_).watched.push_back(
      {descriptor.number(), machine().file(descriptor.number()), token, false});
  machine().changed();
}

void Poller::set_sending(const Descriptor& descriptor, std::uint64_t token, bool sending) {
  for (PollerFile::Watched& each : file_of<PollerFile>(poll_).watched) {
    if (each.descriptor != descriptor.number() || each.file.expired()) continue;
    each.token = token;
    each.sending = sending;
    return machine().changed();
  }
  throw std::system_error(ENOENT, std::generic_category(), "no further events can be had");
}

void Poller::remove(const Descriptor& descriptor) noexcept {
  std::erase_if(file_of<PollerFile>(poll_).watched, [&](const PollerFile::Watched& each) {
    return each.file.expired() || each.descriptor == descriptor.number();
  });
}

std::span<const std::uint64_t> Poller::wait(const std::optional<sync::Clock::time_point>& deadline, Place place) {
  PollerFile& poller = file_of<PollerFile>(poll_);
  scheduler().reach(Action::poll, &poller, true, place);
  if (!poller.is_readable()) {
    const std::int64_t limit = deadline ? deadline->time_since_epoch().count() : fuzz::Scheduler::never;
    (void)scheduler().wait(&poller, limit, !machine().troubles().are_late);
  }
  tokens_.clear();
  poller.is_woken = false;
  for (const PollerFile::Watched& each : poller.watched) {
    if (each.is_ready()) tokens_.push_back(each.token);
  }
  for (std::size_t left = tokens_.size(); left > 1; --left) std::swap(tokens_[left - 1], tokens_[fuzz::choose(left)]);
  return tokens_;
}

void Poller::wake(Place place) noexcept {
  PollerFile& poller = file_of<PollerFile>(poll_);
  scheduler().reach(Action::wake_poller, &poller, true, place);
  poller.is_woken = true;
  machine().changed();
}

}  // namespace os
CONCURRENT_FUTURES_END
