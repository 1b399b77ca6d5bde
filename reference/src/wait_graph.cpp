#include <algorithm>
#include <concurrent/futures/detail/wait_graph.hpp>
#include <sstream>
#include <string>
#include <utility>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

// As a future prints itself, and where the call was written.
std::string name_of(const Outcome& outcome) {
  std::ostringstream text;
  text << "<Future at " << static_cast<const void*>(&outcome)
       << " state=" << (outcome.state() == State::running ? "running" : "pending") << '>';
  if (!outcome.callable().empty()) text << " of " << outcome.callable();
  return text.str();
}

std::string object_of(const WaitFor& wait) {
  if (wait.need == WaitFor::Need::end) return "the end of a pool";
  if (wait.links.size() == 1 && wait.links.front().outcome() != nullptr) return name_of(*wait.links.front().outcome());
  std::size_t pending = 0;
  std::size_t running = 0;
  for (const WaiterLink& link : wait.links) {
    if (link.outcome() == nullptr) continue;
    if (link.outcome()->state() == State::pending) ++pending;
    if (link.outcome()->state() == State::running) ++running;
  }
  return std::string(wait.need == WaitFor::Need::all ? "all futures" : "the first future") + " of which there are " +
         std::to_string(pending) + " pending and " + std::to_string(running) + " running";
}

/// Who can finish an outcome, at one moment. The producer comes first: see Outcome::producer(). Until the outcome is
/// done, its pool exists: whoever would destroy the crew waits for the lock.
struct Prospect {
  explicit Prospect(const Outcome& outcome)
      : producer(outcome.producer()), being_cancelled(outcome.is_being_cancelled()), state(outcome.state()) {}

  [[nodiscard]] CrewVertex* crew() const {
    return is_done(state) || producer == nullptr || producer->kind != Vertex::Kind::crew
               ? nullptr
               : static_cast<CrewVertex*>(producer);
  }
  [[nodiscard]] bool is_left_to_parent() const {
    return forks() != 0 && crew() != nullptr && !crew()->crew.home().is_here();
  }

  Vertex* const producer;
  const bool being_cancelled;  // by any thread
  const State state;
};

// Null: the outcome can finish.
Vertex* needed_by(const Prospect& outcome) {
  CrewVertex* const crew = outcome.crew();
  if (outcome.being_cancelled) return nullptr;
  if (crew == nullptr) return outcome.state == State::running ? outcome.producer : nullptr;
  // The thread that runs it is not blocked. But what runs in another process needs a thread here to take note of its
  // end.
  if (outcome.state == State::running && !crew->crew.runs_elsewhere()) return nullptr;
  return crew->blocked < crew->crew.attainable() ? nullptr : crew;
}

void block_call(const Duty& duty, Vertex& worker) {
  Vertex* const producer = duty.call->producer();
  if (producer == nullptr || producer->kind == Vertex::Kind::crew) duty.producer = producer;
  duty.call->set_producer(&worker);
}

void unblock_call(const Duty& duty) { duty.call->set_producer(duty.producer); }

}  // namespace

// --- Who is blocked -----------------------------------------------------------------------------

void WaitGraph::add(BlockedWorker& node) noexcept {
  if (node.wait_.crew != nullptr) ++vertex_of(*node.wait_.crew).ends_awaited;
  if (node.waiter_ != nullptr) node.waiter_->blocked_ = &node;
  if (node.worker_ == nullptr) return;
  add_to_crew(node);
  for (const Duty* duty = node.worker_->duties(); duty != nullptr; duty = duty->outer) {
    if (duty->call != nullptr) block_call(*duty, node);
    // Who waits for the end of a pool in a callback of a call that it is cancelling does not wait for itself.
    if (duty->cancelled != nullptr && duty->cancelled != node.wait_.crew) vertex_of(*duty->cancelled).canceller = &node;
  }
}

