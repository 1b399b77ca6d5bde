// ProcessPool: the children behind a ProcessPoolExecutor, and the thread that listens to them.
//
// A submit encodes the call, and hands it out at once if there is a child that is free for it, or if calls are so short
// that they may be handed out in advance (SharedCalls). Everything else the pool's thread does: it starts children,
// takes in what they send, publishes outcomes and runs callbacks, and notices when a child dies. It waits for all of
// this together, without a limit but where a child has yet to come to freeze_support().
//
// What a child sends is only believed where it fits: a place that has a call, with the number of that call.

#pragma once

#include <concurrent/futures/detail/accepted_calls.hpp>
#include <concurrent/futures/detail/os.hpp>
#include <concurrent/futures/detail/process/child.hpp>
#include <concurrent/futures/detail/process/fork_server.hpp>
#include <concurrent/futures/detail/process/frame.hpp>
#include <concurrent/futures/detail/process/shared_calls.hpp>
#include <concurrent/futures/detail/traveller.hpp>
#include <concurrent/futures/process_pool_executor.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// A child, seen from its parent.
class ChildHandle {
 public:
  enum class State : std::uint8_t {
    starting,  // nothing was heard of it yet
    loaded,    // the library is there, and main should come to freeze_support()
    ready,     // it takes calls
    retiring,  // it takes none any more, and is about to end
  };

  ChildHandle(std::size_t its_index, os::Socket its_socket, os::Descriptor its_life_line)
      : index(its_index), socket(std::move(its_socket)), life_line(std::move(its_life_line)) {}

  /// Sends, or, as far as there is no room, keeps for send_rest(). Returns whether all was sent.
  bool send(const Frame& frame, Parcel body);
  bool send_rest();

  /// There will be nothing more to send: the child learns so when it has got all before.
  void end_sending();

  /// By a signal; where that cannot reach it, at once by its life line.
  void end(os::Signal signal) noexcept;

  const std::size_t index;
  os::Socket socket;

  // Of the pool's thread.
  FrameReader reader;
  struct Arriving {
    Frame frame;
    std::unique_ptr<Landing> landing;
    std::size_t missing = 0;
  };
  std::optional<Arriving> arriving;  // a result that goes past the reader
  bool at_end = false;               // nothing more will come from it
  bool has_left = false;             // nothing will come, though it lives on
  bool came_to_freeze_support = false;
  bool is_watched = false;  // the poller tells when its process has ended
  std::optional<sync::Clock::time_point> deadline;

  // Guarded by the lock of the pool.
  State state = State::starting;
  os::Descriptor life_line;
  os::ChildProcess process;
  std::shared_ptr<ForkServer> server;  // that makes it, if one does

 private:
  struct Unsent {
    Frame frame;
    Parcel body;
  };
  std::deque<Unsent> unsent_;
  std::size_t sent_ = 0;  // bytes of the first of them
  bool has_said_all_ = false;
};

/// Its thread shares the ownership of it, so that a pool can be destroyed by a callback that runs there.
class ProcessPool final : public AcceptedCalls, public std::enable_shared_from_this<ProcessPool> {
 public:
  ProcessPool(std::size_t max_workers, std::uint64_t max_tasks, ProcessPoolOptions options);
  ~ProcessPool();

  /// Takes over the reference, or throws.
  void schedule(Outcome* call);
  void refuse_if_closed();
  void shutdown(const ShutdownOptions& options);

  /// What the destructor of the executor does: as shutdown, but never throws.
  void end() noexcept;

  void stop(os::Signal signal);

  [[nodiscard]] std::size_t max_workers() const { return max_workers_; }

 private:
  using State = ChildHandle::State;

  // For the poller.
  static constexpr std::uint64_t token_of_socket(std::size_t index) { return 2 * index; }
  static constexpr std::uint64_t token_of_end(std::size_t index) { return 2 * index + 1; }

  struct HandedOut {
    Outcome* call = nullptr;  // null: the place is free
    std::uint64_t number = 0;
  };

  /// Calls that were found to be cancelled. Given back where no lock is held: their destructors are code of the user's.
  struct Dropped {
    explicit Dropped(ProcessPool& its_pool) : pool(its_pool) {}
    ~Dropped() {
      for (Outcome* const call : calls) pool.drop(call);
    }
    Dropped(const Dropped&) = delete;
    Dropped& operator=(const Dropped&) = delete;

    ProcessPool& pool;
    std::vector<Outcome*> calls;
  };

  // Accepting.
  [[noreturn]] void refuse();
  void start();
  [[nodiscard]] bool accept(Outcome* call);
  static void fail_alone(Outcome* call, std::exception_ptr error);

