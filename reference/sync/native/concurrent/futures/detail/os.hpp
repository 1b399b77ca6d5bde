// The second seam: all that a pool of processes asks of the operating system. No other file of it makes a system call.
//
// It exists twice, as sync.hpp does. Here are the native ones; in the scheduled build pipes lie in memory, and a
// process is a strand.
//
// What fails throws std::system_error, whose text says what could not be done.

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

/// Owns a descriptor, which a process that is forked off has not got: else the other end of a channel would not see
/// that the last one who belongs there is gone, as long as some child of the program lives that knows nothing of it.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number);
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    Descriptor moved(std::move(other));
    std::swap(number_, moved.number_);
    return *this;
  }
  ~Descriptor() { close(); }

  void close() noexcept;
  [[nodiscard]] Descriptor duplicate() const;
  [[nodiscard]] int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

enum class Blocking : bool { no, yes };

/// What a transfer came to.
struct Transfer {
  std::size_t bytes = 0;
  bool closed = false;  // there is nobody at the other end any more; else, if fewer bytes: it would have to wait
};

/// One end of a stream between two processes.
///
/// Thread safety: one thread sends while another one receives.
class Socket {
 public:
  Socket() = default;
  explicit Socket(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

  [[nodiscard]] static std::pair<Socket, Socket> make_pair();

  /// Sends the two pieces, one behind the other. Where it may not block, as much of them as there is room for.
  Transfer send(std::span<const std::byte> first, std::span<const std::byte> second, Blocking blocking);

  /// Where it may block: at least one byte, unless the end has come.
  [[nodiscard]] Transfer receive(std::span<std::byte> into, Blocking blocking);

  /// The other end comes to the end of what was sent.
  void end_sending() noexcept;

  [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }
  [[nodiscard]] Descriptor release() && { return std::move(descriptor_); }

 private:
  Descriptor descriptor_;
};

/// Memory that processes share.
class SharedMemory {
 public:
  SharedMemory() = default;
  /// All zero.
  explicit SharedMemory(std::size_t size);
  /// What another process has made. What lies behind the first `writable` bytes is only to be read.
  SharedMemory(const Descriptor& descriptor, std::size_t size, std::size_t writable);
  SharedMemory(SharedMemory&& other) noexcept { swap(other); }
  SharedMemory& operator=(SharedMemory&& other) noexcept {
    SharedMemory(std::move(other)).swap(*this);
    return *this;
  }
  ~SharedMemory();

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }

 private:
  void swap(SharedMemory& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
  }

  Descriptor descriptor_;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// The end of a child that the parent's death reaches, however that dies, and whatever the child is doing: it is
/// killed. The thread that started the child does not matter, as it would for PR_SET_PDEATHSIG.
class LifeLine {
 public:
  /// The parent's end, which it keeps, and the child's.
  [[nodiscard]] static std::pair<Descriptor, Descriptor> make_pair();

  /// In the child. Kills it at once if there is no parent any more.
  static void hold(const Descriptor& end_of_child);
};

enum class Signal : std::uint8_t { terminate, kill };

/// How a process ended.
struct Ending {
  bool known = false;  // else somebody else has asked for it, as a program does that waits for any child
  bool exited = false;
  int number = 0;  // exit status, or signal
  int error = 0;   // else, if not 0: why it could not be forked, as in errno, or has_threads

  /// A fork server may not fork either where it has other threads.
  static constexpr int has_threads = -1;

  [[nodiscard]] bool is_success() const { return known && exited && number == 0; }
};
[[nodiscard]] std::string to_string(const Ending& ending);

/// A child. It is never mistaken for another process that got its number later.
class ChildProcess {
 public:
  ChildProcess() = default;
  explicit ChildProcess(int pid);
  /// One that a fork server is to make, of which it tells there.
  explicit ChildProcess(Socket news) : news_(std::move(news)) {}

  /// 0 as long as the fork server has told nothing of it.
  [[nodiscard]] int pid() const { return pid_; }
  [[nodiscard]] const Descriptor& descriptor() const { return descriptor_; }

  /// Takes note of what the fork server has told: its number and descriptor, before the child does anything else.
  void take_news() noexcept;

  /// Does nothing if it has ended. Returns false where it cannot be signalled: it has to be ended by its life line
  /// then.
  bool send(Signal signal) const noexcept;

  /// Whether it is on its way to its end, or where nobody can tell.
  [[nodiscard]] bool is_ending() const;

