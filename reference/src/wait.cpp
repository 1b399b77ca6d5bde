#include <algorithm>
#include <concurrent/futures/detail/deadlock.hpp>
#include <concurrent/futures/wait.hpp>
#include <string>

CONCURRENT_FUTURES_BEGIN
namespace detail {
namespace {

bool satisfied(std::span<Outcome* const> outcomes, ReturnWhen condition) {
  const auto done = [](const Outcome* outcome) { return outcome->done(); };
  const auto threw = [](const Outcome* outcome) { return outcome->state() == State::threw; };
  switch (condition) {
    case ReturnWhen::first_completed:
      return outcomes.empty() || std::ranges::any_of(outcomes, done);
    case ReturnWhen::first_exception:
      return std::ranges::any_of(outcomes, threw) || std::ranges::all_of(outcomes, done);
    case ReturnWhen::all_completed:
      return std::ranges::all_of(outcomes, done);
  }
  throw std::invalid_argument("unknown ReturnWhen");
}

// The links that a waiting thread has in its outcomes. However it leaves, none stays behind (WAI-022).
class Links {
 public:
  Links(std::span<Outcome* const> outcomes, Waiter& waiter, bool error_is_enough)
      : outcomes_(outcomes), links_(std::make_unique<WaiterLink[]>(outcomes.size())) {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      links_[i].attach(waiter, error_is_enough);
      if (!outcomes[i]->add(links_[i])) links_[i].completed(*outcomes[i]);
    }
  }
  ~Links() {
    for (std::size_t i = 0; i < outcomes_.size(); ++i) outcomes_[i]->remove(links_[i]);
  }
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;

 private:
  const std::span<Outcome* const> outcomes_;
  const std::unique_ptr<WaiterLink[]> links_;
};

}  // namespace

void wait(std::span<Outcome* const> outcomes, const WaitOptions& options) {
  if (satisfied(outcomes, options.return_when)) return;
  if (options.timeout.limit() && options.timeout.limit()->count() <= 0) return;
  const Deadline deadline = options.timeout.deadline();
  Nesting::run_deferred();
  const bool first = options.return_when == ReturnWhen::first_completed;
  const bool for_exception = options.return_when == ReturnWhen::first_exception;
  // An outcome that could have thrown, and returned instead, may leave only those that never finish: a worker looks
  // again after each, and so does a forked child.
  const bool looks_again = for_exception && !deadline && (Worker::current() != nullptr || forks() != 0);
  const auto waiter = std::make_unique<Waiter>(first || looks_again ? 1 : outcomes.size());
  const Links links(outcomes, *waiter, for_exception);

  std::vector<Outcome*> missing;
  for (;;) {
    missing.clear();
    std::ranges::copy_if(outcomes, std::back_inserter(missing),
                         [](const Outcome* outcome) { return !outcome->done(); });
    // What is done since the list was made counts as able to finish; what was done before may be what is waited for.
    if (satisfied(outcomes, options.return_when)) return;
    const bool every = options.return_when == ReturnWhen::all_completed;
    const BlockedWorker blocked(every ? WaitFor::all(missing) : WaitFor::any(missing), deadline);
    if (!waiter->block(deadline) || !looks_again) return;
    waiter->expect_another();
  }
}

CompletionQueue::CompletionQueue(std::vector<Outcome*> outcomes, const Timeout& timeout)
    : outcomes_(std::move(outcomes)),
      indices_(outcomes_.size()),
      deadline_(timeout.deadline()),
      links_(std::make_unique<Link[]>(outcomes_.size())),
      unfinished_(outcomes_.size()) {
  ready_.reserve(outcomes_.size());  // so that being told never throws
  for (std::size_t i = 0; i < outcomes_.size(); ++i) {
    links_[i].queue = this;
    links_[i].place = indices_[i] = i;
    if (!outcomes_[i]->add(links_[i])) told(links_[i]);
  }
}

CompletionQueue::~CompletionQueue() { exhaust(); }

void CompletionQueue::Link::completed(Outcome&) { queue->told(*this); }

void CompletionQueue::told(const Link& link) {
  if (process_.is_ancestor()) return;
  const sync::Lock lock(mutex_);
  ready_.push_back(static_cast<std::size_t>(&link - links_.get()));
  changed_.notify_one();
}

std::optional<std::size_t> CompletionQueue::take_ready() {
  const sync::Lock lock(mutex_);
  if (taken_ == ready_.size()) return std::nullopt;
  return ready_[taken_++];
}

std::optional<std::size_t> CompletionQueue::next() {
  if (unfinished_ == 0) return std::nullopt;
  if (process_.is_ancestor()) refuse_to_wait_in_child();
  std::optional<std::size_t> index = take_ready();
  if (!index) {
    await_ready();
    index = take_ready();
  }
  if (!index) {
    const std::string text =
        std::to_string(unfinished_) + " (of " + std::to_string(outcomes_.size()) + ") futures unfinished";
    exhaust();
    throw TimeoutError(text);
  }
  leave(*index);
  return index;
}

// Returns when one is ready, or the time is up.
void CompletionQueue::await_ready() {
  Nesting::run_deferred();
  const BlockedWorker blocked(WaitFor::any(std::span(outcomes_).first(unfinished_)), deadline_);
  sync::Lock lock(mutex_);
  while (taken_ == ready_.size()) {
    if (!deadline_) {
      changed_.wait(lock);
    } else if (sync::Clock::now() >= *deadline_) {
      return;
    } else {
      changed_.wait_until(lock, *deadline_);
    }
  }
}

// Has nothing to do with one outcome any more. The last of those that are not given yet takes its place.
void CompletionQueue::leave(std::size_t index) {
  const std::size_t place = links_[index].place;
  // Told is not yet left alone: the teller still holds the outcome's lock.
  outcomes_[place]->remove(links_[index]);
  --unfinished_;
  outcomes_[place] = outcomes_[unfinished_];
  indices_[place] = indices_[unfinished_];
  links_[indices_[place]].place = place;
}

void CompletionQueue::exhaust() {
  while (unfinished_ != 0) leave(indices_[unfinished_ - 1]);
}

}  // namespace detail
CONCURRENT_FUTURES_END