  // Handing out.
  void hand_out(Dropped& dropped) CONCURRENT_FUTURES_REQUIRES(mutex_);
  void wake_a_child() CONCURRENT_FUTURES_REQUIRES(mutex_);
  void send(ChildHandle& child, const Frame& frame, Parcel body = {}) CONCURRENT_FUTURES_REQUIRES(mutex_);
  void learn_duration(std::uint32_t microseconds) CONCURRENT_FUTURES_REQUIRES(mutex_);
  [[nodiscard]] bool lacks_child() const CONCURRENT_FUTURES_REQUIRES(mutex_);
  [[nodiscard]] bool could_use_child() const CONCURRENT_FUTURES_REQUIRES(mutex_);

  // What the thread does.
  void work();
  void start_thread() CONCURRENT_FUTURES_REQUIRES(mutex_);
  void replace_thread();
  void try_to_handle(std::uint64_t token);
  [[nodiscard]] std::optional<sync::Clock::time_point> next_deadline();
  void handle(std::uint64_t token);
  void send_rest(ChildHandle& child);
  void receive(ChildHandle& child);
  void give_up(ChildHandle& child, const std::string& why);
  [[nodiscard]] bool handle(ChildHandle& child, const FrameReader::Message& message);
  [[nodiscard]] bool take_messages(ChildHandle& child);
  void take_beginning(ChildHandle& child);
  [[nodiscard]] bool take_arriving(ChildHandle& child, std::size_t bytes);
  [[nodiscard]] bool complete(ChildHandle& child, const FrameReader::Message& message, Landing* landing = nullptr);
  void finish(Outcome& call, const FrameReader::Message& message, Landing* landing);
  [[nodiscard]] bool send_arguments(ChildHandle& child, const Frame& frame);
  [[nodiscard]] Outcome* called(const Frame& frame) const CONCURRENT_FUTURES_REQUIRES(mutex_);
  void set_state(ChildHandle& child, State state);
  void check_deadlines();

  // Which children there are.
  void start_children();
  void start_child() CONCURRENT_FUTURES_REQUIRES(mutex_);
  void make_process(ChildHandle& child, os::ChildEnds ends) const;
  void watch(ChildHandle& child) CONCURRENT_FUTURES_REQUIRES(mutex_);
  void meet(ChildHandle& child);
  void lack_child(const std::exception_ptr& why);
  void say_hello(ChildHandle& child) CONCURRENT_FUTURES_REQUIRES(mutex_);
  void lose_child(std::size_t index);
  [[nodiscard]] std::size_t count(State state) const CONCURRENT_FUTURES_REQUIRES(mutex_);
  [[nodiscard]] std::size_t count_children() const CONCURRENT_FUTURES_REQUIRES(mutex_);

  // How it ends.
  void close();
  void cancel_all();
  [[nodiscard]] bool end_when_done();
  void give_back() CONCURRENT_FUTURES_REQUIRES(mutex_);
  void break_down(const std::string& why);
  void join();
  void let_go();
  void let_go_of_threads() CONCURRENT_FUTURES_REQUIRES(mutex_);
  [[nodiscard]] bool is_own_thread() const;

  const std::size_t max_workers_;
  const std::uint64_t max_tasks_;
  const StartMethod start_method_;
  const ProcessInitializer initializer_;

  sync::Mutex mutex_;
  bool started_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = false;
  bool stopped_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = false;               // terminate_workers or kill_workers
  std::optional<std::string> broken_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);  // why
  bool is_ending_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = false;             // the children were told so
  std::vector<std::unique_ptr<ChildHandle>> children_;  // by index; changed by the thread, under mutex_
  SharedCalls calls_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);
  std::vector<HandedOut> handed_out_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);  // by place
  std::vector<std::size_t> free_places_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);
  std::size_t outstanding_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;  // calls that are handed out
  std::size_t queued_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;  // at least so many are in the queue, or it is empty
  std::uint64_t latest_number_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;
  std::size_t ahead_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;        // calls that may be handed out in advance
  std::size_t short_calls_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = 0;  // in a row
  std::optional<sync::Clock::time_point> ask_again_at_
      CONCURRENT_FUTURES_GUARDED_BY(mutex_);  // for a child, after none could be had
  std::optional<sync::Clock::time_point> kill_at_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);  // what lives on then
  std::string thread_name_;  // written before the first thread is started
  sync::Thread thread_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);
  sync::Thread lost_ CONCURRENT_FUTURES_GUARDED_BY(mutex_);        // was ended by a callback
  bool on_its_own_ CONCURRENT_FUTURES_GUARDED_BY(mutex_) = false;  // nobody will join the threads

  sync::Mutex join_mutex_;  // held while joining; taken before mutex_

  std::optional<os::Poller> poller_;              // from start() until the thread ends; made and ended under mutex_
  std::shared_ptr<ProcessPool> never_destroyed_;  // itself, in a child that was forked off; else null
};

}  // namespace detail
CONCURRENT_FUTURES_END