  /// Waits for its end, and takes note of it. To be called once, by who knows that it has ended or been killed.
  [[nodiscard]] Ending reap() noexcept;

 private:
  void take_news(int most_milliseconds) noexcept;
  void wait_for_last_news() noexcept;

  int pid_ = 0;
  Descriptor descriptor_;  // readable when it has ended; none where the system has none, or does not give it
  Socket news_;            // if a fork server makes it
  std::optional<Ending> told_;
};

/// What a child has of its parent.
struct ChildEnds {
  Descriptor socket;
  Descriptor memory;
  Descriptor life_line;
};

/// A variable that each process makes of its own when the program is loaded. Never destroyed: to the very end somebody
/// may ask for it.
template <typename T>
union OfProcess {
  OfProcess() : value_() {}
  ~OfProcess() {}  // NOLINT(modernize-use-equals-default): which would be deleted
  OfProcess(const OfProcess&) = delete;
  OfProcess& operator=(const OfProcess&) = delete;

  [[nodiscard]] T& get() { return value_; }

 private:
  T value_;
};

/// Runs this program anew. A process that is to serve forks needs no memory: it may be missing.
[[nodiscard]] ChildProcess spawn(const ChildEnds& ends, const std::string& announcement);

/// What this process was started with by spawn(); empty if by something else. Leaves word for other copies of the
/// library in this process, until forget_announcement(). Once, while there are no other threads.
[[nodiscard]] std::string take_announcement();
/// Whether a copy of the library in this process has taken one, and not forgotten it.
[[nodiscard]] bool announcement_was_taken();
/// What this process starts in turn must not find anything.
void forget_announcement();
/// Its ends, which were given to spawn(). Once.
[[nodiscard]] ChildEnds take_ends();

/// Copies this process, which must have one thread. The child, in which all descriptors above the standard ones are
/// closed but for `ends`, calls `work` with them, which must not return.
[[nodiscard]] ChildProcess fork(ChildEnds& ends, void (*work)(ChildEnds));
[[nodiscard]] bool has_other_threads();

/// Asks a process that serves forks, through its socket, for a child with these ends. Whether it comes to be, the other
/// end of the child's socket shows. Nothing if there is no such process any more.
[[nodiscard]] std::optional<ChildProcess> ask_for_fork(const Socket& server, const ChildEnds& ends);
/// Forks a child for each request, tells how it ended, and returns in it, with its ends. Ends this process when nobody
/// is there any more to ask for one.
[[nodiscard]] ChildEnds serve_forks(Socket requests);

/// Kills this process after so long; nothing: not any more. What it forks off is not meant.
void limit_life(std::optional<std::chrono::milliseconds> limit);

/// Signals as a program finds them that was just started, but for those of the terminal: the interrupt is left to the
/// parent, and that the terminal is gone is ignored if the parent ignored it, as nohup has it. Until this is called, an
/// interrupt waits, and is forgotten then.
void reset_signals();

/// Writes out what standard streams hold, and ends the process, without exit handlers and destructors.
[[noreturn]] void end_process(int status);
[[nodiscard]] int process_id();
[[nodiscard]] std::size_t usable_processors();

/// Tells that all of this memory, of which nothing was used so far, is about to be written. Large pages then, if there
/// are any, cost a fraction of what small ones do.
void expect_use_of(std::span<std::byte> memory) noexcept;

/// How many times slower than usual the program is that checks this one, if there is any.
[[nodiscard]] int patience();

/// Waits for what happens to descriptors.
class Poller {
 public:
  Poller();

  /// What is waited for: something to be read, or the end of it. Each has a token.
  void add(const Descriptor& descriptor, std::uint64_t token);
  /// Whether it is also waited for that there is room to send.
  void set_sending(const Descriptor& descriptor, std::uint64_t token, bool sending);
  void remove(const Descriptor& descriptor) noexcept;

  /// The tokens of those that something has happened to. None if only wake() was called, or the deadline has come.
  [[nodiscard]] std::span<const std::uint64_t> wait(const std::optional<sync::Clock::time_point>& deadline);

  /// Ends a wait, or the next one. From any thread.
  void wake() noexcept;

 private:
  Descriptor poll_;
  Descriptor wake_up_;
  std::vector<std::uint64_t> tokens_;
};

}  // namespace os
CONCURRENT_FUTURES_END
