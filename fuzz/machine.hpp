// Machine: an operating system in memory, for one schedule. Its processes are strands, and what they share are channels
// and memory. What it does at an operation, as far as a real one could do several things, the schedule chooses.
//
// A process is this program: it runs the library's own code, from what is done before main on. It can die at each
// operation, by a signal or because the schedule wants it: its strand is left where it is, as by a real
// process that is killed, its descriptors are closed and what it had allocated is forgotten. What processes have of
// their own in reality is shared here: variables of static storage. The library has few of them, and asks for those
// that differ by os::OfProcess; locks that a dead process held are free.

#pragma once

#include <arena.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <scheduler.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace touchstone::fuzz {

class Machine;

/// What descriptors stand for.
struct File {
  File() = default;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  virtual ~File() = default;
  [[nodiscard]] virtual bool is_readable() const { return false; }
  [[nodiscard]] virtual bool is_writable() const { return false; }
};

/// One end of a channel: what has come from the other one.
struct ChannelEnd final : File {
  ~ChannelEnd() override;
  [[nodiscard]] bool is_readable() const override { return !arrived.empty() || is_at_end || other == nullptr; }
  [[nodiscard]] bool is_writable() const override { return other == nullptr || other->room() > 0; }
  [[nodiscard]] std::size_t room() const { return capacity - arrived.size(); }

  const void* channel = nullptr;  // the same for both ends
  ChannelEnd* other = nullptr;    // null when it was closed
  std::size_t capacity = 0;
  bool is_at_end = false;  // nothing more will come
  std::vector<std::byte> arrived;
};

/// The parent's end of a life line: when it is closed, whoever holds the other one is killed.
struct LifeLineEnd final : File {
  ~LifeLineEnd() override;
  std::shared_ptr<bool> is_open = std::make_shared<bool>(true);
};
struct HeldLine final : File {
  std::shared_ptr<const bool> is_open;
};

/// At an address that is the same in each schedule. Zero at first.
struct Memory final : File {
  explicit Memory(std::size_t size);
  ~Memory() override;
  std::byte* const data;
  const std::size_t size;
};

/// How a process ended.
struct End {
  bool exited = false;
  int number = 0;  // status, or signal
};

class SimulatedProcess final : public Mortal {
 public:
  SimulatedProcess(Machine& machine, std::uint16_t number, std::uint64_t operations_left)
      : machine_(machine), number_(number), operations_left_(operations_left) {}

  [[nodiscard]] int id() const { return 100 + number_; }
  [[nodiscard]] std::uint16_t number() const { return number_; }
  [[nodiscard]] unsigned strand_number() const { return strand_->number(); }
  [[nodiscard]] bool has_ended() const { return state_ == State::ended; }

  void goes_on() override;
  void will_wait() override;

  /// Of the running process only.
  [[noreturn]] void end(End how, Action action, Place place);

  static constexpr std::uint64_t immortal = UINT64_MAX;

 private:
  friend class Machine;
  friend struct LifeLineEnd;
  enum class State : std::uint8_t { running, ending, ended };

  Machine& machine_;
  const std::uint16_t number_;
  std::uint64_t operations_left_;
  State state_ = State::running;
  int signal_ = 0;  // that is on its way
  bool ignores_termination_ = false;
  bool is_reaped_ = false;
  End end_;
  Strand* strand_ = nullptr;
  std::string announcement_;
  std::shared_ptr<const bool> life_line_;  // while it is held
  std::vector<std::shared_ptr<File>> descriptors_;
  std::vector<std::pair<const void*, void*>> variables_;
};

/// Readable when the process has ended.
struct ProcessFile final : File {
  [[nodiscard]] bool is_readable() const override;
  SimulatedProcess* process = nullptr;
};

struct PollerFile final : File {
  struct Watched {
    int descriptor;
    std::weak_ptr<File> file;
    std::uint64_t token;
    bool sending;
    [[nodiscard]] bool is_ready() const;
  };
  PollerFile();
  ~PollerFile() override;
  [[nodiscard]] bool is_readable() const override;

