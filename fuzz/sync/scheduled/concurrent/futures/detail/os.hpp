// The second seam, scheduled: the other side of reference/sync/native/concurrent/futures/detail/os.hpp, which says what
// these do.
//
// The same names, on a machine that lies in memory (machine.hpp), which a scenario makes. Each operation is a place at
// which the schedule may go on elsewhere, and knows the line of the source at which it is written.

#pragma once

#include <chrono>
#include <concurrent/futures/detail/sync.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

CONCURRENT_FUTURES_BEGIN
namespace os {

using sync::Place;

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Descriptor moved(std::move(other));
    std::swap(number_, moved.number_);
    return *this;
  }
  ~Descriptor() { close({}); }

  void close(Place place = Place::here()) noexcept;
  [[nodiscard]] Descriptor duplicate(Place place = Place::here()) const;
  [[nodiscard]] int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

enum class Blocking : bool { no, yes };

struct Transfer {
  std::size_t bytes = 0;
  bool closed = false;
};

class Socket {
 public:
  Socket() = default;
  explicit Socket(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] static std::pair<Socket, Socket> make_pair(Place place = Place::here());

  Transfer send(std::span<const std::byte> first, std::span<const std::byte> second, Blocking blocking,
                Place place = Place::here());
  [[nodiscard]] Transfer receive(std::span<std::byte> into, Blocking blocking, Place place = Place::here());
  void end_sending(Place place = Place::here()) noexcept;

  [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }
  [[nodiscard]] Descriptor release() && { return std::move(descriptor_); }

 private:
  Descriptor descriptor_;
};

/// All of it can be written by all: that children could not is nothing that a schedule decides.
class SharedMemory {
 public:
  SharedMemory() = default;
  explicit SharedMemory(std::size_t size, Place place = Place::here());
  SharedMemory(const Descriptor& descriptor, std::size_t size, std::size_t writable, Place place = Place::here());

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }

 private:
  Descriptor descriptor_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

class LifeLine {
 public:
  [[nodiscard]] static std::pair<Descriptor, Descriptor> make_pair(Place place = Place::here());
  static void hold(const Descriptor& end_of_child);
};

enum class Signal : std::uint8_t { terminate, kill };

struct Ending {
  bool known = false;
  bool exited = false;
  int number = 0;
  int error = 0;
  static constexpr int has_threads = -1;

  [[nodiscard]] bool is_success() const { return known && exited && number == 0; }
};
[[nodiscard]] std::string to_string(const Ending& ending);

class ChildProcess {
 public:
  ChildProcess() = default;
  explicit ChildProcess(int pid, Place place = Place::here());

  [[nodiscard]] int pid() const { return pid_; }
  [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }

  void take_news() noexcept {}
  bool send(Signal signal, Place place = Place::here()) const noexcept;
  [[nodiscard]] static bool is_ending() { return true; }  // it only changes what is told
  [[nodiscard]] Ending reap(Place place = Place::here()) const noexcept;

 private:
  int pid_ = 0;
  Descriptor descriptor_;
};

struct ChildEnds {
  Descriptor socket;
  Descriptor memory;
  Descriptor life_line;
};

/// What a process makes when it is started, before all else.
class Variable {
 public:
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

  /// All that the program has, in the running process.
  static void make_all();

 protected:
  Variable() : next_(std::exchange(first_, this)) {}
  ~Variable() = default;

  /// That of the running process; null if this is the program itself.
  [[nodiscard]] void* of_child() const;

 private:
  /// Never destroyed: it ends with its process.
  [[nodiscard]] virtual void* make() const = 0;

  static inline Variable* first_ = nullptr;
  Variable* const next_;
};

template <typename T>
class OfProcess final : Variable {
 public:
  OfProcess() = default;
  [[nodiscard]] T& get() {
    void* const of_child = this->of_child();
    return of_child != nullptr ? *static_cast<T*>(of_child) : of_program_;
  }

 private:
  [[nodiscard]] void* make() const override { return new T; }
  T of_program_;
};

[[nodiscard]] ChildProcess spawn(const ChildEnds& ends, const std::string& announcement, Place place = Place::here());
[[nodiscard]] std::string take_announcement();
[[nodiscard]] inline bool announcement_was_taken() { return false; }  // there are no other copies
inline void forget_announcement() {}
[[nodiscard]] ChildEnds take_ends();

[[nodiscard]] ChildProcess fork(ChildEnds& ends, void (*work)(ChildEnds), Place place = Place::here());
[[nodiscard]] bool has_other_threads();

// There are no fork servers here: to the pool they are another way to start a child.
[[nodiscard]] ChildEnds serve_forks(Socket requests);
void limit_life(std::optional<std::chrono::milliseconds> limit);

void reset_signals(Place place = Place::here());
[[noreturn]] void end_process(int status, Place place = Place::here());
[[nodiscard]] int process_id();
[[nodiscard]] std::size_t usable_processors();
void expect_use_of(std::span<std::byte> memory) noexcept;
[[nodiscard]] int patience();

class Poller {
 public:
  explicit Poller(Place place = Place::here());

  void add(const Descriptor& descriptor, std::uint64_t token, Place place = Place::here());
  void set_sending(const Descriptor& descriptor, std::uint64_t token, bool sending);
  void remove(const Descriptor& descriptor) noexcept;
  [[nodiscard]] std::span<const std::uint64_t> wait(const std::optional<sync::Clock::time_point>& deadline,
                                                    Place place = Place::here());
  void wake(Place place = Place::here()) noexcept;

 private:
  Descriptor poll_;
  std::vector<std::uint64_t> tokens_;
};

}  // namespace os
CONCURRENT_FUTURES_END
