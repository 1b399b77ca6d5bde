// Batch: some calls of one map, side by side in one block of memory, which the queue of a pool holds as one entry.
//
// Nobody ever sees the futures of a map's calls. So each is no more than an Outcome with its arguments and its result,
// an element, and all share one callable. The thread that maps constructs an element and adds it to the batch at once.
// Workers claim them in order, without the lock of the queue, but for the last one: whoever claims that also has to
// take the batch out of the queue. So a batch is in the queue as long as it has unclaimed elements, but for one
// exception: who cancels a map claims the rest of it, and may leave the empty batch in the queue.
//
// An element belongs to whoever claimed it; he runs it, or cancels it, or lets it fail. Whoever is the last to do so
// lets go of the callable before he publishes what his element came to (SUB-018).
//
// An executor of the user's own has no such queue: each element is claimed at once, and travels alone, as a Work.

#pragma once

#include <concurrent/futures/detail/outcome.hpp>
#include <concurrent/futures/detail/queue_entry.hpp>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>

CONCURRENT_FUTURES_BEGIN
namespace detail {

class Crew;

/// Which elements of a batch somebody has claimed: those from `begin` to before `end`.
struct Claim {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool last = false;  // there is no unclaimed one behind them

  [[nodiscard]] bool empty() const { return begin == end; }
};

/// Thread safety: one thread adds, the others claim, concurrently.
/// Memory order: sequentially consistent; an element that was added is visible to whoever claims it.
class Batch : public QueueEntry {
 public:
  static constexpr std::size_t most = 0xFFFF;  // elements

  [[nodiscard]] virtual Outcome& element(std::size_t index) = 0;

  /// Destroys what an element returned or threw. For who reads the results, once the element is done.
  virtual void drop_result(std::size_t index) noexcept = 0;

  // References keep the block alive: the results of the map have one, the queue, and each worker that is inside.

  void retain() { references_.fetch_add(1); }
  void release() {
    if (drop()) destroy();
  }
  /// As release(), but if this was the last reference, it returns true, and destroy() is left to the caller.
  [[nodiscard]] bool drop() { return references_.fetch_sub(1) == 1; }
  virtual void destroy() noexcept = 0;

  // Adding, for the one thread that maps.

  /// Lets the element behind the last one be claimed. Returns false if there was no unclaimed one before it: then the
  /// batch is in no queue, or about to leave it, and the caller must push it, or else withdraw the element.
  [[nodiscard]] bool add();
  void withdraw();

  /// Lets the element behind the last one travel alone. Until it has ended, it holds the batch.
  [[nodiscard]] Outcome& add_alone();
  void withdraw_alone();
  /// The elements that travel alone, if any, are not held by the list of batches any more.
  void release_alone();

  [[nodiscard]] std::size_t size() const { return added(word_.load()); }

  // Claiming.

  /// Claims up to `count` elements, and makes the caller one of those who use the batch, unless there is none.
  [[nodiscard]] Claim claim(std::size_t count);

  /// Claims up to `count` more elements, for who uses the batch. Never the last one.
  [[nodiscard]] Claim claim_more(std::size_t count);

  /// What the caller has claimed has run, and he will claim no more. What it came to is published after this.
  void leave();

  // Ending what nobody has started. Returns what it has claimed.

  Claim cancel_rest();

  // The same in steps, for who cancels several calls: as those of Outcome.
  void begin_quiet_cancel();
  void let_go_quietly();
  void publish_quiet_cancel();

  /// `error` makes an exception, each element its own.
  Claim fail_rest(const std::function<std::exception_ptr()>& error);

 protected:
  explicit Batch(bool alone) : QueueEntry(Kind::batch), alone_(alone) {}
  virtual ~Batch() = default;

  /// Whether its elements travel alone.
  [[nodiscard]] bool alone() const { return alone_; }

  /// Between these two, somebody may need the callable.
  virtual void hold_callable() noexcept = 0;
  virtual void let_go_of_callable() noexcept = 0;

 private:
  friend class BatchList;

  // How many are claimed, how many were added, and how many threads use the batch, in one word: so exactly one thread
  // claims the last element, and exactly one is the last user.
  static constexpr std::uint64_t one_claimed = 1;
  static constexpr std::uint64_t one_added = std::uint64_t{1} << 16;
  static constexpr std::uint64_t one_user = std::uint64_t{1} << 32;
  static constexpr std::uint64_t quiet_user = std::uint64_t{1} << 63;  // who has cancelled it quietly

  [[nodiscard]] static std::size_t claimed(std::uint64_t word) { return word & most; }
  [[nodiscard]] static std::size_t added(std::uint64_t word) { return word >> 16 & most; }
  [[nodiscard]] static bool is_exhausted(std::uint64_t word) { return claimed(word) == added(word); }
  [[nodiscard]] static bool is_over(std::uint64_t word) { return is_exhausted(word) && word < one_user; }

  [[nodiscard]] Claim claim(std::size_t count, std::size_t spared, std::uint64_t users);

  const bool alone_;
  sync::Atomic<std::uint64_t> word_{0};
  sync::Atomic<std::size_t> references_{1};
  Batch* following_ = nullptr;  // of the same map; for who reads the results
};

/// What takes whole batches: a pool.
class BatchRunner {
 public:
  BatchRunner() = default;
  BatchRunner(const BatchRunner&) = delete;
  BatchRunner& operator=(const BatchRunner&) = delete;

  /// Whether the next element may join this batch: nothing was queued after it.
  [[nodiscard]] virtual bool can_extend(const Batch& batch) const = 0;

  /// The threads that run what is in it.
  [[nodiscard]] virtual const Crew& crew() const = 0;

  /// Adds the element behind the last one to the batch, and queues that if need be. Throws what schedule() does; then
  /// the element was not added.
  virtual void extend(Batch& batch) = 0;

  /// Takes the batch, all of which is claimed, out of the queue if it comes first there.
  virtual void forget(Batch& batch) = 0;

 protected:
  ~BatchRunner() = default;
};

}  // namespace detail
CONCURRENT_FUTURES_END
