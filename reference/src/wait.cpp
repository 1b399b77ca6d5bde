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

WaitFor wait_for(ReturnWhen condition, std::span<WaiterLink> links) {
  switch (condition) {
    case ReturnWhen::first_completed:
      return WaitFor::first(links);
    case ReturnWhen::first_exception:
      return WaitFor::first_exception(links);
    default:
      return WaitFor::all(links);
  }
}

// The links that a waiting thread has in its outcomes. However it leaves, none stays behind (WAI-022).
class Links {
 public:
  Links(std::span<Outcome* const> outcomes, Waiter& waiter, bool without_limit)
      : count_(outcomes.size()), links_(std::make_unique<WaiterLink[]>(count_)) {
    for (std::size_t i = 0; i < count_; ++i) links_[i].attach(*outcomes[i], waiter, without_limit);
  }
  ~Links() {
    for (WaiterLink& link : all()) link.detach();
  }
  Links(const Links&) = delete;
  Links& operator=(const Links&) = delete;

  [[nodiscard]] std::span<WaiterLink> all() const { return {links_.get(), count_}; }

 private:
  const std::size_t count_;
  const std::unique_ptr<WaiterLink[]> links_;
};

}  // namespace

void wait(std::span<Outcome* const> outcomes, const WaitOptions& options) {
  if (satisfied(outcomes, options.return_when)) return;
  if (options.timeout.limit() && options.timeout.limit()->count() <= 0) return;
  const Deadline deadline = options.timeout.deadline();
  Nesting::run_deferred();
  const auto waiter =
      std::make_unique<CountingWaiter>(options.return_when == ReturnWhen::first_completed ? 1 : outcomes.size(),
                                       options.return_when == ReturnWhen::first_exception);
  const Links links(outcomes, *waiter, !deadline);
  (void)block(*waiter, wait_for(options.return_when, links.all()), deadline);
}

CompletionQueue::CompletionQueue(const std::vector<Outcome*>& outcomes, const Timeout& timeout)
    : deadline_(timeout.deadline()),
      count_(outcomes.size()),
      links_(std::make_unique<WaiterLink[]>(count_)),
      unfinished_(count_) {
  ready_.reserve(count_);  // so that being told never throws
  for (std::size_t i = 0; i < count_; ++i) links_[i].attach(*outcomes[i], *this, !deadline_);
}

CompletionQueue::~CompletionQueue() { exhaust(); }

void CompletionQueue::hear(const WaiterLink& link, const Outcome&) {
  ready_.push_back(static_cast<std::size_t>(&link - links_.get()));
}

std::optional<std::size_t> CompletionQueue::take_ready() {
  const sync::Lock lock(mutex_);
  if (!satisfied()) return std::nullopt;
  return ready_[taken_++];
}

std::optional<std::size_t> CompletionQueue::next() {
  if (unfinished_ == 0) return std::nullopt;
  if (is_of_ancestor()) refuse_to_wait_in_child();
  std::optional<std::size_t> index = take_ready();
  if (!index) {
    Nesting::run_deferred();
    (void)block(*this, WaitFor::first({links_.get(), count_}), deadline_);
    index = take_ready();
  }
  if (!index) {
    const std::string text = std::to_string(unfinished_) + " (of " + std::to_string(count_) + ") futures unfinished";
    exhaust();
    throw TimeoutError(text);
  }
  --unfinished_;
  // Told is not yet left alone: the teller still holds the outcome's lock.
  links_[*index].detach();
  return index;
}

void CompletionQueue::exhaust() {
  if (unfinished_ == 0) return;
  for (std::size_t i = 0; i < count_; ++i) links_[i].detach();
  unfinished_ = 0;
}

}  // namespace detail
CONCURRENT_FUTURES_END
