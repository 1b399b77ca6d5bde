// WaitGraph: finds out whether a blocked worker can go on.
//
// It relies on all others being able to, before this one blocked. So where nobody depends on the worker that
// blocks, they still are, and one look at what it waits for is enough. Only else, or where some have been given up, is
// there a search, from the worker along what is needed: depth first, and no further than the answer requires. What
// cannot be answered yet is left as a dependant of that on which it depends, and is told when that is settled. So no
// edge is looked at twice, and what is not settled in the end is the knot.
//
// Cost, in looks: of a wait for a call that is pending where threads are left, or that runs and is not blocked, or of a
// worker for which no worker waits: its own outcomes. Else at most all edges that lead on from it; so n waits that
// each join two long chains are quadratic, which neither nesting, fans, pipelines nor rings do.

#pragma once

#include <concurrent/futures/detail/deadlock.hpp>
#include <cstdint>
#include <string>

CONCURRENT_FUTURES_BEGIN
namespace detail {

/// All its functions are called under the lock of the graph. None allocates memory but knot().
class WaitGraph {
 public:
  void add(BlockedWorker& node) noexcept;
  void remove(BlockedWorker& node) noexcept;

  /// Removes all, in a forked child.
  void clear() noexcept;

  /// Of a node that has just blocked, or looks again.
  [[nodiscard]] bool can_go_on(BlockedWorker& node) noexcept;

  /// Whether somebody can start pending calls of the crew, now or later; true where nobody of it is blocked.
  [[nodiscard]] bool can_start_calls(const Crew& crew) noexcept;

  /// Whether the node waits for what only the parent of this process could finish.
  [[nodiscard]] static bool needs_parent(const BlockedWorker& node) noexcept;

  /// Names the workers that wait for one another, where the last search has answered no. Empty where memory runs out.
  [[nodiscard]] std::string knot() const noexcept;

  /// Refuses waits of that knot until the answer is yes: first those that need none of the others, so that no more are
  /// refused than must be. Returns whether it is yes; it is not where nobody is left who can be woken.
  bool untie(const std::string& text) noexcept;

  /// To be called where it is not, and the worker waits all the same: refuses whatever began to rely on it before, and
  /// remembers those that can never go on.
  void give_up() noexcept;

  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  [[nodiscard]] static bool has_dependants(const BlockedWorker& node);

  bool search(Vertex& start, const BlockedWorker* alone) noexcept;
  void enter(Vertex& vertex) noexcept;
  void push(Vertex& vertex) noexcept;
  void pop() noexcept;

  void step(BlockedWorker& node) noexcept;
  void look_at(WaiterLink& link, BlockedWorker& node) noexcept;
  void await_end(BlockedWorker& node) noexcept;
  void finish(BlockedWorker& node) noexcept;
  void step(CrewVertex& crew) noexcept;

  void settle(BlockedWorker& node, const WaiterLink* hope) noexcept;
  void announce() noexcept;
  void satisfy(Vertex& vertex) noexcept;
  void count(BlockedWorker& member) noexcept;
  void check_end(CrewVertex& crew) noexcept;
  void refuse(BlockedWorker& node, const std::string& text) noexcept;

  [[nodiscard]] bool was_entered(const Vertex& vertex) const { return vertex.search == search_; }
  [[nodiscard]] static CrewVertex& vertex_of(const Crew& crew) { return crew.vertex_; }

  void add_to_crew(BlockedWorker& node) noexcept;
  void remove_from_crew(BlockedWorker& node) noexcept;

  CrewVertex* crews_ = nullptr;
  std::uint64_t steps_ = 0;
  std::size_t given_up_ = 0;  // blocked workers that can never go on

  // The search.
  std::uint64_t search_ = 0;
  Vertex* start_ = nullptr;
  const BlockedWorker* alone_ = nullptr;  // if not null: all others can go on
  Vertex* stack_ = nullptr;
  BlockedWorker* finished_ = nullptr;  // those that were not settled when all they need had been looked at, in order
  BlockedWorker* last_finished_ = nullptr;
  BlockedWorker* settled_ = nullptr;  // those that have not been announced
};

}  // namespace detail
CONCURRENT_FUTURES_END