void WaitGraph::remove(BlockedWorker& node) noexcept {
  if (std::exchange(node.given_up_, false)) --given_up_;
  if (node.wait_.crew != nullptr) --vertex_of(*node.wait_.crew).ends_awaited;
  if (node.waiter_ != nullptr) node.waiter_->blocked_ = nullptr;
  if (node.worker_ == nullptr) return;
  remove_from_crew(node);
  for (const Duty* duty = node.worker_->duties(); duty != nullptr; duty = duty->outer) {
    if (duty->call != nullptr) unblock_call(*duty);
    if (duty->cancelled != nullptr && duty->cancelled != node.wait_.crew)
      vertex_of(*duty->cancelled).canceller = nullptr;
  }
}

void WaitGraph::clear() noexcept {
  while (crews_ != nullptr) remove(*crews_->newest);
}

void WaitGraph::add_to_crew(BlockedWorker& node) noexcept {
  CrewVertex& crew = vertex_of(node.worker_->crew());
  node.older_ = std::exchange(crew.newest, &node);
  if (node.older_ != nullptr) node.older_->newer_ = &node;
  if (++crew.blocked > 1) return;
  crew.previous_crew = nullptr;
  crew.next_crew = std::exchange(crews_, &crew);
  if (crew.next_crew != nullptr) crew.next_crew->previous_crew = &crew;
}

void WaitGraph::remove_from_crew(BlockedWorker& node) noexcept {
  CrewVertex& crew = vertex_of(node.worker_->crew());
  (node.newer_ != nullptr ? node.newer_->older_ : crew.newest) = node.older_;
  if (node.older_ != nullptr) node.older_->newer_ = node.newer_;
  node.newer_ = node.older_ = nullptr;
  if (--crew.blocked > 0) return;
  (crew.previous_crew != nullptr ? crew.previous_crew->next_crew : crews_) = crew.next_crew;
  if (crew.next_crew != nullptr) crew.next_crew->previous_crew = crew.previous_crew;
}

// False only if no blocked worker needs that this one goes on.
bool WaitGraph::has_dependants(const BlockedWorker& node) {
  if (node.worker_ == nullptr) return false;
  const Crew& crew = node.worker_->crew();
  if (vertex_of(crew).blocked >= crew.attainable() || vertex_of(crew).ends_awaited > 0) return true;
  for (const Duty* duty = node.worker_->duties(); duty != nullptr; duty = duty->outer) {
    if (duty->call != nullptr && duty->call->awaited_by_worker()) return true;
    if (duty->cancelled != nullptr && vertex_of(*duty->cancelled).ends_awaited > 0) return true;
  }
  return false;
}

// --- Asking -------------------------------------------------------------------------------------

bool WaitGraph::can_go_on(BlockedWorker& node) noexcept {
  return search(node, given_up_ > 0 || has_dependants(node) ? nullptr : &node);
}

bool WaitGraph::can_start_calls(const Crew& crew) noexcept {
  return vertex_of(crew).blocked == 0 || search(vertex_of(crew), nullptr);
}

bool WaitGraph::needs_parent(const BlockedWorker& node) noexcept {
  return std::ranges::any_of(node.wait_.links, [](const WaiterLink& link) {
    return link.outcome() != nullptr && Prospect(*link.outcome()).is_left_to_parent();
  });
}

std::string WaitGraph::knot() const noexcept {
  try {
    std::string text;
    for (const BlockedWorker* node = finished_; node != nullptr; node = node->next_finished_) {
      if (node->settled || node->worker_ == nullptr) continue;
      text += (text.empty() ? ": " : "; ") + node->worker_->name() + " waits for " + object_of(node->wait_);
    }
    return "this wait would never end" + text;
  } catch (...) {  // without the names, rather than nothing at all
    return {};
  }
}

bool WaitGraph::untie(const std::string& text) noexcept {
  for (BlockedWorker* node = finished_; node != nullptr; node = node->next_finished_) refuse(*node, text);
  return start_->settled;
}

