#include <algorithm>
#include <concurrent/futures/detail/deadlock.hpp>
#include <concurrent/futures/errors.hpp>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// All blocked workers of the program. Its functions are called under graph_mutex.
class WaitGraph {
 public:
  // At the end: whoever blocks later mostly waits for those who blocked before, so that a walk from the first to the
  // last finds out about those before it comes to him.
  void add(BlockedWorker& node) {
    node.next_ = nullptr;
    *end_ = &node;
    end_ = &node.next_;
  }

  void remove(const BlockedWorker& node) {
    BlockedWorker** place = &first_;
    while (*place != &node) place = &(*place)->next_;
    *place = node.next_;
    if (end_ == &node.next_) end_ = place;
  }

  void clear() {
    first_ = nullptr;
    end_ = &first_;
  }

  [[nodiscard]] bool would_block_for_ever(const BlockedWorker& node) const {
    for (BlockedWorker* other = first_; other != nullptr; other = other->next_) other->can_go_on_ = false;
    for (bool changed = true; changed && !node.can_go_on_;) {
      changed = false;
      for (BlockedWorker* other = first_; other != nullptr; other = other->next_) {
        if (other->can_go_on_ || !can_go_on(*other)) continue;
        other->can_go_on_ = changed = true;
      }
    }
    return !node.can_go_on_;
  }

  /// Names the workers that wait for one another.
  [[nodiscard]] std::string knot() const {
    std::string text = "this wait would never end:";
    for (const BlockedWorker* node = first_; node != nullptr; node = node->next_) {
      if (node->can_go_on_) continue;
      text += (text.back() == ':' ? " " : "; ") + node->worker_->name() + " waits for " + object_of(node->wait_);
    }
    return text;
  }

 private:
  [[nodiscard]] bool can_go_on(const BlockedWorker& node) const {
    const WaitFor& wait = node.wait_;
    if (wait.crew != nullptr) return nobody_is_stuck(*wait.crew);
    for (const Outcome* outcome : wait.outcomes) {
      if (can_finish(*outcome) != wait.every) return !wait.every;
    }
    return wait.every;
  }

  [[nodiscard]] bool can_finish(const Outcome& outcome) const {
    switch (outcome.state()) {
      case State::running:
        return !is_run_by_stuck_worker(outcome);
      case State::pending:
        return outcome.crew() == nullptr || somebody_can_start_calls(*outcome.crew());
      default:
        return true;
    }
  }

  [[nodiscard]] bool is_run_by_stuck_worker(const Outcome& outcome) const {
    for (const BlockedWorker* node = first_; node != nullptr; node = node->next_) {
      if (node->can_go_on_) continue;
      for (const RunningCall* call = node->worker_->running(); call != nullptr; call = call->outer) {
        if (call->outcome == &outcome) return true;
      }
    }
    return false;
  }

  [[nodiscard]] std::size_t stuck_workers(const Crew& crew) const {
    std::size_t count = 0;
    for (const BlockedWorker* node = first_; node != nullptr; node = node->next_) {
      if (&node->worker_->crew() == &crew && !node->can_go_on_) ++count;
    }
    return count;
  }

  [[nodiscard]] bool somebody_can_start_calls(const Crew& crew) const {
    return stuck_workers(crew) < crew.attainable();
  }
  [[nodiscard]] bool nobody_is_stuck(const Crew& crew) const { return stuck_workers(crew) == 0; }

  [[nodiscard]] static std::string object_of(const WaitFor& wait) {
    if (wait.crew != nullptr) return "the end of a pool";
    std::size_t pending = 0;
    std::size_t running = 0;
    for (const Outcome* outcome : wait.outcomes) {
      if (outcome->state() == State::pending) ++pending;
      if (outcome->state() == State::running) ++running;
    }
    std::string text = wait.outcomes.size() == 1 ? "a future" : wait.every ? "all futures" : "the first future";
    text += wait.outcomes.size() == 1 ? " that is " : " of which there are ";
    if (wait.outcomes.size() == 1) return text + (running == 1 ? "running" : "pending");
    return text + std::to_string(pending) + " pending and " + std::to_string(running) + " running";
  }

