// World: makes what a test needs, and puts it away in an order that cannot hang by itself.

#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <set>
#include <src/arena.hpp>
#include <src/descendants.hpp>
#include <src/ledger.hpp>
#include <src/test_record.hpp>
#include <stdexcept>
#include <touchstone/test.hpp>
#include <typeinfo>
#include <utility>

namespace touchstone {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto quiet_time = std::chrono::milliseconds(20);
constexpr auto patience_for_blocking = std::chrono::seconds(5);
constexpr auto first_pause = std::chrono::microseconds(50);
constexpr auto longest_pause = std::chrono::milliseconds(1);

Clock::duration scaled(Clock::duration time) {
  return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(time) * time_scale());
}

/// Pauses between two looks at a condition: short at first, so that what happens soon is seen soon.
class Pacer {
 public:
  void pause() {
    std::this_thread::sleep_for(pause_);
    pause_ = std::min<Clock::duration>(pause_ * 2, longest_pause);
  }

 private:
  Clock::duration pause_ = first_pause;
};

std::string read_file(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return {};
  std::array<char, 4096> buffer;
  std::string content;
  ssize_t length;
  while ((length = read(descriptor, buffer.data(), buffer.size())) > 0) {
    content.append(buffer.data(), static_cast<std::size_t>(length));
  }
  close(descriptor);
  return content;
}

/// Where a thread of this process sleeps and how often it went to sleep, or nothing if it is awake.
std::string sleep_of(pid_t thread) {
  const std::string folder = "/proc/self/task/" + std::to_string(thread);
  const std::string status = read_file(folder + "/status");
  if (status.find("\nState:\tS") == std::string::npos) return {};
  const std::size_t switches = status.find("\nvoluntary_ctxt_switches");
  return (switches == std::string::npos ? "" : status.substr(switches)) + read_file(folder + "/syscall");
}

}  // namespace

struct World::State {
  // One thread of a test. The id is set by the thread itself, before its body.
  struct Thread {
    std::atomic<pid_t> id = 0;
    std::atomic<bool> ended = false;
    std::jthread thread;
  };

  /// Threads of the test may still be making gates and threads while they are let go and joined.
  void open_gates() {
    const std::lock_guard lock(mutex);
    for (const GatePointer& gate : gates) gate->open();
  }

  /// To be done before the executors go: a thread of the test may be inside one of them.
  void join_threads() {
    for (std::size_t index = 0;; ++index) {
      std::unique_lock lock(mutex);
      if (index == threads.size()) return;
      std::jthread& thread = threads[index].thread;
      lock.unlock();
      if (thread.joinable()) thread.join();
    }
  }

  std::set<std::string> capabilities;
  bool body_has_ended = false;
  std::mutex mutex;  // guards all below
  std::vector<GatePointer> gates;
  std::vector<std::unique_ptr<Executor>> executors;
  std::deque<Thread> threads;  // a deque, for references that stay valid
};

World::World(Subject& subject, std::uint64_t seed) : subject_(subject), seed_(seed), state_(std::make_unique<State>()) {
  state_->capabilities = subject.capabilities();
  (void)Arena::of_this_process();  // before there are threads, and before any worker may look for it
  subject.before_test();
  note_descendants();
}

void World::end_body() {
  if (std::exchange(state_->body_has_ended, true)) return;
  record_event("the test's body has ended");
  state_->open_gates();
  state_->join_threads();
}

World::~World() {
  end_body();
  while (!state_->executors.empty()) {
    record_event("destroying executor " + std::to_string(state_->executors.size()));
    state_->executors.pop_back();
  }
  record_event("all executors are destroyed");
}

bool World::has(std::string_view capability) const { return state_->capabilities.contains(std::string(capability)); }

Executor& World::make(const Configuration& configuration) {
  std::unique_ptr<Executor> executor = subject_.make(configuration);
  if (executor == nullptr) throw std::logic_error("the subject's make() returned no executor");
  Executor& result = *executor;
  const std::lock_guard lock(state_->mutex);
  state_->executors.push_back(std::move(executor));
  record_event("executor " + std::to_string(state_->executors.size()) + " made");
  return result;
}

void World::destroy(Executor& executor) {
  std::unique_ptr<Executor> doomed;
  {
    const std::lock_guard lock(state_->mutex);
    const auto found =
        std::find_if(state_->executors.begin(), state_->executors.end(),
                     [&executor](const std::unique_ptr<Executor>& each) { return each.get() == &executor; });
    if (found == state_->executors.end()) throw std::logic_error("destroy() of an executor that make() did not give");
    doomed = std::move(*found);
    state_->executors.erase(found);
  }
  record_event("destroying an executor");
  doomed.reset();
  record_event("the executor is destroyed");
}

GatePointer World::gate(const std::string& name) {
  auto gate = std::make_shared<Gate>(name);
  const std::lock_guard lock(state_->mutex);
  state_->gates.push_back(gate);
  return gate;
}

MarkPointer World::mark(const std::string& name) { return std::make_shared<Mark>(name); }

std::jthread& World::thread(std::function<void()> body) {
  const std::lock_guard lock(state_->mutex);
  State::Thread& record = state_->threads.emplace_back();
  const std::string name = "test-thread-" + std::to_string(state_->threads.size());
  record.thread = std::jthread([&record, name, body = std::move(body)] {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    record.id = static_cast<pid_t>(syscall(SYS_gettid));
    try {
      body();
    } catch (const std::exception& error) {
      ADD_FAILURE_AT("", 0) << "a thread of the test threw " << typeid(error).name() << ": " << error.what();
    } catch (...) {
      ADD_FAILURE_AT("", 0) << "a thread of the test threw something that is no std::exception";
    }
    record.ended = true;
  });
  return record.thread;
}

bool World::await_blocked(std::jthread& thread) {
  State::Thread* record = nullptr;
  {
    const std::lock_guard lock(state_->mutex);
    for (State::Thread& each : state_->threads) {
      if (&each.thread == &thread) record = &each;
    }
  }
  if (record == nullptr) throw std::logic_error("await_blocked() of a thread that thread() did not give");
  const Clock::time_point end = Clock::now() + scaled(patience_for_blocking);
  // Seen asleep twice, with no awakening in between: passing a lock that somebody holds for a moment
  // is not yet waiting.
  std::string previous;
  for (Pacer pacer; Clock::now() < end && !record->ended; pacer.pause()) {
    std::string current = record->id == 0 ? std::string() : sleep_of(record->id);
    if (!current.empty() && current == previous) return true;
    previous = std::move(current);
  }
  return false;
}

bool World::stays_quiet(const std::function<bool()>& happened) {
  const Clock::time_point end = Clock::now() + scaled(quiet_time);
  for (Pacer pacer; Clock::now() < end; pacer.pause()) {
    if (happened()) return false;
  }
  return !happened();
}

void World::let_settle() {
  (void)stays_quiet([] { return false; });
}

void World::await(const std::function<bool()>& condition) {
  for (Pacer pacer; !condition(); pacer.pause()) {
  }
}

void World::witness(bool seen, std::string sentence) {
  record_event((seen ? "witness: " : "no witness: ") + sentence);
  test_record().add_witness(seen, std::move(sentence));
}

void World::choose(std::string alternative) {
  record_event("choice: " + alternative);
  test_record().set_choice(std::move(alternative));
}

void World::note(std::string_view event) { record_event(event); }

}  // namespace touchstone