void WaitGraph::give_up() noexcept {
  for (const CrewVertex* crew = crews_; crew != nullptr; crew = crew->next_crew) {
    for (BlockedWorker* node = crew->newest; node != nullptr; node = node->older_) {
      if (node->given_up_ || search(*node, nullptr) || untie(knot())) continue;
      node->given_up_ = true;
      ++given_up_;
    }
  }
}

void WaitGraph::refuse(BlockedWorker& node, const std::string& text) noexcept {
  if (start_->settled || node.settled || node.waiter_ == nullptr || node.insists_) return;
  node.refused_ = true;
  try {
    node.refusal_ = text;
  } catch (...) {  // then without a word about the others
  }
  node.waiter_->refuse();
  settle(node, nullptr);
  announce();
}

// --- Searching ----------------------------------------------------------------------------------

bool WaitGraph::search(Vertex& start, const BlockedWorker* alone) noexcept {
  ++search_;
  start_ = &start;
  alone_ = alone;
  stack_ = nullptr;
  finished_ = last_finished_ = settled_ = nullptr;
  enter(start);
  while (!start.settled && stack_ != nullptr) {
    if (stack_->kind == Vertex::Kind::crew) {
      step(static_cast<CrewVertex&>(*stack_));
    } else {
      step(static_cast<BlockedWorker&>(*stack_));
    }
    announce();
  }
  return start.settled;
}

void WaitGraph::enter(Vertex& vertex) noexcept {
  if (was_entered(vertex)) return;
  ++steps_;
  vertex.search = search_;
  vertex.settled = vertex.stacked = false;
  vertex.dependants = nullptr;
  if (vertex.kind == Vertex::Kind::crew) {
    auto& crew = static_cast<CrewVertex&>(vertex);
    crew.next_member = crew.newest;
    crew.settled_members = 0;
    crew.end_awaiters = nullptr;
  } else {
    auto& node = static_cast<BlockedWorker&>(vertex);
    node.counted_ = false;
    node.looked_at_ = node.open_ = 0;
    if (node.refused_ || (alone_ != nullptr && alone_ != &node)) return settle(node, nullptr);
  }
  push(vertex);
}

void WaitGraph::push(Vertex& vertex) noexcept {
  if (std::exchange(vertex.stacked, true)) return;
  vertex.below = stack_;
  stack_ = &vertex;
}

void WaitGraph::pop() noexcept {
  stack_->stacked = false;
  stack_ = stack_->below;
}

// Looks at one more link of the node on top of the stack. Begins with the one that it relied on last, and goes on with
// those before it: futures are mostly done in the order in which they are given, so the last ones give hope longest.
void WaitGraph::step(BlockedWorker& node) noexcept {
  const std::span<WaiterLink> links = node.wait_.links;
  if (node.settled) return pop();
  if (node.wait_.need == WaitFor::Need::end) return node.looked_at_ == 0 ? await_end(node) : finish(node);
  if (node.looked_at_ == links.size()) return node.open_ == 0 ? settle(node, nullptr) : finish(node);
  const WaiterLink* const hope = node.waiter_ != nullptr ? node.waiter_->hope() : nullptr;
  const std::size_t first = hope != nullptr ? static_cast<std::size_t>(hope - links.data()) : links.size() - 1;
  look_at(links[(first + links.size() - node.looked_at_) % links.size()], node);
}

void WaitGraph::look_at(WaiterLink& link, BlockedWorker& node) noexcept {
  ++steps_;
  ++node.looked_at_;
  const Outcome* const outcome = link.outcome();
  if (outcome == nullptr) return;
  const Prospect prospect(*outcome);
  if (is_done(prospect.state)) {
    // One that returned may have been waited for in vain. But if its worker relied on it, it is awake, and looks again.
    const bool in_vain = node.wait_.need == WaitFor::Need::first_exception && prospect.state != State::threw &&
                         (&node == start_ || node.waiter_->hope() != &link);
    if (node.wait_.need != WaitFor::Need::all && !in_vain) settle(node, nullptr);
    return;
  }
  if (prospect.is_left_to_parent()) {
    ++node.open_;
    return;
  }
  if (Vertex* const needed = needed_by(prospect)) {
    enter(*needed);
    if (!needed->settled) {
      ++node.open_;
      link.next_dependant_ = std::exchange(needed->dependants, &link);
      return;
    }
  }
  if (node.wait_.need != WaitFor::Need::all) settle(node, &link);
}