  BlockedWorker* first_ = nullptr;
  BlockedWorker** end_ = &first_;
};

namespace {

struct CurrentWorker;
using Current = sync::Local<Worker, CurrentWorker>;
struct LatestCrew;
using Latest = sync::LocalNumber<LatestCrew>;

sync::Atomic<std::uint64_t> crews{0};

sync::Mutex graph_mutex;
constinit WaitGraph graph;

// The threads that are blocked in the parent do not exist in the child.
const sync::AtFork graph_in_child([] { graph_mutex.lock(); }, [] { graph_mutex.unlock(); },
                                  [] {
                                    graph.clear();
                                    Current::set(nullptr);  // nor is the one that forked a worker in the child
                                    Latest::set(0);
                                    graph_mutex.unlock();
                                  });

bool is_left_to_parent(const Outcome* outcome) {
  // Until it is done, its pool exists: whoever would destroy the crew waits for the lock.
  return !outcome->done() && outcome->crew() != nullptr && !outcome->crew()->home().is_here();
}

void refuse_what_only_the_parent_could_finish(const WaitFor& wait) {
  if (forks() == 0 || wait.outcomes.empty()) return;
  const sync::Lock lock(graph_mutex);
  const bool refused = wait.every ? std::ranges::any_of(wait.outcomes, is_left_to_parent)
                                  : std::ranges::all_of(wait.outcomes, is_left_to_parent);
  if (refused) refuse_to_wait_in_child();
}

const Worker* detecting_worker() {
  const Worker* const worker = Worker::current();
  return worker != nullptr && worker->crew().detects_deadlocks() ? worker : nullptr;
}

}  // namespace

Crew::Crew(std::size_t limit, bool detects_deadlocks)
    : number_(crews.fetch_add(1) + 1), limit_(limit), detects_deadlocks_(detects_deadlocks), attainable_(limit) {}

// Whoever looks at the graph may be looking at this crew through one of its pending calls.
Crew::~Crew() { const sync::Lock lock(graph_mutex); }

Worker::Worker(const Crew& crew, std::string name) : crew_(crew), name_(std::move(name)) {
  Current::set(this);
  Latest::set(crew.number());
  become_worker();
}
Worker::~Worker() { Current::set(nullptr); }
Worker* Worker::current() { return Current::get(); }
bool Worker::is_or_was_of(const Crew& crew) { return Latest::get() == crew.number(); }

Running::Running(const Outcome& outcome)
    : worker_(Worker::current()), call_{&outcome, worker_ != nullptr ? worker_->running_ : nullptr} {
  if (worker_ != nullptr) worker_->running_ = &call_;
}

Running::~Running() {
  if (worker_ != nullptr) worker_->running_ = call_.outer;
}

BlockedWorker::BlockedWorker(WaitFor wait, const Deadline& deadline)
    : worker_(deadline ? nullptr : detecting_worker()), wait_(wait) {
  if (!deadline) refuse_what_only_the_parent_could_finish(wait_);
  if (worker_ == nullptr) return;
  const sync::Lock lock(graph_mutex);
  graph.add(*this);
  if (!graph.would_block_for_ever(*this)) return;
  struct Leave {
    const BlockedWorker& node;
    ~Leave() { graph.remove(node); }
  } const leave{*this};
  throw DeadlockError(graph.knot());
}

BlockedWorker::BlockedWorker(WaitFor wait) noexcept : worker_(detecting_worker()), wait_(wait) {
  if (worker_ == nullptr) return;
  const sync::Lock lock(graph_mutex);
  graph.add(*this);
}

BlockedWorker::~BlockedWorker() {
  if (worker_ == nullptr) return;
  const sync::Lock lock(graph_mutex);
  graph.remove(*this);
}

}  // namespace detail
CONCURRENT_FUTURES_END
