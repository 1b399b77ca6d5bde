#include <concurrent/futures/detail/deadlock.hpp>
#include <concurrent/futures/detail/wait_graph.hpp>
#include <concurrent/futures/errors.hpp>
#include <concurrent/futures/log.hpp>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

struct CurrentWorker;
using Current = sync::Local<Worker, CurrentWorker>;
struct LatestCrew;
using Latest = sync::LocalNumber<LatestCrew>;

sync::Atomic<std::uint64_t> crews{0};

sync::Mutex graph_mutex;
constinit WaitGraph graph CONCURRENT_FUTURES_GUARDED_BY(graph_mutex);

// The threads that are blocked in the parent do not exist in the child.
const sync::AtFork graph_in_child([] { graph_mutex.lock(); }, [] { graph_mutex.unlock(); },
                                  []() CONCURRENT_FUTURES_REQUIRES(graph_mutex) {
                                    graph.clear();
                                    Current::set(nullptr);  // nor is the one that forked a worker in the child
                                    Latest::set(0);
                                    graph_mutex.unlock();
                                  });

void log_knot(const char* what, const std::string& knot) noexcept {
  try {
    log(Severity::error, what + (": " + knot), nullptr);
  } catch (...) {
    log(Severity::error, what, nullptr);
  }
}

}  // namespace

// --- Crews and workers --------------------------------------------------------------------------

Crew::Crew(std::size_t limit, bool detects_deadlocks, bool runs_elsewhere)
    : number_(crews.fetch_add(1) + 1),
      limit_(limit),
      detects_deadlocks_(detects_deadlocks),
      runs_elsewhere_(runs_elsewhere),
      attainable_(limit) {}

// Whoever looks at the graph may be looking at this crew through one of its pending calls.
Crew::~Crew() { const sync::Lock lock(graph_mutex); }

void Crew::look_for_knots() const noexcept {
  bool is_untied = true;
  std::string knot;
  {
    const sync::Lock lock(graph_mutex);
    if (graph.can_start_calls(*this)) return;
    knot = graph.knot();
    is_untied = graph.untie(knot);
    if (!is_untied) graph.give_up();
  }
  log_knot(is_untied ? "no further thread can be had, so a wait that had begun was refused"
                     : "no further thread can be had, so a destructor or a shutdown waits for ever",
           knot);
}

Worker::Worker(const Crew& crew, std::string name) : crew_(crew), name_(std::move(name)) {
  Current::set(this);
  Latest::set(crew.number());
  become_worker();
}
Worker::~Worker() { Current::set(nullptr); }
Worker* Worker::current() { return Current::get(); }
bool Worker::is_or_was_of(const Crew& crew) { return Latest::get() == crew.number(); }

Running::Running(const Outcome* call, const Crew* cancelled)
    : worker_(Worker::current()), duty_{call, cancelled, worker_ != nullptr ? worker_->duties_ : nullptr} {
  if (worker_ != nullptr) worker_->duties_ = &duty_;
}

Running::~Running() {
  if (worker_ != nullptr) worker_->duties_ = duty_.outer;
}

// --- Blocking -----------------------------------------------------------------------------------

BlockedWorker::BlockedWorker(const WaitFor& wait, Waiter* waiter, const Worker* worker)
    : Vertex(Kind::worker),
      worker_(worker != nullptr && worker->crew().detects_deadlocks() ? worker : nullptr),
      wait_(wait),
      waiter_(waiter) {}

BlockedWorker::~BlockedWorker() {
  if (!is_concerned()) return;
  const sync::Lock lock(graph_mutex);
  remove();
}

void BlockedWorker::look() {
  if (!is_concerned()) return;
  const sync::Lock lock(graph_mutex);
  enter();
  if (graph.can_go_on(*this)) return;
  const struct Leave {
    BlockedWorker& node;
    ~Leave() { node.remove(); }
  } leave{*this};
  if (WaitGraph::needs_parent(*this)) refuse_to_wait_in_child();
  throw DeadlockError(graph.knot());
}

bool BlockedWorker::insist() noexcept {
  if (!is_concerned()) return true;
  bool can_end = true;
  std::string knot;
  {
    const sync::Lock lock(graph_mutex);
    insists_ = true;
    enter();
    if (graph.can_go_on(*this)) return true;
    knot = graph.knot();
    can_end = graph.untie(knot);
    if (!can_end) {
      if (wait_.crew != nullptr) {
        remove();
      } else {
        graph.give_up();
      }
    }
  }
  log_knot(can_end ? "a destructor waits for threads that waited for it, so a wait that had begun was refused"
           : wait_.crew != nullptr ? "a destructor does not wait for the threads of its pool, which wait for it"
                                   : "a destructor waits for ever for a call that waits for it",
           knot);
  return can_end;
}

void BlockedWorker::leave() {
  if (!is_concerned()) return;
  const sync::Lock lock(graph_mutex);
  remove();
  if (refused_) throw DeadlockError(refusal_);
}

void BlockedWorker::enter() noexcept CONCURRENT_FUTURES_REQUIRES(graph_mutex) {
  if (!std::exchange(in_graph_, true)) graph.add(*this);
}

void BlockedWorker::remove() noexcept CONCURRENT_FUTURES_REQUIRES(graph_mutex) {
  if (std::exchange(in_graph_, false)) graph.remove(*this);
}

bool block(Waiter& waiter, const WaitFor& wait, const Deadline& deadline) {
  if (deadline) return waiter.sleep(deadline) == Waiter::Woken::satisfied;
  BlockedWorker blocked(wait, &waiter);
  do blocked.look();
  while (waiter.sleep(deadline) == Waiter::Woken::hope_is_lost);
  blocked.leave();
  return true;
}

std::uint64_t detection_steps() {
  const sync::Lock lock(graph_mutex);
  return graph.steps();
}

}  // namespace detail
CONCURRENT_FUTURES_END