void WaitGraph::await_end(BlockedWorker& node) noexcept {
  node.looked_at_ = 1;
  CrewVertex& crew = vertex_of(*node.wait_.crew);
  enter(crew);
  push(crew);
  node.next_end_awaiter_ = std::exchange(crew.end_awaiters, &node);
  if (crew.canceller != nullptr) enter(*crew.canceller);
  check_end(crew);
}

void WaitGraph::finish(BlockedWorker& node) noexcept {
  pop();
  node.next_finished_ = nullptr;
  (finished_ != nullptr ? last_finished_->next_finished_ : finished_) = &node;
  last_finished_ = &node;
}

// Goes on to one more member of the crew on top of the stack.
void WaitGraph::step(CrewVertex& crew) noexcept {
  if (crew.next_member == nullptr || (crew.settled && crew.end_awaiters == nullptr)) return pop();
  ++steps_;
  BlockedWorker& member = *crew.next_member;
  crew.next_member = member.older_;
  enter(member);
  if (member.settled) count(member);
}

// --- Answering ----------------------------------------------------------------------------------

void WaitGraph::settle(BlockedWorker& node, const WaiterLink* hope) noexcept {
  if (std::exchange(node.settled, true)) return;
  node.next_settled_ = std::exchange(settled_, &node);
  if (hope != nullptr && node.waiter_ != nullptr) node.waiter_->rely_on(*hope);
}

void WaitGraph::announce() noexcept {
  while (settled_ != nullptr) {
    BlockedWorker& node = *settled_;
    settled_ = node.next_settled_;
    satisfy(node);
    if (node.worker_ == nullptr) continue;
    if (was_entered(vertex_of(node.worker_->crew()))) count(node);
    for (const Duty* duty = node.worker_->duties(); duty != nullptr; duty = duty->outer) {
      if (duty->cancelled != nullptr && was_entered(vertex_of(*duty->cancelled)))
        check_end(vertex_of(*duty->cancelled));
    }
  }
}

// What depends on the vertex need not wait for it.
void WaitGraph::satisfy(Vertex& vertex) noexcept {
  for (WaiterLink* link = std::exchange(vertex.dependants, nullptr); link != nullptr; link = link->next_dependant_) {
    ++steps_;
    BlockedWorker& node = *link->waiter_->blocked_;
    if (node.wait_.need != WaitFor::Need::all) {
      settle(node, link);
    } else if (--node.open_ == 0 && node.looked_at_ == node.wait_.links.size()) {
      settle(node, nullptr);
    }
  }
}

void WaitGraph::count(BlockedWorker& member) noexcept {
  if (std::exchange(member.counted_, true)) return;
  const Crew& crew = member.worker_->crew();
  CrewVertex& vertex = vertex_of(crew);
  ++vertex.settled_members;
  if (!vertex.settled && vertex.blocked - vertex.settled_members < crew.attainable()) {
    vertex.settled = true;
    satisfy(vertex);
  }
  check_end(vertex);
}

void WaitGraph::check_end(CrewVertex& crew) noexcept {
  if (crew.settled_members != crew.blocked) return;
  if (crew.canceller != nullptr && !(was_entered(*crew.canceller) && crew.canceller->settled)) return;
  for (BlockedWorker* node = std::exchange(crew.end_awaiters, nullptr); node != nullptr;
       node = node->next_end_awaiter_) {
    settle(*node, nullptr);
  }
}

}  // namespace detail
CONCURRENT_FUTURES_END