  bool is_woken = false;
  std::vector<Watched> watched;
};

/// What a scenario lets happen. Whether it happens, and when, is the schedule's choice.
struct Troubles {
  int deaths = 0;                       // how many processes die, at any operation
  int shortages = 0;                    // how many operations find no memory, no descriptor or no process
  bool are_late = false;                // the program may take so long that a time limit is over
  bool others_reap = false;             // how a process has ended, somebody else has asked before
  bool has_process_descriptors = true;  // else processes are known by their numbers only
  std::size_t channel_capacity = 0;     // in bytes; by default the schedule chooses
  void (*program)() = nullptr;          // what a process runs as main; by default it serves
};

class Machine {
 public:
  explicit Machine(const Troubles& troubles = {});
  /// Checks that nothing is left behind: no process, no descriptor.
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// The one of this schedule.
  [[nodiscard]] static Machine& current();

  [[nodiscard]] const Troubles& troubles() const { return troubles_; }

  /// The process of the running strand.
  [[nodiscard]] SimulatedProcess& here();
  [[nodiscard]] bool is_child() { return &here() != &program_; }

  /// Whether the next thing that an operation needs is missing.
  [[nodiscard]] bool lacks(Place place);

  // Descriptors of the running process. Those below are the standard streams.
  static constexpr int first_descriptor = 3;
  [[nodiscard]] int open(std::shared_ptr<File> file);
  [[nodiscard]] const std::shared_ptr<File>& file(int descriptor);
  void close(int descriptor);

  /// To be called when something has changed that a poller may wait for.
  void changed();

  /// How much one end of a channel holds.
  [[nodiscard]] std::size_t channel_capacity() const { return channel_capacity_; }

  /// A process that has these files, under these numbers, and nothing to do so far.
  using Given = std::pair<int, std::shared_ptr<File>>;
  [[nodiscard]] SimulatedProcess& make_process(std::span<const Given> files, std::string announcement);
  /// `body` must not return, and belongs to the process: it is to be made while that owns what is allocated.
  void start(SimulatedProcess& process, std::unique_ptr<Body> body);
  [[nodiscard]] SimulatedProcess* process(int id);
  void send_signal(SimulatedProcess& process, int signal);
  /// The running one is killed when the line is closed; at once, if it is.
  void hold(const HeldLine& line);
  /// Waits for its end. Nothing if somebody has asked before.
  [[nodiscard]] std::optional<End> reap(SimulatedProcess& process);
  [[nodiscard]] bool has_children() const;
  [[nodiscard]] int deaths() const { return deaths_; }

  /// Never goes on.
  [[noreturn]] void hang(Place place = Place::here());
  /// Waits until all else that runs has ended, processes too.
  void join_all(Place place = Place::here());

  [[nodiscard]] std::string take_announcement() { return std::exchange(here().announcement_, {}); }
  void ignore_termination(bool ignore) { here().ignores_termination_ = ignore; }

  /// What the running process has under this key; null if nothing.
  [[nodiscard]] void* variable(const void* key);
  void set_variable(const void* key, void* value);

 private:
  friend class SimulatedProcess;
  friend struct LifeLineEnd;
  friend struct Memory;
  friend struct PollerFile;

  [[nodiscard]] std::uint64_t operations_to_live();

  static inline Machine* current_ = nullptr;
  static inline std::uint32_t epoch_ = 0;

  Troubles troubles_;
  std::size_t channel_capacity_;
  std::size_t until_shortage_;
  int deaths_ = 0;              // processes that did not end by themselves
  std::uint32_t memories_ = 0;  // which slots are used, a bit each
  SimulatedProcess program_;
  std::vector<std::unique_ptr<SimulatedProcess>> processes_;
  std::vector<PollerFile*> pollers_;
};

}  // namespace touchstone::fuzz
